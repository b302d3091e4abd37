#include "engine/service/task_poll.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/runtime/machines/activity_admin.h"
#include "engine/service/limits.h"

namespace pawl::service {

std::shared_ptr<TaskPoll> TaskPoll::Start(const Deps& deps, const CallContext& context,
                                          PollQuery query, Done<PolledTask> done) {
  absl::Status status = CheckQueue(query.queue);
  if (status.ok() && !query.assigns) status = CheckWorkerName(query.worker_name);
  if (status.ok() && query.assigns) {
    status = CheckLength("workerName", query.worker_name, kMaxNameCharacters);
  }
  if (status.ok()) status = deps.authorizer->Check(context, "GetActivityTask", query.queue);
  if (!status.ok()) {
    done(std::move(status));
    return nullptr;
  }
  query.wait = std::clamp(query.wait, absl::ZeroDuration(), kMaxPoll);
  query.lease = std::clamp(query.lease, absl::Seconds(1), kMaxLease);
  auto poll = std::make_shared<TaskPoll>(deps, context.ns, std::move(query), std::move(done));
  deps.node->any_strand()->Post([poll] { poll->Begin(); });
  return poll;
}

TaskPoll::TaskPoll(const Deps& deps, std::string ns, PollQuery query, Done<PolledTask> done)
    : deps_(deps), ns_(std::move(ns)), query_(std::move(query)), done_(std::move(done)) {}

void TaskPoll::Begin() {
  if (!query_.activity.has_value() ||
      deps_.node->activities().IsRegistered(query_.activity->ns, query_.activity->name)) {
    return Connect();
  }
  // Another node may have registered it just now.
  auto found = std::make_shared<absl::Status>();
  deps_.node->world().store->Read(
      runtime::ReadLane::kCall,
      [self = shared_from_this(), found](persistence::Store& store) {
        runtime::ActivityAdmin admin(&self->deps_.node->options(), &self->deps_.node->activities());
        *found = admin.Read(&store, *self->query_.activity).status();
      },
      deps_.node->any_strand(),
      [self = shared_from_this(), found] { found->ok() ? self->Connect() : self->Fail(*found); });
}

void TaskPoll::Connect() {
  if (is_ended_) return;  // cancelled before it began
  std::vector<runtime::AttemptKey> unknown;
  ends_ = deps_.Now() + query_.wait;
  id_ = deps_.node->queues().Connect(shared_from_this(), ns_, query_.worker_name, {}, &unknown);
  const absl::Status credited = deps_.node->queues().AddCredit(id_, query_.queue, 1);
  if (!credited.ok()) return Fail(credited);
  deps_.node->any_strand()->PostAfter(query_.wait, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self != nullptr && !self->is_assigning_) self->End(nullptr);
  });
}

void TaskPoll::Deliver(PolledTask task) {
  // Posted: the queues call this while they hand out, and Take asks them back.
  deps_.node->any_strand()->Post(
      [self = shared_from_this(), task = std::move(task)] { self->Take(task); });
}

void TaskPoll::Take(const PolledTask& task) {
  if (is_ended_) return;  // the task returned to its queue with the session
  if (query_.assigns) return Assign(task);
  deps_.node->TaskReceived(id_, task->key);
  given_ = task;
  End(task);
  deps_.node->queues().LeaseFor(task->key, query_.lease);
}

void TaskPoll::Assign(const PolledTask& task) {
  is_assigning_ = true;
  core::AssignTask command;
  command.scheduled = task->key.scheduled;
  command.started.at = deps_.Now();
  if (!query_.worker_name.empty()) command.started.worker_name = query_.worker_name;
  deps_.node->router().Submit(task->key.ref, std::move(command),
                              [self = shared_from_this(), task](const auto& outcome) {
                                self->deps_.node->any_strand()->Post(
                                    [self, task, outcome] { self->OnAssigned(task, outcome); });
                              });
}

void TaskPoll::OnAssigned(const PolledTask& task,
                          const absl::StatusOr<core::CommandOutcome>& outcome) {
  is_assigning_ = false;
  if (outcome.ok() && *outcome == core::CommandOutcome::kApplied) return End(task);
  // It ended while it was on its way: the next one will do.
  const bool is_over =
      outcome.ok() || absl::IsNotFound(outcome.status()) || absl::IsDataLoss(outcome.status());
  if (!is_over) return Fail(outcome.status());
  if (deps_.Now() >= ends_) return End(nullptr);
  const absl::Status credited = deps_.node->queues().AddCredit(id_, query_.queue, 1);
  if (!credited.ok()) Fail(credited);
}

void TaskPoll::End(PolledTask task) {
  if (std::exchange(is_ended_, true)) return;
  if (id_ != runtime::kNoSession) deps_.node->queues().Disconnect(id_);
  if (done_) std::exchange(done_, nullptr)(std::move(task));
}

void TaskPoll::Fail(const absl::Status& status) {
  if (std::exchange(is_ended_, true)) return;
  if (id_ != runtime::kNoSession) deps_.node->queues().Disconnect(id_);
  if (done_) std::exchange(done_, nullptr)(status);
}

void TaskPoll::Cancel() {
  deps_.node->any_strand()->Post([self = shared_from_this()] { self->GiveBack(); });
}

void TaskPoll::GiveBack() {
  // What is being assigned is the caller's, who has gone: its time runs.
  if (is_assigning_) return;
  if (!is_ended_) return End(nullptr);
  // The answer was on its way and did not arrive: the lease is over now.
  if (given_ == nullptr || query_.assigns) return;
  deps_.node->queues().Return(given_->key);
}

}  // namespace pawl::service
