#include "engine/api/workers_service.h"

#include <utility>

#include "engine/api/convert.h"
#include "engine/service/task_poll.h"

namespace pawl::api {

grpc::ServerUnaryReactor* WorkersService::PollTask(grpc::CallbackServerContext* context,
                                                   const v1::WorkersPollTaskRequest* request,
                                                   v1::WorkersPollTaskResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Workers.PollTask");
  if (!answer->is_admitted()) return answer->reactor();
  grpc::ServerUnaryReactor* reactor = answer->reactor();
  service::PollQuery query;
  query.queue = request->queue();
  query.worker_name = request->worker_name().empty() ? context->peer() : request->worker_name();
  if (request->has_wait()) query.wait = FromProto(request->wait());
  if (request->has_lease()) query.lease = FromProto(request->lease());
  const auto poll = service::TaskPoll::Start(
      service_->deps, answer->context(), std::move(query),
      AnswerWith<service::PolledTask>(answer, [response](const service::PolledTask& task) {
        if (task != nullptr) ToProto(*task, response->mutable_task());
      }));
  if (poll != nullptr) {
    answer->OnCancelled([poll] { poll->Cancel(); });
  }
  return reactor;
}

grpc::ServerUnaryReactor* WorkersService::CompleteTask(
    grpc::CallbackServerContext* context, const v1::WorkersCompleteTaskRequest* request,
    v1::WorkersCompleteTaskResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Workers.CompleteTask");
  if (!answer->is_admitted()) return answer->reactor();
  const v1::Completion& completion = request->completion();
  service::TaskResult result;
  if (completion.has_failure()) {
    absl::optional<std::string> error, cause;
    if (completion.failure().has_error()) error = completion.failure().error();
    if (completion.failure().has_cause()) cause = completion.failure().cause();
    result = service::Failed(std::move(error), std::move(cause));
  } else {
    result = service::Succeeded(completion.output());
  }
  const auto finish = [answer, response](v1::CompletionAck::Outcome outcome) {
    answer->Finish(absl::OkStatus(), [&] {
      response->set_outcome(outcome);
      return absl::OkStatus();
    });
  };
  service_->tasks.Complete(
      answer->context(), completion.token(), result,
      [answer, finish](const absl::StatusOr<core::CommandOutcome>& outcome) {
        if (outcome.ok()) {
          return finish(*outcome == core::CommandOutcome::kApplied
                            ? v1::CompletionAck::OUTCOME_APPLIED
                            : v1::CompletionAck::OUTCOME_STALE);
        }
        if (absl::IsNotFound(outcome.status()) || absl::IsInvalidArgument(outcome.status())) {
          return finish(v1::CompletionAck::OUTCOME_UNKNOWN);
        }
        answer->Finish(outcome.status(), [] { return absl::OkStatus(); });
      });
  return answer->reactor();
}

grpc::ServerUnaryReactor* WorkersService::HeartbeatTask(
    grpc::CallbackServerContext* context, const v1::WorkersHeartbeatTaskRequest* request,
    v1::WorkersHeartbeatTaskResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Workers.HeartbeatTask");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tasks.Heartbeat(answer->context(), request->heartbeat().token(),
                            request->heartbeat().details(),
                            AnswerWith<bool>(answer, [response](bool& is_open) {
                              if (is_open) return;
                              response->set_cancel(true);
                              response->set_reason("the attempt is over");
                            }));
  return answer->reactor();
}

}  // namespace pawl::api
