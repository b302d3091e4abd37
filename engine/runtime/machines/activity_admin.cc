#include "engine/runtime/machines/activity_admin.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/runtime/machines/machine_admin.h"

namespace pawl::runtime {
namespace {

constexpr int kAttempts = 20;

persistence::Document DocumentOf(const aws::ActivityId& id, int64_t revision,
                                 const ActivityRecord& record) {
  return {id.ns, kActivityDocument, id.name, revision, Encode(record)};
}

}  // namespace

absl::StatusOr<ActivityAdmin::Stored> ActivityAdmin::ReadStored(persistence::Store* store,
                                                                const aws::ActivityId& id) const {
  auto document = store->GetDocument(id.ns, kActivityDocument, id.name);
  if (absl::IsNotFound(document.status())) {
    return aws::MakeError(aws::Error::kActivityDoesNotExist,
                          absl::StrCat("Activity Does Not Exist: '",
                                       aws::ActivityArn({options_->region, id.ns}, id.name), "'"));
  }
  if (!document.ok()) return document.status();
  absl::StatusOr<ActivityRecord> record = DecodeActivityRecord(document->record);
  if (!record.ok()) return record.status();
  return Stored{*std::move(record), document->revision};
}

absl::StatusOr<Activity> ActivityAdmin::Create(persistence::Store* store, const aws::ActivityId& id,
                                               const Tags& tags,
                                               const EncryptionConfiguration& encryption,
                                               absl::Time now) {
  absl::Status status = aws::CheckName("activity name", id.name);
  if (status.ok()) status = CheckEncryption(encryption);
  ActivityRecord record;
  record.create_time = now;
  record.encryption = encryption;
  if (status.ok()) status = MergeTags(tags, &record.tags);
  if (!status.ok()) return status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Stored> existing = ReadStored(store, id);
    if (existing.ok()) {
      if (existing->record.encryption == encryption) return Activity{id, existing->record};
      return aws::MakeError(
          aws::Error::kActivityAlreadyExists,
          absl::StrCat("Activity Already Exists: '",
                       aws::ActivityArn({options_->region, id.ns}, id.name), "'"));
    }
    if (!absl::IsNotFound(existing.status())) return existing.status();
    status = store->PutDocument(DocumentOf(id, 1, record));
    if (status.ok()) {
      registry_->Set(id, true);
      return Activity{id, std::move(record)};
    }
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::StatusOr<Activity> ActivityAdmin::Read(persistence::Store* store,
                                             const aws::ActivityId& id) const {
  absl::StatusOr<Stored> stored = ReadStored(store, id);
  if (!stored.ok()) return stored.status();
  return Activity{id, std::move(stored->record)};
}

absl::Status ActivityAdmin::Delete(persistence::Store* store, const aws::ActivityId& id) {
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto document = store->GetDocument(id.ns, kActivityDocument, id.name);
    if (absl::IsNotFound(document.status())) return absl::OkStatus();
    if (!document.ok()) return document.status();
    status = store->DeleteDocument(id.ns, kActivityDocument, id.name, document->revision);
    if (status.ok()) registry_->Set(id, false);
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::StatusOr<std::vector<Activity>> ActivityAdmin::List(persistence::Store* store,
                                                          const std::string& ns,
                                                          const std::string& after,
                                                          int limit) const {
  const auto documents = store->ListDocuments(ns, kActivityDocument, after, limit);
  if (!documents.ok()) return documents.status();
  std::vector<Activity> activities;
  for (const persistence::Document& document : *documents) {
    absl::StatusOr<ActivityRecord> record = DecodeActivityRecord(document.record);
    if (!record.ok()) return record.status();
    activities.push_back({{ns, document.name}, *std::move(record)});
  }
  return activities;
}

absl::Status ActivityAdmin::Change(persistence::Store* store, const aws::ActivityId& id,
                                   absl::FunctionRef<absl::Status(ActivityRecord*)> edit) {
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    absl::StatusOr<Stored> stored = ReadStored(store, id);
    if (!stored.ok()) return stored.status();
    status = edit(&stored->record);
    if (!status.ok()) return status;
    status = store->PutDocument(DocumentOf(id, stored->document_revision + 1, stored->record));
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::Status ActivityAdmin::Tag(persistence::Store* store, const aws::ActivityId& id,
                                const Tags& tags) {
  return Change(store, id, [&](ActivityRecord* record) { return MergeTags(tags, &record->tags); });
}

absl::Status ActivityAdmin::Untag(persistence::Store* store, const aws::ActivityId& id,
                                  const std::vector<std::string>& keys) {
  return Change(store, id, [&](ActivityRecord* record) {
    for (const std::string& key : keys) record->tags.erase(key);
    return absl::OkStatus();
  });
}

}  // namespace pawl::runtime
