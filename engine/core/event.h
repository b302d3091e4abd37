// History events: the one truth about an execution. An Event is plain data; Decide makes it, Evolve
// folds it, record_codec stores it and aws_history shows it in AWS's form.
//
// Numbered events have ids 1, 2, 3... and appear in AWS's histories under the same names with the
// same details. The types from kRetryScheduled on are ours: they are unnumbered (id 0), because AWS
// shows no such events, yet a fold must know which retrier counted, when the next attempt is due,
// and how far a Map Run is. Fields marked "hidden" are the other facts that a fold needs and AWS
// does not show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/value/payload.h"

namespace pawl::core {

using EventId = int64_t;
// A frame is one line of control: the machine itself (0), a Parallel branch or a Map iteration.
using FrameId = int32_t;
inline constexpr FrameId kRootFrame = 0;
inline constexpr FrameId kNoFrame = -1;

// The numbers are stored: never change or reuse one.
enum class EventType : int16_t {
  kExecutionStarted = 1,
  kExecutionSucceeded = 2,
  kExecutionFailed = 3,
  kExecutionTimedOut = 4,
  kExecutionAborted = 5,

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
};

// Who waits for an execution: a task of another one, or its Map Run. Hidden; of ExecutionStarted.
struct ParentLink {
  uint32_t slot = 0;
  uint64_t execution_id = 0;
  EventId scheduled = 0;    // of the task; 0: a child of a Map Run
  int64_t map_run = -1;     // ordinal
  int64_t index = 0;        // of the child
  bool is_awaited = true;   // its end matters, not only its start
  bool wants_json = false;  // startExecution.sync:2

  friend bool operator==(const ParentLink&, const ParentLink&) = default;
};

// A variable and the value that a state gives it.
struct AssignedVariable {
  std::string name;
  Payload value;
};

struct Event {
  EventType type = EventType::kExecutionStarted;
  EventId id = 0;
  EventId previous = 0;
  absl::Time time;
  FrameId frame = kRootFrame;  // hidden

  // State name; of MapIteration* events the Map state's.
  std::string name;
  // Input (Started, Entered, Scheduled), output (Succeeded, Exited, Submitted) or parameters
  // (TaskScheduled), whichever the type has.
  Payload payload;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;

  // Scheduled, Started and end events of tasks.
  std::string resource;
  std::string task_role_arn;  // TaskScheduled, LambdaFunctionScheduled: Credentials
  std::string resource_type;
  absl::optional<std::string> worker_name;  // ActivityStarted
  absl::optional<int64_t> timeout_seconds;
  absl::optional<int64_t> heartbeat_seconds;

  int64_t index = 0;   // MapIteration*: of the item; MapChild*: of the (first) child
  int64_t length = 0;  // MapStateStarted: number of items; MapChildrenStarted: of children

  absl::optional<std::string> location;    // EvaluationFailed: the field
  std::vector<AssignedVariable> assigned;  // *StateExited; hidden, ExecutionStarted

  // --- hidden ---
  std::string next;   // *StateExited: the state to go to; "" = the frame ends
  std::string queue;  // *Scheduled: the task queue
  Payload work;       // *Scheduled: what the worker gets, where it is not `payload`;
                      // ParallelStateStarted: the branches' input; MapStateStarted: the items;
                      // MapIterationStarted: the iteration's input; MapRunStarted: what to read;
                      // MapItemsRead: the items; MapChildrenStarted: the children's inputs
  absl::Time due = absl::InfiniteFuture();  // ExecutionStarted: end of the execution's time;
                                            // WaitStateEntered: end of the wait; *Scheduled:
                                            // time-out; kRetryScheduled: next attempt
  int32_t retrier = -1;                     // kRetryScheduled: index of the retrier that counts
  FrameId child = kNoFrame;                 // MapIterationStarted: the iteration's frame
  int64_t max_concurrency = 0;              // MapStateStarted, MapRunUpdated: 0 = no limit
  int64_t tolerated_count = 0;              // MapRunStarted, MapRunUpdated: failed items
  double tolerated_percentage = 0;          // of all items
  std::string cursor;                       // MapItemsRead: where the reader goes on
  bool is_keyed = false;                    // MapItemsRead: members of an object
  bool is_last = false;                     // MapItemsRead: there is nothing after these items
  bool has_more = false;                    // MapIterationStarted, MapChildrenStarted: the
                                            // transition's budget was spent; more start in the next
  std::vector<int64_t> item_counts;         // MapChildrenStarted: items of each child
  int32_t child_status = 0;                 // MapChildEnded: an ExecutionStatus
  absl::Time child_started_at;              // MapChildEnded
  absl::optional<ParentLink> parent;        // ExecutionStarted

  bool is_numbered() const { return type < EventType::kRetryScheduled; }
};

enum class EventGroup {  // what an event of a type does, whatever the kind of state or task
  kExecution,
  kStateEntered,
  kStateExited,
  kStateAborted,
  kFanOut,
  kIteration,
  kTaskScheduled,
  kTaskStarted,
  kTaskSubmitted,
  kTaskSucceeded,
  kTaskFailed,
  kTaskTimedOut,
  kRetry,
  kEvaluationFailed,
  kMapRun,
};

// Static facts about a type; CHECKs that the type is known.
struct EventTypeInfo {
  EventType type;
  absl::string_view name;         // AWS's: "TaskStateEntered"
  absl::string_view details_key;  // AWS's: "stateEnteredEventDetails"; "" where there are none
  EventGroup group;
};
const EventTypeInfo& InfoOf(EventType type);
// nullptr for a number that no type has (a history of a newer version).
const EventTypeInfo* FindEventType(int number);

EventType EnteredType(asl::StateType type);
EventType ExitedType(asl::StateType type);  // not of Fail
// nullopt for types that cannot be interrupted.
absl::optional<EventType> AbortedType(asl::StateType type);

// The six events of a task, by the kind of its resource.
struct TaskEventTypes {
  EventType scheduled, started, succeeded, failed, timed_out;
};
const TaskEventTypes& TaskEvents(asl::Resource::Kind kind);

}  // namespace pawl::core
