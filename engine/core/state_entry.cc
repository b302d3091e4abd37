// Entering a state, and leaving it. Pass, Succeed, Fail, Choice and Wait are done here; Task,
// Parallel and Map go on in task_state.cc and fan_out.cc.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/interpreter.h"

namespace pawl::core {
namespace {

// The longest wait that AWS accepts: 2^31 - 1 seconds.
constexpr int64_t kMaxWaitSeconds = std::numeric_limits<int32_t>::max();

}  // namespace

void Interpreter::EnterState(FrameId id) {
  const Frame& frame = Get(id);
  if (frame.phase == Frame::Phase::kRedriven) return ReenterState(id);
  const asl::State& state = StateOf(frame);
  StateEntered entered;
  entered.state = state.name;
  entered.input = frame.input;
  absl::optional<Failure> wait_failure;
  if (state.type == asl::StateType::kWait) {
    OrFailure<absl::Time> until = WaitUntil(frame, state);
    if (until.ok()) {
      entered.waits_until = std::max(*until, Now());
    } else {
      wait_failure = until.failure();
    }
  }
  Emit(Make(EnteredType(state.type), frame, std::move(entered)));
  if (world_.listener != nullptr) world_.listener->Entered(e_, Get(id), state);
  Interpret(id, wait_failure);
}

void Interpreter::ReenterState(FrameId id) {
  const Frame& frame = Get(id);
  if (frame.stopped_map_run != nullptr) return RedriveMapRun(id);
  const asl::State& state = StateOf(frame);
  StateRedriven redriven;
  redriven.state = state.name;
  absl::optional<Failure> wait_failure;
  if (state.type == asl::StateType::kWait) {
    OrFailure<absl::Time> until = WaitUntil(frame, state);
    if (until.ok()) {
      redriven.waits_until = std::max(*until, Now());
    } else {
      wait_failure = until.failure();
    }
  }
  Emit(Make(EventType::kStateRedriven, frame, std::move(redriven)));
  Interpret(id, wait_failure);
}

void Interpreter::Interpret(FrameId id, const absl::optional<Failure>& wait_failure) {
  const asl::State& state = StateOf(Get(id));
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
  if (state.language == asl::QueryLanguage::kJsonata) return LeaveWithInput(id, OwnWayOut(state));
  const Frame& frame = Get(id);
  if (const absl::optional<Payload>& fixed = state.As<asl::PassFields>().result) {
    return LeaveWithResult(id, *fixed);
  }
  OrFailure<Value> input = EffectiveInput(frame, state);
  if (!input.ok()) return FailEvaluation(id, input.failure());
  OrFailure<Value> result = WithParameters(frame, state, *input);
  if (!result.ok()) return FailEvaluation(id, result.failure());
  const bool is_raw_input =
      state.parameters == nullptr && state.input_path.kind == asl::PathField::Kind::kAbsent;
  LeaveWithResult(id, is_raw_input ? frame.input : NewPayload(*std::move(result)));
}

void Interpreter::EnterSucceed(FrameId id, const asl::State& state) {
  LeaveWithInput(id, OwnWayOut(state));
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
  const auto& choice = state.As<asl::ChoiceFields>();
  expr::Environment env = Env(frame, *input, nullptr);
  env.context = ContextObject(frame, kNoEvent);
  for (const asl::ChoiceRule& rule : choice.rules) {
    OrFailure<bool> matches = RuleMatches(rule, env);
    if (!matches.ok()) return FailEvaluation(id, matches.failure());
    if (!*matches) continue;
    if (world_.listener != nullptr) {
      world_.listener->Chose(e_, state, static_cast<int>(&rule - choice.rules.data()));
    }
    // ASL: with a rule, only the rule's own Assign and Output count.
    return LeaveWithInput(id, WayOut{rule.next, rule.assign.get(), rule.output.get()});
  }
  if (choice.default_next == asl::kNone) {
    return FailEvaluation(
        id,
        Failure{
            "States.NoChoiceMatched",
            "Failed to transition out of the state. The state does not point to a next state."});
  }
  if (world_.listener != nullptr) world_.listener->Chose(e_, state, -1);
  WayOut way = OwnWayOut(state);
  way.next = choice.default_next;
  LeaveWithInput(id, way);
}

OrFailure<absl::Time> Interpreter::WaitUntil(const Frame& frame, const asl::State& state) const {
  const auto& wait = state.As<asl::WaitFields>();
  const absl::Time now = Now();
  Value input = frame.input.value();
  if (wait.seconds.expression != nullptr || wait.timestamp.expression != nullptr) {
    OrFailure<Value> effective = EffectiveInput(frame, state);
    if (!effective.ok()) return effective.failure();
    input = *std::move(effective);
  }
  absl::Time until = wait.literal_time;
  if (wait.seconds.present()) {
    OrFailure<absl::Time> time = SecondsFromNow(frame, wait.seconds, input, now);
    if (!time.ok()) return time;
    until = *time;
  } else if (wait.timestamp.expression != nullptr) {
    OrFailure<absl::Time> time = TimestampOf(frame, wait.timestamp, input);
    if (!time.ok()) return time;
    until = *time;
  }
  if (until - now > absl::Seconds(kMaxWaitSeconds)) {
    return Failure{state.language == asl::QueryLanguage::kJsonata ? "States.QueryEvaluationError"
                                                                  : "States.Runtime",
                   "Wait state delay is too long."};
  }
  return until;
}

void Interpreter::FinishWait(FrameId id) { LeaveWithInput(id, OwnWayOut(StateOf(Get(id)))); }

bool Interpreter::IsOversize(const Payload& payload) const {
  return IsOversize(payload, world_.limits.max_payload_bytes);
}

bool Interpreter::IsOversize(const Payload& payload, size_t limit) const {
  // The weight first: a value made of shared parts may be small in memory and endless as text.
  return payload.value().weight() > 2 * limit + 1024 ||
         payload.value().depth() > world_.limits.expression.max_depth ||
         payload.size_bytes() > limit;
}

void Interpreter::FailOversizeInput(FrameId id) {
  const Frame& frame = Get(id);
  StateFailure failure;
  failure.error = "States.DataLimitExceeded";
  failure.cause = absl::StrCat("The input of the state/task '", StateOf(frame).name,
                               "' exceeds the maximum number of bytes service limit.");
  FailExecution(failure, frame.last_event);
}

// AWS's record: an oversize output ends the execution at once, past every catcher.
void Interpreter::FailOversizeOutput(FrameId id) {
  const Frame& frame = Get(id);
  StateFailure failure;
  failure.error = "States.DataLimitExceeded";
  failure.cause = absl::StrCat("The state/task '", StateOf(frame).name,
                               "' returned a result with a size exceeding the maximum number of "
                               "bytes service limit.");
  FailExecution(failure, frame.last_event);
}

void Interpreter::ExitState(FrameId id, Payload output, std::vector<AssignedVariable> assigned,
                            asl::StateIndex next) {
  const Frame& frame = Get(id);
  const asl::State& state = StateOf(frame);
  if (IsOversize(output)) return FailOversizeOutput(id);
  StateExited details;
  details.state = state.name;
  details.output = std::move(output);
  details.assigned = std::move(assigned);
  if (next != asl::kNone) details.next = e_.machine().state(next).name;
  const FrameId parent = frame.parent;
  const int64_t index = frame.index;
  const EventId exited = Emit(Make(ExitedType(state.type), frame, std::move(details)));
  if (next != asl::kNone) return;
  if (id == kRootFrame) {
    Emit(Make(EventType::kExecutionSucceeded, Get(id), ExecutionSucceeded{Get(id).input}));
    return;
  }
  if (StateOf(Get(parent)).type == asl::StateType::kMap) {
    IterationSucceeded end{{StateOf(Get(parent)).name, index, id}};
    Emit(Make(EventType::kMapIterationSucceeded, Get(parent), std::move(end)), exited);
  }
  AdvanceFanOut(parent);
}

}  // namespace pawl::core
