// Operations on state machines.
#include "absl/strings/str_cat.h"
#include "engine/api/aws/machine_answer.h"
#include "engine/api/aws/operations.h"
#include "engine/api/aws/page_token.h"
#include "engine/asl/aws_form.h"
#include "engine/aws/error.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kArn[] = "stateMachineArn";
constexpr int64_t kMaxDiagnostics = 100;

absl::Status CheckMachineArn(const Call& call) {
  return aws::CheckArn(call.request().Text(kArn), {"stateMachine"});
}

void WriteDiagnostics(const std::vector<asl::Diagnostic>& all, bool shows_warnings, int64_t max,
                      JsonObject* answer) {
  bool is_truncated = false;
  {
    int64_t count = 0;
    JsonArray diagnostics = answer->Array("diagnostics");
    for (const asl::Diagnostic& diagnostic : all) {
      const bool is_error = diagnostic.severity == asl::Severity::kError;
      if (!asl::IsAwsDiagnostic(diagnostic) || (!is_error && !shows_warnings)) continue;
      if (++count > max) {
        is_truncated = true;
        break;
      }
      JsonObject one = diagnostics.Object();
      one.Text("code", diagnostic.code).TextIfAny("location", diagnostic.location);
      one.Text("message", asl::AwsMessage(diagnostic));
      one.Text("severity", is_error ? "ERROR" : "WARNING");
    }
  }
  answer->Text("result", asl::HasErrors(all) ? "FAIL" : "OK");
  answer->Bool("truncated", is_truncated);
}

}  // namespace

void CreateStateMachine(const CallPtr& call) {
  const RequestMembers& request = call->request();
  absl::Status status = aws::CheckName("state machine name", request.Text("name"));
  if (status.ok()) status = aws::CheckRoleArn(request.Text("roleArn"));
  if (!status.ok()) return call->Fail(status);
  service::MachineInput input;
  input.name = request.Text("name");
  input.definition = request.Text("definition");
  input.type = request.Has("type") ? request.Text("type") : "STANDARD";
  input.role_arn = request.Text("roleArn");
  call->service().machines.Create(
      call->context(), std::move(input),
      AnswerWith<service::MachineResult>(
          call, [arns = call->arns()](const service::MachineResult& result, JsonObject* answer) {
            answer->Time("creationDate", result.revision.create_time);
            answer->Text(kArn, ArnOf(result.revision, arns));
          }));
}

void UpdateStateMachine(const CallPtr& call) {
  const RequestMembers& request = call->request();
  if (absl::Status status = CheckMachineArn(*call); !status.ok()) return call->Fail(status);
  if (!request.Has("definition") && !request.Has("roleArn") &&
      !request.Has("loggingConfiguration") && !request.Has("tracingConfiguration")) {
    return call->Fail(
        aws::MakeError(aws::Error::kMissingRequiredParameter,
                       "Either the definition, the role ARN, the LoggingConfiguration, or the "
                       "TracingConfiguration must be specified"));
  }
  if (request.Has("roleArn")) {
    absl::Status status = aws::CheckRoleArn(request.Text("roleArn"));
    if (!status.ok()) return call->Fail(status);
  }
  service::MachineInput input;
  input.name = request.Text(kArn);
  input.definition = request.Text("definition");
  input.role_arn = request.OptionalText("roleArn");
  call->service().machines.Update(
      call->context(), std::move(input),
      AnswerWith<service::MachineResult>(
          call, [](const service::MachineResult& result, JsonObject* answer) {
            answer->TextIfAny("revisionId", RevisionIdOf(result.revision));
            answer->Time("updateDate", result.revision.revision_time);
          }));
}

void DescribeStateMachine(const CallPtr& call) {
  if (absl::Status status = CheckMachineArn(*call); !status.ok()) return call->Fail(status);
  call->service().machines.Describe(
      call->context(), call->request().Text(kArn), /*revision=*/0,
      AnswerWith<persistence::MachineRevision>(
          call,
          [arns = call->arns()](const persistence::MachineRevision& machine, JsonObject* answer) {
            answer->Time("creationDate", machine.create_time);
            WriteMachine(machine, arns, answer);
            answer->Text("status", "ACTIVE").Text("type", machine.type);
          }));
}

void DescribeStateMachineForExecution(const CallPtr& call) {
  const std::string& execution = call->request().Text("executionArn");
  absl::Status status = aws::CheckArn(execution, {"execution"});
  if (!status.ok()) return call->Fail(status);
  call->service().machines.DescribeForExecution(
      call->context(), execution,
      AnswerWith<service::ExecutionMachine>(
          call, [arns = call->arns()](const service::ExecutionMachine& of, JsonObject* answer) {
            answer->TextIfAny("label", of.label).TextIfAny("mapRunArn", of.map_run_arn);
            WriteMachine(of.revision, arns, answer);
            answer->Time("updateDate", of.revision.revision_time);
          }));
}

void ListStateMachines(const CallPtr& call) {
  const absl::StatusOr<std::string> token = PageTokenOf(*call);
  if (!token.ok()) return call->Fail(token.status());
  call->service().machines.List(
      call->context(), static_cast<int>(call->request().Int("maxResults")), *token,
      AnswerWith<service::MachinePage>(
          call, [call](const service::MachinePage& page, JsonObject* answer) {
            WriteNextToken(*call, page.next_page_token, answer);
            JsonArray machines = answer->Array("stateMachines");
            for (const persistence::MachineRevision& machine : page.revisions) {
              JsonObject one = machines.Object();
              one.Time("creationDate", machine.create_time).Text("name", machine.name);
              one.Text(kArn, ArnOf(machine, call->arns())).Text("type", machine.type);
            }
          }));
}

void DeleteStateMachine(const CallPtr& call) {
  if (absl::Status status = CheckMachineArn(*call); !status.ok()) return call->Fail(status);
  call->service().machines.Delete(
      call->context(), call->request().Text(kArn),
      [done = AnswerEmpty(call)](const absl::StatusOr<service::Empty>& result) mutable {
        // AWS deletes what is not there as well.
        const bool is_missing =
            !result.ok() && aws::ErrorOf(result.status()) == aws::Error::kStateMachineDoesNotExist;
        done(is_missing ? absl::StatusOr<service::Empty>(service::Empty()) : result);
      });
}

void ValidateStateMachineDefinition(const CallPtr& call) {
  const RequestMembers& request = call->request();
  const bool shows_warnings = request.Text("severity") == "WARNING";
  int64_t max = request.Int("maxResults");
  if (max == 0) max = kMaxDiagnostics;
  call->service().machines.Validate(
      call->context(), request.Text("definition"),
      request.Has("type") ? request.Text("type") : "STANDARD",
      AnswerWith<std::vector<asl::Diagnostic>>(
          call, [shows_warnings, max](const std::vector<asl::Diagnostic>& diagnostics,
                                      JsonObject* answer) {
            WriteDiagnostics(diagnostics, shows_warnings, max, answer);
          }));
}

}  // namespace pawl::api::aws_json
