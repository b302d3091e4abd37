// Entering a state, and leaving it. Pass, Succeed, Fail, Choice and Wait are done here; Task,
// Parallel and Map go on in task_state.cc and fan_out.cc.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"
#include "engine/expr/timestamp.h"
#include "engine/value/json.h"

namespace pawl::core {
namespace {

// The longest wait that AWS accepts: 2^31 - 1 seconds.
constexpr int64_t kMaxWaitSeconds = std::numeric_limits<int32_t>::max();

Failure Runtime(std::string cause) { return Failure{"States.Runtime", std::move(cause)}; }

}  // namespace

void Interpreter::EnterState(FrameId id) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  Event event = Make(EnteredType(state.type), frame);
  event.name = state.name;
  event.payload = frame.input;
  absl::optional<Failure> wait_failure;
  if (state.type == asl::StateType::kWait) {
    OrFailure<absl::Time> until = WaitUntil(frame, state);
    if (until.ok()) {
      event.due = std::max(*until, event.time);
    } else {
      wait_failure = until.failure();
    }
  }
  Emit(std::move(event));
  switch (state.type) {
    case asl::StateType::kTask:
      return ScheduleTask(id);
    case asl::StateType::kPass:
      return EnterPass(id, state);
    case asl::StateType::kChoice:
      return EnterChoice(id, state);
    case asl::StateType::kSucceed:
      return EnterSucceed(id, state);
    case asl::StateType::kFail:
      return EnterFail(id, state);
    case asl::StateType::kParallel:
    case asl::StateType::kMap:
      return StartFanOut(id);
    case asl::StateType::kWait:
      if (wait_failure.has_value()) return FailEvaluation(id, *wait_failure);
      if (Get(id).due <= world_.now) return FinishWait(id);
      return;
  }
}

void Interpreter::EnterPass(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<Value> result = WithParameters(frame, state, *input);
  if (!result.ok()) return FailEvaluation(id, result.failure());
  const absl::optional<Payload>& fixed = state.As<asl::PassFields>().result;
  const Value& value = fixed.has_value() ? fixed->value() : *result;
  OrFailure<Value> merged = ApplyResultPath(state.result_path, frame.input, value);
  if (!merged.ok()) return FailEvaluation(id, merged.failure());
  OrFailure<Value> output = ApplyOutputPath(frame, state, *merged);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  ExitState(id, Payload::FromValue(*std::move(output)), state.next);
}

void Interpreter::EnterSucceed(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<Value> output = ApplyOutputPath(frame, state, *input);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  ExitState(id, Payload::FromValue(*std::move(output)), asl::kNone);
}

void Interpreter::EnterFail(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  const auto& fields = state.As<asl::FailFields>();
  OrFailure<absl::optional<std::string>> error =
      EvaluateString(frame, fields.error, frame.input.value());
  if (!error.ok()) return FailEvaluation(id, error.failure());
  OrFailure<absl::optional<std::string>> cause =
      EvaluateString(frame, fields.cause, frame.input.value());
  if (!cause.ok()) return FailEvaluation(id, cause.failure());
  StateFailure failure;
  failure.error = *std::move(error);
  failure.cause = *std::move(cause);
  FailState(id, failure);
}

void Interpreter::EnterChoice(FrameId id, const asl::State& state) {
  const Frame& frame = Get(id);
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<Value> output = ApplyOutputPath(frame, state, *input);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  const auto& choice = state.As<asl::ChoiceFields>();
  asl::StateIndex next = choice.default_next;
  expr::Environment env = Env(frame, *input, nullptr);
  env.context = ContextObject(frame, 0);
  for (const asl::ChoiceRule& rule : choice.rules) {
    OrFailure<bool> matches = Matches(rule.condition, env);
    if (!matches.ok()) return FailEvaluation(id, matches.failure());
    if (*matches) {
      next = rule.next;
      break;
    }
  }
  if (next == asl::kNone) {
    return FailEvaluation(
        id,
        Failure{
            "States.NoChoiceMatched",
            "Failed to transition out of the state. The state does not point to a next state."});
  }
  ExitState(id, Payload::FromValue(*std::move(output)), next);
}

OrFailure<absl::Time> Interpreter::WaitUntil(const Frame& frame, const asl::State& state) const {
  const auto& wait = state.As<asl::WaitFields>();
  const absl::Time now = std::max(world_.now, e_.last_event_time());
  if (wait.seconds.literal.has_value()) return now + absl::Seconds(*wait.seconds.literal);
  absl::Time until = wait.literal_time;
  if (wait.seconds.path != nullptr || wait.timestamp.path != nullptr) {
    OrFailure<Value> input = EffectiveInput(frame, state);
    if (!input.ok()) return input.failure();
    const bool is_seconds = wait.seconds.path != nullptr;
    const expr::Expression& path = is_seconds ? *wait.seconds.path : *wait.timestamp.path;
    const std::string field = is_seconds ? "SecondsPath" : "TimestampPath";
    OrFailure<Value> value = path.Evaluate(Env(frame, *input, &path));
    if (!value.ok()) {
      return Runtime(absl::StrCat("The ", field,
                                  " parameter does not reference an input value: ", path.text()));
    }
    const std::string shown = value->is_string() ? value->AsString() : ToJson(*value);
    if (is_seconds) {
      int64_t seconds = 0;
      if (!value->ToInt64(&seconds)) {
        return Runtime(absl::StrCat("The SecondsPath parameter cannot be parsed as a long value: ",
                                    path.text(), " == ", shown));
      }
      if (seconds < 0) {
        return Runtime(absl::StrCat(
            "The SecondsPath parameter references a negative value: ", path.text(), " == ", shown));
      }
      until = seconds > kMaxWaitSeconds ? absl::InfiniteFuture() : now + absl::Seconds(seconds);
    } else {
      const absl::optional<absl::Time> time =
          value->is_string() ? expr::ParseTimestamp(value->AsString()) : absl::nullopt;
      if (!time.has_value()) {
        return Runtime(
            absl::StrCat("The TimestampPath parameter does not reference a valid ISO-8601 extended "
                         "offset date-time format string: ",
                         path.text(), " == ", shown));
      }
      until = *time;
    }
  }
  if (until - now > absl::Seconds(kMaxWaitSeconds)) return Runtime("Wait state delay is too long");
  return until;
}

void Interpreter::FinishWait(FrameId id) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<Value> output = ApplyOutputPath(frame, state, *input);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  ExitState(id, Payload::FromValue(*std::move(output)), state.next);
}

bool Interpreter::IsOversize(const Payload& payload) const {
  // The weight first: a value made of shared parts may be small in memory and endless as text.
  const Limits& limits = world_.limits;
  return payload.value().weight() > 2 * limits.max_payload_bytes + 1024 ||
         payload.value().depth() > limits.expression.max_depth ||
         payload.size_bytes() > limits.max_payload_bytes;
}

void Interpreter::ExitState(FrameId id, Payload output, asl::StateIndex next) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  if (IsOversize(output)) {
    // AWS's record: an oversize output ends the execution at once, past every catcher.
    StateFailure failure;
    failure.error = "States.DataLimitExceeded";
    failure.cause = absl::StrCat("The state/task '", state.name,
                                 "' returned a result with a size exceeding the maximum number of "
                                 "bytes service limit.");
    return FailExecution(failure, frame.last_event);
  }
  Event event = Make(ExitedType(state.type), frame);
  event.name = state.name;
  event.payload = std::move(output);
  if (next != asl::kNone) event.next = e_.machine().state(next).name;
  const FrameId parent = frame.parent;
  const int64_t index = frame.index;
  const EventId exited = Emit(std::move(event));
  if (next != asl::kNone) return;
  if (id == kRootFrame) {
    Event end = Make(EventType::kExecutionSucceeded, Get(id));
    end.payload = Get(id).input;
    Emit(std::move(end));
    return;
  }
  if (StateOf(Get(parent)).type == asl::StateType::kMap) {
    Event end = Make(EventType::kMapIterationSucceeded, Get(parent));
    end.previous = exited;
    end.name = StateOf(Get(parent)).name;
    end.index = index;
    end.child = id;
    Emit(std::move(end));
  }
  AdvanceFanOut(parent);
}

}  // namespace pawl::core
