// A parsed JSONPath. Immutable once built; shared by everything that evaluates it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "engine/expr/jsonpath/regex.h"
#include "engine/value/value.h"

namespace pawl::expr::jsonpath {

struct Filter;
struct Path;

enum class Function : uint8_t {
  kMin,
  kMax,
  kAvg,
  kStddev,
  kSum,
  kLength,
  kKeys,
  kConcat,
  kAppend,
  kFirst,
  kLast,
  kIndex,
};

// An argument of a path function: a literal, or a path where `path` is set.
struct Argument {
  Value literal;
  std::shared_ptr<const Path> path;
};

struct Step {
  enum class Kind : uint8_t {
    kName,      // .a  ['a']
    kNames,     // ['a','b']: as the last step one object of those members, else each of them
    kIndex,     // [0]  [-1]
    kIndices,   // [0,2]
    kSlice,     // [from:to]
    kWildcard,  // .*  [*]
    kDescend,   // ..   always followed by another step
    kFilter,    // [?(...)]
    kFunction,  // .length()
  };

  Kind kind = Kind::kName;
  Function function = Function::kLength;
  std::vector<std::string> names;
  std::vector<int64_t> indices;
  absl::optional<int64_t> from;
  absl::optional<int64_t> to;
  std::shared_ptr<const Filter> filter;
  std::vector<Argument> arguments;

  bool is_definite() const { return kind == Kind::kName || kind == Kind::kIndex; }
};

// As Jayway's messages show a step: "['a']", "[0]", "[*]", "[?]".
std::string Fragment(const Step& step);

struct Path {
  enum class Root : uint8_t { kInput, kContext, kVariable, kCurrent };

  Root root = Root::kInput;  // in a filter kInput is the document that the filter walks
  std::string variable;
  std::vector<Step> steps;
  std::string text;
  bool is_definite = true;    // names and indices only
  bool yields_array = false;  // any number of matches, after the last function
};

// The next function at or after step `i`, or the end of the path.
size_t EndOfRun(const Path& path, size_t i);

// Whether the steps from `i` to `end` find any number of values.
bool YieldsArray(const Path& path, size_t i, size_t end);

enum class Operator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kMatches,  // =~
  kIn,
  kNotIn,
  kSubsetOf,
  kAnyOf,
  kNoneOf,
  kAll,
  kContains,
  kSize,
  kEmpty,
};

// One of the three.
struct Operand {
  Value literal;
  std::shared_ptr<const Path> path;
  std::shared_ptr<const Regex> regex;
};

struct Filter {
  enum class Kind : uint8_t { kAnd, kOr, kNot, kExists, kCompare };

  Kind kind = Kind::kExists;
  Operator comparison = Operator::kEqual;
  std::vector<Filter> operands;  // of kAnd, kOr, kNot
  Operand left;                  // of kExists (a path) and kCompare
  Operand right;
};

}  // namespace pawl::expr::jsonpath
