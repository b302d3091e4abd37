// Choice rules (ASL, "Data-test expressions"). A comparison of values of different types is false;
// a Variable that leads nowhere is a failure, except for IsPresent.
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/expr/timestamp.h"
#include "engine/value/text_search.h"

namespace pawl::core {
namespace {

using Op = asl::Condition::Op;

// The order of UTF-16 code units, which Java's compareTo has: differs from that of bytes only where
// a character beyond the BMP meets one of U+E000 to U+FFFF.
int CompareAsUtf16(absl::string_view a, absl::string_view b) {
  const size_t shorter = std::min(a.size(), b.size());
  for (size_t i = 0; i < shorter; ++i) {
    const auto x = static_cast<unsigned char>(a[i]), y = static_cast<unsigned char>(b[i]);
    if (x == y) continue;
    const bool x_is_surrogate = x >= 0xF0, y_is_surrogate = y >= 0xF0;
    if (x_is_surrogate != y_is_surrogate && (x >= 0xEE && y >= 0xEE))
      return x_is_surrogate ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

enum class Family { kString, kNumber, kTimestamp };

// -1, 0, 1; nullopt where the values are not both of the family.
absl::optional<int> CompareAs(Family family, const Value& a, const Value& b) {
  switch (family) {
    case Family::kString:
      if (!a.is_string() || !b.is_string()) return absl::nullopt;
      return CompareAsUtf16(a.AsString(), b.AsString());
    case Family::kNumber:
      if (!a.is_number() || !b.is_number()) return absl::nullopt;
      if (a == b) return 0;
      return Compare(a.AsDouble(), b.AsDouble());
    case Family::kTimestamp: {
      if (!a.is_string() || !b.is_string()) return absl::nullopt;
      const absl::optional<absl::Time> x = expr::ParseTimestamp(a.AsString());
      const absl::optional<absl::Time> y = expr::ParseTimestamp(b.AsString());
      if (!x.has_value() || !y.has_value()) return absl::nullopt;
      return Compare(*x, *y);
    }
  }
  return absl::nullopt;
}

struct Comparison {
  Op op;
  Family family;
  bool if_less, if_equal, if_greater;
};

constexpr Comparison kComparisons[] = {
    {Op::kStringEquals, Family::kString, false, true, false},
    {Op::kStringLessThan, Family::kString, true, false, false},
    {Op::kStringGreaterThan, Family::kString, false, false, true},
    {Op::kStringLessThanEquals, Family::kString, true, true, false},
    {Op::kStringGreaterThanEquals, Family::kString, false, true, true},
    {Op::kNumericEquals, Family::kNumber, false, true, false},
    {Op::kNumericLessThan, Family::kNumber, true, false, false},
    {Op::kNumericGreaterThan, Family::kNumber, false, false, true},
    {Op::kNumericLessThanEquals, Family::kNumber, true, true, false},
    {Op::kNumericGreaterThanEquals, Family::kNumber, false, true, true},
    {Op::kTimestampEquals, Family::kTimestamp, false, true, false},
    {Op::kTimestampLessThan, Family::kTimestamp, true, false, false},
    {Op::kTimestampGreaterThan, Family::kTimestamp, false, false, true},
    {Op::kTimestampLessThanEquals, Family::kTimestamp, true, true, false},
    {Op::kTimestampGreaterThanEquals, Family::kTimestamp, false, true, true},
};

bool TestType(Op op, const Value& value) {
  switch (op) {
    case Op::kIsNull:
      return value.is_null();
    case Op::kIsNumeric:
      return value.is_number();
    case Op::kIsString:
      return value.is_string();
    case Op::kIsBoolean:
      return value.is_bool();
    case Op::kIsTimestamp:
      return value.is_string() && expr::ParseTimestamp(value.AsString()).has_value();
    default:
      return false;
  }
}

bool Test(Op op, const Value& actual, const Value& wanted) {
  for (const Comparison& comparison : kComparisons) {
    if (comparison.op != op) continue;
    const absl::optional<int> order = CompareAs(comparison.family, actual, wanted);
    if (!order.has_value()) return false;
    return *order < 0 ? comparison.if_less
                      : (*order > 0 ? comparison.if_greater : comparison.if_equal);
  }
  switch (op) {
    case Op::kBooleanEquals:
      return actual.is_bool() && wanted.is_bool() && actual.AsBool() == wanted.AsBool();
    case Op::kStringMatches:
      return actual.is_string() && MatchesGlob(actual.AsString(), wanted.AsString());
    default:
      return TestType(op, actual) == wanted.AsBool();
  }
}

// What Test costs: it looks at each byte of a string, and takes apart numbers of many digits.
uint64_t StepsOf(Op op, const Value& actual, const Value& wanted) {
  constexpr uint64_t kStepsPerTest = 5;
  const auto bytes = [](const Value& value) {
    return value.is_string() || value.is_number() ? static_cast<size_t>(value.weight()) : 0;
  };
  if (op == Op::kStringMatches) {
    return kStepsPerTest + FindSteps(bytes(actual), bytes(wanted)) +
           steps::Converted(bytes(wanted));
  }
  if (op == Op::kStringEquals || !actual.is_string()) {
    return kStepsPerTest + steps::Converted(bytes(actual) + bytes(wanted)) / 4;
  }
  return kStepsPerTest + steps::Converted(bytes(actual) + bytes(wanted));
}

Failure InvalidReference(const expr::JsonPath& path) {
  return Failure{"States.Runtime",
                 absl::StrCat("Invalid path '", path.text(),
                              "': The choice state's condition path references an invalid value.")};
}

}  // namespace

OrFailure<bool> Interpreter::Matches(const asl::Condition& condition,
                                     const expr::Environment& env) const {
  switch (condition.op) {
    case Op::kAnd:
    case Op::kOr: {
      const bool decisive = condition.op == Op::kOr;
      for (const asl::Condition& operand : condition.operands) {
        OrFailure<bool> result = Matches(operand, env);
        if (!result.ok() || *result == decisive) return result;
      }
      return !decisive;
    }
    case Op::kNot: {
      OrFailure<bool> result = Matches(condition.operands.front(), env);
      if (!result.ok()) return result;
      return !*result;
    }
    default:
      break;
  }
  Value actual;
  const bool is_present = condition.variable->Match(env, &actual);
  if (condition.op == Op::kIsPresent) return is_present == condition.literal.AsBool();
  if (!is_present) return InvalidReference(*condition.variable);
  Value wanted = condition.literal;
  if (condition.value_path.has_value() && !condition.value_path->Match(env, &wanted)) {
    return InvalidReference(*condition.value_path);
  }
  if (!meter_.Charge(StepsOf(condition.op, actual, wanted))) return false;
  return Test(condition.op, actual, wanted);
}

OrFailure<bool> Interpreter::RuleMatches(const asl::ChoiceRule& rule,
                                         const expr::Environment& env) const {
  if (rule.predicate == nullptr) {
    OrFailure<bool> matches = Matches(rule.condition, env);
    if (absl::optional<Failure> failure = SpentOn("Choices")) return *std::move(failure);
    return matches;
  }
  OrFailure<Value> result = Evaluate(*rule.predicate, env, "Condition");
  if (!result.ok()) return result.failure();
  if (auto failure = Expect("boolean", *result, *rule.predicate, "Condition")) return *failure;
  return result->AsBool();
}

}  // namespace pawl::core
