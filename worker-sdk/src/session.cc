#include "worker-sdk/src/session.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/version.h"
#include "worker-sdk/src/sanitize.h"
#include "worker-sdk/src/task_from_proto.h"

namespace pawl::sdk {
namespace {

// A frame is closed when it has so much, so that a large one does not hold up all that follows.
constexpr size_t kFrameTargetBytes = size_t{1024} * 1024;
// Lengths and tags of a completion, generously.
constexpr size_t kOverheadBytes = 256;

size_t SizeOf(const Outbox::Item& item) {
  const TaskResult& result = item.result;
  return item.task->info().token.size() + kOverheadBytes +
         (result.ok() ? result.output().size() : result.error().size() + result.cause().size());
}

void ToProto(const Outbox::Item& item, v1::Completion* out) {
  out->set_token(item.task->info().token);
  if (item.result.ok()) {
    out->set_output(item.result.output());
    return;
  }
  out->mutable_failure()->set_error(item.result.error());
  out->mutable_failure()->set_cause(item.result.cause());
}

}  // namespace

Session::Session(SessionOptions options, TaskSink* sink)
    : options_(std::move(options)), sink_(sink) {
  for (const auto& [name, limit] : options_.queues) {
    queue_index_[name] = static_cast<int>(queues_.size());
    queues_.push_back(Queue{name, limit, 0, 0});
  }
}

absl::Time Session::Now() const { return absl::Now(); }

void Session::Attach(std::shared_ptr<Link> link) {
  absl::MutexLock lock(&mutex_);
  link_ = std::move(link);
  link_state_ = LinkState();
  hello_due_ = credits_due_ = true;
  drain_due_ = is_draining_;
  received_.clear();
  outbox_.Rewind();
  for (Queue& queue : queues_) queue.granted = 0;
  UpdateOutgoing();
}

void Session::Detach(const Link* link) {
  std::shared_ptr<Link> gone;  // released without the lock
  absl::MutexLock lock(&mutex_);
  if (link_.get() != link) return;
  gone = std::move(link_);
  link_ = nullptr;
  link_state_ = LinkState();
  UpdateOutgoing();
}

Session::LinkState Session::link_state() const {
  absl::MutexLock lock(&mutex_);
  return link_state_;
}

void Session::UpdateOutgoing() {
  has_outgoing_ = link_ != nullptr &&
                  (hello_due_ || (link_state_.is_welcomed &&
                                  (credits_due_ || drain_due_ || ping_due_ || !received_.empty() ||
                                   !heartbeats_.empty() || outbox_.has_unsent())));
}

// --- frames out ---------------------------------------------------------------------------------

bool Session::Fill(const Link* link, v1::WorkersWorkRequest* frame) {
  absl::MutexLock lock(&mutex_);
  if (link_.get() != link || !has_outgoing_) return false;
  if (hello_due_) FillHello(frame);
  if (!is_draining_) FillCredits(frame);
  credits_due_ = false;
  if (drain_due_) frame->set_drain(true);
  drain_due_ = ping_due_ = false;
  for (const auto& task : received_) frame->add_received(task->info().token);
  received_.clear();
  for (auto& [token, details] : heartbeats_) {
    v1::TaskHeartbeat* beat = frame->add_heartbeats();
    beat->set_token(token);
    beat->set_details(std::move(details));
  }
  heartbeats_.clear();
  // Not before the welcome, which says how large a frame may be.
  if (link_state_.is_welcomed) FillCompletions(frame);
  UpdateOutgoing();
  return true;
}

void Session::FillHello(v1::WorkersWorkRequest* frame) {
  v1::Hello* hello = frame->mutable_hello();
  hello->set_worker_name(options_.worker_name);
  hello->set_sdk(absl::StrCat("pawl-cpp/", kVersion));
  hello->set_max_receive_bytes(kMaxReceiveBytes);
  for (const Queue& queue : queues_) hello->add_queues(queue.name);
  for (const auto& [token, task] : running_) hello->add_held_tokens(task->info().token);
  hello_due_ = false;
}

void Session::FillCredits(v1::WorkersWorkRequest* frame) {
  if (!credits_due_ || outbox_.size() > static_cast<size_t>(options_.max_unacknowledged)) return;
  for (Queue& queue : queues_) {
    const int free = queue.limit - queue.busy - queue.granted;
    if (free <= 0) continue;
    queue.granted += free;
    v1::Credit* credit = frame->add_credits();
    credit->set_queue(queue.name);
    credit->set_count(free);
  }
}

void Session::FillCompletions(v1::WorkersWorkRequest* frame) {
  size_t bytes = 0;
  while (Outbox::Item* item = outbox_.Unsent()) {
    size_t size = SizeOf(*item);
    if (size > max_frame_bytes_) {
      item->result =
          Fail(kDataLimitExceeded,
               absl::StrCat("The handler '", item->task->info().queue, "' returned ", size,
                            " bytes; a frame of this engine holds at most ", max_frame_bytes_));
      size = SizeOf(*item);
    }
    if (bytes > 0 && bytes + size > std::min(kFrameTargetBytes, max_frame_bytes_)) return;
    bytes += size;
    ToProto(*item, frame->add_completions());
    outbox_.Sent();
  }
}

// --- frames in ----------------------------------------------------------------------------------

void Session::OnFrame(const Link* link, v1::WorkersWorkResponse* frame) {
  Tasks accepted;
  std::vector<std::pair<std::shared_ptr<TaskState>, std::string>> cancelled;
  std::vector<std::string> complaints;
  std::shared_ptr<Link> wake;
  {
    absl::MutexLock lock(&mutex_);
    if (link_.get() != link) return;
    if (frame->has_welcome()) {
      Tasks lost;
      Welcomed(frame->welcome(), &lost);
      for (auto& task : lost) cancelled.emplace_back(std::move(task), "lease lost");
    }
    Acknowledged(*frame, &complaints);
    TakeTasks(frame, &accepted);
    for (const v1::CancelTask& cancel : frame->cancels()) {
      if (auto task = Drop(cancel.token()))
        cancelled.emplace_back(std::move(task), cancel.reason());
    }
    if (frame->go_away()) link_state_.is_told_to_go = true;
    UpdateOutgoing();
    if (has_outgoing_) wake = link_;
  }
  if (!accepted.empty()) sink_->Accept(std::move(accepted));
  if (wake != nullptr) wake->Wake();
  for (const auto& [task, reason] : cancelled) task->Cancel(reason);
  for (const std::string& complaint : complaints) options_.log(complaint);
}

void Session::Welcomed(const v1::Welcome& welcome, Tasks* lost) {
  link_state_.is_welcomed = true;
  const absl::Duration interval = absl::Seconds(welcome.ping_interval().seconds()) +
                                  absl::Nanoseconds(welcome.ping_interval().nanos());
  if (interval > absl::ZeroDuration()) link_state_.ping_interval = interval;
  constexpr int64_t kDefaultFrameBytes = int64_t{4} * 1024 * 1024;  // gRPC's
  max_frame_bytes_ = static_cast<size_t>(welcome.max_frame_bytes() > 0 ? welcome.max_frame_bytes()
                                                                       : kDefaultFrameBytes);
  for (const std::string& token : welcome.unknown_tokens()) {
    if (auto task = Drop(token)) lost->push_back(std::move(task));
  }
  ++stats_.connections;
}

void Session::Acknowledged(const v1::WorkersWorkResponse& frame,
                           std::vector<std::string>* complaints) {
  if (frame.acknowledged().empty()) return;
  const bool was_full = outbox_.size() > static_cast<size_t>(options_.max_unacknowledged);
  for (const v1::CompletionAck& ack : frame.acknowledged()) {
    if (!outbox_.Remove(ack.token())) continue;
    ++stats_.acknowledged;
    if (ack.outcome() == v1::CompletionAck::OUTCOME_REFUSED) {
      complaints->push_back(
          "a handler's result was refused by the engine and counts as a failure: "
          "see the execution's history");
    }
  }
  if (was_full) credits_due_ = true;
}

void Session::TakeTasks(v1::WorkersWorkResponse* frame, Tasks* accepted) {
  accepted->reserve(static_cast<size_t>(frame->tasks_size()));
  for (v1::Task& incoming : *frame->mutable_tasks()) {
    const auto found = queue_index_.find(incoming.queue());
    if (found == queue_index_.end()) continue;  // never asked for; it goes back without a receipt
    Queue& queue = queues_[static_cast<size_t>(found->second)];
    queue.granted = std::max(0, queue.granted - 1);
    auto task =
        std::make_shared<TaskState>(TaskFromProto(&incoming), found->second, weak_from_this());
    received_.push_back(task);
    // The engine may not know that it is here already: then it only wants to hear so.
    if (running_.contains(task->info().token) || outbox_.Contains(task->info().token)) {
      credits_due_ = true;
      continue;
    }
    ++queue.busy;
    ++busy_;
    running_.emplace(task->info().token, task);
    accepted->push_back(std::move(task));
  }
}

std::shared_ptr<TaskState> Session::Drop(const std::string& token) {
  const auto it = running_.find(token);
  if (it == running_.end()) return nullptr;
  std::shared_ptr<TaskState> task = std::move(it->second);
  running_.erase(it);
  heartbeats_.erase(token);
  ++stats_.cancelled;
  return task;
}

void Session::Ping() {
  std::shared_ptr<Link> wake;
  {
    absl::MutexLock lock(&mutex_);
    ping_due_ = true;
    UpdateOutgoing();
    wake = link_;
  }
  if (wake != nullptr) wake->Wake();
}

// --- handlers -----------------------------------------------------------------------------------

void Session::Complete(const std::shared_ptr<TaskState>& task, TaskResult result) {
  task->Close();
  result = Sanitize(std::move(result), task->info().awaits_token);
  std::shared_ptr<Link> wake;
  {
    absl::MutexLock lock(&mutex_);
    --queues_[static_cast<size_t>(task->queue_index())].busy;
    --busy_;
    credits_due_ = true;
    // Of the same token another may run, where this one was cancelled.
    const auto it = running_.find(task->info().token);
    if (it != running_.end() && it->second == task) {
      ++(result.ok() ? stats_.completed : stats_.failed);
      running_.erase(it);
      if (!heartbeats_.empty()) heartbeats_.erase(task->info().token);
      outbox_.Add(task, std::move(result));
    }
    UpdateOutgoing();
    if (has_outgoing_) wake = link_;
  }
  if (wake != nullptr) wake->Wake();
}

void Session::Heartbeat(const std::string& token, std::string details) {
  if (!IsUtf8(details)) details.clear();  // it lives; what it says cannot be sent
  std::shared_ptr<Link> wake;
  {
    absl::MutexLock lock(&mutex_);
    if (!running_.contains(token)) return;
    heartbeats_[token] = std::move(details);
    UpdateOutgoing();
    if (has_outgoing_) wake = link_;
  }
  if (wake != nullptr) wake->Wake();
}

// --- worker -------------------------------------------------------------------------------------

void Session::Drain() {
  std::shared_ptr<Link> wake;
  {
    absl::MutexLock lock(&mutex_);
    is_draining_ = drain_due_ = true;
    UpdateOutgoing();
    wake = link_;
  }
  if (wake != nullptr) wake->Wake();
}

bool Session::AwaitDrained(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto is_drained = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return is_idle(); };
  return mutex_.AwaitWithDeadline(absl::Condition(&is_drained), deadline);
}

bool Session::AwaitAcknowledged(const std::string& token, absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto is_gone = [this, &token]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !running_.contains(token) && !outbox_.Contains(token);
  };
  return mutex_.AwaitWithDeadline(absl::Condition(&is_gone), deadline);
}

void Session::CancelAll(const std::string& reason) {
  Tasks tasks;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [token, task] : running_) tasks.push_back(std::move(task));
    stats_.cancelled += static_cast<int64_t>(tasks.size());
    running_.clear();
    heartbeats_.clear();
  }
  for (const auto& task : tasks) task->Cancel(reason);
}

WorkerStats Session::stats() const {
  absl::MutexLock lock(&mutex_);
  WorkerStats stats = stats_;
  stats.is_connected = link_state_.is_welcomed;
  stats.running = busy_;
  stats.unacknowledged = static_cast<int64_t>(outbox_.size());
  return stats;
}

}  // namespace pawl::sdk
