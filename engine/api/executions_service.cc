#include "engine/api/executions_service.h"

#include <utility>

#include "engine/api/convert.h"
#include "engine/api/follow_reactor.h"
#include "engine/api/history_convert.h"
#include "engine/aws/error.h"

namespace pawl::api {
namespace {

absl::optional<std::string> Optional(bool has, const std::string& text) {
  return has ? absl::optional<std::string>(text) : absl::nullopt;
}

service::StartInput InputOf(const v1::ExecutionsStartRequest& request) {
  return {request.state_machine(), request.name(), request.input()};
}

// How an execution has ended, or that it has not.
template <typename Response>
void FillEnd(const runtime::ExecutionView& view, Response* response) {
  response->set_output(view.output.text());
  if (view.error.has_value()) response->set_error(*view.error);
  if (view.cause.has_value()) response->set_cause(*view.cause);
}

absl::StatusOr<service::ListQuery> QueryOf(const v1::ExecutionsListRequest& request) {
  service::ListQuery query;
  query.machine = request.state_machine();
  if (request.status() != v1::EXECUTION_STATUS_UNSPECIFIED) {
    if (!v1::ExecutionStatus_IsValid(request.status())) {
      return aws::MakeError(aws::Error::kValidation,
                            "status is not one of RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED");
    }
    query.status = static_cast<persistence::Status>(request.status());
  }
  query.name_prefix = request.name_prefix();
  if (request.has_started_from()) query.started_from = FromProto(request.started_from());
  if (request.has_started_before()) query.started_before = FromProto(request.started_before());
  query.page_size = request.page_size();
  query.page_token = request.page_token();
  query.map_run_arn = request.map_run_arn();
  return query;
}

}  // namespace

grpc::ServerUnaryReactor* ExecutionsService::Start(grpc::CallbackServerContext* context,
                                                   const v1::ExecutionsStartRequest* request,
                                                   v1::ExecutionsStartResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.Start");
  if (!answer->is_admitted()) return answer->reactor();
  service_->executions.Start(answer->context(), InputOf(*request),
                             AnswerWith<runtime::StartResult>(answer, [response](auto& result) {
                               response->set_arn(result.arn);
                               *response->mutable_start_time() = ToProto(result.start_time);
                             }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::StartAndWait(
    grpc::CallbackServerContext* context, const v1::ExecutionsStartAndWaitRequest* request,
    v1::ExecutionsStartAndWaitResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.StartAndWait");
  if (!answer->is_admitted()) return answer->reactor();
  const absl::Duration wait =
      request->has_wait() ? FromProto(request->wait()) : service::Executions::kDefaultWait;
  service_->executions.StartAndWait(
      answer->context(), InputOf(request->start()), wait,
      AnswerWith<runtime::ExecutionView>(
          answer, [response, arns = service_->deps.arns(answer->context())](auto& view) {
            ToProto(view, arns, response->mutable_execution());
            FillEnd(view, response);
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::Describe(grpc::CallbackServerContext* context,
                                                      const v1::ExecutionsDescribeRequest* request,
                                                      v1::ExecutionsDescribeResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.Describe");
  if (!answer->is_admitted()) return answer->reactor();
  service_->executions.Describe(
      answer->context(), request->execution(), request->include_open_states(),
      AnswerWith<service::DescribeResult>(
          answer, [response, arns = service_->deps.arns(answer->context())](auto& found) {
            const runtime::ExecutionView& view = found.view;
            ToProto(view, arns, response->mutable_execution());
            response->set_input(view.input.text());
            FillEnd(view, response);
            response->set_history_events(view.history_events);
            response->set_is_parked(view.row.parked);
            for (size_t i = 0; i < view.open_states.size(); ++i) {
              v1::OpenState* out = response->add_open_states();
              ToProto(view.open_states[i], out);
              if (i < found.task_tokens.size()) out->set_task_token(found.task_tokens[i]);
            }
          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::GetHistory(
    grpc::CallbackServerContext* context, const v1::ExecutionsGetHistoryRequest* request,
    v1::ExecutionsGetHistoryResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.GetHistory");
  if (!answer->is_admitted()) return answer->reactor();
  service::HistoryQuery query{request->execution(), request->page_size(), request->page_token(),
                              request->reverse(), request->include_internal()};
  service_->histories.Get(
      answer->context(), std::move(query),
      AnswerWith<service::HistoryPage>(answer, [response](auto& page) -> absl::Status {
        for (const core::Event& event : page.events) {
          absl::Status status = ToProto(event, page.style, response->add_events());
          if (!status.ok()) return status;
        }
        response->set_next_page_token(page.next_page_token);
        return absl::OkStatus();
      }));
  return answer->reactor();
}

grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>* ExecutionsService::FollowHistory(
    grpc::CallbackServerContext* context, const v1::ExecutionsFollowHistoryRequest* request) {
  return FollowReactor::Start(*service_, context, *request);
}

grpc::ServerUnaryReactor* ExecutionsService::List(grpc::CallbackServerContext* context,
                                                  const v1::ExecutionsListRequest* request,
                                                  v1::ExecutionsListResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.List");
  if (!answer->is_admitted()) return answer->reactor();
  absl::StatusOr<service::ListQuery> query = QueryOf(*request);
  auto done = AnswerWith<service::ListPage>(
      answer, [response, arns = service_->deps.arns(answer->context())](auto& page) {
        for (const persistence::ExecutionRow& row : page.rows) {
          ToProto(row, arns, response->add_executions());
        }
        response->set_next_page_token(page.next_page_token);
      });
  if (!query.ok()) {
    done(query.status());
  } else {
    service_->executions.List(answer->context(), *std::move(query), std::move(done));
  }
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::Stop(grpc::CallbackServerContext* context,
                                                  const v1::ExecutionsStopRequest* request,
                                                  v1::ExecutionsStopResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.Stop");
  if (!answer->is_admitted()) return answer->reactor();
  service_->executions.Stop(answer->context(), request->execution(),
                            Optional(request->has_error(), request->error()),
                            Optional(request->has_cause(), request->cause()),
                            AnswerWith<absl::Time>(answer, [response](absl::Time& stopped) {
                              *response->mutable_stop_time() = ToProto(stopped);
                            }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::Redrive(grpc::CallbackServerContext* context,
                                                     const v1::ExecutionsRedriveRequest* request,
                                                     v1::ExecutionsRedriveResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.Redrive");
  if (!answer->is_admitted()) return answer->reactor();
  service_->executions.Redrive(answer->context(), request->execution(), request->client_token(),
                               AnswerWith<absl::Time>(answer, [response](absl::Time& at) {
                                 *response->mutable_redrive_time() = ToProto(at);
                               }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::DescribeMapRun(
    grpc::CallbackServerContext* context, const v1::ExecutionsDescribeMapRunRequest* request,
    v1::ExecutionsDescribeMapRunResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.DescribeMapRun");
  if (!answer->is_admitted()) return answer->reactor();
  service_->map_runs.Describe(answer->context(), request->map_run_arn(),
                              AnswerWith<service::MapRun>(answer, [response](auto& run) {
                                ToProto(run, response->mutable_map_run());
                              }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::ListMapRuns(
    grpc::CallbackServerContext* context, const v1::ExecutionsListMapRunsRequest* request,
    v1::ExecutionsListMapRunsResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.ListMapRuns");
  if (!answer->is_admitted()) return answer->reactor();
  service_->map_runs.List(answer->context(), request->execution(),
                          AnswerWith<std::vector<service::MapRun>>(answer, [response](auto& runs) {
                            for (const service::MapRun& run : runs)
                              ToProto(run, response->add_map_runs());
                          }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::UpdateMapRun(
    grpc::CallbackServerContext* context, const v1::ExecutionsUpdateMapRunRequest* request,
    v1::ExecutionsUpdateMapRunResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.UpdateMapRun");
  if (!answer->is_admitted()) return answer->reactor();
  service::MapRunChange change;
  if (request->has_max_concurrency()) change.max_concurrency = request->max_concurrency();
  if (request->has_tolerated_failure_count()) {
    change.tolerated_count = request->tolerated_failure_count();
  }
  if (request->has_tolerated_failure_percentage()) {
    change.tolerated_percentage = request->tolerated_failure_percentage();
  }
  service_->map_runs.Update(answer->context(), request->map_run_arn(), change,
                            AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::SendTaskSuccess(
    grpc::CallbackServerContext* context, const v1::ExecutionsSendTaskSuccessRequest* request,
    v1::ExecutionsSendTaskSuccessResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.SendTaskSuccess");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tasks.SendSuccess(answer->context(), request->task_token(), request->output(),
                              AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::SendTaskFailure(
    grpc::CallbackServerContext* context, const v1::ExecutionsSendTaskFailureRequest* request,
    v1::ExecutionsSendTaskFailureResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.SendTaskFailure");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tasks.SendFailure(answer->context(), request->task_token(),
                              Optional(request->has_error(), request->error()),
                              Optional(request->has_cause(), request->cause()),
                              AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ExecutionsService::SendTaskHeartbeat(
    grpc::CallbackServerContext* context, const v1::ExecutionsSendTaskHeartbeatRequest* request,
    v1::ExecutionsSendTaskHeartbeatResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Executions.SendTaskHeartbeat");
  if (!answer->is_admitted()) return answer->reactor();
  service_->tasks.SendHeartbeat(answer->context(), request->task_token(), request->details(),
                                AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

}  // namespace pawl::api
