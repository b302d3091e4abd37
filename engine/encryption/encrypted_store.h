// A store whose payloads rest encrypted: what it is given is sealed before it reaches the store
// beneath, and opened when it comes back. Histories and checkpoints hold all payloads; names, times,
// states' outcomes, definitions and tags rest as they are, for listings look for them.
//
//   auto cipher = std::make_shared<RecordCipher>(*MasterKeys::Load(path));
//   if (absl::Status status = CheckKeys(*cipher, *store); !status.ok()) ...
//   EncryptedStore encrypted(std::move(store), cipher);
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/encryption/record_cipher.h"
#include "persistence/store.h"

namespace pawl::encryption {

// The kind of the document that says under which keys payloads were sealed; it belongs to no
// namespace. An engine without them must not open the store: it could read nothing.
inline constexpr char kEncryptionDocument[] = "encryption";

// Writes down that the sealing key is used. FailedPrecondition where a key that was used before is
// not among them.
absl::Status CheckKeys(const RecordCipher& cipher, persistence::Store& store);
// FailedPrecondition where the store holds sealed payloads: it needs --encryption-keys.
absl::Status CheckIsPlain(persistence::Store& store);

// Seals everything under the sealing key: what is plain, and what is sealed under another one. May
// run beside engines that have all the keys. `progress` is called now and then with the executions
// looked at, and the records rewritten. At its end only the sealing key is written down as used,
// unless something was damaged.
struct ReencryptCounts {
  int64_t executions = 0;
  int64_t records = 0;
  int64_t damaged = 0;  // executions with records that could not be read; they stay as they are
  std::string first_damage;  // what is wrong with the first of them
};
absl::StatusOr<ReencryptCounts> Reencrypt(
    const RecordCipher& cipher, persistence::Store& store,
    const std::function<void(const ReencryptCounts&)>& progress);

// Thread-safe, as the store beneath.
class EncryptedStore final : public persistence::Store {
 public:
  EncryptedStore(std::unique_ptr<persistence::Store> store,
                 std::shared_ptr<const RecordCipher> cipher);

  // --- where payloads are
  persistence::CommitOutcome Commit(const persistence::CommitBatch& batch) override;
  absl::StatusOr<std::vector<persistence::StoredHistory>> LoadHistories(
      const std::vector<persistence::ExecutionRef>& refs, size_t max_bytes) override;
  using Store::ReadHistory;
  absl::StatusOr<std::vector<persistence::HistoryRow>> ReadHistory(persistence::ExecutionRef ref,
                                                                   int64_t from, int limit,
                                                                   bool reverse,
                                                                   size_t max_bytes) override;
  // As they are stored: whoever rewrites knows what rests there.
  absl::Status RewriteRecords(const std::vector<persistence::RecordRewrite>& rewrites) override {
    return store_->RewriteRecords(rewrites);
  }

  // --- the rest goes through
  absl::StatusOr<std::vector<persistence::RangeState>> ListRanges() override {
    return store_->ListRanges();
  }
  absl::StatusOr<persistence::RangeState> TakeRange(persistence::SlotRange range,
                                                    const persistence::Claim& claim) override {
    return store_->TakeRange(range, claim);
  }
  absl::Status RenewLease(persistence::SlotRange range, int64_t epoch,
                          absl::Duration lease) override {
    return store_->RenewLease(range, epoch, lease);
  }
  absl::Status ReleaseRange(persistence::SlotRange range, int64_t epoch) override {
    return store_->ReleaseRange(range, epoch);
  }
  absl::StatusOr<std::vector<persistence::ExecutionRow>> ListResident(
      persistence::SlotRange range, persistence::ExecutionRef after, int limit) override {
    return store_->ListResident(range, after, limit);
  }
  absl::StatusOr<std::vector<persistence::ExecutionRow>> ListDue(
      persistence::SlotRange range, const persistence::DueCursor& after, absl::Time until,
      int limit) override {
    return store_->ListDue(range, after, until, limit);
  }
  absl::StatusOr<persistence::ExecutionRow> FindExecution(persistence::Slot slot,
                                                          const std::string& ns,
                                                          const std::string& machine,
                                                          const std::string& name) override {
    return store_->FindExecution(slot, ns, machine, name);
  }
  absl::StatusOr<persistence::ExecutionRow> GetExecution(persistence::ExecutionRef ref) override {
    return store_->GetExecution(ref);
  }
  absl::StatusOr<std::vector<persistence::ExecutionRow>> ListExecutions(
      const persistence::ListFilter& filter, const absl::optional<persistence::ListCursor>& after,
      int limit) override {
    return store_->ListExecutions(filter, after, limit);
  }
  absl::StatusOr<OpenCounts> CountOpen(persistence::SlotRange range) override {
    return store_->CountOpen(range);
  }
  using Store::DeleteClosed;
  absl::StatusOr<int64_t> DeleteClosed(persistence::SlotRange range, int64_t epoch,
                                       absl::Time stopped_before, int limit,
                                       const absl::optional<std::string>& ns) override {
    return store_->DeleteClosed(range, epoch, stopped_before, limit, ns);
  }
  using Store::AddRevision;
  absl::Status AddRevision(const persistence::MachineRevision& revision,
                           const absl::optional<persistence::Document>& with) override {
    return store_->AddRevision(revision, with);
  }
  absl::StatusOr<persistence::MachineRevision> GetMachine(const std::string& ns,
                                                          const std::string& name) override {
    return store_->GetMachine(ns, name);
  }
  absl::StatusOr<persistence::MachineRevision> GetRevision(const std::string& ns,
                                                           const std::string& name,
                                                           int64_t revision) override {
    return store_->GetRevision(ns, name, revision);
  }
  absl::StatusOr<int64_t> LatestRevision(const std::string& ns, const std::string& name) override {
    return store_->LatestRevision(ns, name);
  }
  absl::StatusOr<std::vector<persistence::MachineRevision>> ListMachines(const std::string& ns,
                                                                         const std::string& after,
                                                                         int limit) override {
    return store_->ListMachines(ns, after, limit);
  }
  absl::Status DeleteMachine(const std::string& ns, const std::string& name) override {
    return store_->DeleteMachine(ns, name);
  }
  absl::StatusOr<persistence::Document> GetDocument(const std::string& ns, const std::string& kind,
                                                    const std::string& name) override {
    return store_->GetDocument(ns, kind, name);
  }
  absl::Status PutDocument(const persistence::Document& document) override {
    return store_->PutDocument(document);
  }
  absl::Status DeleteDocument(const std::string& ns, const std::string& kind,
                              const std::string& name, int64_t revision) override {
    return store_->DeleteDocument(ns, kind, name, revision);
  }
  absl::StatusOr<std::vector<persistence::Document>> ListDocuments(const std::string& ns,
                                                                   const std::string& kind,
                                                                   const std::string& after,
                                                                   int limit) override {
    return store_->ListDocuments(ns, kind, after, limit);
  }
  absl::StatusOr<std::string> GetOrCreateSetting(const std::string& name,
                                                 const std::string& initial) override {
    return store_->GetOrCreateSetting(name, initial);
  }
  Stats stats() const override { return store_->stats(); }
  std::string description() const override { return store_->description() + ", encrypted"; }

 private:
  const std::unique_ptr<persistence::Store> store_;
  const std::shared_ptr<const RecordCipher> cipher_;
};

}  // namespace pawl::encryption
