// Operations on state machines.
#include "absl/strings/str_cat.h"
#include "engine/api/aws/machine_convert.h"
#include "engine/api/aws/operations.h"
#include "engine/asl/aws_form.h"
#include "engine/aws/error.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kArn[] = "stateMachineArn";
constexpr int64_t kMaxDiagnostics = 100;

absl::Status CheckMachineArn(const Call& call) {
  return aws::CheckArn(call.request().Text(kArn), {"stateMachine"});
}

// "stateMachineVersionArn", where the call has published one.
void WriteVersion(const runtime::ChangedMachine& machine, const aws::ArnContext& arns,
                  JsonObject* answer) {
  if (!machine.version.has_value()) return;
  answer->Text("stateMachineVersionArn", ArnOf(machine.revision, *machine.version, arns));
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
  runtime::NewMachine machine;
  machine.definition = request.Text("definition");
  if (request.Has("type")) machine.type = request.Text("type");
  machine.role_arn = request.Text("roleArn");
  machine.settings.logging = LoggingOf(request.Structure("loggingConfiguration"));
  machine.settings.is_tracing_enabled = request.Structure("tracingConfiguration").Bool("enabled");
  machine.settings.encryption = EncryptionOf(request.Structure("encryptionConfiguration"));
  machine.tags = TagsOf(request.List("tags"));
  machine.publishes = request.Bool("publish");
  machine.version_description = request.Text("versionDescription");
  call->service().machines.Create(
      call->context(), request.Text("name"), std::move(machine),
      AnswerWith<service::MachineResult>(
          call, [arns = call->arns()](const service::MachineResult& result, JsonObject* answer) {
            const runtime::ChangedMachine& created = result.machine;
            answer->Time("creationDate", created.revision.create_time);
            answer->Text(kArn, ArnOf(created.revision, arns));
            WriteVersion(created, arns, answer);
          }));
}

void UpdateStateMachine(const CallPtr& call) {
  const RequestMembers& request = call->request();
  if (absl::Status status = CheckMachineArn(*call); !status.ok()) return call->Fail(status);
  runtime::MachineUpdate update;
  update.definition = request.OptionalText("definition");
  update.role_arn = request.OptionalText("roleArn");
  if (request.Has("loggingConfiguration")) {
    update.logging = LoggingOf(request.Structure("loggingConfiguration"));
  }
  if (request.Has("tracingConfiguration")) {
    update.is_tracing_enabled = request.Structure("tracingConfiguration").Bool("enabled");
  }
  if (request.Has("encryptionConfiguration")) {
    update.encryption = EncryptionOf(request.Structure("encryptionConfiguration"));
  }
  update.publishes = request.Bool("publish");
  update.version_description = request.OptionalText("versionDescription");
  call->service().machines.Update(
      call->context(), request.Text(kArn), std::move(update),
      AnswerWith<service::MachineResult>(
          call, [arns = call->arns()](const service::MachineResult& result, JsonObject* answer) {
            const runtime::ChangedMachine& updated = result.machine;
            WriteRevisionId(updated.revision, updated.settings, answer);
            WriteVersion(updated, arns, answer);
            answer->Time("updateDate", updated.revision.revision_time);
          }));
}

void DescribeStateMachine(const CallPtr& call) {
  if (absl::Status status = CheckMachineArn(*call); !status.ok()) return call->Fail(status);
  call->service().machines.Describe(
      call->context(), call->request().Text(kArn), /*revision=*/0,
      AnswerWith<service::MachineDescription>(
          call, [arns = call->arns(), has_data = WantsData(call->request())](
                    const service::MachineDescription& machine, JsonObject* answer) {
            if (machine.version.has_value()) {
              answer->Time("creationDate", machine.version->create_time);
              answer->TextIfAny("description", machine.version->description);
              answer->Text(kArn, ArnOf(machine.revision, *machine.version, arns));
            } else {
              answer->Time("creationDate", machine.revision.create_time);
              answer->Text(kArn, ArnOf(machine.revision, arns));
            }
            WriteMachine(machine, has_data, answer);
            answer->Text("status", machine.is_deleting ? "DELETING" : "ACTIVE")
                .Text("type", machine.revision.type);
          }));
}

void DescribeStateMachineForExecution(const CallPtr& call) {
  const std::string& execution = call->request().Text("executionArn");
  absl::Status status = aws::CheckArn(execution, {"execution"});
  if (!status.ok()) return call->Fail(status);
  call->service().machines.DescribeForExecution(
      call->context(), execution,
      AnswerWith<service::MachineDescription>(
          call, [arns = call->arns(), has_data = WantsData(call->request())](
                    const service::MachineDescription& machine, JsonObject* answer) {
            WriteMachine(machine, has_data, answer);
            answer->Text(kArn, ArnOf(machine.revision, arns));
            answer->Time("updateDate", machine.revision.revision_time);
          }));
}

void ListStateMachines(const CallPtr& call) {
  const RequestMembers& request = call->request();
  call->service().machines.List(
      call->context(), static_cast<int>(request.Int("maxResults")), request.Text("nextToken"),
      AnswerWith<service::MachinePage>(
          call, [call](const service::MachinePage& page, JsonObject* answer) {
            answer->TextIfAny("nextToken", page.next_page_token);
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
