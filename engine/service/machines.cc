#include "engine/service/machines.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/lint.h"
#include "engine/aws/error.h"
#include "engine/runtime/range/slots.h"
#include "engine/service/errors.h"
#include "engine/service/limits.h"
#include "engine/service/page_token.h"

namespace pawl::service {
namespace {

// AWS's text of as many errors as fit into a status.
absl::Status Shortened(const absl::Status& status, const std::vector<asl::Diagnostic>& all) {
  if (aws::ErrorOf(status) != aws::Error::kInvalidDefinition ||
      status.message().size() <= kMaxMessageBytes) {
    return status;
  }
  std::vector<asl::Diagnostic> errors;
  for (const asl::Diagnostic& diagnostic : all) {
    if (diagnostic.severity == asl::Severity::kError) errors.push_back(diagnostic);
  }
  constexpr size_t kNoteBytes = 128;
  std::vector<asl::Diagnostic> shown;
  while (shown.size() < errors.size()) {
    shown.push_back(errors[shown.size()]);
    if (asl::InvalidDefinitionMessage(shown).size() + kNoteBytes <= kMaxMessageBytes) continue;
    if (shown.size() > 1) shown.pop_back();
    break;
  }
  const std::string text =
      CutText(asl::InvalidDefinitionMessage(shown), kMaxMessageBytes - kNoteBytes);
  return aws::MakeError(aws::Error::kInvalidDefinition,
                        absl::StrCat(text, " … and ", errors.size() - shown.size(),
                                     " more; validate the definition to see all of them"));
}

absl::StatusOr<MachineResult> ResultOf(absl::StatusOr<persistence::MachineRevision> revision,
                                       std::vector<asl::Diagnostic> diagnostics) {
  if (!revision.ok()) return Shortened(revision.status(), diagnostics);
  return MachineResult{*std::move(revision), std::move(diagnostics)};
}

}  // namespace

absl::StatusOr<aws::MachineId> Machines::Parse(const CallContext& context,
                                               absl::string_view operation,
                                               const std::string& machine) const {
  absl::Status status = CheckLength("stateMachineArn", machine, kMaxArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, operation, machine);
  if (!status.ok()) return status;
  return aws::ParseMachine(deps_.arns(context), machine);
}

void Machines::Create(const CallContext& context, MachineInput input, Done<MachineResult> done) {
  absl::Status status = CheckLength("name", input.name, kMaxArnCharacters);
  if (status.ok()) {
    status = CheckLength("roleArn", input.role_arn.value_or(""), kMaxRoleArnCharacters);
  }
  if (status.ok()) status = deps_.authorizer->Check(context, "CreateStateMachine", input.name);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<MachineResult>(
      context, runtime::ReadLane::kCall,
      [this, ns = context.ns, input = std::move(input)](persistence::Store& store) {
        std::vector<asl::Diagnostic> diagnostics;
        auto revision = admin_.Create(&store, {ns, input.name}, input.definition, input.type,
                                      input.role_arn.value_or(""), deps_.Now(), &diagnostics);
        return ResultOf(std::move(revision), std::move(diagnostics));
      },
      std::move(done));
}

void Machines::Update(const CallContext& context, MachineInput input, Done<MachineResult> done) {
  const auto id = Parse(context, "UpdateStateMachine", input.name);
  if (!id.ok()) return done(id.status());
  absl::Status status = CheckLength("roleArn", input.role_arn.value_or(""), kMaxRoleArnCharacters);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<MachineResult>(
      context, runtime::ReadLane::kCall,
      [this, id = *id, input = std::move(input)](persistence::Store& store) {
        std::vector<asl::Diagnostic> diagnostics;
        auto revision =
            admin_.Update(&store, id, input.definition, input.role_arn, deps_.Now(), &diagnostics);
        return ResultOf(std::move(revision), std::move(diagnostics));
      },
      std::move(done));
}

void Machines::Describe(const CallContext& context, const std::string& machine, int64_t revision,
                        Done<persistence::MachineRevision> done) {
  const auto id = Parse(context, "DescribeStateMachine", machine);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<persistence::MachineRevision>(
      context, runtime::ReadLane::kCall,
      [id = *id, machine,
       revision](persistence::Store& store) -> absl::StatusOr<persistence::MachineRevision> {
        auto found = revision > 0 ? store.GetRevision(id.ns, id.name, revision)
                                  : store.GetMachine(id.ns, id.name);
        if (!absl::IsNotFound(found.status())) return found;
        return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                              absl::StrCat("State Machine Does Not Exist: '", machine, "'"));
      },
      std::move(done));
}

void Machines::DescribeForExecution(const CallContext& context, const std::string& execution,
                                    Done<ExecutionMachine> done) {
  absl::Status status = CheckLength("executionArn", execution, kMaxArnCharacters);
  if (status.ok()) {
    status = deps_.authorizer->Check(context, "DescribeStateMachineForExecution", execution);
  }
  if (!status.ok()) return done(std::move(status));
  const aws::ArnContext arns = deps_.arns(context);
  const auto id = aws::ParseExecution(arns, execution);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<ExecutionMachine>(
      context, runtime::ReadLane::kCall,
      [id = *id, arns, execution](persistence::Store& store) -> absl::StatusOr<ExecutionMachine> {
        const auto row = store.FindExecution(runtime::SlotOf(id.ns, id.machine, id.name), id.ns,
                                             id.machine, id.name);
        if (absl::IsNotFound(row.status())) {
          return aws::MakeError(aws::Error::kExecutionDoesNotExist,
                                absl::StrCat("Execution Does Not Exist: '", execution, "'"));
        }
        if (!row.ok()) return row.status();
        // A Map Run's child runs a part of "MACHINE/LABEL".
        const std::pair<std::string, std::string> names =
            absl::StrSplit(row->machine, absl::MaxSplits('/', 1));
        auto revision = store.GetRevision(row->ns, names.first, row->revision);
        if (!revision.ok()) return revision.status();
        return ExecutionMachine{
            *std::move(revision), names.second,
            aws::MapRunArnOfChild({arns.region, row->ns}, row->machine, row->name)};
      },
      std::move(done));
}

void Machines::List(const CallContext& context, int page_size, const std::string& page_token,
                    Done<MachinePage> done) {
  absl::Status status = deps_.authorizer->Check(context, "ListStateMachines", "");
  if (status.ok()) status = CheckLength("nextToken", page_token, kMaxPageTokenCharacters);
  if (!status.ok()) return done(std::move(status));
  const auto size = PageSize(page_size);
  if (!size.ok()) return done(size.status());
  deps_.RunBlocking<MachinePage>(
      context, runtime::ReadLane::kList,
      [ns = context.ns, page_token,
       size = *size](persistence::Store& store) -> absl::StatusOr<MachinePage> {
        auto revisions = store.ListMachines(ns, page_token, size + 1);
        if (!revisions.ok()) return revisions.status();
        MachinePage page{*std::move(revisions), ""};
        if (static_cast<int>(page.revisions.size()) > size) {
          page.revisions.pop_back();
          page.next_page_token = page.revisions.back().name;
        }
        return page;
      },
      std::move(done));
}

void Machines::Delete(const CallContext& context, const std::string& machine, Done<Empty> done) {
  const auto id = Parse(context, "DeleteStateMachine", machine);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<Empty>(
      context, runtime::ReadLane::kCall,
      [this, id = *id](persistence::Store& store) -> absl::StatusOr<Empty> {
        absl::Status status = admin_.Delete(&store, id);
        if (!status.ok()) return status;
        return Empty();
      },
      std::move(done));
}

void Machines::Validate(const CallContext& context, std::string definition, std::string type,
                        Done<std::vector<asl::Diagnostic>> done) {
  absl::Status status = deps_.authorizer->Check(context, "ValidateStateMachineDefinition", "");
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<std::vector<asl::Diagnostic>>(
      context, runtime::ReadLane::kBulk,
      [this, definition = std::move(definition), type = std::move(type)](
          persistence::Store&) -> absl::StatusOr<std::vector<asl::Diagnostic>> {
        return admin_.Validate(definition, type);
      },
      std::move(done));
}

}  // namespace pawl::service
