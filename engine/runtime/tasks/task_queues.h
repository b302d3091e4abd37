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
// While nobody is sure who owns the range of an attempt, it is kept aside with the worker that has
// it (SuspendRange); a recovery that finds it still open gives it back to that worker.
//
// Thread-safe. Sessions are called without the lock held, and must not block.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
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
#include "engine/runtime/tasks/task_token.h"
#include "engine/runtime/world/world.h"
#include "engine/value/strong_id.h"

namespace pawl::runtime {

// The queues of one namespace have nothing to do with those of another.
struct QueueId {
  std::string ns;  // "" for those that the engine serves for all namespaces (shared_queues)
  std::string name;

  friend bool operator==(const QueueId& a, const QueueId& b) {
    return a.name == b.name && a.ns == b.ns;
  }
  friend bool operator<(const QueueId& a, const QueueId& b) {
    return std::tie(a.ns, a.name) < std::tie(b.ns, b.name);
  }
  template <typename H>
  friend H AbslHashValue(H h, const QueueId& id) {
    return H::combine(std::move(h), id.ns, id.name);
  }
};

struct QueuedTask {
  std::string ns;  // of its execution
  QueueId queue;   // task.queue and where it belongs
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
  // This node serves nothing for now; another one may.
  virtual void SendAway(const std::string& /*reason*/) {}
};

using SessionId = StrongId<struct SessionIdTag, int64_t>;
inline constexpr SessionId kNoSession{0};

struct QueueStats {
  QueueId queue;
  int64_t ready = 0;
  int64_t running = 0;
  int64_t credits = 0;
  int workers = 0;
};

class TaskQueues {
 public:
  // What the queues ask of their surroundings. Called without the lock held, but for may_deliver,
  // which must be quick and call nothing back; all may be empty.
  struct Hooks {
    // Asks for a Tick after the given time; called whenever the next deadline moves forward.
    std::function<void(absl::Duration)> wake_after;
    // Whether tasks of that slot may be given to workers now.
    std::function<bool(persistence::Slot)> may_deliver;
    // A worker that has come back goes on with the attempt.
    std::function<void(AttemptKey)> resumed;
    // Every worker that had the attempt was lost before it reported; it left the queues.
    std::function<void(AttemptKey, int deliveries)> poisoned;
  };

  // Both outlive the queues.
  TaskQueues(const Options& options, const Clock* clock) : options_(options), clock_(clock) {}

  // Before use.
  void SetHooks(Hooks hooks) { hooks_ = std::move(hooks); }

  // --- from the range that owns the execution ---------------------------------------------------
  void Push(std::vector<std::shared_ptr<const QueuedTask>> tasks);
  // After a recovery: somebody may still be working at them. Who is connected and had them before
  // keeps them; the others wait for a Hello that names them until the grace is over.
  void PushRecovered(std::vector<std::shared_ptr<const QueuedTask>> tasks);
  // The attempt is over. A worker that is at it is told `reason`, unless that is empty.
  void Remove(const AttemptKey& key, const std::string& reason);
  // Ownership of the slots is uncertain: their tasks are not handed out.
  void SuspendRange(persistence::SlotRange range);
  // Everything that is open was pushed again: workers are told to cancel the rest.
  void EndRecovery(persistence::SlotRange range);
  // Tasks that may_deliver held back are handed out.
  void ResumeRange(persistence::SlotRange range);
  // Since when and by whom an attempt is being worked at; nullopt where nobody has it.
  absl::optional<core::Started> StartedOf(const AttemptKey& key) const;

  // --- from sessions ----------------------------------------------------------------------------
  // It serves queues of the namespace `ns`. Adds to `unknown` what of `held` is not open here: unknown or already given to another.
  SessionId Connect(std::shared_ptr<WorkerSession> session, std::string ns, std::string worker_name,
                    const std::vector<AttemptKey>& held, std::vector<AttemptKey>* unknown);
  // What the session had goes back: undelivered at once, running after the grace period.
  void Disconnect(SessionId id);
  // Credits beyond Options::max_credits are cut off. InvalidArgument for an empty name,
  // ResourceExhausted for more queues than Options::max_queues_per_worker.
  absl::Status AddCredit(SessionId id, const std::string& queue, int64_t count);
  void Drain(SessionId id);
  // True if the attempt is now running at this session (the first receipt counts).
  bool Received(SessionId id, const AttemptKey& key);
  // The worker that was given the attempt did not take it after all: it is ready again, and the
  // delivery does not count.
  void Return(const AttemptKey& key);
  // A polled task has no stream whose loss would free it: it is freed after `lease` instead.
  void LeaseFor(const AttemptKey& key, absl::Duration lease);
  // Tells every worker that another node may serve it.
  void SendAway(const std::string& reason);

  // Acts on every deadline that has passed, and asks for the next one.
  void Tick();

  std::vector<QueueStats> Stats() const;
  // True if a connected worker that is not draining serves `queue`, whether or not it has room.
  bool IsServed(const QueueId& queue) const;
  int sessions() const;
  const Clock& clock() const { return *clock_; }

 private:
  enum class State { kHeld, kReady, kDelivered, kRunning, kDetached };
  struct Entry {
    std::shared_ptr<const QueuedTask> task;
    State state = State::kReady;
    SessionId session = kNoSession;
    std::string worker_name;
    absl::Time since;                                    // delivered or running
    absl::Duration deadline = absl::InfiniteDuration();  // of this state, by the steady clock
    int lost = 0;                                        // deliveries that nobody reported on
    std::list<AttemptKey>::iterator place;               // of kReady: in its queue
    bool is_gated = false;                               // of kReady: in `gated_` instead
  };
  struct Session {
    std::shared_ptr<WorkerSession> session;
    std::string ns;
    std::string worker_name;
    absl::flat_hash_map<std::string, int64_t> credits;  // by queue's name
    std::set<AttemptKey> tasks;
    bool is_draining = false;
  };
  struct Queue {
    std::list<AttemptKey> ready;
    std::deque<SessionId> idle;  // sessions with credit, in turn; each at most once
    int sessions = 0;            // that have ever granted credit and are connected
  };
  // What is done once the lock is free.
  struct Outbox {
    std::vector<std::pair<std::shared_ptr<WorkerSession>, std::shared_ptr<const QueuedTask>>>
        deliveries;
    std::vector<std::pair<std::shared_ptr<WorkerSession>, std::string>> cancels;  // tokens
    std::string reason;                                                           // of the cancels
    std::vector<AttemptKey> resumed;
    std::vector<std::pair<AttemptKey, int>> poisoned;
    absl::Duration wake_after = absl::InfiniteDuration();
  };

  // The attempt, which its session knows no more; nullptr where nobody has it.
  Entry* TakeFromHolder(const AttemptKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MakeReady(const AttemptKey& key, Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LeaveReady(Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetDeadline(const AttemptKey& key, Entry* entry, absl::Duration deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Detach(const AttemptKey& key, Entry* entry, absl::Duration until)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Give(const AttemptKey& key, Entry* entry, SessionId id, Session* session)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeBack(const AttemptKey& key, SessionId id, Session* session, Outbox* out)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Match(const QueueId& id, Outbox* out) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TryResume(const AttemptKey& key, Entry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const AttemptKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropIfUnused(const QueueId& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskForWake(Outbox* out) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Flush(Outbox out) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options& options_;
  const Clock* const clock_;
  Hooks hooks_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<AttemptKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<QueueId, Queue> queues_ ABSL_GUARDED_BY(mutex_);
  std::map<SessionId, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  // At workers whose sessions live, while the ownership of their range is uncertain.
  std::map<AttemptKey, Entry> suspended_ ABSL_GUARDED_BY(mutex_);
  std::set<AttemptKey> gated_ ABSL_GUARDED_BY(mutex_);  // ready, and may not be delivered now
  std::set<std::pair<absl::Duration, AttemptKey>> deadlines_ ABSL_GUARDED_BY(mutex_);
  absl::Duration requested_wake_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  SessionId next_session_ ABSL_GUARDED_BY(mutex_){1};
};

}  // namespace pawl::runtime
