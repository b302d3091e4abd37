#include "engine/service/task_poll.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/service/limits.h"

namespace pawl::service {

std::shared_ptr<TaskPoll> TaskPoll::Start(const Deps& deps, const CallContext& context,
                                          PollQuery query, Done<PolledTask> done) {
  absl::Status status = CheckQueue(query.queue);
  if (status.ok()) status = CheckWorkerName(query.worker_name);
  if (status.ok()) status = deps.authorizer->Check(context, "GetActivityTask", query.queue);
  if (!status.ok()) {
    done(std::move(status));
    return nullptr;
  }
  query.wait = std::clamp(query.wait, absl::ZeroDuration(), kMaxPoll);
  query.lease = std::clamp(query.lease, absl::Seconds(1), kMaxLease);
  auto poll = std::make_shared<TaskPoll>(deps, std::move(query), std::move(done));
  deps.node->any_strand()->Post([poll] { poll->Connect(); });
  return poll;
}

TaskPoll::TaskPoll(const Deps& deps, PollQuery query, Done<PolledTask> done)
    : deps_(deps), query_(std::move(query)), done_(std::move(done)) {}

void TaskPoll::Connect() {
  if (is_ended_) return;  // cancelled before it began
  std::vector<runtime::AttemptKey> unknown;
  id_ = deps_.node->queues().Connect(shared_from_this(), query_.worker_name, {}, &unknown);
  const absl::Status credited = deps_.node->queues().AddCredit(id_, query_.queue, 1);
  if (!credited.ok()) return Fail(credited);
  deps_.node->any_strand()->PostAfter(query_.wait, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->End(nullptr);
  });
}

void TaskPoll::Deliver(PolledTask task) {
  // Posted: the queues call this while they hand out, and Take asks them back.
  deps_.node->any_strand()->Post(
      [self = shared_from_this(), task = std::move(task)] { self->Take(task); });
}

void TaskPoll::Take(const PolledTask& task) {
  if (is_ended_) return;  // the task returned to its queue with the session
  deps_.node->TaskReceived(id_, task->key);
  given_ = task;
  End(task);
  deps_.node->queues().LeaseFor(task->key, query_.lease);
}

void TaskPoll::End(PolledTask task) {
  if (std::exchange(is_ended_, true)) return;
  if (id_ != runtime::kNoSession) deps_.node->queues().Disconnect(id_);
  if (done_) std::exchange(done_, nullptr)(std::move(task));
}

void TaskPoll::Fail(const absl::Status& status) {
  is_ended_ = true;
  deps_.node->queues().Disconnect(id_);
  if (done_) std::exchange(done_, nullptr)(status);
}

void TaskPoll::Cancel() {
  deps_.node->any_strand()->Post([self = shared_from_this()] { self->GiveBack(); });
}

void TaskPoll::GiveBack() {
  if (!is_ended_) return End(nullptr);
  // The answer was on its way and did not arrive: the lease is over now.
  if (given_ == nullptr) return;
  deps_.node->queues().Return(given_->key);
}

}  // namespace pawl::service
