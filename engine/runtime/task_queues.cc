#include "engine/runtime/task_queues.h"

#include <algorithm>
#include <utility>

namespace pawl::runtime {

void TaskQueues::Finish(std::vector<Delivery> deliveries) {
  absl::Time wake = absl::InfiniteFuture();
  {
    absl::MutexLock lock(&mutex_);
    if (!deadlines_.empty() && deadlines_.begin()->first < requested_wake_) {
      wake = requested_wake_ = deadlines_.begin()->first;
    }
  }
  for (Delivery& delivery : deliveries) delivery.session->Deliver(std::move(delivery.task));
  if (wake != absl::InfiniteFuture() && waker_) waker_(wake);
}

void TaskQueues::SetDeadline(const AttemptKey& key, Entry* entry, absl::Time deadline) {
  if (entry->deadline != absl::InfiniteFuture()) deadlines_.erase({entry->deadline, key});
  entry->deadline = deadline;
  if (deadline != absl::InfiniteFuture()) deadlines_.insert({deadline, key});
}

void TaskQueues::MakeReady(const AttemptKey& key, Entry* entry) {
  SetDeadline(key, entry, absl::InfiniteFuture());
  entry->state = State::kReady;
  entry->session = 0;
  Queue& queue = queues_[entry->task->task.queue];
  queue.ready.push_back(key);
  ++queue.ready_count;
}

void TaskQueues::Detach(const AttemptKey& key, Entry* entry, absl::Time until) {
  entry->state = State::kDetached;
  entry->session = 0;
  SetDeadline(key, entry, until);
}

void TaskQueues::Erase(const AttemptKey& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  SetDeadline(key, &it->second, absl::InfiniteFuture());
  if (it->second.state == State::kReady) --queues_[it->second.task->task.queue].ready_count;
  const auto session = sessions_.find(it->second.session);
  if (session != sessions_.end()) session->second.tasks.erase(key);
  entries_.erase(it);
}

// Gives ready tasks to sessions with credit, one each in turn.
void TaskQueues::Match(const std::string& name, absl::Time now, std::vector<Delivery>* out) {
  const auto found = queues_.find(name);
  if (found == queues_.end()) return;
  Queue& queue = found->second;
  while (!queue.ready.empty() && !queue.idle.empty()) {
    const AttemptKey key = queue.ready.front();
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || entry->second.state != State::kReady) {
      queue.ready.pop_front();
      continue;
    }
    const SessionId id = queue.idle.front();
    queue.idle.pop_front();
    const auto session = sessions_.find(id);
    if (session == sessions_.end() || session->second.is_draining) continue;
    int64_t& credit = session->second.credits[name];
    if (credit <= 0) continue;
    queue.ready.pop_front();
    --queue.ready_count;
    if (--credit > 0) queue.idle.push_back(id);
    entry->second.state = State::kDelivered;
    entry->second.session = id;
    entry->second.worker_name = session->second.worker_name;
    entry->second.since = now;
    session->second.tasks.insert(key);
    SetDeadline(key, &entry->second, now + options_.received_timeout);
    out->push_back(Delivery{session->second.session, entry->second.task});
  }
}

void TaskQueues::Push(std::vector<std::shared_ptr<const QueuedTask>> tasks, absl::Time now) {
  std::vector<Delivery> deliveries;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& task : tasks) {
      const AttemptKey key = task->key;
      const std::string queue = task->task.queue;
      const auto [it, is_new] = entries_.try_emplace(key);
      if (!is_new) continue;
      it->second.task = std::move(task);
      MakeReady(key, &it->second);
      Match(queue, now, &deliveries);
    }
  }
  Finish(std::move(deliveries));
}

void TaskQueues::PushRecovered(std::vector<std::shared_ptr<const QueuedTask>> tasks,
                               absl::Time until) {
  {
    absl::MutexLock lock(&mutex_);
    for (auto& task : tasks) {
      const AttemptKey key = task->key;
      const auto [it, is_new] = entries_.try_emplace(key);
      if (!is_new) continue;
      it->second.task = std::move(task);
      it->second.state = State::kHeld;
      SetDeadline(key, &it->second, until);
    }
  }
  Finish({});
}

void TaskQueues::Remove(const AttemptKey& key, const std::string& reason) {
  std::shared_ptr<WorkerSession> session;
  std::string token;
  {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end()) return;
    const auto found = sessions_.find(it->second.session);
    if (found != sessions_.end() && !reason.empty()) {
      session = found->second.session;
      token = it->second.task->token;
    }
    Erase(key);
  }
  if (session != nullptr) session->Cancel(token, reason);
}

void TaskQueues::RemoveRange(persistence::SlotRange range) {
  absl::MutexLock lock(&mutex_);
  std::vector<AttemptKey> keys;
  for (const auto& [key, entry] : entries_) {
    if (key.ref.slot >= range.first && key.ref.slot <= range.last) keys.push_back(key);
  }
  for (const AttemptKey& key : keys) Erase(key);
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

SessionId TaskQueues::Connect(std::shared_ptr<WorkerSession> session, std::string worker_name,
                              const std::vector<AttemptKey>& held, absl::Time now,
                              std::vector<AttemptKey>* unknown) {
  absl::MutexLock lock(&mutex_);
  const SessionId id = next_session_++;
  Session& entry = sessions_[id];
  entry.session = std::move(session);
  entry.worker_name = std::move(worker_name);
  for (const AttemptKey& key : held) {
    const auto it = entries_.find(key);
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
    if (task.state == State::kReady) --queues_[task.task->task.queue].ready_count;
    const auto old = sessions_.find(task.session);
    if (old != sessions_.end()) old->second.tasks.erase(key);
    if (task.state == State::kHeld || task.state == State::kReady) task.since = now;
    task.state = State::kRunning;
    task.session = id;
    task.worker_name = entry.worker_name;
    SetDeadline(key, &task, absl::InfiniteFuture());
    entry.tasks.insert(key);
  }
  return id;
}

void TaskQueues::Disconnect(SessionId id, absl::Time now) {
  std::shared_ptr<WorkerSession> gone;  // released without the lock
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    gone = std::move(found->second.session);
    const std::set<AttemptKey> tasks = std::move(found->second.tasks);
    sessions_.erase(found);
    for (const AttemptKey& key : tasks) {
      const auto it = entries_.find(key);
      if (it == entries_.end()) continue;
      // What was delivered may have arrived, its receipt lost with the stream: grace for both.
      Detach(key, &it->second, now + options_.reconnect_grace);
    }
  }
  Finish({});
}

void TaskQueues::AddCredit(SessionId id, const std::string& queue, int64_t count, absl::Time now) {
  std::vector<Delivery> deliveries;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || count <= 0) return;
    int64_t& credit = found->second.credits[queue];
    const bool had_none = credit <= 0;
    credit = std::min(credit + count, options_.max_credits);
    if (had_none) queues_[queue].idle.push_back(id);
    Match(queue, now, &deliveries);
  }
  Finish(std::move(deliveries));
}

void TaskQueues::Drain(SessionId id) {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(id);
  if (found != sessions_.end()) found->second.is_draining = true;
}

bool TaskQueues::Received(SessionId id, const AttemptKey& key, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.session != id || it->second.state != State::kDelivered) {
    return false;
  }
  it->second.state = State::kRunning;
  it->second.since = now;
  SetDeadline(key, &it->second, absl::InfiniteFuture());
  return true;
}

void TaskQueues::LeaseUntil(const AttemptKey& key, absl::Time until) {
  {
    absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(key);
    if (it == entries_.end() || it->second.state == State::kReady) return;
    it->second.state = State::kDetached;
    SetDeadline(key, &it->second, until);
  }
  Finish({});
}

void TaskQueues::Tick(absl::Time now) {
  std::vector<Delivery> deliveries;
  {
    absl::MutexLock lock(&mutex_);
    requested_wake_ = absl::InfiniteFuture();
    std::set<std::string> touched;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      const AttemptKey key = deadlines_.begin()->second;
      Entry& entry = entries_.find(key)->second;
      const auto session = sessions_.find(entry.session);
      if (session != sessions_.end()) session->second.tasks.erase(key);
      touched.insert(entry.task->task.queue);
      entry.worker_name.clear();
      MakeReady(key, &entry);
    }
    for (const std::string& queue : touched) Match(queue, now, &deliveries);
  }
  Finish(std::move(deliveries));
}

std::vector<QueueStats> TaskQueues::Stats() const {
  absl::MutexLock lock(&mutex_);
  absl::flat_hash_map<std::string, QueueStats> by_name;
  for (const auto& [name, queue] : queues_) by_name[name].ready = queue.ready_count;
  for (const auto& [key, entry] : entries_) {
    if (entry.state != State::kReady) ++by_name[entry.task->task.queue].running;
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
