// The folded state of one execution, and the three functions around it.
//
//   Execution e(header, machine);
//   Decision d = Decide(&e, {StartExecution{input}}, world);   // e has advanced by d.events
//   ... commit d.events ...
//   for (const TaskToRun& task : Outstanding(e).tasks) Dispatch(task);
//
// After a crash: Execution e(header, machine); for (event : history) Evolve(&e, event);
// Outstanding(e).
//
// Decide changes the execution only by calling Evolve with each event that it emits, so the live
// state is by construction the fold of its history. If the commit of a decision fails, the
// execution is dropped and folded again: there is no undo.
//
// Everything here is pure (no clock, randomness, I/O, threads) and thread-compatible.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/core/event.h"
#include "engine/core/execution_status.h"
#include "engine/core/map_run.h"
#include "engine/value/payload.h"

namespace pawl::core {

// What an execution is, fixed at start and kept beside its history.
struct ExecutionHeader {
  std::string arn;
  std::string name;
  std::string machine_arn;
  std::string machine_name;
  std::string role_arn;
  absl::Time start_time;
  // Where it is stored; in the names of its Map Runs' children.
  uint32_t slot = 0;
  uint64_t id = 0;
  bool IsExpress() const { return absl::StrContains(arn, ":express:"); }
};

// The open attempt of a Task.
struct TaskAttempt {
  EventId scheduled;  // id of the Scheduled event: identifies the attempt
  absl::Time scheduled_at;
  absl::Time times_out_at = absl::InfiniteFuture();
  // Of an activity: counts from Started; `times_out_at` is set then.
  absl::optional<int64_t> timeout_seconds;
  absl::optional<int64_t> heartbeat_seconds;
  std::string queue;
  Payload input;              // what the worker gets
  bool is_started = false;    // Started stands in the history
  bool is_submitted = false;  // of .waitForTaskToken: the worker has answered, the token is
                              // awaited; of startExecution.sync: the child runs
  int64_t sequence = 0;       // Execution::sequence() at that time
  // Nobody is to be given it: whoever holds its token will answer.
  bool AwaitsToken() const { return is_submitted || is_started; }
};

// A Parallel or Map state at work.
struct FanOut {
  int64_t length = 0;      // branches or items
  int64_t next_index = 0;  // of the next item to start
  int64_t running = 0;     // child frames that have not ended
  int64_t succeeded = 0;
  int64_t max_concurrency = 0;   // of a Map, 0 = no limit
  Payload items;                 // of a Map
  EventId last_child_event;      // "previousEventId" of the next MapIterationStarted
  std::vector<Payload> results;  // by index
  size_t result_bytes = 0;       // of `results`, about
};

struct Frame {
  enum class Phase : int8_t {
    kReady,     // `state` is to be entered with `input`
    kEntered,   // being interpreted; never between transitions
    kTask,      // an attempt is open
    kWait,      // until `due`
    kBackoff,   // a retry, at `due`
    kFanOut,    // children at work
    kEnded,     // has an output that its parent will take; never between transitions
    kRedriven,  // `state` was entered before a redrive and is to be interpreted again
  };

  FrameId id = kRootFrame;
  FrameId parent = kNoFrame;
  int64_t index = 0;   // of the branch or item
  EventId last_event;  // "previousEventId" of the frame's next event
  asl::StateIndex state = asl::kNone;
  Phase phase = Phase::kReady;
  Payload input;    // the state's raw input; when kEnded, the frame's output
  EventId entered;  // id of the state's Entered event
  absl::Time entered_at;
  EventId before_entry;  // `last_event` when the state was entered
  // Of the scope whose control this frame is; inner frames see them too.
  std::map<std::string, Payload> variables;
  std::vector<int32_t> retries_by_retrier;  // of this visit of the state
  int32_t retry_count = 0;                  // sum of the above: $$.State.RetryCount
  absl::Time due = absl::InfiniteFuture();
  absl::optional<TaskAttempt> task;  // of kTask
  std::unique_ptr<FanOut> fan_out;   // of kFanOut
  std::unique_ptr<MapRun> map_run;   // of kFanOut, a Distributed Map
  // Of a Parallel or Map that failed by a child: what a redrive goes on with. Gone with a retry and
  // when the state is left.
  std::unique_ptr<FanOut> stopped_fan_out;
  // The same of a Distributed Map whose Map Run ended without success.
  std::unique_ptr<MapRun> stopped_map_run;
};

// An execution that another one waits for, or waited for.
struct ChildRef {
  std::string machine;  // ARN or name; of a Map Run's child NAME/LABEL
  std::string name;
};

struct Timer {
  enum class Kind : int8_t { kExecution, kWait, kBackoff, kTask };
  absl::Time due;
  Kind kind = Kind::kExecution;
  FrameId frame = kRootFrame;
  friend bool operator<(const Timer& a, const Timer& b) {
    return std::tie(a.due, a.kind, a.frame) < std::tie(b.due, b.kind, b.frame);
  }
};

// A redrive that its caller may ask for again.
struct Redrive {
  std::string client_token;
  absl::Time time;
};

class Execution {
 public:
  Execution(ExecutionHeader header, std::shared_ptr<const asl::StateMachine> machine);

  const ExecutionHeader& header() const { return header_; }
  const asl::StateMachine& machine() const { return *machine_; }

  ExecutionStatus status() const { return status_; }
  bool is_closed() const { return status_ != ExecutionStatus::kRunning; }
  const Payload& input() const { return input_; }
  const Payload& output() const { return output_; }  // of kSucceeded
  const absl::optional<std::string>& error() const { return error_; }
  const absl::optional<std::string>& cause() const { return cause_; }
  absl::Time stop_time() const { return stop_time_; }  // InfiniteFuture while open
  int32_t redrive_count() const { return redrive_count_; }
  absl::Time redrive_time() const { return redrive_time_; }  // InfinitePast: never
  // Whether it is closed without success and what it failed with is known well enough to go on.
  bool is_redrivable() const {
    return is_closed() && status_ != ExecutionStatus::kSucceeded && !stopped_.empty();
  }
  // Of the last kMaxRedriveTokens; nullptr where it is none of them.
  static constexpr size_t kMaxRedriveTokens = 10;
  const Redrive* FindRedrive(absl::string_view client_token) const;
  EventId last_event_id() const { return last_event_id_; }
  absl::Time last_event_time() const { return last_event_time_; }

  const std::map<FrameId, Frame>& frames() const { return frames_; }
  const Frame* FindFrame(FrameId id) const;
  // The frame whose open attempt has this Scheduled event; nullptr where it is no longer open.
  const Frame* FindTask(EventId scheduled) const;
  const std::map<EventId, FrameId>& open_tasks() const { return open_tasks_; }
  const std::set<Timer>& timers() const { return timers_; }
  // A transition was cut short (Limits::max_events_per_transition, max_transition_bytes) and the
  // execution wants a Continue command: a frame is kReady, or a Map has more to start.
  bool wants_continue() const { return !ready_.empty() || !continuing_.empty(); }
  const std::set<FrameId>& ready_frames() const { return ready_; }
  // Map states whose next iterations or children did not fit into the last transition.
  const std::set<FrameId>& continuing_frames() const { return continuing_; }
  FrameId next_frame() const { return next_frame_; }  // id of the next frame to be made
  const absl::optional<ParentLink>& parent() const { return parent_; }
  int64_t next_map_run() const { return next_map_run_; }
  const std::map<int64_t, FrameId>& map_runs() const { return map_runs_; }  // at work
  // The last ones that have ended, in the order of their ends.
  static constexpr size_t kMaxEndedMapRuns = 1'000;
  const std::deque<MapRunSummary>& ended_map_runs() const { return ended_map_runs_; }
  // The frame at which that Map Run is at work; nullptr where it has ended.
  const Frame* FindMapRun(int64_t ordinal) const;
  // Counts the events folded since this object was made: what is new since a moment.
  int64_t sequence() const { return sequence_; }
  // About the bytes of payloads that the execution holds: measured now and then, with what has come
  // since on top. No part of the fold. O(1).
  size_t ApproximateBytes() const { return measured_bytes_ + added_bytes_; }
  // Decide tells what a transition has added; measures again when that is much. O(frames) then,
  // which what was added pays for.
  void AddBytes(size_t bytes);
  void MeasureBytes();
  // Children that nobody waits for any more and that may still run. Whoever commits the events that
  // abandoned them stops them then; the list is emptied by that.
  std::vector<ChildRef> TakeAbandoned() { return std::exchange(abandoned_, {}); }

 private:
  friend class Folder;           // evolve.cc
  friend class CheckpointCodec;  // checkpoint_codec.cc

  ExecutionHeader header_;
  std::shared_ptr<const asl::StateMachine> machine_;
  ExecutionStatus status_ = ExecutionStatus::kRunning;
  Payload input_;
  Payload output_;
  absl::optional<std::string> error_;
  absl::optional<std::string> cause_;
  absl::Time stop_time_ = absl::InfiniteFuture();
  EventId last_event_id_;
  absl::Time last_event_time_ = absl::InfinitePast();
  FrameId next_frame_{1};
  std::set<FrameId> ready_;       // frames in Phase::kReady
  std::set<FrameId> continuing_;  // see continuing_frames()
  std::map<FrameId, Frame> frames_;
  // Ended without success, while that may still be redriven: children of frames that have failed,
  // and all frames of a closed execution. No part of a checkpoint, for nothing open needs them.
  std::map<FrameId, Frame> stopped_;
  int32_t redrive_count_ = 0;
  absl::Time redrive_time_ = absl::InfinitePast();
  std::deque<Redrive> redrives_;  // that brought a token
  std::map<EventId, FrameId> open_tasks_;
  std::set<Timer> timers_;
  absl::optional<ParentLink> parent_;
  int64_t next_map_run_ = 0;
  std::map<int64_t, FrameId> map_runs_;  // at work, by ordinal
  std::deque<MapRunSummary> ended_map_runs_;
  int64_t sequence_ = 0;
  std::vector<ChildRef> abandoned_;
  size_t measured_bytes_ = 0;
  size_t added_bytes_ = 0;
};

// Folds one event that Decide has made for this state. Never fails and never evaluates an
// expression: events carry results.
void Evolve(Execution* execution, const Event& event);

// Folds one event that was read from a store, if it fits the state. DataLoss, with the state
// unchanged, where it does not: a row is missing, damaged or of another execution (evolve_check.cc).
absl::Status EvolveStored(Execution* execution, const Event& event);

// Whether a state that was folded or restored completely is one that Decide can go on from.
// DataLoss, saying what is wrong, where it is not.
absl::Status CheckFolded(const Execution& execution);

// What the world owes the execution now.
struct TaskToRun {
  EventId scheduled;    // identifies the attempt
  EventId entered;      // the same over all attempts of one state visit: the idempotency key
  int32_t attempt = 1;  // 1, 2, 3... counting retries
  std::string queue;
  std::string state;
  Payload input;
  absl::Time scheduled_at;
  absl::Time times_out_at;                  // InfiniteFuture: never, or not before it is started
  absl::optional<int64_t> timeout_seconds;  // of an activity, from its assignment on
  absl::optional<int64_t> heartbeat_seconds;
  bool is_callback = false;   // .waitForTaskToken: the worker only hands it on
  bool awaits_token = false;  // submitted or assigned: a token's owner will answer
};
// An execution that is to be started, or looked up where it is there already.
struct ChildToStart {
  ChildRef child;
  ParentLink parent;
  Payload input;
  bool is_submitted = false;  // its start is recorded
  bool is_map_child = false;
  bool is_redriven = false;  // of a Map Run's child: it may have ended before
};
// Items that a Map Run wants.
struct ItemsToRead {
  int64_t map_run = 0;
  FrameId frame = kRootFrame;
  Value request;  // of MapRun::config
  std::string cursor;
  int64_t taken = 0;  // items read before
};
// Children of a redriven Map Run, whose inputs it wants.
struct ChildrenToRead {
  int64_t map_run = 0;
  FrameId frame = kRootFrame;
  int32_t map_run_redrive = 0;
  std::vector<int64_t> indexes;  // ascending; never empty
  bool is_last = false;          // no others wait after these
};
// A Map Run whose children have all ended and whose results are to go to files.
struct ResultsToWrite {
  int64_t map_run = 0;
  FrameId frame = kRootFrame;
};
struct OutstandingWork {
  std::vector<TaskToRun> tasks;  // open attempts, in order
  std::vector<ChildToStart> children;
  std::vector<ItemsToRead> reads;
  std::vector<ChildrenToRead> child_reads;
  std::vector<ResultsToWrite> writes;
  absl::Time next_timer = absl::InfiniteFuture();
  bool wants_continue = false;
};
// Tasks and children that became outstanding after Execution::sequence() was `since`; reads and
// writes always.
OutstandingWork Outstanding(const Execution& execution, int64_t since = -1);

// The child of a startExecution task.
ChildRef ChildOfTask(const Execution& execution, const TaskAttempt& attempt);
// "NAME/LABEL": the machine of a Distributed Map's children.
std::string MapChildMachine(const Execution& execution, absl::string_view label);
std::string MapRunArn(const Execution& execution, absl::string_view label, int64_t ordinal);

}  // namespace pawl::core
