// The entries and their states, and the face that ranges see.
#include "engine/runtime/tasks/task_queues.h"

#include <algorithm>
#include <utility>

#include "engine/value/planted_fault.h"

namespace pawl::runtime {

// --- inside the lock

void TaskQueues::SetDeadline(const AttemptKey& key, Entry* entry, absl::Duration deadline) {
  if (entry->deadline != absl::InfiniteDuration()) deadlines_.erase({entry->deadline, key});
  entry->deadline = deadline;
  if (deadline != absl::InfiniteDuration()) deadlines_.insert({deadline, key});
}

void TaskQueues::MakeReady(const AttemptKey& key, Entry* entry) {
  SetDeadline(key, entry, absl::InfiniteDuration());
  entry->state = State::kReady;
  entry->session = kNoSession;
  entry->worker_name.clear();
  Queue& queue = queues_[entry->task->queue];
  entry->place = queue.ready.insert(queue.ready.end(), key);
}

void TaskQueues::LeaveReady(Entry* entry) {
  if (entry->state != State::kReady) return;
  if (std::exchange(entry->is_gated, false)) {
    gated_.erase(entry->task->key);
  } else {
    queues_[entry->task->queue].ready.erase(entry->place);
  }
}

void TaskQueues::Detach(const AttemptKey& key, Entry* entry, absl::Duration until) {
  entry->state = State::kDetached;
  entry->session = kNoSession;
  SetDeadline(key, entry, until);
}

void TaskQueues::Give(const AttemptKey& key, Entry* entry, SessionId id, Session* session) {
  entry->session = id;
  entry->worker_name = session->worker_name;
  session->tasks.insert(key);
}

void TaskQueues::Erase(const AttemptKey& key) {
  suspended_.erase(key);
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  Entry& entry = it->second;
  SetDeadline(key, &entry, absl::InfiniteDuration());
  LeaveReady(&entry);
  const auto session = sessions_.find(entry.session);
  if (session != sessions_.end()) session->second.tasks.erase(key);
  const QueueId queue = entry.task->queue;
  entries_.erase(it);
  DropIfUnused(queue);
}

// Names come from outside: a queue that nobody uses is forgotten.
void TaskQueues::DropIfUnused(const QueueId& id) {
  const auto it = queues_.find(id);
  if (it != queues_.end() && it->second.sessions == 0 && it->second.ready.empty()) {
    queues_.erase(it);
  }
}

// Gives ready tasks to sessions with credit, one each in turn.
void TaskQueues::Match(const QueueId& id, Outbox* out) {
  const auto found = queues_.find(id);
  if (found == queues_.end()) return;
  Queue& queue = found->second;
  const absl::Duration now = clock_->Steady();
  while (!queue.ready.empty() && !queue.idle.empty()) {
    const AttemptKey key = queue.ready.front();
    Entry& entry = entries_.find(key)->second;
    if (hooks_.may_deliver && !hooks_.may_deliver(key.ref.slot)) {
      queue.ready.pop_front();
      entry.is_gated = true;
      gated_.insert(key);
      continue;
    }
    const SessionId next = queue.idle.front();
    queue.idle.pop_front();
    const auto session = sessions_.find(next);
    if (session == sessions_.end() || session->second.is_draining) continue;
    int64_t& credit = session->second.credits[id.name];
    if (credit <= 0) continue;
    queue.ready.pop_front();
    if (--credit > 0) queue.idle.push_back(next);
    entry.state = State::kDelivered;
    entry.since = clock_->Now();
    Give(key, &entry, next, &session->second);
    SetDeadline(key, &entry, now + options_.received_timeout);
    out->deliveries.emplace_back(session->second.session, entry.task);
  }
}

void TaskQueues::AskForWake(Outbox* out) {
  if (deadlines_.empty() || deadlines_.begin()->first >= requested_wake_) return;
  requested_wake_ = deadlines_.begin()->first;
  out->wake_after = std::max(requested_wake_ - clock_->Steady(), absl::ZeroDuration());
}

void TaskQueues::Flush(Outbox out) {
  for (auto& [session, task] : out.deliveries) session->Deliver(std::move(task));
  for (auto& [session, token] : out.cancels) session->Cancel(token, out.reason);
  for (const AttemptKey& key : out.resumed) {
    if (hooks_.resumed) hooks_.resumed(key);
  }
  for (const auto& [key, deliveries] : out.poisoned) {
    if (hooks_.poisoned) hooks_.poisoned(key, deliveries);
  }
  if (out.wake_after != absl::InfiniteDuration() && hooks_.wake_after) {
    hooks_.wake_after(out.wake_after);
  }
}

// --- from ranges

void TaskQueues::Push(std::vector<std::shared_ptr<const QueuedTask>> tasks) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& task : tasks) {
      const AttemptKey key = task->key;
      const QueueId queue = task->queue;
      const auto [it, is_new] = entries_.try_emplace(key);
      if (!is_new) continue;
      it->second.task = std::move(task);
      MakeReady(key, &it->second);
      Match(queue, &out);
    }
    AskForWake(&out);
  }
  Flush(std::move(out));
}

// Whoever had the attempt when its range was lost goes on with it.
bool TaskQueues::TryResume(const AttemptKey& key, Entry* entry) {
  const auto before = suspended_.find(key);
  if (before == suspended_.end() || IsPlanted(PlantedFault::kSuspendedTasksForgotten)) return false;
  const auto session = sessions_.find(before->second.session);
  entry->lost = before->second.lost;
  entry->since = before->second.since;
  const SessionId id = before->second.session;
  // Its receipt has not come: it may yet be lost.
  const bool has_arrived = before->second.state == State::kRunning;
  suspended_.erase(before);
  if (session == sessions_.end()) return false;
  entry->state = has_arrived ? State::kRunning : State::kDelivered;
  Give(key, entry, id, &session->second);
  if (!has_arrived) SetDeadline(key, entry, clock_->Steady() + options_.received_timeout);
  return true;
}

void TaskQueues::PushRecovered(std::vector<std::shared_ptr<const QueuedTask>> tasks) {
  if (IsPlanted(PlantedFault::kRecoveredTasksForgotten)) return;
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const absl::Duration until = clock_->Steady() + options_.reconnect_grace;
    for (auto& task : tasks) {
      const AttemptKey key = task->key;
      const auto [it, is_new] = entries_.try_emplace(key);
      if (!is_new) continue;
      it->second.task = std::move(task);
      it->second.state = State::kHeld;
      if (TryResume(key, &it->second)) {
        if (it->second.state == State::kRunning) out.resumed.push_back(key);
      } else {
        SetDeadline(key, &it->second, until);
      }
    }
    AskForWake(&out);
  }
  Flush(std::move(out));
}

void TaskQueues::Remove(const AttemptKey& key, const std::string& reason) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end()) return;
    const auto found = sessions_.find(it->second.session);
    if (found != sessions_.end() && !reason.empty()) {
      out.cancels.emplace_back(found->second.session, it->second.task->token);
      out.reason = reason;
    }
    Erase(key);
  }
  Flush(std::move(out));
}

void TaskQueues::SuspendRange(persistence::SlotRange range) {
  absl::MutexLock lock(&mutex_);
  std::vector<AttemptKey> keys;
  for (const auto& [key, entry] : entries_) {
    if (key.ref.slot >= range.first && key.ref.slot <= range.last) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());  // the same in every run
  for (const AttemptKey& key : keys) {
    Entry& entry = entries_.find(key)->second;
    absl::optional<Entry> at_worker;
    if (entry.session != kNoSession) at_worker = entry;
    Erase(key);
    if (at_worker.has_value()) suspended_.emplace(key, *std::move(at_worker));
  }
}

void TaskQueues::EndRecovery(persistence::SlotRange range) {
  Outbox out;
  out.reason = "the attempt is over";
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = suspended_.begin(); it != suspended_.end();) {
      const bool is_inside = it->first.ref.slot >= range.first && it->first.ref.slot <= range.last;
      if (!is_inside) {
        ++it;
        continue;
      }
      const auto session = sessions_.find(it->second.session);
      if (session != sessions_.end()) {
        out.cancels.emplace_back(session->second.session, it->second.task->token);
      }
      suspended_.erase(it++);
    }
  }
  Flush(std::move(out));
}

void TaskQueues::ResumeRange(persistence::SlotRange range) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const std::set<AttemptKey> gated = gated_;
    for (const AttemptKey& key : gated) {
      if (key.ref.slot < range.first || key.ref.slot > range.last) continue;
      Entry& entry = entries_.find(key)->second;
      LeaveReady(&entry);
      MakeReady(key, &entry);
      Match(entry.task->queue, &out);
    }
    AskForWake(&out);
  }
  Flush(std::move(out));
}

absl::optional<core::Started> TaskQueues::StartedOf(const AttemptKey& key) const {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end()) return absl::nullopt;
  const Entry& entry = it->second;
  if (entry.state == State::kReady || entry.state == State::kHeld) return absl::nullopt;
  core::Started started{entry.since, absl::nullopt};
  if (!entry.worker_name.empty()) started.worker_name = entry.worker_name;
  return started;
}

// --- time and numbers

void TaskQueues::Tick() {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    requested_wake_ = absl::InfiniteDuration();
    const absl::Duration now = clock_->Steady();
    std::set<QueueId> touched;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const AttemptKey key = deadlines_.begin()->second;
      Entry& entry = entries_.find(key)->second;
      const auto session = sessions_.find(entry.session);
      if (session != sessions_.end()) session->second.tasks.erase(key);
      // A worker that is deaf has not had the task; one that is gone may have died of it.
      if (entry.state == State::kDetached && ++entry.lost >= options_.max_lost_deliveries &&
          !IsPlanted(PlantedFault::kPoisonNeverCounted)) {
        out.poisoned.emplace_back(key, entry.lost);
        Erase(key);
        continue;
      }
      touched.insert(entry.task->queue);
      MakeReady(key, &entry);
    }
    for (const QueueId& queue : touched) Match(queue, &out);
    AskForWake(&out);
  }
  Flush(std::move(out));
}

std::vector<QueueStats> TaskQueues::Stats() const {
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<QueueId, QueueStats> by_id;
  for (const auto& [queue_id, queue] : queues_) {
    by_id[queue_id].ready = static_cast<int64_t>(queue.ready.size());
  }
  for (const auto& [key, entry] : entries_) {
    if (entry.state != State::kReady) ++by_id[entry.task->queue].running;
    if (entry.is_gated) ++by_id[entry.task->queue].ready;
  }
  for (const auto& [id, session] : sessions_) {
    for (const auto& [name, credit] : session.credits) {
      QueueStats& stats = by_id[{session.ns, name}];
      stats.credits += credit;
      ++stats.workers;
    }
  }
  std::vector<QueueStats> stats;
  for (auto& [queue_id, entry] : by_id) {
    entry.queue = queue_id;
    stats.push_back(std::move(entry));
  }
  std::sort(stats.begin(), stats.end(),
            [](const QueueStats& a, const QueueStats& b) { return a.queue < b.queue; });
  return stats;
}

bool TaskQueues::IsServed(const QueueId& queue) const {
  absl::MutexLock lock(&mutex_);
  return std::any_of(sessions_.begin(), sessions_.end(), [&queue](const auto& entry) {
    return !entry.second.is_draining && entry.second.ns == queue.ns &&
           entry.second.credits.contains(queue.name);
  });
}

int TaskQueues::sessions() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(sessions_.size());
}

}  // namespace pawl::runtime
