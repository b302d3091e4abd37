#include "engine/runtime/machines/machine_admin.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/lint.h"
#include "engine/aws/error.h"

namespace pawl::runtime {
namespace {

// How often a change is decided anew because somebody else was faster.
constexpr int kAttempts = 20;

absl::Status CheckVersionDescription(bool publishes, absl::string_view description) {
  if (publishes || description.empty()) return absl::OkStatus();
  return aws::MakeError(aws::Error::kValidation,
                        "Version description can only be set when publish is true");
}

persistence::Document DocumentOf(const aws::MachineId& id, int64_t revision,
                                 const MachineRecord& record) {
  return {id.ns, persistence::kMachineDocument, id.name, revision, Encode(record)};
}

// What identifies a machine beside its definition and type.
bool AreAlike(const MachineSettings& a, const MachineSettings& b) {
  return a.logging == b.logging && a.is_tracing_enabled == b.is_tracing_enabled &&
         a.encryption == b.encryption;
}

}  // namespace

std::string RevisionId(const persistence::MachineRevision& revision,
                       const MachineSettings& settings) {
  if (!settings.is_update) return "INITIAL";
  // A version 8 UUID; opaque to callers, and unique within the machine for ever.
  return absl::StrFormat("00000000-0000-8000-8000-%012x", revision.revision);
}

absl::StatusOr<Version> AddVersion(MachineRecord* record, int64_t revision,
                                   const std::string& description, absl::Time now) {
  if (record->versions.size() >= kMaxVersions) {
    return aws::MakeError(aws::Error::kServiceQuotaExceeded,
                          absl::StrCat("a state machine has at most ", kMaxVersions,
                                       " versions; delete some that no alias leads to"));
  }
  record->versions.push_back({++record->latest_version, revision, description, now});
  return record->versions.back();
}

absl::Status MergeTags(const Tags& from, Tags* to) {
  for (const auto& [key, value] : from) {
    if (absl::StartsWith(key, "aws:")) {
      return aws::MakeError(aws::Error::kAccessDenied,
                            "Caller is an end user and not allowed to mutate system tags");
    }
    (*to)[key] = value;
  }
  if (to->size() <= kMaxTags) return absl::OkStatus();
  return aws::MakeError(aws::Error::kTooManyTags,
                        absl::StrCat("a resource has at most ", kMaxTags, " tags"));
}

absl::Status MachineAdmin::DoesNotExist(const aws::MachineId& id) const {
  return aws::MakeError(aws::Error::kStateMachineDoesNotExist,
                        absl::StrCat("State Machine Does Not Exist: '", ArnOf(id), "'"));
}

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

absl::StatusOr<MachineAdmin::Stored> MachineAdmin::ReadStored(persistence::Store* store,
                                                              const aws::MachineId& id) const {
  absl::StatusOr<persistence::MachineRevision> revision = store->GetMachine(id.ns, id.name);
  if (absl::IsNotFound(revision.status())) return DoesNotExist(id);
  if (!revision.ok()) return revision.status();
  Stored stored;
  stored.revision = *std::move(revision);
  auto document = store->GetDocument(id.ns, persistence::kMachineDocument, id.name);
  if (absl::IsNotFound(document.status())) return stored;
  if (!document.ok()) return document.status();
  absl::StatusOr<MachineRecord> record = DecodeMachineRecord(document->record);
  if (!record.ok()) return record.status();
  stored.record = *std::move(record);
  stored.document_revision = document->revision;
  return stored;
}

absl::StatusOr<MachineRecord> MachineAdmin::Read(persistence::Store* store,
                                                 const aws::MachineId& id) const {
  absl::StatusOr<Stored> stored = ReadStored(store, id);
  if (!stored.ok()) return stored.status();
  return std::move(stored->record);
}

absl::Status MachineAdmin::Change(persistence::Store* store, const aws::MachineId& id, Edit edit) {
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Stored> stored = ReadStored(store, id);
    if (!stored.ok()) return stored.status();
    const std::string before = Encode(stored->record);
    status = edit(stored->revision, &stored->record);
    if (!status.ok()) return status;
    const persistence::Document document =
        DocumentOf(id, stored->document_revision + 1, stored->record);
    if (document.record == before) return absl::OkStatus();
    status = store->PutDocument(document);
    cache_->Forget(id.ns, id.name);
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::StatusOr<ChangedMachine> MachineAdmin::Create(persistence::Store* store,
                                                    const aws::MachineId& id,
                                                    const NewMachine& machine, absl::Time now,
                                                    std::vector<asl::Diagnostic>* diagnostics) {
  absl::Status status = aws::CheckName("state machine name", id.name);
  if (status.ok() && machine.type != "STANDARD" && machine.type != "EXPRESS") {
    status = aws::MakeError(
        aws::Error::kValidation,
        absl::StrCat("Invalid state machine type '", machine.type, "': give STANDARD or EXPRESS"));
  }
  if (status.ok()) status = CheckVersionDescription(machine.publishes, machine.version_description);
  if (status.ok()) status = aws::CheckRoleArn(machine.role_arn);
  if (status.ok()) status = CheckLogging(machine.settings.logging);
  if (status.ok()) status = CheckEncryption(machine.settings.encryption);
  ChangedMachine created;
  created.settings = machine.settings;
  MachineRecord record;
  if (status.ok()) status = MergeTags(machine.tags, &record.tags);
  if (!status.ok()) return status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Stored> existing = ReadStored(store, id);
    if (existing.ok()) return CreateAgain(id, *std::move(existing), machine);
    if (!absl::IsNotFound(existing.status())) return existing.status();
    status = Check(machine.definition, machine.type, diagnostics);
    if (!status.ok()) return status;
    absl::StatusOr<int64_t> latest = store->LatestRevision(id.ns, id.name);
    if (!latest.ok()) return latest.status();
    persistence::MachineRevision& revision = created.revision;
    revision.ns = id.ns;
    revision.name = id.name;
    revision.revision = *latest + 1;
    revision.definition = machine.definition;
    revision.role_arn = machine.role_arn;
    revision.type = machine.type;
    revision.settings = EncodeSettings(machine.settings);
    revision.create_time = revision.revision_time = now;
    if (machine.publishes) {
      record.versions.clear();
      record.versions.push_back({1, revision.revision, machine.version_description, now});
      record.latest_version = 1;
      created.version = record.versions.back();
    }
    const bool needs_record = machine.publishes || !record.tags.empty();
    status = store->AddRevision(
        revision, needs_record ? absl::make_optional(DocumentOf(id, 1, record)) : absl::nullopt);
    cache_->Forget(id.ns, id.name);
    if (status.ok()) return created;
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

// Recorded: the role and tags are ignored and not changed; of versions the first one counts.
absl::StatusOr<ChangedMachine> MachineAdmin::CreateAgain(const aws::MachineId& id, Stored stored,
                                                         const NewMachine& machine) const {
  const auto exists = [](absl::string_view what) {
    return aws::MakeError(aws::Error::kStateMachineAlreadyExists,
                          absl::StrCat("State Machine Already Exists: ", what));
  };
  absl::StatusOr<MachineSettings> settings = DecodeSettings(stored.revision.settings);
  if (!settings.ok()) return settings.status();
  if (stored.revision.definition != machine.definition || stored.revision.type != machine.type ||
      !AreAlike(*settings, machine.settings)) {
    return exists(absl::StrCat("'", ArnOf(id), "'"));
  }
  ChangedMachine again{std::move(stored.revision), *std::move(settings), absl::nullopt};
  const MachineRecord& record = stored.record;
  if (record.latest_version > 0 && !machine.publishes) {
    return exists("This state machine was already created with a published version.");
  }
  if (!machine.publishes) return again;
  const Version* first = record.FindVersion(1);
  if (first == nullptr || first->description != machine.version_description) {
    return exists(
        "This state machine was already created with a published version using a different "
        "description.");
  }
  again.version = *first;
  return again;
}

absl::StatusOr<ChangedMachine> MachineAdmin::Update(persistence::Store* store,
                                                    const aws::MachineId& id,
                                                    const MachineUpdate& update, absl::Time now,
                                                    std::vector<asl::Diagnostic>* diagnostics) {
  if (!update.definition.has_value() && !update.role_arn.has_value() &&
      !update.logging.has_value() && !update.is_tracing_enabled.has_value()) {
    return aws::MakeError(aws::Error::kMissingRequiredParameter,
                          "Either the definition, the role ARN, the LoggingConfiguration, or the "
                          "TracingConfiguration must be specified");
  }
  absl::Status status =
      CheckVersionDescription(update.publishes, update.version_description.value_or(""));
  if (!status.ok()) return status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<ChangedMachine> changed = TryUpdate(store, id, update, now, diagnostics);
    cache_->Forget(id.ns, id.name);
    if (!absl::IsAborted(changed.status())) return changed;
    status = changed.status();
  }
  return status;
}

absl::StatusOr<ChangedMachine> MachineAdmin::Changed(const persistence::MachineRevision& current,
                                                     const MachineUpdate& update,
                                                     std::vector<asl::Diagnostic>* diagnostics) {
  absl::StatusOr<MachineSettings> before = DecodeSettings(current.settings);
  if (!before.ok()) return before.status();
  ChangedMachine changed{current, *before, absl::nullopt};
  MachineSettings& settings = changed.settings;
  persistence::MachineRevision& next = changed.revision;
  next.definition = update.definition.value_or(current.definition);
  next.role_arn = update.role_arn.value_or(current.role_arn);
  settings.logging = update.logging.value_or(before->logging);
  settings.is_tracing_enabled = update.is_tracing_enabled.value_or(before->is_tracing_enabled);
  settings.encryption = update.encryption.value_or(before->encryption);
  absl::Status status = aws::CheckRoleArn(next.role_arn);
  if (status.ok()) status = CheckLogging(settings.logging);
  if (status.ok()) status = CheckEncryption(settings.encryption);
  if (status.ok()) status = Check(next.definition, next.type, diagnostics);
  if (!status.ok()) return status;
  const bool is_same = next.definition == current.definition && next.role_arn == current.role_arn &&
                       AreAlike(settings, *before);
  if (is_same) return changed;
  settings.is_update = true;
  next.settings = EncodeSettings(settings);
  next.revision = 0;  // the next one
  return changed;
}

absl::StatusOr<ChangedMachine> MachineAdmin::TryUpdate(persistence::Store* store,
                                                       const aws::MachineId& id,
                                                       const MachineUpdate& update, absl::Time now,
                                                       std::vector<asl::Diagnostic>* diagnostics) {
  absl::StatusOr<Stored> stored = ReadStored(store, id);
  if (!stored.ok()) return stored.status();
  absl::StatusOr<ChangedMachine> changed = Changed(stored->revision, update, diagnostics);
  if (!changed.ok()) return changed;
  persistence::MachineRevision& next = changed->revision;
  const bool is_new = next.revision == 0;
  if (is_new) {
    absl::StatusOr<int64_t> latest = store->LatestRevision(id.ns, id.name);
    if (!latest.ok()) return latest.status();
    next.revision = *latest + 1;
    next.revision_time = now;
  }
  absl::optional<persistence::Document> document;
  if (update.publishes) {
    // Recorded: publishing with another description publishes anew.
    const Version* existing = stored->record.FindVersionOf(next.revision);
    const std::string description = update.version_description.value_or("");
    if (existing != nullptr && (description.empty() || description == existing->description)) {
      changed->version = *existing;
    } else {
      auto version = AddVersion(&stored->record, next.revision, description, now);
      if (!version.ok()) return version.status();
      changed->version = *std::move(version);
      document = DocumentOf(id, stored->document_revision + 1, stored->record);
    }
  }
  absl::Status status;
  if (is_new) {
    status = store->AddRevision(next, document);
  } else if (document.has_value()) {
    status = store->PutDocument(*document);
  }
  if (!status.ok()) return status;
  return changed;
}

absl::Status MachineAdmin::Tag(persistence::Store* store, const aws::MachineId& id,
                               const Tags& tags) {
  return Change(store, id, [&](const persistence::MachineRevision&, MachineRecord* record) {
    return MergeTags(tags, &record->tags);
  });
}

absl::Status MachineAdmin::Untag(persistence::Store* store, const aws::MachineId& id,
                                 const std::vector<std::string>& keys) {
  return Change(store, id, [&](const persistence::MachineRevision&, MachineRecord* record) {
    for (const std::string& key : keys) record->tags.erase(key);
    return absl::OkStatus();
  });
}

}  // namespace pawl::runtime
