#include "engine/service/machines.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/lint.h"
#include "engine/asl/variable_references.h"
#include "engine/aws/error.h"
#include "engine/service/errors.h"
#include "engine/service/executions.h"
#include "engine/service/limits.h"
#include "engine/service/page_token.h"

namespace pawl::service {
namespace {

// AWS's text of as many errors as fit into a status, with all of them for AWS's clients.
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
                                     " more; validate the definition to see all of them"),
                        status.message());
}

absl::StatusOr<MachineResult> ResultOf(absl::StatusOr<runtime::ChangedMachine> machine,
                                       std::vector<asl::Diagnostic> diagnostics) {
  if (!machine.ok()) return Shortened(machine.status(), diagnostics);
  return MachineResult{*std::move(machine), std::move(diagnostics)};
}

absl::Status NoMachine(absl::string_view arn) {
  return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                        absl::StrCat("State Machine Does Not Exist: '", arn, "'"));
}

absl::Status InvalidArn(absl::string_view text) {
  return aws::MakeError(aws::Error::kInvalidArn,
                        absl::StrCat("Invalid Arn: 'Invalid ARN prefix: ", text, "'"));
}

}  // namespace

absl::StatusOr<aws::MachineId> Machines::Parse(const CallContext& context,
                                               absl::string_view operation,
                                               const std::string& machine,
                                               Qualifier qualifier) const {
  absl::Status status = CheckLength("stateMachineArn", machine, kMaxArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, operation, machine);
  if (!status.ok()) return status;
  auto id = aws::ParseMachine(deps_.arns(context), machine);
  if (!id.ok()) return id;
  switch (qualifier) {
    case Qualifier::kNone:
      if (id->is_qualified()) return NoMachine(machine);
      break;
    case Qualifier::kNoneOrVersion:
      if (!id->alias.empty()) return NoMachine(machine);
      break;
    case Qualifier::kVersion:
      if (id->version == 0) return InvalidArn(machine);
      break;
    case Qualifier::kAlias:
      if (id->alias.empty()) return InvalidArn(machine);
      break;
  }
  return id;
}

absl::Status Machines::OrDeleting(persistence::Store& store, const aws::MachineId& id,
                                  const absl::Status& status) const {
  if (aws::ErrorOf(status) != aws::Error::kStateMachineDoesNotExist &&
      aws::ErrorOf(status) != aws::Error::kResourceNotFound) {
    return status;
  }
  const absl::StatusOr<bool> is_deleting = runtime::IsDeleting(&store, id);
  if (!is_deleting.ok()) return is_deleting.status();
  return *is_deleting ? runtime::BeingDeleted(deps_.node->arns(), id) : status;
}

void Machines::Create(const CallContext& context, std::string name, runtime::NewMachine machine,
                      Done<MachineResult> done) {
  absl::Status status = CheckLength("name", name, kMaxArnCharacters);
  if (status.ok()) status = CheckLength("roleArn", machine.role_arn, kMaxRoleArnCharacters);
  if (status.ok()) status = deps_.authorizer->Check(context, "CreateStateMachine", name);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<MachineResult>(
      context, runtime::ReadLane::kCall,
      [this, id = aws::MachineId{context.ns, std::move(name)},
       machine = std::move(machine)](persistence::Store& store) {
        std::vector<asl::Diagnostic> diagnostics;
        const absl::StatusOr<bool> is_deleting = runtime::IsDeleting(&store, id);
        if (!is_deleting.ok()) return absl::StatusOr<MachineResult>(is_deleting.status());
        if (*is_deleting) {
          return absl::StatusOr<MachineResult>(
              runtime::BeingDeleted({deps_.node->options().region, id.ns}, id));
        }
        auto created = admin_.Create(&store, id, machine, deps_.Now(), &diagnostics);
        return ResultOf(std::move(created), std::move(diagnostics));
      },
      std::move(done));
}

void Machines::Update(const CallContext& context, const std::string& machine,
                      runtime::MachineUpdate update, Done<MachineResult> done) {
  const auto id = Parse(context, "UpdateStateMachine", machine);
  if (!id.ok()) return done(id.status());
  absl::Status status = CheckLength("roleArn", update.role_arn.value_or(""), kMaxRoleArnCharacters);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<MachineResult>(
      context, runtime::ReadLane::kCall,
      [this, id = *id, update = std::move(update)](persistence::Store& store) {
        std::vector<asl::Diagnostic> diagnostics;
        auto updated = admin_.Update(&store, id, update, deps_.Now(), &diagnostics);
        if (!updated.ok()) updated = OrDeleting(store, id, updated.status());
        return ResultOf(std::move(updated), std::move(diagnostics));
      },
      std::move(done));
}

absl::StatusOr<MachineDescription> Machines::Read(persistence::Store& store,
                                                  const aws::MachineId& id,
                                                  int64_t revision) const {
  MachineDescription description;
  if (id.version != 0) {
    absl::StatusOr<runtime::MachineRecord> record = admin_.Read(&store, id);
    if (!record.ok()) return record.status();
    const runtime::Version* version = record->FindVersion(id.version);
    if (version == nullptr) {
      return aws::MakeError(
          aws::Error::kStateMachineDoesNotExist,
          absl::StrCat("State Machine Version Does Not Exist: '",
                       aws::ArnOf({deps_.node->options().region, id.ns}, id), "'"));
    }
    description.version = *version;
    revision = version->revision;
  }
  auto found =
      revision > 0 ? store.GetRevision(id.ns, id.name, revision) : store.GetMachine(id.ns, id.name);
  if (revision == 0 && absl::IsNotFound(found.status())) {
    // Until its last execution has ended it is still to be seen.
    const auto is_deleting = runtime::IsDeleting(&store, id);
    if (!is_deleting.ok()) return is_deleting.status();
    const auto latest = store.LatestRevision(id.ns, id.name);
    if (!latest.ok()) return latest.status();
    description.is_deleting = *is_deleting;
    if (*is_deleting) found = store.GetRevision(id.ns, id.name, *latest);
  }
  if (absl::IsNotFound(found.status())) {
    return NoMachine(aws::ArnOf({deps_.node->options().region, id.ns}, id));
  }
  if (!found.ok()) return found.status();
  description.revision = *std::move(found);
  auto settings = runtime::DecodeSettings(description.revision.settings);
  if (!settings.ok()) return settings.status();
  description.settings = *std::move(settings);
  // A definition that this version refuses is shown all the same, without them.
  const auto compiled =
      deps_.node->machines().GetRevision(&store, id.ns, id.name, description.revision.revision);
  if (compiled.ok()) {
    description.variable_references = asl::VariableReferences(*(*compiled)->machine);
  }
  return description;
}

void Machines::Describe(const CallContext& context, const std::string& machine, int64_t revision,
                        Done<MachineDescription> done) {
  const auto id = Parse(context, "DescribeStateMachine", machine, Qualifier::kNoneOrVersion);
  if (!id.ok()) return done(id.status());
  deps_.RunBlocking<MachineDescription>(
      context, runtime::ReadLane::kCall,
      [this, id = *id, revision](persistence::Store& store) { return Read(store, id, revision); },
      std::move(done));
}

void Machines::DescribeForExecution(const CallContext& context, const std::string& execution,
                                    Done<MachineDescription> done) {
  FindExecution(deps_, context, "DescribeStateMachineForExecution", execution,
                [this, context,
                 done = std::move(done)](absl::StatusOr<persistence::ExecutionRef> ref) mutable {
                  if (!ref.ok()) return done(ref.status());
                  deps_.RunBlocking<MachineDescription>(
                      context, runtime::ReadLane::kCall,
                      [this, ref = *ref](persistence::Store& store) { return ReadFor(store, ref); },
                      std::move(done));
                });
}

absl::StatusOr<MachineDescription> Machines::ReadFor(persistence::Store& store,
                                                     persistence::ExecutionRef ref) const {
  const auto row = store.GetExecution(ref);
  if (!row.ok()) return row.status();
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(row->machine, absl::MaxSplits('/', 1));
  auto description = Read(store, {row->ns, parts.first}, row->revision);
  if (!description.ok()) return description;
  description->label = parts.second;
  description->map_run_arn =
      aws::MapRunArnOfChild({deps_.node->options().region, row->ns}, row->machine, row->name);
  return description;
}

void Machines::List(const CallContext& context, int page_size, const std::string& page_token,
                    Done<MachinePage> done) {
  absl::Status status = deps_.authorizer->Check(context, "ListStateMachines", "");
  if (!status.ok()) return done(std::move(status));
  const auto size = PageSize(page_size);
  if (!size.ok()) return done(size.status());
  const std::string listing = absl::StrCat("ListStateMachines ", context.ns);
  const auto after = OpenToken(listing, page_token);
  if (!after.ok()) return done(after.status());
  deps_.RunBlocking<MachinePage>(
      context, runtime::ReadLane::kList,
      [ns = context.ns, listing, after = *after,
       size = *size](persistence::Store& store) -> absl::StatusOr<MachinePage> {
        auto revisions = store.ListMachines(ns, after, size + 1);
        if (!revisions.ok()) return revisions.status();
        MachinePage page{*std::move(revisions), ""};
        if (static_cast<int>(page.revisions.size()) > size) {
          page.revisions.pop_back();
          page.next_page_token = SealToken(listing, page.revisions.back().name);
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
        absl::Status status = deps_.node->deletions().Begin(&store, id);
        deps_.node->machines().Forget(id.ns, id.name);
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
