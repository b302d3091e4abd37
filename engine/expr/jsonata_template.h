// The fields of JSONata states (Arguments, Output, Assign, Condition, Items...): any JSON in which
// every string that begins with "{%" and ends with "%}" is a JSONata expression (ASL, "JSONata").
//
// Failures are States.QueryEvaluationError in AWS's words, with the place in Failure::location:
//   The JSONata expression '$x' specified for the field 'Output/a' returned nothing (undefined).
//   ... returned an unsupported result type.                                     (a function)
//   ... threw an error during evaluation. T2001: The left side of the "+" operator...
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/expr/expression.h"
#include "engine/expr/payload_template.h"
#include "engine/value/value.h"

namespace pawl::expr {

// A variable that an expression reads. "$states.result.a" reads member "result" of "states".
struct VariableUse {
  std::string pointer;  // relative to the compiled value, as in CompileProblem
  std::string variable;
  std::string member;  // "" where none is named
};

// Whether `text` is an expression rather than a literal.
bool IsJsonata(absl::string_view text);

// `field` is its name in messages: "Output". Null where anything is wrong: then *problems has all
// of it, with the codes INVALID_JSONATA_EXPRESSION and UNSUPPORTED_JSONATA_EXPRESSION as on AWS.
// `uses` (may be null) gets every free variable of what could be read.
ExpressionPtr CompileJsonata(const Value& json, absl::string_view field,
                             std::vector<CompileProblem>* problems, std::vector<VariableUse>* uses);

}  // namespace pawl::expr
