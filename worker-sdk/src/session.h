// The worker's side of the protocol (proto/pawl/v1/workers.proto), without network and threads of
// its own: frames come in and are asked for, tasks go to a sink, results come back. Internal to the
// SDK.
//
//   tasks:    engine ──OnFrame──▶ running ──Complete──▶ outbox ──acknowledged──▶ (gone)
//                                    └──cancelled──▶ (its result is dropped)
//   credits:  limit - busy - granted of each queue, offered with the next frame
//
// A new stream starts from what is here: Hello names what is running, credits are counted anew, and
// the outbox is sent from its beginning.
//
// Thread-safe. Links and sinks are called without the lock held.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "pawl/v1/workers.pb.h"
#include "pawl/worker.h"
#include "worker-sdk/src/outbox.h"
#include "worker-sdk/src/task_state.h"

namespace pawl::sdk {

// The largest frame that a stream receives: the engine is told, and sends no larger one. As much as
// an engine accepts by default.
inline constexpr int kMaxReceiveBytes = 64 * 1024 * 1024;

// A stream, as the session sees it.
class Link {
 public:
  virtual ~Link() = default;
  // There is something to Fill a frame with. Thread-safe, does not block.
  virtual void Wake() = 0;
};

// Where tasks go to be run; the answer is Session::Complete.
class TaskSink {
 public:
  virtual ~TaskSink() = default;
  virtual void Accept(std::vector<std::shared_ptr<TaskState>> tasks) = 0;
};

struct SessionOptions {
  std::string worker_name;
  std::vector<std::pair<std::string, int>> queues;  // name, concurrency
  int max_unacknowledged = 10'000;
  std::function<void(const std::string&)> log;
};

class Session final : public TaskHost, public std::enable_shared_from_this<Session> {
 public:
  // `sink` outlives the session.
  Session(SessionOptions options, TaskSink* sink);

  // --- from the stream. Calls with another link than the attached one do nothing.
  // ------------------
  void Attach(std::shared_ptr<Link> link);
  void Detach(const Link* link);
  // What is to be said now. False: nothing, the frame is empty.
  bool Fill(const Link* link, v1::WorkersWorkRequest* frame);
  bool has_outgoing() const { return has_outgoing_.load(); }
  // Takes what it needs out of `frame`.
  void OnFrame(const Link* link, v1::WorkersWorkResponse* frame);
  // The next frame is due even if it is empty.
  void Ping();

  // What the attached link has heard.
  struct LinkState {
    bool is_welcomed = false;
    bool is_told_to_go = false;
    absl::Duration ping_interval = absl::Seconds(5);
  };
  LinkState link_state() const;

  // --- from handlers --------------------------------------------------------------------------
  void Complete(const std::shared_ptr<TaskState>& task, TaskResult result);
  void Heartbeat(const std::string& token, std::string details) override;
  absl::Time Now() const override;

  // --- from the worker ------------------------------------------------------------------------
  void Drain();
  // Nothing runs and everything is acknowledged. False: not until `deadline`.
  bool AwaitDrained(absl::Time deadline);
  bool AwaitAcknowledged(const std::string& token, absl::Time deadline);
  void CancelAll(const std::string& reason);
  WorkerStats stats() const;

 private:
  struct Queue {
    std::string name;
    int limit = 0;
    int busy = 0;     // with handlers, or on their way to them
    int granted = 0;  // credits that the engine holds
  };
  using Tasks = std::vector<std::shared_ptr<TaskState>>;

  void FillHello(v1::WorkersWorkRequest* frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FillCredits(v1::WorkersWorkRequest* frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FillCompletions(v1::WorkersWorkRequest* frame) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Welcomed(const v1::Welcome& welcome, Tasks* lost) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Acknowledged(const v1::WorkersWorkResponse& frame, std::vector<std::string>* complaints)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTasks(v1::WorkersWorkResponse* frame, Tasks* accepted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Out of running_; nullptr where it is not there.
  std::shared_ptr<TaskState> Drop(const std::string& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UpdateOutgoing() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool is_idle() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return busy_ == 0 && outbox_.size() == 0;
  }

  const SessionOptions options_;
  TaskSink* const sink_;
  std::atomic<bool> has_outgoing_{false};

  mutable absl::Mutex mutex_;
  std::shared_ptr<Link> link_ ABSL_GUARDED_BY(mutex_);
  LinkState link_state_ ABSL_GUARDED_BY(mutex_);
  size_t max_frame_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Queue> queues_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, int> queue_index_ ABSL_GUARDED_BY(mutex_);
  int busy_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_draining_ ABSL_GUARDED_BY(mutex_) = false;
  // By token, which stands in the task itself.
  absl::flat_hash_map<absl::string_view, std::shared_ptr<TaskState>> running_
      ABSL_GUARDED_BY(mutex_);
  Outbox outbox_ ABSL_GUARDED_BY(mutex_);
  WorkerStats stats_ ABSL_GUARDED_BY(mutex_);

  // Due with the next frame.
  bool hello_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool credits_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool drain_due_ ABSL_GUARDED_BY(mutex_) = false;
  bool ping_due_ ABSL_GUARDED_BY(mutex_) = false;
  Tasks received_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::string> heartbeats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::sdk
