// The face of the task queues that workers' sessions see.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/tasks/task_queues.h"

namespace pawl::runtime {

SessionId TaskQueues::Connect(std::shared_ptr<WorkerSession> session, std::string ns,
                              std::string worker_name, const std::vector<AttemptKey>& held,
                              std::vector<AttemptKey>* unknown) {
  Outbox out;
  SessionId id;
  {
    absl::MutexLock lock(&mutex_);
    id = std::exchange(next_session_, next_session_.Next());
    Session& entry = sessions_[id];
    entry.session = std::move(session);
    entry.ns = std::move(ns);
    entry.worker_name = std::move(worker_name);
    for (const AttemptKey& key : held) {
      if (!TakeBack(key, id, &entry, &out)) unknown->push_back(key);
    }
  }
  Flush(std::move(out));
  return id;
}

// False where the attempt is not open, or another worker has it.
bool TaskQueues::TakeBack(const AttemptKey& key, SessionId id, Session* session, Outbox* out) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) {
    const auto suspended = suspended_.find(key);
    if (suspended == suspended_.end()) return false;
    suspended->second.session = id;  // what becomes of it is known after the recovery
    return true;
  }
  Entry& task = it->second;
  if (task.task->queue.ns != session->ns) return false;  // its token is not from here
  const bool is_free =
      task.state == State::kHeld || task.state == State::kDetached || task.state == State::kReady;
  // A worker may be back before the loss of its old stream was noticed.
  const bool is_same_worker =
      !session->worker_name.empty() && task.worker_name == session->worker_name;
  if (!is_free && !is_same_worker) return false;
  const auto old = sessions_.find(task.session);
  if (old != sessions_.end()) old->second.tasks.erase(key);
  if (task.state == State::kHeld || task.state == State::kReady) task.since = clock_->Now();
  LeaveReady(&task);
  task.state = State::kRunning;
  SetDeadline(key, &task, absl::InfiniteDuration());
  Give(key, &task, id, session);
  out->resumed.push_back(key);
  return true;
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
    const std::string ns = std::move(found->second.ns);
    sessions_.erase(found);
    const absl::Duration until = clock_->Steady() + options_.reconnect_grace;
    for (const AttemptKey& key : tasks) {
      const auto it = entries_.find(key);
      if (it == entries_.end()) continue;
      // What was delivered may have arrived, its receipt lost with the stream: grace for both.
      Detach(key, &it->second, until);
    }
    for (const auto& [name, credit] : credits) {
      const QueueId queue_id{ns, name};
      Queue& queue = queues_[queue_id];
      --queue.sessions;
      queue.idle.erase(std::remove(queue.idle.begin(), queue.idle.end(), id), queue.idle.end());
      DropIfUnused(queue_id);
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
    const QueueId queue_id{found->second.ns, queue};
    auto& credits = found->second.credits;
    auto it = credits.find(queue);
    if (it == credits.end()) {
      if (static_cast<int64_t>(credits.size()) >= options_.max_queues_per_worker) {
        return absl::ResourceExhaustedError(absl::StrCat("a worker may serve at most ",
                                                         options_.max_queues_per_worker,
                                                         " queues (flag --max-queues-per-worker)"));
      }
      it = credits.emplace(queue, 0).first;
      ++queues_[queue_id].sessions;
    }
    const bool had_none = it->second <= 0;
    it->second = std::min(it->second + count, options_.max_credits);
    if (had_none) queues_[queue_id].idle.push_back(id);
    Match(queue_id, &out);
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

TaskQueues::Entry* TaskQueues::TakeFromHolder(const AttemptKey& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.state == State::kReady) return nullptr;
  const auto session = sessions_.find(it->second.session);
  if (session != sessions_.end()) session->second.tasks.erase(key);
  return &it->second;
}

void TaskQueues::Return(const AttemptKey& key) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = TakeFromHolder(key);
    if (entry == nullptr) return;
    MakeReady(key, entry);
    Match(entry->task->queue, &out);
    AskForWake(&out);
  }
  Flush(std::move(out));
}

void TaskQueues::LeaseFor(const AttemptKey& key, absl::Duration lease) {
  Outbox out;
  {
    absl::MutexLock lock(&mutex_);
    Entry* entry = TakeFromHolder(key);
    if (entry == nullptr) return;
    Detach(key, entry, clock_->Steady() + lease);
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

}  // namespace pawl::runtime
