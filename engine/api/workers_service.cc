#include "engine/api/workers_service.h"

#include <algorithm>
#include <utility>

#include "engine/api/convert.h"

namespace pawl::api {
namespace {

constexpr absl::Duration kMaxPoll = absl::Minutes(1);
constexpr absl::Duration kDefaultLease = absl::Minutes(1);

// A worker for the time of one poll: a session with one credit.
class PollSession final : public runtime::WorkerSession,
                          public std::enable_shared_from_this<PollSession> {
 public:
  PollSession(runtime::Node* node, grpc::CallbackServerContext* context,
              grpc::ServerUnaryReactor* reactor, v1::PollTaskResponse* response,
              absl::Duration lease)
      : node_(node), context_(context), reactor_(reactor), response_(response), lease_(lease) {}

  void Start(const v1::PollTaskRequest& request) {
    const absl::Time now = node_->world().clock->Now();
    const absl::Duration wait =
        request.has_wait() ? std::min(FromProto(request.wait()), kMaxPoll) : kMaxPoll;
    std::vector<runtime::AttemptKey> unknown;
    std::string name = request.worker_name().empty() ? context_->peer() : request.worker_name();
    id_ = node_->queues().Connect(shared_from_this(), std::move(name), {}, now, &unknown);
    node_->queues().AddCredit(id_, request.queue(), 1, now);
    node_->any_strand()->PostAt(now + wait, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->End();
    });
  }

  void Deliver(std::shared_ptr<const runtime::QueuedTask> task) override {
    // Posted: the queues call this while they hand out, and End asks them back.
    node_->any_strand()->Post([self = shared_from_this(), task = std::move(task)] {
      if (self->is_ended_) return;  // the task returns to its queue with the session
      const absl::Time now = self->node_->world().clock->Now();
      self->node_->TaskReceived(self->id_, task->key);
      ToProto(*task, self->response_->mutable_task());
      self->End();
      self->node_->queues().LeaseUntil(task->key, now + self->lease_);
    });
  }
  // A polled task learns of its cancellation with its next heartbeat.
  void Cancel(const std::string&, const std::string&) override {}

  void End() {
    if (std::exchange(is_ended_, true)) return;
    node_->queues().Disconnect(id_, node_->world().clock->Now());
    reactor_->Finish(grpc::Status::OK);
  }

 private:
  runtime::Node* node_;
  grpc::CallbackServerContext* context_;
  grpc::ServerUnaryReactor* reactor_;
  v1::PollTaskResponse* response_;
  const absl::Duration lease_;
  runtime::SessionId id_ = 0;
  bool is_ended_ = false;  // touched on the strand only
};

}  // namespace

grpc::ServerUnaryReactor* WorkersService::PollTask(grpc::CallbackServerContext* context,
                                                   const v1::PollTaskRequest* request,
                                                   v1::PollTaskResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (request->queue().empty()) {
    reactor->Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "queue must be given"));
    return reactor;
  }
  const absl::Duration lease = request->has_lease() ? FromProto(request->lease()) : kDefaultLease;
  auto session = std::make_shared<PollSession>(node_, context, reactor, response, lease);
  node_->any_strand()->Post([session, request] { session->Start(*request); });
  return reactor;
}

grpc::ServerUnaryReactor* WorkersService::CompleteTask(grpc::CallbackServerContext* context,
                                                       const v1::CompleteTaskRequest* request,
                                                       v1::CompleteTaskResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto done = [=, this](absl::StatusOr<core::CommandOutcome> outcome) {
    if (outcome.ok()) {
      response->set_outcome(*outcome == core::CommandOutcome::kApplied ? v1::CompletionAck::APPLIED
                                                                       : v1::CompletionAck::STALE);
    } else if (absl::IsNotFound(outcome.status()) || absl::IsInvalidArgument(outcome.status())) {
      response->set_outcome(v1::CompletionAck::UNKNOWN);
      return reactor->Finish(grpc::Status::OK);
    }
    Finish(context, reactor, outcome.status(), node_->options());
  };
  const v1::Completion& completion = request->completion();
  const std::string& ns = node_->options().account;
  if (completion.has_failure()) {
    absl::optional<std::string> error, cause;
    if (completion.failure().has_error()) error = completion.failure().error();
    if (completion.failure().has_cause()) cause = completion.failure().cause();
    node_->FailTask(ns, completion.token(), std::move(error), std::move(cause),
                    /*by_token=*/false, std::move(done));
  } else {
    node_->CompleteTask(ns, completion.token(), completion.output(), /*by_token=*/false,
                        std::move(done));
  }
  return reactor;
}

grpc::ServerUnaryReactor* WorkersService::HeartbeatTask(grpc::CallbackServerContext* context,
                                                        const v1::HeartbeatTaskRequest* request,
                                                        v1::HeartbeatTaskResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const std::string& ns = node_->options().account;
  const auto key = node_->tokens().Verify(ns, request->heartbeat().token());
  if (key.ok()) {
    node_->queues().LeaseUntil(*key, node_->world().clock->Now() + kDefaultLease);
  }
  node_->Heartbeat(ns, request->heartbeat().token(), request->heartbeat().details(),
                   [=, this](absl::Status status) {
                     if (absl::IsFailedPrecondition(status) || absl::IsNotFound(status)) {
                       response->set_cancel(true);
                       response->set_reason("the attempt is over");
                       status = absl::OkStatus();
                     }
                     Finish(context, reactor, status, node_->options());
                   });
  return reactor;
}

}  // namespace pawl::api
