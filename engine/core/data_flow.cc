// JSONPath data flow of a state (ASL, "Input and Output Processing").
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/value/json.h"

namespace pawl::core {

expr::Environment Interpreter::Env(const Frame& frame, Value input,
                                   const expr::Expression* expression, EventId token_for) const {
  expr::Environment env;
  env.input = std::move(input);
  env.random = world_.random;
  env.limits = world_.limits.expression;
  if (expression != nullptr && expression->uses_context()) {
    env.context = ContextObject(frame, token_for);
  }
  return env;
}

OrFailure<Value> Interpreter::EffectiveInput(const Frame& frame, const asl::State& state) const {
  switch (state.input_path.kind) {
    case asl::PathField::Kind::kAbsent:
      return frame.input.value();
    case asl::PathField::Kind::kNull:
      return Value::EmptyObject();
    case asl::PathField::Kind::kPath:
      break;
  }
  const expr::Expression& path = *state.input_path.path;
  return path.Evaluate(Env(frame, frame.input.value(), &path));
}

OrFailure<Value> Interpreter::WithParameters(const Frame& frame, const asl::State& state,
                                             Value input, EventId token_for) const {
  if (state.parameters == nullptr) return input;
  return state.parameters->Evaluate(
      Env(frame, std::move(input), state.parameters.get(), token_for));
}

OrFailure<Value> Interpreter::ApplyResultPath(const asl::ResultPath& path, const Payload& raw_input,
                                              const Value& result) const {
  switch (path.kind) {
    case asl::ResultPath::Kind::kReplace:
      return result;
    case asl::ResultPath::Kind::kDiscard:
      return raw_input.value();
    case asl::ResultPath::Kind::kInsert:
      break;
  }
  return path.path->Assign(raw_input.value(), result);
}

OrFailure<Value> Interpreter::ApplyOutputPath(const Frame& frame, const asl::State& state,
                                              Value value) const {
  switch (state.output_path.kind) {
    case asl::PathField::Kind::kAbsent:
      return value;
    case asl::PathField::Kind::kNull:
      return Value::EmptyObject();
    case asl::PathField::Kind::kPath:
      break;
  }
  const expr::Expression& path = *state.output_path.path;
  return path.Evaluate(Env(frame, std::move(value), &path));
}

OrFailure<absl::optional<int64_t>> Interpreter::EvaluateNumber(const Frame& frame,
                                                               const asl::NumberField& field,
                                                               const Value& input) const {
  if (field.path == nullptr) return field.literal;
  OrFailure<Value> value = field.path->Evaluate(Env(frame, input, field.path.get()));
  if (!value.ok()) return value.failure();
  int64_t number = 0;
  if (value->ToInt64(&number) && number >= 0) return absl::optional<int64_t>(number);
  const std::string shown = value->is_string() ? value->AsString() : ToJson(*value);
  return Failure{"States.Runtime",
                 absl::StrCat("The ", field.field, " field refers to value \"", shown,
                              "\" which is not a valid integer: ", field.path->text())};
}

OrFailure<absl::optional<std::string>> Interpreter::EvaluateString(const Frame& frame,
                                                                   const asl::StringField& field,
                                                                   const Value& input) const {
  if (field.path == nullptr) return field.literal;
  OrFailure<Value> value = field.path->Evaluate(Env(frame, input, field.path.get()));
  if (!value.ok()) {
    if (value.failure().error != "States.Runtime") return value.failure();
    return Failure{
        "States.Runtime",
        absl::StrCat("The JSONPath '", field.path->text(), "' specified for the field '",
                     field.field, "' could not be found in the input '", ToJson(input), "'")};
  }
  if (!value->is_string()) {
    return Failure{"States.Runtime",
                   absl::StrCat("The ", field.field, " field must refer to a string, but '",
                                field.path->text(), "' is ", std::string(KindName(*value)))};
  }
  return absl::optional<std::string>(value->AsString());
}

}  // namespace pawl::core
