// What goes into a state and what comes out of it (ASL, "Input and Output Processing"; "JSONata").
//
// JSONPath: InputPath, Parameters, [work], ResultSelector, Assign, ResultPath, OutputPath.
// JSONata:  Arguments, [work], Assign and Output beside each other.
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/value/check.h"

namespace pawl::core {

const Value* FrameScope::Find(absl::string_view name) const {
  for (const Frame* frame = e_.FindFrame(frame_); frame != nullptr;
       frame = e_.FindFrame(frame->parent)) {
    const auto it = frame->variables.find(std::string(name));
    if (it != frame->variables.end()) return &it->second.value();
  }
  return nullptr;
}

expr::Environment Interpreter::Env(const Frame& frame, Value input,
                                   const expr::Expression* expression, EventId token_for) const {
  scope_.Enter(frame.id);
  expr::Environment env;
  env.input = std::move(input);
  env.variables = &scope_;
  env.random = world_.random;
  env.now = world_.now;
  env.limits = world_.limits.expression;
  env.meter = &meter_;
  // A state under test is one question of somebody who waits: all its fields share the limit.
  if (world_.inspection == nullptr) meter_.BeginExpression();
  if (expression != nullptr && expression->uses_context()) {
    env.context = ContextObject(frame, token_for);
  }
  return env;
}

MeterLimits Interpreter::LimitsOfMeter(const Limits& limits) {
  MeterLimits meter;
  meter.max_steps_per_expression = limits.expression.max_steps;
  meter.max_steps_per_transition = limits.max_transition_steps;
  meter.slow_after_steps = limits.slow_expression_steps;
  return meter;
}

OrFailure<Value> Interpreter::Evaluate(const expr::Expression& expression,
                                       const expr::Environment& env,
                                       absl::string_view field) const {
  OrFailure<Value> value = expression.Evaluate(env);
  if (absl::optional<Failure> failure = SpentOn(field)) {
    // JSONata knows which part of the field it was.
    if (!value.ok() && value.failure().location.has_value()) return value;
    return *std::move(failure);
  }
  return value;
}

absl::optional<Failure> Interpreter::SpentOn(absl::string_view field) const {
  if (!meter_.is_expression_spent()) return absl::nullopt;
  return Failure{"States.Runtime",
                 absl::StrCat("The evaluation of the field '", field, "' exceeds the limit ",
                              expr::StepLimitText(meter_), ".")};
}

Payload Interpreter::NewPayload(Value value) const {
  // Its text is written, measured and stored.
  constexpr uint64_t kBytesPerStep = 8;
  meter_.ChargeTransition(value.weight() / kBytesPerStep);
  return Payload::FromValue(std::move(value));
}

OrFailure<Value> Interpreter::EffectiveInput(const Frame& frame, const asl::State& state) const {
  OrFailure<Value> input = ApplyPath(frame, state.input_path, "InputPath", frame.input.value());
  if (input.ok()) Note(&Inspection::after_input_path, *input);
  return input;
}

OrFailure<Value> Interpreter::ApplyPath(const Frame& frame, const asl::PathField& field,
                                        absl::string_view name, Value value) const {
  switch (field.kind) {
    case asl::PathField::Kind::kAbsent:
      return value;
    case asl::PathField::Kind::kNull:
      return Value::EmptyObject();
    case asl::PathField::Kind::kPath:
      break;
  }
  PAWL_CHECK(field.path != nullptr);
  return Evaluate(*field.path, Env(frame, std::move(value), field.path.get()), name);
}

OrFailure<Value> Interpreter::WithParameters(const Frame& frame, const asl::State& state,
                                             Value input, EventId token_for) const {
  OrFailure<Value> parameters = std::move(input);
  if (state.parameters != nullptr) {
    const bool is_jsonata = state.language == asl::QueryLanguage::kJsonata;
    parameters = Evaluate(*state.parameters,
                          Env(frame, *std::move(parameters), state.parameters.get(), token_for),
                          is_jsonata ? "Arguments" : "Parameters");
  }
  if (parameters.ok()) Note(&Inspection::after_parameters, *parameters);
  return parameters;
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
  meter_.BeginExpression();
  OrFailure<Value> merged = path.path->Assign(raw_input.value(), result, &meter_);
  if (absl::optional<Failure> failure = SpentOn("ResultPath")) return *std::move(failure);
  // Said here, for the check of sizes behind it would call the depth a size.
  if (merged.ok() && merged->depth() > world_.limits.expression.max_depth) {
    return Failure{"States.Runtime", absl::StrCat("The result of ResultPath is nested deeper than ",
                                                  world_.limits.expression.max_depth,
                                                  " levels, the limit (flag --max-json-depth)")};
  }
  return merged;
}

OrFailure<Value> Interpreter::ApplyOutputPath(const Frame& frame, const asl::State& state,
                                              Value value) const {
  return ApplyPath(frame, state.output_path, "OutputPath", std::move(value));
}

OrFailure<std::vector<AssignedVariable>> Interpreter::Assigned(const expr::Expression* assign,
                                                               const expr::Environment& env) const {
  std::vector<AssignedVariable> assigned;
  if (assign == nullptr) return assigned;
  OrFailure<Value> values = Evaluate(*assign, env, "Assign");
  if (!values.ok()) return values.failure();
  for (const Value::Member& member : values->AsObject()) {
    assigned.push_back(AssignedVariable{member.first, NewPayload(member.second)});
  }
  if (absl::optional<Failure> failure = CheckVariables(assigned)) return *std::move(failure);
  return assigned;
}

absl::optional<Failure> Interpreter::CheckVariables(
    const std::vector<AssignedVariable>& assigned) const {
  if (assigned.empty()) return absl::nullopt;
  const Limits& limits = world_.limits;
  size_t bytes = 0;
  for (const AssignedVariable& variable : assigned) {
    if (variable.value.value().weight() <= 2 * limits.max_assign_bytes + 1024) {
      bytes += variable.value.size_bytes();
      if (bytes <= limits.max_assign_bytes) continue;
    }
    return Failure{"States.DataLimitExceeded",
                   absl::StrCat("Assigning variable '", variable.name, "' exceeds the maximum of ",
                                limits.max_assign_bytes, " bytes for one Assign.")};
  }
  uint64_t count = 0;
  for (const auto& [id, frame] : e_.frames()) {
    count += 1 + frame.variables.size();
    for (const auto& [name, value] : frame.variables) bytes += value.size_bytes();
  }
  meter_.ChargeTransition(2 * count);
  if (bytes <= limits.max_variables_bytes) return absl::nullopt;
  return Failure{"States.DataLimitExceeded",
                 absl::StrCat("The variables of the execution exceed the maximum of ",
                              limits.max_variables_bytes, " bytes.")};
}

WayOut Interpreter::OwnWayOut(const asl::State& state) const {
  return WayOut{state.next, state.assign.get(), state.output.get()};
}

void Interpreter::LeaveWithResult(FrameId id, const Payload& result) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  Note(&Inspection::result, result.value());
  if (state.language == asl::QueryLanguage::kJsonata) {
    expr::Environment env = Env(frame, frame.input.value(), nullptr);
    env.result = result.value();
    return LeaveJsonata(id, OwnWayOut(state), std::move(env), result);
  }
  Value selected = result.value();
  if (state.result_selector != nullptr) {
    OrFailure<Value> value =
        Evaluate(*state.result_selector, Env(frame, selected, state.result_selector.get()),
                 "ResultSelector");
    if (!value.ok()) return FailEvaluation(id, value.failure());
    selected = *std::move(value);
  }
  Note(&Inspection::after_result_selector, selected);
  OrFailure<std::vector<AssignedVariable>> assigned =
      Assigned(state.assign.get(), Env(frame, selected, state.assign.get()));
  if (!assigned.ok()) return FailEvaluation(id, assigned.failure());
  if (state.result_selector == nullptr &&
      state.result_path.kind == asl::ResultPath::Kind::kReplace &&
      state.output_path.kind == asl::PathField::Kind::kAbsent) {
    // The same payload, which the history then stores once.
    Note(&Inspection::after_result_path, selected);
    return ExitState(id, result, *std::move(assigned), state.next);
  }
  OrFailure<Value> merged = ApplyResultPath(state.result_path, frame.input, selected);
  if (!merged.ok()) return FailEvaluation(id, merged.failure());
  Note(&Inspection::after_result_path, *merged);
  OrFailure<Value> output = ApplyOutputPath(frame, state, *merged);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  ExitState(id, NewPayload(*std::move(output)), *std::move(assigned), state.next);
}

void Interpreter::LeaveWithInput(FrameId id, const WayOut& way) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  if (state.language == asl::QueryLanguage::kJsonata) {
    return LeaveJsonata(id, way, Env(frame, frame.input.value(), nullptr), frame.input);
  }
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<std::vector<AssignedVariable>> assigned =
      Assigned(way.assign, Env(frame, *input, way.assign));
  if (!assigned.ok()) return FailEvaluation(id, assigned.failure());
  const bool is_raw_input = state.input_path.kind == asl::PathField::Kind::kAbsent &&
                            state.output_path.kind == asl::PathField::Kind::kAbsent;
  if (is_raw_input) return ExitState(id, frame.input, *std::move(assigned), way.next);
  OrFailure<Value> output = ApplyOutputPath(frame, state, *input);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  ExitState(id, NewPayload(*std::move(output)), *std::move(assigned), way.next);
}

void Interpreter::LeaveJsonata(FrameId id, const WayOut& way, expr::Environment env,
                               Payload otherwise) {
  const bool uses_context = (way.assign != nullptr && way.assign->uses_context()) ||
                            (way.output != nullptr && way.output->uses_context());
  if (uses_context) env.context = ContextObject(Get(id), kNoEvent);
  OrFailure<std::vector<AssignedVariable>> assigned = Assigned(way.assign, env);
  if (!assigned.ok()) return FailEvaluation(id, assigned.failure());
  if (way.output != nullptr) {
    OrFailure<Value> output = Evaluate(*way.output, env, "Output");
    if (!output.ok()) return FailEvaluation(id, output.failure());
    otherwise = NewPayload(*std::move(output));
  }
  ExitState(id, std::move(otherwise), *std::move(assigned), way.next);
}

}  // namespace pawl::core
