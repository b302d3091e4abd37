#include "engine/runtime/tasks/task_queues.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
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
  entry->session = 0;
  entry->worker_name.clear();
  Queue& queue = queues_[entry->task->task.queue];
  entry->place = queue.ready.insert(queue.ready.end(), key);
}

void TaskQueues::LeaveReady(Entry* entry) {
  if (entry->state != State::kReady) return;
  if (std::exchange(entry->is_gated, false)) {
    gated_.erase(entry->task->key);
  } else {
    queues_[entry->task->task.queue].ready.erase(entry->place);
  }
}

void TaskQueues::Detach(const AttemptKey& key, Entry* entry, absl::Duration until) {
  entry->state = State::kDetached;
  entry->session = 0;
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
  const std::string queue = entry.task->task.queue;
  entries_.erase(it);
  DropIfUnused(queue);
}

// Names come from outside: a queue that nobody uses is forgotten.
void TaskQueues::DropIfUnused(const std::string& queue_name) {
  const auto it = queues_.find(queue_name);
  if (it != queues_.end() && it->second.sessions == 0 && it->second.ready.empty()) {
    queues_.erase(it);
  }
}

// Gives ready tasks to sessions with credit, one each in turn.
void TaskQueues::Match(const std::string& name, Outbox* out) {
  const auto found = queues_.find(name);
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
    const SessionId id = queue.idle.front();
    queue.idle.pop_front();
    const auto session = sessions_.find(id);
    if (session == sessions_.end() || session->second.is_draining) continue;
    int64_t& credit = session->second.credits[name];
    if (credit <= 0) continue;
    queue.ready.pop_front();
    if (--credit > 0) queue.idle.push_back(id);
    entry.state = State::kDelivered;
    entry.since = clock_->Now();
    Give(key, &entry, id, &session->second);
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
      const std::string queue = task->task.queue;
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
    if (entry.session != 0) at_worker = entry;
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
      Match(entry.task->task.queue, &out);
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

// --- from sessions

SessionId TaskQueues::Connect(std::shared_ptr<WorkerSession> session, std::string worker_name,
                              const std::vector<AttemptKey>& held,
                              std::vector<AttemptKey>* unknown) {
  Outbox out;
  SessionId id = 0;
  {
    absl::MutexLock lock(&mutex_);
    id = next_session_++;
    Session& entry = sessions_[id];
    entry.session = std::move(session);
    entry.worker_name = std::move(worker_name);
    for (const AttemptKey& key : held) {
      const auto it = entries_.find(key);
      const auto suspended = suspended_.find(key);
      if (it == entries_.end() && suspended != suspended_.end()) {
        suspended->second.session = id;  // what becomes of it is known after the recovery
        continue;
      }
      const bool is_free = it != entries_.end() && (it->second.state == State::kHeld ||
                                                    it->second.state == State::kDetached ||
                                                    it->second.state == State::kReady);
      // A worker may be back before the loss of its old stream was noticed.
      const bool is_same_worker = it != entries_.end() && !entry.worker_name.empty() &&
                                  it->second.worker_name == entry.worker_name;
      if (!is_free && !is_same_worker) {
        unknown->push_back(key);
        continue;
      }
      Entry& task = it->second;
      const auto old = sessions_.find(task.session);
      if (old != sessions_.end()) old->second.tasks.erase(key);
      if (task.state == State::kHeld || task.state == State::kReady) task.since = clock_->Now();
      LeaveReady(&task);
      task.state = State::kRunning;
      SetDeadline(key, &task, absl::InfiniteDuration());
      Give(key, &task, id, &entry);
      out.resumed.push_back(key);
    }
  }
  Flush(std::move(out));
  return id;
}

void TaskQueues::Disconnect(SessionId id) {
  std::shared_ptr<WorkerSession> gone;  // released without the lock
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    gone = std::move(found->second.session);
    const std::set<AttemptKey> tasks = std::move(found->second.tasks);
    const auto credits = std::move(found->second.credits);
    sessions_.erase(found);
    const absl::Duration until = clock_->Steady() + options_.reconnect_grace;
    for (const AttemptKey& key : tasks) {
      const auto it = entries_.find(key);
      if (it == entries_.end()) continue;
      // What was delivered may have arrived, its receipt lost with the stream: grace for both.
      Detach(key, &it->second, until);
    }
    for (const auto& [name, credit] : credits) {
      Queue& queue = queues_[name];
      --queue.sessions;
      queue.idle.erase(std::remove(queue.idle.begin(), queue.idle.end(), id), queue.idle.end());
      DropIfUnused(name);
    }
    AskForWake(&out);
  }
  Flush(std::move(out));
}

absl::Status TaskQueues::AddCredit(SessionId id, const std::string& queue, int64_t count) {
  if (queue.empty()) return absl::InvalidArgumentError("a queue's name must not be empty");
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || count <= 0) return absl::OkStatus();
    auto& credits = found->second.credits;
    auto it = credits.find(queue);
    if (it == credits.end()) {
      if (static_cast<int64_t>(credits.size()) >= options_.max_queues_per_worker) {
        return absl::ResourceExhaustedError(absl::StrCat("a worker may serve at most ",
                                                         options_.max_queues_per_worker,
                                                         " queues (flag --max-queues-per-worker)"));
      }
      it = credits.emplace(queue, 0).first;
      ++queues_[queue].sessions;
    }
    const bool had_none = it->second <= 0;
    it->second = std::min(it->second + count, options_.max_credits);
    if (had_none) queues_[queue].idle.push_back(id);
    Match(queue, &out);
    AskForWake(&out);
  }
  Flush(std::move(out));
  return absl::OkStatus();
}

void TaskQueues::Drain(SessionId id) {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) found->second.is_draining = true;
}

bool TaskQueues::Received(SessionId id, const AttemptKey& key) {
  absl::MutexLock lock(&mutex_);
  const auto before = suspended_.find(key);
  if (before != suspended_.end() && before->second.session == id) {
    before->second.state = State::kRunning;
    return false;  // its range is being recovered: that tells of its start
  }
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.session != id || it->second.state != State::kDelivered) {
    return false;
  }
  it->second.state = State::kRunning;
  it->second.since = clock_->Now();
  SetDeadline(key, &it->second, absl::InfiniteDuration());
  return true;
}

void TaskQueues::Return(const AttemptKey& key) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end() || it->second.state == State::kReady) return;
    const auto session = sessions_.find(it->second.session);
    if (session != sessions_.end()) session->second.tasks.erase(key);
    MakeReady(key, &it->second);
    Match(it->second.task->task.queue, &out);
    AskForWake(&out);
  }
  Flush(std::move(out));
}

void TaskQueues::LeaseFor(const AttemptKey& key, absl::Duration lease) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end() || it->second.state == State::kReady) return;
    const auto session = sessions_.find(it->second.session);
    if (session != sessions_.end()) session->second.tasks.erase(key);
    Detach(key, &it->second, clock_->Steady() + lease);
    AskForWake(&out);
  }
  Flush(std::move(out));
}

void TaskQueues::SendAway(const std::string& reason) {
  std::vector<std::shared_ptr<WorkerSession>> sessions;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, session] : sessions_) sessions.push_back(session.session);
  }
  for (const auto& session : sessions) session->SendAway(reason);
}

void TaskQueues::Tick() {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    requested_wake_ = absl::InfiniteDuration();
    const absl::Duration now = clock_->Steady();
    std::set<std::string> touched;
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
      touched.insert(entry.task->task.queue);
      MakeReady(key, &entry);
    }
    for (const std::string& queue : touched) Match(queue, &out);
    AskForWake(&out);
  }
  Flush(std::move(out));
}

std::vector<QueueStats> TaskQueues::Stats() const {
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<std::string, QueueStats> by_name;
  for (const auto& [name, queue] : queues_) {
    by_name[name].ready = static_cast<int64_t>(queue.ready.size());
  }
  for (const auto& [key, entry] : entries_) {
    if (entry.state != State::kReady) ++by_name[entry.task->task.queue].running;
    if (entry.is_gated) ++by_name[entry.task->task.queue].ready;
  }
  for (const auto& [id, session] : sessions_) {
    for (const auto& [name, credit] : session.credits) {
      by_name[name].credits += credit;
      ++by_name[name].workers;
    }
  }
  std::vector<QueueStats> stats;
  for (auto& [name, entry] : by_name) {
    entry.name = name;
    stats.push_back(std::move(entry));
  }
  std::sort(stats.begin(), stats.end(),
            [](const QueueStats& a, const QueueStats& b) { return a.name < b.name; });
  return stats;
}

bool TaskQueues::IsServed(const std::string& queue) const {
  absl::MutexLock lock(&mutex_);
  return std::any_of(sessions_.begin(), sessions_.end(), [&queue](const auto& entry) {
    return !entry.second.is_draining && entry.second.credits.contains(queue);
  });
}

int TaskQueues::sessions() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(sessions_.size());
}

}  // namespace pawl::runtime
