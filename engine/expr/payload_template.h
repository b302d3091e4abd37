// Payload templates and intrinsic functions of the JSONPath query language.
//
// A payload template is a JSON value in which a member "name.$" holds a path or an intrinsic
// function call; its value becomes member "name". Evaluated at any depth of objects and arrays.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/expr/expression.h"
#include "engine/value/value.h"

namespace pawl::expr {

// What is wrong with an expression, and where: `pointer` is a JSON pointer relative to the compiled
// value ("/a/b.$"), "" for itself.
struct CompileProblem {
  std::string code;  // AWS's
  std::string pointer;
  std::string message;  // AWS's words
  std::string detail;   // what exactly, for people: "expected ',' or ')' at offset 17"
};
// Problems reported of one template; the rest of it is not checked.
inline constexpr size_t kMaxCompileProblems = 100;

// A path ("$.a", "$$.Execution.Id", "$var") or an intrinsic call ("States.Format('{}', $.a)"): the
// value of a ".$" member, and of ErrorPath and CausePath. InvalidArgument on a syntax error.
//
// Where a path finds nothing, the failure names `field` ("Message.$", "ErrorPath"): "The JSONPath
// '$.a' specified for the field 'Message.$' could not be found in the input '{}'". Without a field
// it reads as that of JsonPath.
absl::StatusOr<ExpressionPtr> CompilePathOrIntrinsic(absl::string_view text,
                                                     absl::string_view field = "");

// Parameters, ResultSelector, ItemSelector, Assign (JSONPath). Null where anything is wrong: then
// *problems has all of it.
ExpressionPtr CompilePayloadTemplate(const Value& json, std::vector<CompileProblem>* problems);

// Always yields `value`.
ExpressionPtr Constant(Value value);

}  // namespace pawl::expr
