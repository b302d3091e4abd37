// Internal to engine/core: Decide's working state. One file per concern:
//   decide.cc         commands, the loop over ready frames
//   state_entry.cc    entering a state; Pass, Succeed, Fail, Choice, Wait; leaving a state
//   task_state.cc     scheduling a task and what becomes of it
//   fan_out.cc        Parallel and Map
//   map_run.cc        Distributed Map
//   map_run_redrive.cc  a Map Run that goes on after a redrive
//   failure.cc        Retry, Catch and the way upwards
//   data_flow.cc      what goes into a state and what comes out, in both query languages
//   fields.cc         numbers, strings and times that are given by expressions
//   choice.cc         Choice rules
//   context_object.cc "$$"
//   inspection.cc     what TestState sees and answers
#pragma once

#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "engine/core/decide.h"
#include "engine/value/failure.h"

namespace pawl::core {

// What a state visit fails with. `is_fatal`: States.Runtime, which neither Retry nor Catch sees.
struct StateFailure : ErrorAndCause {
  bool is_task_failure = false;  // came from a task: States.TaskFailed matches it
  bool is_timeout = false;       // matches States.Timeout
  bool is_heartbeat = false;     // matches States.HeartbeatTimeout as well
};

// The variables that a frame's expressions see: those of its scope and of the scopes around it.
class FrameScope final : public expr::VariableLookup {
 public:
  explicit FrameScope(const Execution& execution) : e_(execution) {}
  void Enter(FrameId frame) { frame_ = frame; }
  const Value* Find(absl::string_view name) const override;

 private:
  const Execution& e_;
  FrameId frame_ = kRootFrame;
};

// One way out of a state: its own, or that of a Choice rule or a catcher.
struct WayOut {
  asl::StateIndex next = asl::kNone;
  const expr::Expression* assign = nullptr;
  const expr::Expression* output = nullptr;  // JSONata
};

class Interpreter {
 public:
  Interpreter(Execution* execution, const World& world, Decision* decision)
      : e_(*execution),
        world_(world),
        decision_(*decision),
        scope_(*execution),
        meter_(LimitsOfMeter(world.limits), &world.on_slow) {}

  CommandOutcome Apply(const Command& command);
  void RunReadyFrames();
  void AdvanceMapRuns();
  // Tells the execution what the transition has added, and fails it where it holds too much.
  void AccountBytes();

 private:
  // --- decide.cc
  CommandOutcome Start(const StartExecution& command);
  CommandOutcome Complete(const CompleteTask& command);
  CommandOutcome Fail(const FailTask& command);
  CommandOutcome Assign(const AssignTask& command);
  CommandOutcome Expire(const ExpireTask& command);
  CommandOutcome Fire(const FireTimers& command);
  CommandOutcome Stop(const StopExecution& command);
  CommandOutcome Redrive(const RedriveExecution& command);
  CommandOutcome FailFromOutside(const core::FailExecution& command);
  CommandOutcome GoOn();
  CommandOutcome TakeItems(const ItemsRead& command);           // map_run.cc
  CommandOutcome FailRead(const ItemsFailed& command);          // map_run.cc
  CommandOutcome TakeChildren(const ChildrenRead& command);     // map_run_redrive.cc
  CommandOutcome EndChild(const ChildEnded& command);           // map_run.cc
  CommandOutcome FinishWriting(const ResultsWritten& command);  // map_run.cc
  CommandOutcome Update(const UpdateMapRun& command);           // map_run.cc
  // Completes, stamps and folds an event; returns its id (kNoEvent if unnumbered).
  EventId Emit(Event event);
  // One that follows from another event than its frame's last one. AWS has none of the unnumbered
  // events of Map Runs: they follow from kNoEvent.
  EventId Emit(Event event, EventId previous);
  absl::Time Now() const;
  Event Make(EventType type, const Frame& frame, EventDetails details) const;
  // Of the execution itself.
  Event Make(EventType type, EventDetails details) const;
  bool HasBudget() const;
  void CountBytes(const Payload& payload);
  void CountBytes(const Event& event);
  // Cuts texts to their limits, and times to what is stored.
  void Trim(Event* event) const;
  bool ExceedsHistoryLimit() const;

  // --- state_entry.cc
  void EnterState(FrameId frame);
  // It was entered before a redrive.
  void ReenterState(FrameId frame);
  void Interpret(FrameId frame, const absl::optional<Failure>& wait_failure);
  void EnterPass(FrameId frame, const asl::State& state);
  void EnterSucceed(FrameId frame, const asl::State& state);
  void EnterFail(FrameId frame, const asl::State& state);
  void EnterChoice(FrameId frame, const asl::State& state);
  // Literal or path; the end of the wait, or a failure.
  OrFailure<absl::Time> WaitUntil(const Frame& frame, const asl::State& state) const;
  void FinishWait(FrameId frame);
  // Emits the Exited event and lets the frame go on, or end.
  void FailOversizeOutput(FrameId frame);
  void ExitState(FrameId frame, Payload output, std::vector<AssignedVariable> assigned,
                 asl::StateIndex next);

  bool IsOversize(const Payload& payload) const;
  bool IsOversize(const Payload& payload, size_t limit) const;
  // What a state gives to its task, branches or iterations is too large.
  void FailOversizeInput(FrameId frame);

  // --- task_state.cc
  void ScheduleTask(FrameId frame);
  void RecordStarted(FrameId frame, const absl::optional<Started>& started);
  void FinishTask(FrameId frame, const CompleteTask& command);
  void FailAttempt(FrameId frame, const StateFailure& failure);
  TaskResource ResourceOf(const Frame& frame) const;

  // --- fan_out.cc
  void StartFanOut(FrameId frame);
  void StartParallel(FrameId frame, const asl::State& state);
  void StartMap(FrameId frame, const asl::State& state);
  // Of an inline Map under test.
  void AnswerMapByMock(FrameId frame, const asl::State& state, const Value& items);
  // Starts iterations as far as concurrency and the transition's budget allow; completes the state
  // when all have ended.
  void AdvanceFanOut(FrameId frame);
  // False where a failure has ended the state.
  bool StartIterations(FrameId frame, const asl::State& state);
  void CompleteFanOut(FrameId frame, const asl::State& state);
  OrFailure<Value> ItemsOf(const Frame& frame, const asl::State& state, const Value& input) const;
  static Value MapItem(const MapRun* run, const Value& item, int64_t index);
  OrFailure<Value> ItemInput(const Frame& frame, const asl::State& state, const Value& item,
                             int64_t index);
  // Emits the end events of a failed child and of its siblings.
  void EmitChildFailure(const Frame& child, const Frame& parent, EventId failed);
  void EmitAborted(const Frame& frame, EventId previous);

  // --- failure.cc
  void FailState(FrameId frame, const StateFailure& failure);
  bool TryRetry(FrameId frame, const StateFailure& failure, EventId failed);
  bool TryCatch(FrameId frame, const StateFailure& failure);
  void LeaveByCatcher(FrameId frame, const asl::Catcher& catcher, Value error_output);
  void FailExecution(const StateFailure& failure, EventId previous);
  // "States.Runtime" and its like, from an evaluation: adds AWS's "An error occurred while..."
  // prefix.
  void FailEvaluation(FrameId frame, const Failure& failure);
  std::string WhileExecuting(const asl::State& state, EventId entered) const;

  // --- map_run.cc
  void StartMapRun(FrameId frame, const asl::State& state, const Value& items);
  // What MapRun::config is to hold, from the reader's, batcher's and writer's fields.
  OrFailure<Value> MapRunConfig(const Frame& frame, const asl::State& state, const Value& input);
  // Starts children as far as concurrency allows; completes the run when all have ended.
  void AdvanceMapRun(FrameId frame);
  // The inputs of the next children; false where a failure has ended the run.
  bool NextChildren(FrameId frame, Value::Elements* inputs, std::vector<int64_t>* item_counts);
  // How many more children may run.
  int64_t ChildRoom(const MapRun& run) const;
  bool ExceedsTolerance(const MapRun& run) const;
  static Failure ToleranceExceeded();
  void FailMapRun(FrameId frame, const Failure& failure);
  void CompleteMapRun(FrameId frame, absl::optional<Value> writer_details);

  // --- map_run_redrive.cc
  void RedriveMapRun(FrameId frame);
  // Redrives the children at hand as far as concurrency allows. False while others wait for that:
  // then no item is started.
  bool RedriveChildren(FrameId frame);

  // --- data_flow.cc
  static MeterLimits LimitsOfMeter(const Limits& limits);
  // Evaluates `expression`, the value of `field`, in `env`. Beyond the limit of steps it fails with
  // States.Runtime, which names both.
  OrFailure<Value> Evaluate(const expr::Expression& expression, const expr::Environment& env,
                            absl::string_view field) const;
  // The failure of `field` where its evaluation has spent its steps; nullopt otherwise.
  absl::optional<Failure> SpentOn(absl::string_view field) const;
  // A payload that the transition will write.
  Payload NewPayload(Value value) const;
  // `frame`'s environment: "$" or "$states.input" is `input`.
  expr::Environment Env(const Frame& frame, Value input, const expr::Expression* expression,
                        EventId token_for = kNoEvent) const;
  OrFailure<Value> EffectiveInput(const Frame& frame, const asl::State& state) const;
  // InputPath or OutputPath.
  OrFailure<Value> ApplyPath(const Frame& frame, const asl::PathField& field,
                             absl::string_view name, Value value) const;
  // With Parameters or Arguments.
  OrFailure<Value> WithParameters(const Frame& frame, const asl::State& state, Value input,
                                  EventId token_for = kNoEvent) const;
  OrFailure<Value> ApplyResultPath(const asl::ResultPath& path, const Payload& raw_input,
                                   const Value& result) const;
  OrFailure<Value> ApplyOutputPath(const Frame& frame, const asl::State& state, Value value) const;
  // Assign evaluated in `env`.
  OrFailure<std::vector<AssignedVariable>> Assigned(const expr::Expression* assign,
                                                    const expr::Environment& env) const;
  absl::optional<Failure> CheckVariables(const std::vector<AssignedVariable>& assigned) const;
  // Leaves a state that has a result: Task, Parallel, Map; in JSONPath Pass too.
  void LeaveWithResult(FrameId frame, const Payload& result);
  // Leaves a state that has none: its (effective) input goes on.
  void LeaveWithInput(FrameId frame, const WayOut& way);
  // JSONata: Assign and Output in `env`; `otherwise` where there is no Output.
  void LeaveJsonata(FrameId frame, const WayOut& way, expr::Environment env, Payload otherwise);
  WayOut OwnWayOut(const asl::State& state) const;

  // --- fields.cc
  // JSONata: that the result is of a kind ("array", "number", "string", "boolean").
  absl::optional<Failure> Expect(absl::string_view kind, const Value& value,
                                 const expr::Expression& expression, absl::string_view field) const;
  // Must be a whole number >= 0; nullopt where the field is absent.
  OrFailure<absl::optional<int64_t>> EvaluateNumber(const Frame& frame,
                                                    const asl::NumberField& field,
                                                    const Value& input) const;
  // The same without the sign checked.
  OrFailure<absl::optional<int64_t>> EvaluateInteger(const Frame& frame,
                                                     const asl::NumberField& field,
                                                     const Value& input) const;
  OrFailure<absl::optional<double>> EvaluatePercent(const Frame& frame,
                                                    const asl::PercentField& field,
                                                    const Value& input) const;
  OrFailure<absl::optional<std::string>> EvaluateString(const Frame& frame,
                                                        const asl::StringField& field,
                                                        const Value& input) const;
  OrFailure<absl::Time> SecondsFromNow(const Frame& frame, const asl::NumberField& field,
                                       const Value& input, absl::Time now) const;
  OrFailure<absl::Time> TimestampOf(const Frame& frame, const asl::StringField& field,
                                    const Value& input) const;

  // --- choice.cc
  OrFailure<bool> RuleMatches(const asl::ChoiceRule& rule, const expr::Environment& env) const;
  OrFailure<bool> Matches(const asl::Condition& condition, const expr::Environment& env) const;

  // --- context_object.cc
  Value ContextObject(const Frame& frame, EventId token_for) const;

  // --- inspection.cc
  void Note(absl::optional<Value> Inspection::* step, const Value& value) const;
  bool IsMocked() const;
  // In place of the state's task, branches or items; all that leads to them is evaluated.
  void AnswerByMock(FrameId frame);
  bool ExceedsTolerance(const Inspection& inspection, const MapRun& run) const;

  const Frame& Get(FrameId id) const;
  const asl::State& StateOf(const Frame& frame) const { return e_.machine().state(frame.state); }

  Execution& e_;
  const World& world_;
  Decision& decision_;
  std::set<int64_t> map_runs_to_advance_;  // children have ended
  size_t bytes_ = 0;                       // of the payloads that the events have brought
  size_t accounted_bytes_ = 0;             // of `bytes_`, told to the execution
  // The last payloads that went into `bytes_`: what events share, neighbours share.
  std::array<const void*, 8> counted_{};
  size_t next_counted_ = 0;
  mutable FrameScope scope_;  // of the Environment made last; evaluations do not overlap
  mutable Meter meter_;       // of this call of Decide
};

}  // namespace pawl::core
