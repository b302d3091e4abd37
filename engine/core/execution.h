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
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/asl/state_machine.h"
#include "engine/core/event.h"
#include "engine/value/payload.h"

namespace pawl::core {

enum class ExecutionStatus : int8_t { kRunning = 1, kSucceeded, kFailed, kTimedOut, kAborted };
// "RUNNING", "SUCCEEDED"...
absl::string_view StatusName(ExecutionStatus status);

// What an execution is, fixed at start and kept beside its history.
struct ExecutionHeader {
  std::string arn;
  std::string name;
  std::string machine_arn;
  std::string machine_name;
  std::string role_arn;
  absl::Time start_time;
};

// The open attempt of a Task.
struct TaskAttempt {
  EventId scheduled = 0;  // id of the Scheduled event: identifies the attempt
  absl::Time scheduled_at;
  absl::Time times_out_at = absl::InfiniteFuture();
  absl::optional<int64_t> heartbeat_seconds;
  std::string queue;
  Payload input;              // what the worker gets
  bool is_started = false;    // Started stands in the history
  bool is_submitted = false;  // of .waitForTaskToken: the worker has answered, the token is awaited
};

// A Parallel or Map state at work.
struct FanOut {
  int64_t length = 0;      // branches or items
  int64_t next_index = 0;  // of the next item to start
  int64_t running = 0;     // child frames that have not ended
  int64_t succeeded = 0;
  int64_t max_concurrency = 0;   // of a Map, 0 = no limit
  Payload items;                 // of a Map
  EventId last_child_event = 0;  // "previousEventId" of the next MapIterationStarted
  std::vector<Payload> results;  // by index
};

struct Frame {
  enum class Phase : int8_t {
    kReady,    // `state` is to be entered with `input`
    kEntered,  // being interpreted; never between transitions
    kTask,     // an attempt is open
    kWait,     // until `due`
    kBackoff,  // a retry, at `due`
    kFanOut,   // children at work
    kEnded,    // has an output that its parent will take; never between transitions
  };

  FrameId id = kRootFrame;
  FrameId parent = kNoFrame;
  int64_t index = 0;       // of the branch or item
  EventId last_event = 0;  // "previousEventId" of the frame's next event
  asl::StateIndex state = asl::kNone;
  Phase phase = Phase::kReady;
  Payload input;        // the state's raw input; when kEnded, the frame's output
  EventId entered = 0;  // id of the state's Entered event
  absl::Time entered_at;
  std::vector<int32_t> retries_by_retrier;  // of this visit of the state
  int32_t retry_count = 0;                  // sum of the above: $$.State.RetryCount
  absl::Time due = absl::InfiniteFuture();
  absl::optional<TaskAttempt> task;  // of kTask
  std::unique_ptr<FanOut> fan_out;   // of kFanOut
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
  EventId last_event_id() const { return last_event_id_; }
  absl::Time last_event_time() const { return last_event_time_; }

  const std::map<FrameId, Frame>& frames() const { return frames_; }
  const Frame* FindFrame(FrameId id) const;
  // The frame whose open attempt has this Scheduled event; nullptr where it is no longer open.
  const Frame* FindTask(EventId scheduled) const;
  const std::map<EventId, FrameId>& open_tasks() const { return open_tasks_; }
  const std::set<Timer>& timers() const { return timers_; }
  // A frame is kReady: a transition was cut short (Limits::max_events_per_transition) and the
  // execution wants a Continue command.
  bool wants_continue() const { return !ready_.empty(); }
  const std::set<FrameId>& ready_frames() const { return ready_; }
  FrameId next_frame() const { return next_frame_; }  // id of the next frame to be made

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
  EventId last_event_id_ = 0;
  absl::Time last_event_time_ = absl::InfinitePast();
  FrameId next_frame_ = 1;
  std::set<FrameId> ready_;  // frames in Phase::kReady
  std::map<FrameId, Frame> frames_;
  std::map<EventId, FrameId> open_tasks_;
  std::set<Timer> timers_;
};

// Folds one event. Never fails and never evaluates an expression: events carry results. CHECKs that
// the event fits the state, for a history that does not fold is corrupt.
void Evolve(Execution* execution, const Event& event);

// What the world owes the execution now.
struct TaskToRun {
  EventId scheduled = 0;  // identifies the attempt
  EventId entered = 0;    // the same over all attempts of one state visit: the idempotency key
  int32_t attempt = 1;    // 1, 2, 3... counting retries
  std::string queue;
  std::string state;
  Payload input;
  absl::Time scheduled_at;
  absl::Time times_out_at;  // InfiniteFuture: never
  absl::optional<int64_t> heartbeat_seconds;
  bool is_callback = false;   // .waitForTaskToken: the worker only hands it on
  bool awaits_token = false;  // submitted: nobody runs it, a token's owner will answer
};
struct OutstandingWork {
  std::vector<TaskToRun> tasks;  // open attempts with scheduled > since, in order
  absl::Time next_timer = absl::InfiniteFuture();
  bool wants_continue = false;
};
OutstandingWork Outstanding(const Execution& execution, EventId since = 0);

}  // namespace pawl::core
