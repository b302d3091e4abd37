// The 18 intrinsic functions. Where the specification is silent they do what was observed on AWS;
// an argument of the wrong type or out of range is a failure, not an error of ours.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/expr/expression.h"
#include "engine/value/value.h"

namespace pawl::expr::intrinsic {

struct FormatTemplate;

struct Context {
  const Environment& env;
  Meter& meter;                  // the environment's
  const FormatTemplate* format;  // see Call::format
};

using Arguments = std::vector<Value>;

struct Function {
  absl::string_view name;  // "States.Format"
  size_t min_arguments;
  size_t max_arguments;
  // The count of arguments is right. Charges its work. False where they are invalid or the
  // expression is spent; *why only where AWS says more
  // than that.
  bool (*run)(const Arguments& arguments, const Context& context, Value* result, std::string* why);
};

// nullptr where there is no such function.
const Function* FindFunction(absl::string_view name);

// arrays.cc
bool Array(const Arguments&, const Context&, Value*, std::string*);
bool ArrayPartition(const Arguments&, const Context&, Value*, std::string*);
bool ArrayContains(const Arguments&, const Context&, Value*, std::string*);
bool ArrayRange(const Arguments&, const Context&, Value*, std::string*);
bool ArrayGetItem(const Arguments&, const Context&, Value*, std::string*);
bool ArrayLength(const Arguments&, const Context&, Value*, std::string*);
bool ArrayUnique(const Arguments&, const Context&, Value*, std::string*);

// scalars.cc
bool FormatString(const Arguments&, const Context&, Value*, std::string*);
bool StringToJson(const Arguments&, const Context&, Value*, std::string*);
bool JsonToString(const Arguments&, const Context&, Value*, std::string*);
bool StringSplit(const Arguments&, const Context&, Value*, std::string*);
bool Base64Encode(const Arguments&, const Context&, Value*, std::string*);
bool Base64Decode(const Arguments&, const Context&, Value*, std::string*);
bool Hash(const Arguments&, const Context&, Value*, std::string*);
bool JsonMerge(const Arguments&, const Context&, Value*, std::string*);
bool MathRandom(const Arguments&, const Context&, Value*, std::string*);
bool MathAdd(const Arguments&, const Context&, Value*, std::string*);
bool Uuid(const Arguments&, const Context&, Value*, std::string*);

// True, with the 32-bit integer in *n, for a number whose fraction, if any, is cut off. AWS does so
// with every argument except those of MathAdd.
bool TruncateToInt32(const Value& value, int64_t* n);

}  // namespace pawl::expr::intrinsic
