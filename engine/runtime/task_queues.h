// The tasks that are owed to workers now: queues of ready ones, and who is working at what.
//
// All in memory: after a crash it is made again from the executions (Outstanding). A task is pushed
// after the commit that scheduled it, goes to a session that has granted credit for its queue, and
// leaves when its attempt is over. The life of an entry:
//
//   held ──grace over──▶ ready ──credit──▶ delivered ──received──▶ running ──▶ (removed)
//    │                     ▲                   │                      │
//    └─named by a Hello────┼───────────────────┼────────▶ running     │
//                          ├──no receipt in time┘                     │
//                          └──grace over─────────── detached ◀──stream lost
//
// Thread-safe. Sessions are called without the lock held, and must not block.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/core/decide.h"
#include "engine/core/execution.h"
#include "engine/runtime/options.h"
#include "engine/runtime/task_token.h"

namespace pawl::runtime {

struct QueuedTask {
  AttemptKey key;
  std::string token;
  std::string idempotency_key;
  std::string execution_arn;
  std::string trace_parent;  // W3C: one trace an execution, one span an attempt
  core::TaskToRun task;
};

// A connected worker, as the queues see it.
class WorkerSession {
 public:
  virtual ~WorkerSession() = default;
  virtual void Deliver(std::shared_ptr<const QueuedTask> task) = 0;
  virtual void Cancel(const std::string& token, const std::string& reason) = 0;
};

using SessionId = int64_t;

struct QueueStats {
  std::string name;
  int64_t ready = 0;
  int64_t running = 0;
  int64_t credits = 0;
  int workers = 0;
};

class TaskQueues {
 public:
  explicit TaskQueues(const Options& options) : options_(options) {}

  // `waker` is asked to have Tick called at the given time, whenever that moves forward. Set before
  // use.
  void SetWaker(std::function<void(absl::Time)> waker) { waker_ = std::move(waker); }

  // --- from the range that owns the execution ---------------------------------------------------
  void Push(std::vector<std::shared_ptr<const QueuedTask>> tasks, absl::Time now);
  // After a recovery: somebody may still be working at them. They wait until `until` for a Hello
  // that names them, and only then become ready.
  void PushRecovered(std::vector<std::shared_ptr<const QueuedTask>> tasks, absl::Time until);
  // The attempt is over. A worker that is at it is told `reason`, unless that is empty.
  void Remove(const AttemptKey& key, const std::string& reason);
  // All tasks of slots in `range`: its ownership was lost.
  void RemoveRange(persistence::SlotRange range);
  // Since when and by whom an attempt is being worked at; nullopt where nobody has it.
  absl::optional<core::Started> StartedOf(const AttemptKey& key) const;

  // --- from sessions ----------------------------------------------------------------------------
  // Returns the keys out of `held` that are not open here: unknown or already given to another.
  SessionId Connect(std::shared_ptr<WorkerSession> session, std::string worker_name,
                    const std::vector<AttemptKey>& held, absl::Time now,
                    std::vector<AttemptKey>* unknown);
  // What the session had goes back: undelivered at once, running after the grace period.
  void Disconnect(SessionId id, absl::Time now);
  // Credits beyond Options::max_credits are cut off.
  void AddCredit(SessionId id, const std::string& queue, int64_t count, absl::Time now);
  void Drain(SessionId id);
  // True where the attempt is now running at this session (the first receipt counts).
  bool Received(SessionId id, const AttemptKey& key, absl::Time now);
  // A polled task has no stream whose loss would free it: it is freed at `until` instead.
  void LeaseUntil(const AttemptKey& key, absl::Time until);

  // Acts on every deadline that has passed, and asks the waker for the next one.
  void Tick(absl::Time now);

  std::vector<QueueStats> Stats() const;
  // Whether a worker that is connected now takes tasks of `queue`, perhaps when it has room again.
  bool IsServed(const std::string& queue) const;
  int sessions() const;

 private:
  enum class State { kHeld, kReady, kDelivered, kRunning, kDetached };
  struct Entry {
    std::shared_ptr<const QueuedTask> task;
    State state = State::kReady;
    SessionId session = 0;
    std::string worker_name;
    absl::Time since;                              // delivered or running
    absl::Time deadline = absl::InfiniteFuture();  // of this state
  };
  struct Session {
    std::shared_ptr<WorkerSession> session;
    std::string worker_name;
    absl::flat_hash_map<std::string, int64_t> credits;
    std::set<AttemptKey> tasks;
    bool is_draining = false;
  };
  struct Queue {
    std::deque<AttemptKey> ready;  // may hold keys that are gone or no longer ready: skipped
    std::deque<SessionId> idle;    // sessions with credit, in turn; each at most once
    int64_t ready_count = 0;
  };
  struct Delivery {
    std::shared_ptr<WorkerSession> session;
    std::shared_ptr<const QueuedTask> task;
  };

  void MakeReady(const AttemptKey& key, Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDeadline(const AttemptKey& key, Entry* entry, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Detach(const AttemptKey& key, Entry* entry, absl::Time until)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Match(const std::string& queue_name, absl::Time now, std::vector<Delivery>* out)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const AttemptKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The end of every change, without the lock: sessions and waker are called.
  void Finish(std::vector<Delivery> deliveries) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  std::function<void(absl::Time)> waker_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<AttemptKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<SessionId, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<absl::Time, AttemptKey>> deadlines_ ABSL_GUARDED_BY(mutex_);
  absl::Time requested_wake_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  SessionId next_session_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace pawl::runtime
