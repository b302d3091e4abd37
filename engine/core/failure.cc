// From a failure to its consequence: Retry, Catch, or the frame, the fan-out and the execution
// around.
#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"

namespace pawl::core {
namespace {

// ASL, "Errors"; asl-facts on States.TaskFailed: every error of a task but a time-out.
bool IsNamed(const std::vector<std::string>& error_equals, const StateFailure& failure) {
  const std::string error = failure.error.value_or("");
  for (const std::string& name : error_equals) {
    if (name == "States.ALL") return true;
    if (failure.error.has_value() && name == error) return true;
    if (name == "States.HeartbeatTimeout" && failure.is_heartbeat) return true;
    if (name == "States.TaskFailed" && failure.is_task_failure && !failure.is_timeout) return true;
  }
  return false;
}

// Neither Retry nor Catch sees these (recorded: not even a catcher that names them).
bool IsFatal(const StateFailure& failure) { return failure.error == "States.Runtime"; }

absl::Duration Delay(const asl::Retrier& retrier, int64_t retries, expr::RandomSource* random) {
  const double seconds = absl::ToDoubleSeconds(retrier.interval) *
                         std::pow(retrier.backoff_rate, static_cast<double>(retries));
  // A wait of more than a century is as good as any other; it keeps the arithmetic finite.
  absl::Duration delay = absl::Seconds(std::min(seconds, 3.2e9));
  delay = std::min(delay, retrier.max_delay);
  if (retrier.full_jitter) delay *= random->NextUnit();
  return delay;
}

}  // namespace

std::string Interpreter::WhileExecuting(const asl::State& state, EventId entered) const {
  return absl::StrCat("An error occurred while executing the state '", state.name,
                      "' (entered at the event id #", entered.value(), "). ");
}

void Interpreter::FailEvaluation(FrameId id, const Failure& failure) {
  const Frame& frame = Get(id);
  StateFailure result;
  result.error = failure.error;
  const asl::State& state = StateOf(frame);
  result.cause = absl::StrCat(WhileExecuting(state, frame.entered), failure.cause.value_or(""));
  if (failure.error == "States.QueryEvaluationError") {
    EvaluationFailed details;
    details.error = result.error;
    details.cause = result.cause;
    details.state = state.name;
    details.location = failure.location;
    // By AWS's record what fails on the way in refers to what preceded the state, except in Wait.
    const bool is_on_the_way_in = frame.last_event == frame.entered;
    const bool skips_entry = is_on_the_way_in && state.type != asl::StateType::kWait;
    Emit(Make(EventType::kEvaluationFailed, frame, std::move(details)),
         skips_entry ? frame.before_entry : frame.last_event);
  }
  FailState(id, result);
}

void Interpreter::FailState(FrameId id, const StateFailure& failure) {
  const FrameId origin = id;
  EventId failed = Get(id).last_event;  // what the events that follow refer back to
  if (world_.inspection != nullptr) {
    world_.inspection->has_failed = true;
    world_.inspection->error = failure.error;
    world_.inspection->cause = failure.cause;
  }
  if (IsFatal(failure)) return FailExecution(failure, failed);
  for (;;) {
    if (Get(id).map_run != nullptr) {
      failed = Emit(Make(EventType::kMapRunFailed, Get(id), MapRunFailed{failure}));
    }
    if (TryRetry(id, failure, failed)) return;
    const Frame& frame = Get(id);
    const bool is_fan_out = StateOf(frame).type == asl::StateType::kMap ||
                            StateOf(frame).type == asl::StateType::kParallel;
    if (is_fan_out) {
      const EventType type = StateOf(frame).type == asl::StateType::kMap
                                 ? EventType::kMapStateFailed
                                 : EventType::kParallelStateFailed;
      failed = Emit(Make(type, frame, FanOutFailed{/*by_child=*/id != origin}), failed);
    }
    if (TryCatch(id, failure)) return;
    if (frame.parent == kNoFrame) return FailExecution(failure, failed);
    const FrameId parent = frame.parent;
    EmitChildFailure(frame, Get(parent), failed);
    id = parent;
  }
}

bool Interpreter::TryRetry(FrameId id, const StateFailure& failure, EventId failed) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  for (size_t i = 0; i < state.retriers.size(); ++i) {
    const asl::Retrier& retrier = state.retriers[i];
    if (!IsNamed(retrier.error_equals, failure)) continue;
    // The first retrier that matches decides; an exhausted one does not pass on to later ones.
    int64_t retries = frame.retries_by_retrier[i];
    if (world_.inspection != nullptr) retries += world_.inspection->prior_retries;
    if (retries >= retrier.max_attempts) {
      if (world_.inspection != nullptr) world_.inspection->exhausted_retrier = static_cast<int>(i);
      return false;
    }
    RetryScheduled retry{failure};
    retry.state = state.name;
    retry.retrier = static_cast<int32_t>(i);
    if (world_.listener != nullptr) world_.listener->Retried(e_, state, retry.retrier);
    retry.next_attempt_at = Now() + Delay(retrier, retries, world_.random);
    Emit(Make(EventType::kRetryScheduled, frame, std::move(retry)), failed);
    return true;
  }
  return false;
}

bool Interpreter::TryCatch(FrameId id, const StateFailure& failure) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  for (const asl::Catcher& catcher : state.catchers) {
    if (!IsNamed(catcher.error_equals, failure)) continue;
    const int index = static_cast<int>(&catcher - state.catchers.data());
    if (world_.inspection != nullptr) world_.inspection->catcher = index;
    if (world_.listener != nullptr) world_.listener->Caught(e_, state, index);
    // What the failure leaves out is null (recorded of SendTaskFailure); a time-out's cause is "".
    const auto text = [&failure](const absl::optional<std::string>& s) {
      if (s.has_value()) return Value::String(*s);
      return failure.is_timeout ? Value::String("") : Value::Null();
    };
    Value error_output =
        Value::Object({{"Error", text(failure.error)}, {"Cause", text(failure.cause)}});
    LeaveByCatcher(id, catcher, std::move(error_output));
    return true;
  }
  return false;
}

void Interpreter::LeaveByCatcher(FrameId id, const asl::Catcher& catcher, Value error_output) {
  const Frame& frame = Get(id);
  if (StateOf(frame).language == asl::QueryLanguage::kJsonata) {
    expr::Environment env = Env(frame, frame.input.value(), nullptr);
    env.error_output = error_output;
    return LeaveJsonata(id, WayOut{catcher.next, catcher.assign.get(), catcher.output.get()},
                        std::move(env), Payload::FromValue(std::move(error_output)));
  }
  OrFailure<std::vector<AssignedVariable>> assigned =
      Assigned(catcher.assign.get(), Env(frame, error_output, catcher.assign.get()));
  if (!assigned.ok()) return FailEvaluation(id, assigned.failure());
  OrFailure<Value> output = ApplyResultPath(catcher.result_path, frame.input, error_output);
  if (!output.ok()) return FailEvaluation(id, output.failure());
  ExitState(id, NewPayload(*std::move(output)), *std::move(assigned), catcher.next);
}

void Interpreter::FailExecution(const StateFailure& failure, EventId previous) {
  Emit(Make(EventType::kExecutionFailed, ExecutionFailed{failure}), previous);
}

}  // namespace pawl::core
