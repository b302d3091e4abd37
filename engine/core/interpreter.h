// Internal to engine/core: Decide's working state. One file per concern:
//   decide.cc         commands, the loop over ready frames
//   state_entry.cc    entering a state; Pass, Succeed, Fail, Choice, Wait; leaving a state
//   task_state.cc     scheduling a task and what becomes of it
//   fan_out.cc        Parallel and Map
//   failure.cc        Retry, Catch and the way upwards
//   data_flow.cc      InputPath, Parameters, ResultSelector, ResultPath, OutputPath, *Path fields
//   choice.cc         Choice rules
//   context_object.cc "$$"
#pragma once

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "engine/core/decide.h"
#include "engine/value/failure.h"

namespace pawl::core {

// What a state visit fails with. `is_fatal`: States.Runtime, which neither Retry nor Catch sees.
struct StateFailure {
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  bool is_task_failure = false;  // came from a task: States.TaskFailed matches it
  bool is_timeout = false;       // matches States.Timeout
  bool is_heartbeat = false;     // matches States.HeartbeatTimeout as well
};

class Interpreter {
 public:
  Interpreter(Execution* execution, const World& world, Decision* decision)
      : e_(*execution), world_(world), decision_(*decision) {}

  CommandOutcome Apply(const Command& command);
  void RunReadyFrames();

 private:
  // --- decide.cc
  CommandOutcome Start(const StartExecution& command);
  CommandOutcome Complete(const CompleteTask& command);
  CommandOutcome Fail(const FailTask& command);
  CommandOutcome Lose(const LoseHeartbeat& command);
  CommandOutcome Fire(const FireTimers& command);
  CommandOutcome Stop(const StopExecution& command);
  // Completes, stamps and folds an event; returns its id (0 if unnumbered).
  EventId Emit(Event event);
  Event Make(EventType type, const Frame& frame) const;
  bool HasBudget() const;
  bool ExceedsHistoryLimit() const;

  // --- state_entry.cc
  void EnterState(FrameId frame);
  void EnterPass(FrameId frame, const asl::State& state);
  void EnterSucceed(FrameId frame, const asl::State& state);
  void EnterFail(FrameId frame, const asl::State& state);
  void EnterChoice(FrameId frame, const asl::State& state);
  // Literal or path; the end of the wait, or a failure.
  OrFailure<absl::Time> WaitUntil(const Frame& frame, const asl::State& state) const;
  void FinishWait(FrameId frame);
  // Emits the Exited event and lets the frame go on, or end.
  void ExitState(FrameId frame, Payload output, asl::StateIndex next);

  bool IsOversize(const Payload& payload) const;

  // --- task_state.cc
  void ScheduleTask(FrameId frame);
  // With ResultSelector, ResultPath and OutputPath; then leaves the state.
  void FinishWithResult(FrameId frame, const Value& result);
  void RecordStarted(FrameId frame, const absl::optional<Started>& started);
  void FinishTask(FrameId frame, const CompleteTask& command);
  void FailAttempt(FrameId frame, EventGroup how, const StateFailure& failure);
  Event MakeTaskEvent(EventType type, const Frame& frame) const;

  // --- fan_out.cc
  void StartFanOut(FrameId frame);
  void StartParallel(FrameId frame, const asl::State& state);
  void StartMap(FrameId frame, const asl::State& state);
  // Starts iterations as far as concurrency allows; completes the state when all have ended.
  void AdvanceFanOut(FrameId frame);
  OrFailure<Value> ItemInput(const Frame& frame, const asl::State& state, const Value& item,
                             int64_t index);
  // Emits the end events of a failed child and of its siblings.
  void EmitChildFailure(const Frame& child, const Frame& parent, EventId failed);
  void EmitAborted(const Frame& frame, EventId previous);

  // --- failure.cc
  void FailState(FrameId frame, const StateFailure& failure);
  bool TryRetry(FrameId frame, const StateFailure& failure, EventId failed);
  bool TryCatch(FrameId frame, const StateFailure& failure);
  void FailExecution(const StateFailure& failure, EventId previous);
  // "States.Runtime" and its like, from an evaluation: adds AWS's "An error occurred while..."
  // prefix.
  void FailEvaluation(FrameId frame, const Failure& failure);
  std::string WhileExecuting(const asl::State& state, EventId entered) const;

  // --- data_flow.cc
  expr::Environment Env(const Frame& frame, Value input, const expr::Expression* expression,
                        EventId token_for = 0) const;
  OrFailure<Value> EffectiveInput(const Frame& frame, const asl::State& state) const;
  OrFailure<Value> WithParameters(const Frame& frame, const asl::State& state, Value input,
                                  EventId token_for = 0) const;
  OrFailure<Value> ApplyResultPath(const asl::ResultPath& path, const Payload& raw_input,
                                   const Value& result) const;
  OrFailure<Value> ApplyOutputPath(const Frame& frame, const asl::State& state, Value value) const;
  // A NumberField by its path must be a whole number >= 0; nullopt where the field is absent.
  OrFailure<absl::optional<int64_t>> EvaluateNumber(const Frame& frame,
                                                    const asl::NumberField& field,
                                                    const Value& input) const;
  OrFailure<absl::optional<std::string>> EvaluateString(const Frame& frame,
                                                        const asl::StringField& field,
                                                        const Value& input) const;

  // --- choice.cc
  OrFailure<bool> Matches(const asl::Condition& condition, const expr::Environment& env) const;

  // --- context_object.cc
  Value ContextObject(const Frame& frame, EventId token_for) const;

  const Frame& Get(FrameId id) const;
  const asl::State& StateOf(const Frame& frame) const { return e_.machine().state(frame.state); }

  Execution& e_;
  const World& world_;
  Decision& decision_;
};

}  // namespace pawl::core
