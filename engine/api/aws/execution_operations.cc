// Operations on executions.
#include <algorithm>

#include "engine/api/aws/execution_answer.h"
#include "engine/api/aws/operations.h"
#include "engine/aws/error.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kArn[] = "executionArn";

service::StartInput StartInputOf(const RequestMembers& request) {
  return {request.Text("stateMachineArn"), request.Text("name"), request.Text("input"),
          /*compares_text=*/true};
}

absl::Status CheckStart(const RequestMembers& request) {
  absl::Status status = aws::CheckArn(request.Text("stateMachineArn"), {"stateMachine"});
  if (!status.ok()) return status;
  // Absent is {}; empty is no JSON.
  if (!request.Has("input") || !request.Text("input").empty()) return absl::OkStatus();
  return aws::MakeError(aws::Error::kInvalidExecutionInput,
                        "Invalid State Machine Execution Input: 'Invalid execution input.'");
}

// nullopt for PENDING_REDRIVE, which no execution of ours has.
absl::optional<persistence::Status> StatusNamed(absl::string_view name) {
  for (const persistence::Status status :
       {persistence::Status::kRunning, persistence::Status::kSucceeded,
        persistence::Status::kFailed, persistence::Status::kTimedOut,
        persistence::Status::kAborted}) {
    if (name == StatusName(status)) return status;
  }
  return absl::nullopt;
}

// What ListExecutions filters by; an error where the arguments do not go together.
absl::StatusOr<service::ListQuery> ListQueryOf(const Call& call) {
  const RequestMembers& request = call.request();
  service::ListQuery query;
  absl::Status status;
  if (request.Has("stateMachineArn") == request.Has("mapRunArn")) {
    return aws::MakeError(aws::Error::kValidation,
                          "Exactly one of stateMachineArn and mapRunArn must be specified");
  }
  if (request.Has("stateMachineArn")) {
    query.machine = request.Text("stateMachineArn");
    query.needs_machine = true;
    status = aws::CheckArn(query.machine, {"stateMachine"});
    if (status.ok() && request.Has("redriveFilter")) {
      status = aws::MakeError(
          aws::Error::kConstraint,
          "RedriveFilter cannot be applied to ListExecutions call with StateMachine ARN");
    }
  } else {
    query.map_run_arn = request.Text("mapRunArn");
    status = aws::CheckArn(query.map_run_arn, {"mapRun"});
  }
  if (!status.ok()) return status;
  if (request.Has("statusFilter")) query.status = StatusNamed(request.Text("statusFilter"));
  query.page_size = static_cast<int>(request.Int("maxResults"));
  query.page_token = request.Text("nextToken");
  return query;
}

// What the store does not filter by: a page may then have fewer items than were asked for.
bool IsListed(const persistence::ExecutionRow& row, const RequestMembers& request) {
  const std::string& redrive = request.Text("redriveFilter");
  if (redrive == "REDRIVEN" && row.redrive_count == 0) return false;
  if (redrive == "NOT_REDRIVEN" && row.redrive_count > 0) return false;
  return request.Text("statusFilter") != "PENDING_REDRIVE";
}

}  // namespace

void StartExecution(const CallPtr& call) {
  if (absl::Status status = CheckStart(call->request()); !status.ok()) return call->Fail(status);
  call->service().executions.Start(
      call->context(), StartInputOf(call->request()),
      AnswerWith<runtime::StartResult>(
          call, [](const runtime::StartResult& started, JsonObject* answer) {
            answer->Text(kArn, started.arn).Time("startDate", started.start_time);
          }));
}

void StartSyncExecution(const CallPtr& call) {
  if (absl::Status status = CheckStart(call->request()); !status.ok()) return call->Fail(status);
  call->service().executions.StartSync(
      call->context(), StartInputOf(call->request()),
      AnswerWith<runtime::ExecutionView>(
          call, [has_data = WantsData(call->request())](const runtime::ExecutionView& view,
                                                        JsonObject* answer) {
            WriteSyncExecution(view, has_data, answer);
          }));
}

void DescribeExecution(const CallPtr& call) {
  const std::string& execution = call->request().Text(kArn);
  absl::Status status = aws::CheckArn(execution, {"execution"});
  if (!status.ok()) return call->Fail(status);
  call->service().executions.Describe(
      call->context(), execution, /*open_states=*/false,
      AnswerWith<service::DescribeResult>(
          call, [arns = call->arns(), has_data = WantsData(call->request())](
                    const service::DescribeResult& found, JsonObject* answer) {
            WriteExecution(found.view, arns, has_data, answer);
          }));
}

void ListExecutions(const CallPtr& call) {
  absl::StatusOr<service::ListQuery> query = ListQueryOf(*call);
  if (!query.ok()) return call->Fail(query.status());
  call->service().executions.List(
      call->context(), *std::move(query),
      AnswerWith<service::ListPage>(call,
                                    [call](const service::ListPage& page, JsonObject* answer) {
                                      {
                                        JsonArray executions = answer->Array("executions");
                                        for (size_t i = 0; i < page.rows.size(); ++i) {
                                          const persistence::ExecutionRow& row = page.rows[i];
                                          if (!IsListed(row, call->request())) continue;
                                          JsonObject one = executions.Object();
                                          if (i < page.items.size()) {
                                            one.Int("itemCount", page.items[i]);
                                          }
                                          WriteListed(row, call->arns(), &one);
                                        }
                                      }
                                      answer->TextIfAny("nextToken", page.next_page_token);
                                    }));
}

void RedriveExecution(const CallPtr& call) {
  const RequestMembers& request = call->request();
  absl::Status status = aws::CheckArn(request.Text(kArn), {"execution"});
  if (!status.ok()) return call->Fail(status);
  call->service().executions.Redrive(
      call->context(), request.Text(kArn), request.Text("clientToken"),
      AnswerWith<absl::Time>(call, [](absl::Time redriven, JsonObject* answer) {
        answer->Time("redriveDate", redriven);
      }));
}

void StopExecution(const CallPtr& call) {
  const RequestMembers& request = call->request();
  absl::Status status = aws::CheckArn(request.Text(kArn), {"execution"});
  if (!status.ok()) return call->Fail(status);
  call->service().executions.Stop(
      call->context(), request.Text(kArn), request.OptionalText("error"),
      request.OptionalText("cause"),
      AnswerWith<absl::Time>(
          call, [](absl::Time stopped, JsonObject* answer) { answer->Time("stopDate", stopped); }));
}

}  // namespace pawl::api::aws_json
