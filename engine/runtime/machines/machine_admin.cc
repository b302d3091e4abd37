#include "engine/runtime/machines/machine_admin.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/lint.h"
#include "engine/aws/error.h"

namespace pawl::runtime {
namespace {

absl::Status DoesNotExist(const aws::MachineId& id, const aws::ArnContext& arns) {
  return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                        absl::StrCat("State Machine Does Not Exist: '",
                                     aws::MachineArn({arns.region, id.ns}, id.name), "'"));
}

}  // namespace

std::vector<asl::Diagnostic> MachineAdmin::Validate(const std::string& definition,
                                                    const std::string& type) const {
  return asl::Validate(definition, CompileOptionsFor(type));
}

asl::CompileOptions MachineAdmin::CompileOptionsFor(const std::string& type) const {
  asl::CompileOptions options = options_->compile;
  options.type = type == "EXPRESS" ? asl::MachineType::kExpress : asl::MachineType::kStandard;
  return options;
}

absl::Status MachineAdmin::Check(const std::string& definition, const std::string& type,
                                 std::vector<asl::Diagnostic>* diagnostics) const {
  const size_t limit = options_->compile.max_definition_bytes;
  if (options_->has_aws_limits && definition.size() > limit) return TooLong("definition", limit);
  diagnostics->clear();
  asl::Compile(definition, CompileOptionsFor(type), diagnostics);
  if (!asl::HasErrors(*diagnostics)) return absl::OkStatus();
  return aws::MakeError(aws::Error::kInvalidDefinition,
                        asl::InvalidDefinitionMessage(*diagnostics));
}

absl::StatusOr<persistence::MachineRevision> MachineAdmin::Create(
    persistence::Store* store, const aws::MachineId& id, const std::string& definition,
    const std::string& type, const std::string& role_arn, absl::Time now,
    std::vector<asl::Diagnostic>* diagnostics) {
  absl::Status status = aws::CheckName("state machine name", id.name);
  if (!status.ok()) return status;
  if (type != "STANDARD" && type != "EXPRESS") {
    return aws::MakeError(
        aws::Error::kValidation,
        absl::StrCat("Invalid state machine type '", type, "': give STANDARD or EXPRESS"));
  }
  status = Check(definition, type, diagnostics);
  if (!status.ok()) return status;
  // Twice at most: a lost race means that the machine is there now.
  for (int attempt = 0; attempt < 2; ++attempt) {
    absl::StatusOr<persistence::MachineRevision> existing = store->GetMachine(id.ns, id.name);
    if (existing.ok()) {
      if (existing->definition == definition && existing->type == type) return existing;
      return aws::MakeError(aws::Error::kStateMachineAlreadyExists,
                            absl::StrCat("State Machine Already Exists: '",
                                         aws::MachineArn({options_->region, id.ns}, id.name),
                                         "' has another definition; update it instead"));
    }
    if (!absl::IsNotFound(existing.status())) return existing.status();
    absl::StatusOr<int64_t> latest = store->LatestRevision(id.ns, id.name);
    if (!latest.ok()) return latest.status();
    persistence::MachineRevision revision;
    revision.ns = id.ns;
    revision.name = id.name;
    revision.revision = *latest + 1;
    revision.definition = definition;
    revision.type = type;
    revision.role_arn = role_arn;
    revision.create_time = revision.revision_time = now;
    status = store->AddRevision(revision);
    cache_->Forget(id.ns, id.name);
    if (status.ok()) return revision;
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::StatusOr<persistence::MachineRevision> MachineAdmin::Update(
    persistence::Store* store, const aws::MachineId& id, const std::string& definition,
    const absl::optional<std::string>& role_arn, absl::Time now,
    std::vector<asl::Diagnostic>* diagnostics) {
  absl::StatusOr<persistence::MachineRevision> current = store->GetMachine(id.ns, id.name);
  if (absl::IsNotFound(current.status())) {
    return DoesNotExist(id, {options_->region, options_->account});
  }
  if (!current.ok()) return current.status();
  persistence::MachineRevision next = *current;
  if (!definition.empty()) next.definition = definition;
  if (role_arn.has_value()) next.role_arn = *role_arn;
  absl::Status status = Check(next.definition, next.type, diagnostics);
  if (!status.ok()) return status;
  if (next.definition == current->definition && next.role_arn == current->role_arn) return current;
  absl::StatusOr<int64_t> latest = store->LatestRevision(id.ns, id.name);
  if (!latest.ok()) return latest.status();
  next.revision = *latest + 1;
  next.revision_time = now;
  status = store->AddRevision(next);
  cache_->Forget(id.ns, id.name);
  if (!status.ok()) return status;
  return next;
}

absl::Status MachineAdmin::Delete(persistence::Store* store, const aws::MachineId& id) {
  absl::Status status = store->DeleteMachine(id.ns, id.name);
  cache_->Forget(id.ns, id.name);
  if (absl::IsNotFound(status)) return DoesNotExist(id, {options_->region, options_->account});
  return status;
}

}  // namespace pawl::runtime
