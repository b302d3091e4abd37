// Decide: commands in, events out. See execution.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "engine/core/execution.h"
#include "engine/core/inspection.h"
#include "engine/core/listener.h"
#include "engine/expr/expression.h"
#include "engine/value/failure.h"

namespace pawl::core {

// When and by whom an attempt was taken; recorded as the task's Started event with its end.
struct Started {
  absl::Time at;
  absl::optional<std::string> worker_name;
};

struct StartExecution {
  Payload input;
  absl::optional<ParentLink> parent = absl::nullopt;
  std::vector<AssignedVariable> variables = {};  // that are there from the beginning (TestState)
};
// A worker finished the attempt. For a .waitForTaskToken task that has not been submitted this is
// the submission: the token's owner decides about the end.
struct CompleteTask {
  EventId scheduled;
  Payload output;
  absl::optional<Started> started;
  bool by_token = false;  // by whoever holds the token of a submitted or activity task
};
struct FailTask {
  EventId scheduled;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  absl::optional<Started> started;
  bool by_token = false;
};
// A worker took the attempt by polling: that is recorded at once, because nothing but the history
// knows of it from then on. For tasks of workers' streams it is recorded with their end.
struct AssignTask {
  EventId scheduled;
  Started started;
};
// What the runtime watches for in memory has not come in time: a heartbeat or, of an activity that
// a stream's worker has, its end.
struct ExpireTask {
  EventId scheduled;
  absl::optional<Started> started;
  bool is_heartbeat = true;
};
// Fires whatever is due at `World::now`. `started` tells, for attempts that are at work, since
// when.
struct FireTimers {
  std::map<EventId, Started> started;
};
struct Continue {};
struct StopExecution {
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
};
// A closed execution goes on from where it failed or was stopped: what has succeeded is not run
// again. Stale where it is not closed, has succeeded or has left too little to go on from.
struct RedriveExecution {
  std::string client_token;  // "" = none
  // By its Map Run, of which it is that redrive; 0 = not by a Map Run.
  int32_t map_run_redrive = 0;
};
// Ends the execution as FAILED from outside its definition: what it led to cannot be stored.
struct FailExecution {
  Failure failure;
};

// --- of Map Runs; `map_run` is the ordinal. Stale where it is not at work any more.
struct ItemsRead {
  int64_t map_run = 0;
  std::string from_cursor;  // stale where the run is somewhere else
  Payload items;            // an array
  std::string cursor;
  bool is_last = false;
  bool is_keyed = false;  // members of an object, as {"Key", "Value"}
};
struct ItemsFailed {
  int64_t map_run = 0;
  Failure failure;
};
// Inputs of children that are to be redriven. Stale where others are wanted.
struct ChildrenRead {
  int64_t map_run = 0;
  int32_t map_run_redrive = 0;
  std::vector<int64_t> indexes;      // the first ones of ChildrenToRead::indexes
  Payload inputs;                    // an array, one each
  std::vector<int64_t> item_counts;  // items of each child
};
// A child has ended.
struct ChildEnded {
  int64_t map_run = 0;
  int64_t index = 0;
  ExecutionStatus status = ExecutionStatus::kSucceeded;
  Payload output;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  absl::Time started_at;
  int32_t map_run_redrive = 0;     // ParentLink's: stale where the Map Run was redriven since
  bool is_not_redrivable = false;  // it was to be redriven, and stands as it had ended
};
// The results stand in files, or could not be written.
struct ResultsWritten {
  int64_t map_run = 0;
  Value details;  // {Bucket, Key} of the manifest
  absl::optional<Failure> failure;
};
struct UpdateMapRun {
  int64_t map_run = 0;
  absl::optional<int64_t> max_concurrency;
  absl::optional<int64_t> tolerated_count;
  absl::optional<double> tolerated_percentage;
};

using Command =
    std::variant<StartExecution, CompleteTask, FailTask, AssignTask, ExpireTask, FireTimers,
                 Continue, StopExecution, RedriveExecution, FailExecution, ItemsRead, ItemsFailed,
                 ChildrenRead, ChildEnded, ResultsWritten, UpdateMapRun>;

enum class CommandOutcome {
  kApplied,
  kStale,   // the attempt is not open (finished, timed out, superseded): nothing happened
  kClosed,  // the execution had ended: nothing happened
};

// Makes the unforgeable token of an attempt ($$.Task.Token). Pure: the same arguments give the same
// token, on every node.
class TokenMinter {
 public:
  virtual ~TokenMinter() = default;
  virtual std::string Mint(const Execution& execution, EventId scheduled) const = 0;
};

// Which activities are registered.
class ActivityLookup {
 public:
  virtual ~ActivityLookup() = default;
  virtual bool IsRegistered(absl::string_view activity) const = 0;
};

struct Limits {
  // Of a payload's text. Task results beyond it fail with States.DataLimitExceeded, which can be
  // caught; a state's output beyond it ends the execution. (flag --max-payload-bytes)
  size_t max_payload_bytes = size_t{1024} * 1024;
  // After so many events a transition is committed and goes on in the next one, so that a loop
  // without waiting cannot hold its slot. (flag --max-events-per-transition)
  int max_events_per_transition = 2'000;
  // As above, counted in the bytes of the payloads that the transition's events bring; a step that
  // has begun is finished, so one step's payloads may come on top. (flag
  // --max-transition-bytes)
  size_t max_transition_bytes = size_t{4} * 1024 * 1024;
  // Of the items of an inline Map and of the results that a Parallel or inline Map gathers. Beyond
  // it the execution fails with States.DataLimitExceeded. (flag --max-gathered-bytes)
  size_t max_gathered_bytes = size_t{16} * 1024 * 1024;
  // Of the inputs of a Distributed Map's children that run at once: the next child is started when
  // others have ended. One child always runs. (flag --max-map-bytes)
  size_t max_map_bytes = size_t{64} * 1024 * 1024;
  // Of everything that one execution holds: inputs, variables, results. Beyond it the execution
  // fails with States.DataLimitExceeded. (flag --max-execution-bytes)
  size_t max_execution_bytes = size_t{128} * 1024 * 1024;
  // Of an inline Map that asks for more or for no limit. AWS's is 40. (flag
  // --max-inline-concurrency)
  int64_t max_inline_concurrency = 40;
  // Of a Distributed Map that asks for more or for no limit. AWS's is 10,000. (flag
  // --max-map-concurrency)
  int64_t max_map_concurrency = 10'000;
  // Of all variables of an execution. AWS's is 10 MiB. (flag --max-variables-bytes)
  size_t max_variables_bytes = size_t{64} * 1024 * 1024;
  // Of one variable, and of all that one Assign gives. AWS's is 256 KiB.
  size_t max_assign_bytes = size_t{1024} * 1024;
  // An execution with more events fails; 0 = no limit. (flag --max-history-events)
  int64_t max_history_events = 0;
  // Of an EXPRESS execution. AWS's is 5 minutes. (flag --max-express-duration)
  absl::Duration max_express_duration = absl::Minutes(5);
  // Of one expression: expression.max_steps. Of all expressions of a transition, see meter.h: then
  // the execution yields its turn at the border of a state. (flag --max-transition-steps)
  uint64_t max_transition_steps = 100'000'000;
  // World::on_slow is called once a transition has taken so many. (flag --slow-expression-steps)
  uint64_t slow_expression_steps = 500'000;
  expr::Limits expression;
};

struct World {
  absl::Time now;
  expr::RandomSource* random = nullptr;        // never null
  const TokenMinter* tokens = nullptr;         // never null
  const ActivityLookup* activities = nullptr;  // null: any activity is
  Limits limits;
  Inspection* inspection = nullptr;  // of a state under test; null for every execution
  Listener* listener = nullptr;      // of tests; may be null
  // Called at most once, from within an evaluation, when Decide turns out to take long
  // (Limits::slow_expression_steps); may be empty. It must not touch the execution. Whoever decides
  // may let its thread do other work meanwhile.
  std::function<void()> on_slow;
};

struct Decision {
  std::vector<Event> events;             // empty where no command applied
  std::vector<CommandOutcome> outcomes;  // one per command
};

// Applies the commands in order and interprets the machine until every frame waits. All events of
// one call are one transition.
Decision Decide(Execution* execution, absl::Span<const Command> commands, const World& world);

}  // namespace pawl::core
