#include "engine/encryption/encrypted_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::encryption {

using persistence::CheckpointRow;
using persistence::CommitBatch;
using persistence::CommitOutcome;
using persistence::ExecutionRef;
using persistence::HistoryRow;
using persistence::StoredHistory;

namespace {

std::string Describe(const Place& place) {
  return absl::StrCat(
      "execution ", place.ref.slot.value(), "-", place.ref.id,
      place.sequence == 0 ? ", its checkpoint" : absl::StrCat(", transition ", place.sequence));
}

absl::Status WithPlace(const Place& place, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(Describe(place), ": ", std::string(status.message())));
}

}  // namespace

EncryptedStore::EncryptedStore(std::unique_ptr<persistence::Store> store,
                               std::shared_ptr<const RecordCipher> cipher)
    : store_(std::move(store)), cipher_(std::move(cipher)) {}

CommitOutcome EncryptedStore::Commit(const CommitBatch& batch) {
  CommitBatch sealed;
  sealed.range = batch.range;
  sealed.epoch = batch.epoch;
  sealed.batch_seq = batch.batch_seq;
  sealed.starts = batch.starts;
  sealed.updates = batch.updates;
  sealed.redrives = batch.redrives;
  sealed.history.reserve(batch.history.size());
  sealed.checkpoints.reserve(batch.checkpoints.size());
  absl::Status status;
  const auto seal = [&](const Place& place, const std::string& plain) -> std::string {
    absl::StatusOr<std::string> record = cipher_->Seal(place, plain);
    status.Update(record.status());
    return record.ok() ? *std::move(record) : "";
  };
  for (const HistoryRow& row : batch.history) {
    sealed.history.push_back({row.ref, row.sequence, row.first_event, row.event_count,
                              seal({row.ref, row.sequence}, row.record)});
  }
  for (const CheckpointRow& row : batch.checkpoints) {
    sealed.checkpoints.push_back({row.ref, row.sequence, seal({row.ref, 0}, row.state)});
  }
  if (status.ok()) return store_->Commit(sealed);
  CommitOutcome outcome;
  outcome.kind = CommitOutcome::Kind::kNotCommitted;
  outcome.message = std::string(status.message());
  return outcome;
}

absl::StatusOr<std::vector<StoredHistory>> EncryptedStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  auto histories = store_->LoadHistories(refs, max_bytes);
  if (!histories.ok()) return histories;
  for (StoredHistory& history : *histories) {
    const auto open = [&](const Place& place, std::string* record) {
      if (!history.status.ok()) return;
      absl::StatusOr<std::string> plain = cipher_->Open(place, *record);
      if (plain.ok()) {
        *record = *std::move(plain);
      } else {
        history.status = WithPlace(place, plain.status());
      }
    };
    if (history.checkpoint.has_value()) open({history.ref, 0}, &history.checkpoint->state);
    for (HistoryRow& row : history.rows) open({row.ref, row.sequence}, &row.record);
  }
  return histories;
}

absl::StatusOr<std::vector<HistoryRow>> EncryptedStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                    int limit, bool reverse,
                                                                    size_t max_bytes) {
  auto rows = store_->ReadHistory(ref, from, limit, reverse, max_bytes);
  if (!rows.ok()) return rows;
  for (size_t i = 0; i < rows->size(); ++i) {
    HistoryRow& row = (*rows)[i];
    absl::StatusOr<std::string> plain = cipher_->Open({row.ref, row.sequence}, row.record);
    if (plain.ok()) {
      row.record = *std::move(plain);
      continue;
    }
    if (i == 0) return WithPlace({row.ref, row.sequence}, plain.status());
    rows->resize(i);  // the next page begins with it, and says what is wrong
    break;
  }
  return rows;
}

}  // namespace pawl::encryption
