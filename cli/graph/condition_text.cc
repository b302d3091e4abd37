#include "cli/graph/condition_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/value/json.h"

namespace pawl::cli {
namespace {

using Op = asl::Condition::Op;

const char* Operator(Op op) {
  switch (op) {
    case Op::kStringEquals:
    case Op::kNumericEquals:
    case Op::kBooleanEquals:
    case Op::kTimestampEquals:
      return "=";
    case Op::kStringLessThan:
    case Op::kNumericLessThan:
    case Op::kTimestampLessThan:
      return "<";
    case Op::kStringGreaterThan:
    case Op::kNumericGreaterThan:
    case Op::kTimestampGreaterThan:
      return ">";
    case Op::kStringLessThanEquals:
    case Op::kNumericLessThanEquals:
    case Op::kTimestampLessThanEquals:
      return "≤";
    case Op::kStringGreaterThanEquals:
    case Op::kNumericGreaterThanEquals:
    case Op::kTimestampGreaterThanEquals:
      return "≥";
    case Op::kStringMatches:
      return "like";
    case Op::kIsNull:
      return "null";
    case Op::kIsPresent:
      return "present";
    case Op::kIsNumeric:
      return "a number";
    case Op::kIsString:
      return "a string";
    case Op::kIsBoolean:
      return "a boolean";
    case Op::kIsTimestamp:
      return "a time";
    case Op::kAnd:
      return " and ";
    case Op::kOr:
      return " or ";
    case Op::kNot:
      return "not ";
  }
  return "?";
}

bool IsKindTest(Op op) {
  return op == Op::kIsNull || op == Op::kIsPresent || op == Op::kIsNumeric || op == Op::kIsString ||
         op == Op::kIsBoolean || op == Op::kIsTimestamp;
}

}  // namespace

std::string ConditionText(const asl::Condition& condition) {
  if (condition.op == Op::kNot) {
    return condition.operands.empty() ? "not"
                                      : absl::StrCat("not ", ConditionText(condition.operands[0]));
  }
  if (condition.op == Op::kAnd || condition.op == Op::kOr) {
    std::vector<std::string> parts;
    for (const asl::Condition& operand : condition.operands) {
      const bool is_mixed =
          operand.op != condition.op && (operand.op == Op::kAnd || operand.op == Op::kOr);
      const std::string text = ConditionText(operand);
      parts.push_back(is_mixed ? absl::StrCat("(", text, ")") : text);
    }
    return absl::StrJoin(parts, Operator(condition.op));
  }
  const std::string variable = condition.variable.has_value() ? condition.variable->text() : "";
  if (IsKindTest(condition.op)) {
    const bool is_negated = condition.literal.is_bool() && !condition.literal.AsBool();
    return absl::StrCat(variable, is_negated ? " is not " : " is ", Operator(condition.op));
  }
  if (condition.op == Op::kBooleanEquals && condition.literal.is_bool()) {
    return absl::StrCat(condition.literal.AsBool() ? "" : "not ", variable);
  }
  const std::string other =
      condition.value_path.has_value() ? condition.value_path->text() : ToJson(condition.literal);
  return absl::StrCat(variable, " ", Operator(condition.op), " ", other);
}

std::string RuleText(const asl::ChoiceRule& rule) {
  return rule.predicate != nullptr ? rule.predicate->text() : ConditionText(rule.condition);
}

}  // namespace pawl::cli
