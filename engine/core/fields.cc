// Numbers, strings and times that a state gives by an expression: a path, or JSONata.
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/expr/message.h"
#include "engine/expr/timestamp.h"

namespace pawl::core {
namespace {

// The longest wait that AWS accepts: 2^31 - 1 seconds.
constexpr int64_t kMaxWaitSeconds = std::numeric_limits<int32_t>::max();

// The longest TimeoutSeconds and HeartbeatSeconds that AWS accepts.
constexpr int64_t kMaxTimeoutSeconds = 99'999'999;

Failure Runtime(std::string cause) { return Failure{"States.Runtime", std::move(cause)}; }

Failure Query(std::string cause, const std::string& field) {
  return Failure{"States.QueryEvaluationError", std::move(cause), field};
}

std::string Shown(const Value& value) {
  return value.is_string() ? value.AsString() : expr::JsonForMessage(value);
}

bool IsPathForm(absl::string_view field) {
  return field.size() > 4 && field.substr(field.size() - 4) == "Path";
}

bool IsSeconds(absl::string_view field) {
  return absl::StartsWith(field, "TimeoutSeconds") || absl::StartsWith(field, "HeartbeatSeconds");
}

// Paths may lead to a number or to its text.
bool ToInteger(const Value& value, int64_t* number) {
  if (value.ToInt64(number)) return true;
  return value.is_string() && absl::SimpleAtoi(value.AsString(), number);
}

}  // namespace

absl::optional<Failure> Interpreter::Expect(absl::string_view kind, const Value& value,
                                            const expr::Expression& expression,
                                            absl::string_view field) const {
  if (KindName(value) == kind) return absl::nullopt;
  return Query(
      absl::StrCat("The JSONata expression '", expression.text(), "' specified for the field '",
                   std::string(field), "' returned an unexpected result type. Expected '",
                   std::string(kind), "', but was '", std::string(KindName(value)),
                   "' for value: ", expr::JsonForMessage(value)),
      std::string(field));
}

OrFailure<absl::optional<int64_t>> Interpreter::EvaluateInteger(const Frame& frame,
                                                                const asl::NumberField& field,
                                                                const Value& input) const {
  if (field.expression == nullptr) return field.literal;
  OrFailure<Value> value =
      Evaluate(*field.expression, Env(frame, input, field.expression.get()), field.field);
  if (!value.ok()) return value.failure();
  int64_t number = 0;
  if (!IsPathForm(field.field)) {
    if (auto failure = Expect("number", *value, *field.expression, field.field)) return *failure;
    if (value->ToInt64(&number)) return absl::optional<int64_t>(number);
    return Query(absl::StrCat("The ", field.field,
                              " field cannot be parsed as a long value: ", Shown(*value)),
                 field.field);
  }
  if (ToInteger(*value, &number)) return absl::optional<int64_t>(number);
  return Runtime(absl::StrCat("The ", field.field, " field refers to value \"", Shown(*value),
                              "\" which is not a valid integer: ", field.expression->text()));
}

OrFailure<absl::optional<int64_t>> Interpreter::EvaluateNumber(const Frame& frame,
                                                               const asl::NumberField& field,
                                                               const Value& input) const {
  OrFailure<absl::optional<int64_t>> number = EvaluateInteger(frame, field, input);
  if (!number.ok() || !number->has_value()) return number;
  const bool is_too_large = IsSeconds(field.field) && **number > kMaxTimeoutSeconds;
  if (**number >= 0 && !is_too_large) return number;
  if (is_too_large && !IsPathForm(field.field)) {
    return Query(absl::StrCat("The ", field.field, " field references a value greater than ",
                              kMaxTimeoutSeconds, ": ", **number),
                 field.field);
  }
  if (field.field == "ToleratedFailureCountPath") {
    return Runtime("ToleratedFailureCount cannot be negative.");
  }
  if (IsPathForm(field.field)) {
    return Runtime(absl::StrCat("The ", field.field, " field refers to value \"", **number,
                                "\" which is not a valid integer: ", field.expression->text()));
  }
  return Query(absl::StrCat("The ", field.field, " field references a negative value: ", **number),
               field.field);
}

OrFailure<absl::optional<double>> Interpreter::EvaluatePercent(const Frame& frame,
                                                               const asl::PercentField& field,
                                                               const Value& input) const {
  absl::optional<double> percent = field.literal;
  if (field.expression != nullptr) {
    OrFailure<Value> value =
        Evaluate(*field.expression, Env(frame, input, field.expression.get()), field.field);
    if (!value.ok()) return value.failure();
    double number = 0;
    if (!IsPathForm(field.field)) {
      if (auto failure = Expect("number", *value, *field.expression, field.field)) return *failure;
      number = value->AsDouble();
    } else if (value->is_number()) {
      number = value->AsDouble();
    } else if (!value->is_string() || !absl::SimpleAtod(value->AsString(), &number) ||
               !std::isfinite(number)) {
      return Runtime(absl::StrCat("The ", field.field, " field refers to value \"", Shown(*value),
                                  "\" which is not a valid float: ", field.expression->text()));
    }
    percent = number;
  }
  if (percent.has_value() && !(*percent >= 0 && *percent <= 100)) {
    return Runtime("ToleratedFailurePercentage must be between 0 and 100.");
  }
  return percent;
}

OrFailure<absl::optional<std::string>> Interpreter::EvaluateString(const Frame& frame,
                                                                   const asl::StringField& field,
                                                                   const Value& input) const {
  if (field.expression == nullptr) return field.literal;
  OrFailure<Value> value =
      Evaluate(*field.expression, Env(frame, input, field.expression.get()), field.field);
  if (!IsPathForm(field.field)) {
    if (!value.ok()) return value.failure();
    if (auto failure = Expect("string", *value, *field.expression, field.field)) return *failure;
    return absl::optional<std::string>(value->AsString());
  }
  if (!value.ok()) {
    if (value.failure().error != "States.Runtime" || meter_.is_expression_spent()) {
      return value.failure();
    }
    return Runtime(absl::StrCat(
        "The JSONPath '", field.expression->text(), "' specified for the field '", field.field,
        "' could not be found in the input '", expr::JsonForMessage(input), "'"));
  }
  if (!value->is_string()) {
    return Runtime(absl::StrCat("The ", field.field, " field must refer to a string, but '",
                                field.expression->text(), "' is ", std::string(KindName(*value))));
  }
  return absl::optional<std::string>(value->AsString());
}

OrFailure<absl::Time> Interpreter::SecondsFromNow(const Frame& frame, const asl::NumberField& field,
                                                  const Value& input, absl::Time now) const {
  int64_t seconds = 0;
  if (field.expression == nullptr) {
    seconds = *field.literal;
  } else if (IsPathForm(field.field)) {
    const expr::Expression& path = *field.expression;
    OrFailure<Value> value = Evaluate(path, Env(frame, input, &path), field.field);
    if (auto spent = SpentOn(field.field)) return *spent;
    if (!value.ok()) {
      return Runtime(absl::StrCat("The SecondsPath parameter does not reference an input value: ",
                                  path.text()));
    }
    if (!value->ToInt64(&seconds)) {
      return Runtime(absl::StrCat("The SecondsPath parameter cannot be parsed as a long value: ",
                                  path.text(), " == ", Shown(*value)));
    }
    if (seconds < 0) {
      return Runtime(absl::StrCat("The SecondsPath parameter references a negative value: ",
                                  path.text(), " == ", Shown(*value)));
    }
  } else {
    OrFailure<absl::optional<int64_t>> number = EvaluateNumber(frame, field, input);
    if (!number.ok()) return number.failure();
    seconds = **number;
  }
  return seconds > kMaxWaitSeconds ? absl::InfiniteFuture() : now + absl::Seconds(seconds);
}

OrFailure<absl::Time> Interpreter::TimestampOf(const Frame& frame, const asl::StringField& field,
                                               const Value& input) const {
  const expr::Expression& expression = *field.expression;
  OrFailure<Value> value = Evaluate(expression, Env(frame, input, &expression), field.field);
  const bool is_path = IsPathForm(field.field);
  if (auto spent = SpentOn(field.field)) return *spent;
  if (!value.ok()) {
    if (!is_path) return value.failure();
    return Runtime(absl::StrCat("The TimestampPath parameter does not reference an input value: ",
                                expression.text()));
  }
  if (!is_path) {
    if (auto failure = Expect("string", *value, expression, field.field)) return *failure;
  }
  const absl::optional<absl::Time> time =
      value->is_string() ? expr::ParseTimestamp(value->AsString()) : absl::nullopt;
  if (time.has_value()) return *time;
  if (!is_path) {
    return Query(absl::StrCat("The Timestamp field cannot be parsed as an ISO-8601 extended offset "
                              "date-time format string: ",
                              Shown(*value)),
                 field.field);
  }
  return Runtime(absl::StrCat(
      "The TimestampPath parameter does not reference a valid ISO-8601 extended offset "
      "date-time format string: ",
      expression.text(), " == ", Shown(*value)));
}

}  // namespace pawl::core
