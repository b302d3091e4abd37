// History events: the one truth about an execution. An Event is plain data; Decide makes it, Evolve
// folds it, event_codec stores it and aws_history shows it in AWS's form.
//
// What an event says besides its place in the history are its details: one struct for each thing
// that can happen. Types that differ only in the kind of state or task (TaskStateEntered,
// WaitStateEntered) share one.
//
// Numbered events have ids 1, 2, 3... and appear in AWS's histories under the same names with the
// same details. The types from kRetryScheduled on are ours: they are unnumbered (id 0), because AWS
// shows no such events, yet a fold must know which retrier counted, when the next attempt is due,
// and how far a Map Run is. Fields marked "hidden" are the other facts that a fold needs and AWS
// does not show.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/core/execution_status.h"
#include "engine/value/payload.h"
#include "engine/value/strong_id.h"

namespace pawl::core {

using EventId = StrongId<struct EventIdTag, int64_t>;  // 1, 2, 3...
inline constexpr EventId kNoEvent{0};
// A frame is one line of control: the machine itself (0), a Parallel branch or a Map iteration.
using FrameId = StrongId<struct FrameIdTag, int32_t>;
inline constexpr FrameId kRootFrame{0};
inline constexpr FrameId kNoFrame{-1};

// The numbers are stored: never change or reuse one.
enum class EventType : int16_t {
  kExecutionStarted = 1,
  kExecutionSucceeded = 2,
  kExecutionFailed = 3,
  kExecutionTimedOut = 4,
  kExecutionAborted = 5,
  kExecutionRedriven = 6,

  kTaskStateEntered = 10,
  kTaskStateExited = 11,
  kTaskStateAborted = 12,
  kPassStateEntered = 13,
  kPassStateExited = 14,
  kChoiceStateEntered = 15,
  kChoiceStateExited = 16,
  kWaitStateEntered = 17,
  kWaitStateExited = 18,
  kWaitStateAborted = 19,
  kSucceedStateEntered = 20,
  kSucceedStateExited = 21,
  kFailStateEntered = 22,

  kParallelStateEntered = 30,
  kParallelStateStarted = 31,
  kParallelStateSucceeded = 32,
  kParallelStateFailed = 33,
  kParallelStateAborted = 34,
  kParallelStateExited = 35,

  kMapStateEntered = 40,
  kMapStateStarted = 41,
  kMapStateSucceeded = 42,
  kMapStateFailed = 43,
  kMapStateAborted = 44,
  kMapStateExited = 45,
  kMapIterationStarted = 46,
  kMapIterationSucceeded = 47,
  kMapIterationFailed = 48,
  kMapIterationAborted = 49,

  kEvaluationFailed = 50,
  kMapRunStarted = 51,
  kMapRunSucceeded = 52,
  kMapRunFailed = 53,
  kMapRunRedriven = 54,

  kTaskScheduled = 60,
  kTaskStarted = 61,
  kTaskSubmitted = 62,
  kTaskSucceeded = 63,
  kTaskFailed = 64,
  kTaskTimedOut = 65,
  kLambdaFunctionScheduled = 70,
  kLambdaFunctionStarted = 71,
  kLambdaFunctionSucceeded = 72,
  kLambdaFunctionFailed = 73,
  kLambdaFunctionTimedOut = 74,
  kActivityScheduled = 80,
  kActivityStarted = 81,
  kActivitySucceeded = 82,
  kActivityFailed = 83,
  kActivityTimedOut = 84,

  // Ours, unnumbered.
  kRetryScheduled = 100,
  kMapItemsRead = 101,        // of a Map Run: items from its reader
  kMapChildrenStarted = 102,  // of a Map Run: child executions are to be started
  kMapChildEnded = 103,
  kMapRunUpdated = 104,
  kStateRedriven = 105,
  kMapChildrenRead = 106,      // of a redriven Map Run: what unsuccessful children were given
  kMapChildrenRedriven = 107,  // of a redriven Map Run
};

// Who waits for an execution: a task of another one, or its Map Run. Hidden; of ExecutionStarted.
struct ParentLink {
  uint32_t slot = 0;
  uint64_t execution_id = 0;
  EventId scheduled;            // of the task; kNoEvent: a child of a Map Run
  int64_t map_run = -1;         // ordinal
  int64_t index = 0;            // of the child
  bool is_awaited = true;       // its end matters, not only its start
  bool wants_json = false;      // startExecution.sync:2
  int32_t map_run_redrive = 0;  // redrives of the Map Run before it was started, or redriven

  friend bool operator==(const ParentLink&, const ParentLink&) = default;
};

// A variable and the value that a state gives it.
struct AssignedVariable {
  std::string name;
  Payload value;
};

// What something failed with. AWS tells "absent" and "empty" apart.
struct ErrorAndCause {
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
};

// --- The execution

struct ExecutionStarted {
  Payload input;
  std::vector<AssignedVariable> variables;           // hidden: there from the beginning (TestState)
  absl::Time times_out_at = absl::InfiniteFuture();  // hidden
  absl::optional<ParentLink> parent;                 // hidden
};
struct ExecutionSucceeded {
  Payload output;
};
struct ExecutionFailed : ErrorAndCause {};
struct ExecutionTimedOut : ErrorAndCause {};
struct ExecutionAborted : ErrorAndCause {};
// A closed execution goes on from where it failed or was stopped.
struct ExecutionRedriven {
  int32_t redrive_count = 0;                         // this one included
  std::string client_token = {};                     // hidden; "" = none was given
  absl::Time times_out_at = absl::InfiniteFuture();  // hidden
  int32_t map_run_redrive = 0;                       // hidden: see ParentLink; 0 = not by a Map Run
};

// --- States

struct StateEntered {
  std::string state;
  Payload input;
  absl::Time waits_until = absl::InfiniteFuture();  // hidden; of a Wait
};
struct StateExited {
  std::string state;
  Payload output;
  std::vector<AssignedVariable> assigned;
  std::string next;  // hidden: the state to go to; "" = the frame ends
};
struct StateAborted {};

struct ParallelStarted {
  Payload branch_input;  // hidden
};
struct MapStarted {
  int64_t length = 0;           // items
  Payload items;                // hidden; absent where there are none
  int64_t max_concurrency = 0;  // hidden; 0 = no limit
};
// Of Parallel and Map.
struct FanOutSucceeded {};
struct FanOutFailed {
  bool by_child = false;  // hidden: a branch or an iteration failed, not the state itself
};

struct IterationStarted {
  std::string state;      // the Map's
  int64_t index = 0;      // of the item
  FrameId child{};        // hidden: the iteration's frame
  Payload input;          // hidden
  bool has_more = false;  // hidden: the transition's budget was spent; more start in the next
};
struct IterationEnded {
  std::string state;
  int64_t index = 0;
  FrameId child{};  // hidden
};
struct IterationSucceeded : IterationEnded {};
struct IterationFailed : IterationEnded {};
struct IterationAborted : IterationEnded {};

struct EvaluationFailed : ErrorAndCause {
  std::string state = {};
  absl::optional<std::string> location = {};  // the field
};

// --- Tasks

// What AWS says of the resource in each event of a plain task ("" in those of the other kinds).
struct TaskResource {
  std::string resource;
  std::string resource_type;
};
struct TaskScheduled : TaskResource {
  Payload parameters = {};
  std::string role_arn = {};  // Credentials
  absl::optional<int64_t> timeout_seconds = {};
  absl::optional<int64_t> heartbeat_seconds = {};
  absl::Time times_out_at = absl::InfiniteFuture();  // hidden
  std::string queue = {};                            // hidden
  Payload worker_input = {};  // hidden: what the worker gets; absent: `parameters`
};
struct TaskStarted : TaskResource {
  absl::optional<std::string> worker_name = {};  // of activities
};
struct TaskSubmitted : TaskResource {
  Payload output = {};
};
struct TaskSucceeded : TaskResource {
  Payload output = {};
};
struct TaskFailed : TaskResource, ErrorAndCause {};
struct TaskTimedOut : TaskResource, ErrorAndCause {};

// A state is interpreted again that was entered before the redrive.
struct StateRedriven {
  std::string state = {};
  absl::Time waits_until = absl::InfiniteFuture();  // of a Wait
};
struct RetryScheduled : ErrorAndCause {
  std::string state = {};
  int32_t retrier = -1;  // index of the one that counts
  absl::Time next_attempt_at = absl::InfiniteFuture();
};

// --- Map Runs

struct MapRunLimits {
  int64_t max_concurrency = 0;  // 0 = no limit
  int64_t tolerated_count = 0;  // failed items
  double tolerated_percentage = 0;
};
struct MapRunStarted {
  std::string map_run_arn;
  std::string state;    // hidden
  Payload config;       // hidden: see MapRun::config
  MapRunLimits limits;  // hidden
};
// It goes on where it stood: see MapRun::Fold.
struct MapRunRedriven {
  std::string map_run_arn;
  std::string state;          // hidden
  int32_t redrive_count = 0;  // this one included
};
struct MapRunSucceeded {};
struct MapRunFailed : ErrorAndCause {};
struct MapItemsRead {
  std::string state;
  Payload items;          // an array
  std::string cursor;     // where the reader goes on
  bool is_keyed = false;  // members of an object, as {"Key", "Value"}
  bool is_last = false;   // there is nothing after these items
};
// Child executions are to be started.
struct MapChildrenStarted {
  std::string state;
  int64_t first_index = 0;
  Payload inputs;                    // an array, one each
  std::vector<int64_t> item_counts;  // items of each child
  bool has_more = false;             // as in IterationStarted
};
struct MapChildEnded : ErrorAndCause {
  std::string state = {};
  int64_t index = 0;
  ExecutionStatus status = ExecutionStatus::kSucceeded;
  absl::Time started_at = {};
  Payload output = {};
  Payload record = {};  // what the state's result holds of the child, where that is not `output`
  bool is_not_redrivable = false;  // it stands as it had ended before the redrive
};
// What children were given that are to be redriven next.
struct MapChildrenRead {
  std::string state;
  std::vector<int64_t> indexes;      // ascending
  Payload inputs;                    // an array, one each
  std::vector<int64_t> item_counts;  // items of each child
};
// The first of those that have been read are to be redriven, or started again.
struct MapChildrenRedriven {
  std::string state;
  int64_t count = 0;
};
struct MapRunUpdated {
  std::string state;
  MapRunLimits limits;
};

using EventDetails =
    std::variant<ExecutionStarted, ExecutionSucceeded, ExecutionFailed, ExecutionTimedOut,
                 ExecutionAborted, ExecutionRedriven, StateEntered, StateExited, StateAborted,
                 ParallelStarted, MapStarted, FanOutSucceeded, FanOutFailed, IterationStarted,
                 IterationSucceeded, IterationFailed, IterationAborted, EvaluationFailed,
                 TaskScheduled, TaskStarted, TaskSubmitted, TaskSucceeded, TaskFailed, TaskTimedOut,
                 RetryScheduled, MapRunStarted, MapRunSucceeded, MapRunFailed, MapItemsRead,
                 MapChildrenStarted, MapChildEnded, MapRunUpdated, StateRedriven, MapRunRedriven,
                 MapChildrenRead, MapChildrenRedriven>;

struct Event {
  EventType type = EventType::kExecutionStarted;
  EventId id;        // kNoEvent where it is not numbered
  EventId previous;  // the event that this one follows from, as AWS tells it
  absl::Time time;
  FrameId frame = kRootFrame;  // hidden
  EventDetails details;        // InfoOf(type) tells which

  bool is_numbered() const { return type < EventType::kRetryScheduled; }
  // nullptr where the event says something else.
  template <typename Details>
  const Details* As() const {
    return std::get_if<Details>(&details);
  }
  template <typename Details>
  bool Is() const {
    return std::holds_alternative<Details>(details);
  }
};

// The name of the state that the event is about, where its details hold it; "" otherwise.
absl::string_view StateOf(const Event& event);
// Calls `see` with each payload that the event holds, hidden ones too, absent ones too.
void ForEachPayload(const Event& event, absl::FunctionRef<void(const Payload&)> see);
// nullptr where nothing failed.
const ErrorAndCause* FailureOf(const Event& event);

// Static facts about a type.
struct EventTypeInfo {
  EventType type;
  absl::string_view name;          // AWS's: "TaskStateEntered"
  absl::string_view details_key;   // AWS's: "stateEnteredEventDetails"; "" where there are none
  EventDetails (*make_details)();  // empty ones, of the struct that goes with the type
};
// CHECKs that the type is known.
const EventTypeInfo& InfoOf(EventType type);
// nullptr for a number that no type has (a history of a newer version).
const EventTypeInfo* FindEventType(int number);

EventType EnteredType(asl::StateType type);
EventType ExitedType(asl::StateType type);  // not of Fail
// nullopt for types that cannot be interrupted.
absl::optional<EventType> AbortedType(asl::StateType type);

// The events of a task, by the kind of its resource.
struct TaskEventTypes {
  EventType scheduled, started, succeeded, failed, timed_out;
};
const TaskEventTypes& TaskEvents(asl::Resource::Kind kind);

}  // namespace pawl::core
