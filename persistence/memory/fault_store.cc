#include "persistence/memory/fault_store.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::persistence {
namespace {

CommitOutcome OutcomeOf(CommitOutcome::Kind kind) {
  CommitOutcome outcome;
  outcome.kind = kind;
  outcome.message = "injected fault";
  return outcome;
}

CommitOutcome RejectFirst(const CommitBatch& batch) {
  CommitOutcome outcome = OutcomeOf(CommitOutcome::Kind::kRejected);
  if (!batch.history.empty()) {
    outcome.rejected = batch.history.front().ref;
  } else if (!batch.updates.empty()) {
    outcome.rejected = batch.updates.front().ref;
  } else {
    outcome.kind = CommitOutcome::Kind::kNotCommitted;
  }
  return outcome;
}

}  // namespace

FaultStore::FaultStore(Store* store, FaultPlan* plan, std::function<void(int)> rewind)
    : store_(store), plan_(plan), rewind_(std::move(rewind)) {}

template <typename Call>
auto FaultStore::Guard(absl::string_view name, const Call& call) -> decltype(call()) {
  if (absl::Status status = plan_->BeforeCall(name); !status.ok()) return status;
  auto result = call();
  if (!result.ok()) return result;
  if (absl::Status status = plan_->AfterCall(name); !status.ok()) return status;
  return result;
}

CommitOutcome FaultStore::Commit(const CommitBatch& batch) {
  using Kind = CommitOutcome::Kind;
  const CommitFault fault = plan_->OnCommit(batch);
  switch (fault.kind) {
    case CommitFault::Kind::kNone:
      break;
    case CommitFault::Kind::kNotCommitted:
      return OutcomeOf(Kind::kNotCommitted);
    case CommitFault::Kind::kUnknownCommitted: {
      const CommitOutcome outcome = store_->Commit(batch);
      return outcome.kind == Kind::kCommitted ? OutcomeOf(Kind::kUnknown) : outcome;
    }
    case CommitFault::Kind::kUnknownNotCommitted:
      return OutcomeOf(Kind::kUnknown);
    case CommitFault::Kind::kFenced:
      return OutcomeOf(Kind::kFenced);
    case CommitFault::Kind::kRejected:
      return RejectFirst(batch);
    case CommitFault::Kind::kRewind:
      if (rewind_ != nullptr) rewind_(fault.rewind_batches);
      break;
  }
  return store_->Commit(batch);
}

absl::StatusOr<std::vector<RangeState>> FaultStore::ListRanges() {
  return Guard("ListRanges", [&] { return store_->ListRanges(); });
}

absl::StatusOr<RangeState> FaultStore::TakeRange(SlotRange range, const Claim& claim) {
  return Guard("TakeRange", [&] { return store_->TakeRange(range, claim); });
}

absl::Status FaultStore::RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) {
  return Guard("RenewLease", [&] { return store_->RenewLease(range, epoch, lease); });
}

absl::Status FaultStore::ReleaseRange(SlotRange range, int64_t epoch) {
  return Guard("ReleaseRange", [&] { return store_->ReleaseRange(range, epoch); });
}

absl::StatusOr<std::vector<ExecutionRow>> FaultStore::ListResident(SlotRange range,
                                                                   ExecutionRef after, int limit) {
  return Guard("ListResident", [&] { return store_->ListResident(range, after, limit); });
}

absl::StatusOr<std::vector<ExecutionRow>> FaultStore::ListDue(SlotRange range,
                                                              const DueCursor& after,
                                                              absl::Time until, int limit) {
  return Guard("ListDue", [&] { return store_->ListDue(range, after, until, limit); });
}

absl::StatusOr<std::vector<StoredHistory>> FaultStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  return Guard("LoadHistories", [&] { return store_->LoadHistories(refs, max_bytes); });
}

absl::StatusOr<ExecutionRow> FaultStore::FindExecution(Slot slot, const std::string& ns,
                                                       const std::string& machine,
                                                       const std::string& name) {
  return Guard("FindExecution", [&] { return store_->FindExecution(slot, ns, machine, name); });
}

absl::StatusOr<ExecutionRow> FaultStore::GetExecution(ExecutionRef ref) {
  return Guard("GetExecution", [&] { return store_->GetExecution(ref); });
}

absl::StatusOr<std::vector<HistoryRow>> FaultStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                int limit, bool reverse,
                                                                size_t max_bytes) {
  return Guard("ReadHistory",
               [&] { return store_->ReadHistory(ref, from, limit, reverse, max_bytes); });
}

absl::StatusOr<std::vector<ExecutionRow>> FaultStore::ListExecutions(
    const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) {
  return Guard("ListExecutions", [&] { return store_->ListExecutions(filter, after, limit); });
}

absl::StatusOr<Store::OpenCounts> FaultStore::CountOpen(SlotRange range) {
  return Guard("CountOpen", [&] { return store_->CountOpen(range); });
}

absl::StatusOr<int64_t> FaultStore::DeleteClosed(SlotRange range, int64_t epoch,
                                                 absl::Time stopped_before, int limit, const absl::optional<std::string>& ns) {
  return Guard("DeleteClosed",
               [&] { return store_->DeleteClosed(range, epoch, stopped_before, limit, ns); });
}

absl::Status FaultStore::AddRevision(const MachineRevision& revision,
                                     const absl::optional<Document>& with) {
  return Guard("AddRevision", [&] { return store_->AddRevision(revision, with); });
}

absl::StatusOr<MachineRevision> FaultStore::GetMachine(const std::string& ns,
                                                       const std::string& name) {
  return Guard("GetMachine", [&] { return store_->GetMachine(ns, name); });
}

absl::StatusOr<MachineRevision> FaultStore::GetRevision(const std::string& ns,
                                                        const std::string& name, int64_t revision) {
  return Guard("GetRevision", [&] { return store_->GetRevision(ns, name, revision); });
}

absl::StatusOr<int64_t> FaultStore::LatestRevision(const std::string& ns, const std::string& name) {
  return Guard("LatestRevision", [&] { return store_->LatestRevision(ns, name); });
}

absl::StatusOr<std::vector<MachineRevision>> FaultStore::ListMachines(const std::string& ns,
                                                                      const std::string& after,
                                                                      int limit) {
  return Guard("ListMachines", [&] { return store_->ListMachines(ns, after, limit); });
}

absl::Status FaultStore::DeleteMachine(const std::string& ns, const std::string& name) {
  return Guard("DeleteMachine", [&] { return store_->DeleteMachine(ns, name); });
}

absl::StatusOr<Document> FaultStore::GetDocument(const std::string& ns, const std::string& kind,
                                                 const std::string& name) {
  return Guard("GetDocument", [&] { return store_->GetDocument(ns, kind, name); });
}

absl::Status FaultStore::PutDocument(const Document& document) {
  return Guard("PutDocument", [&] { return store_->PutDocument(document); });
}

absl::Status FaultStore::DeleteDocument(const std::string& ns, const std::string& kind,
                                        const std::string& name, int64_t revision) {
  return Guard("DeleteDocument", [&] { return store_->DeleteDocument(ns, kind, name, revision); });
}

absl::StatusOr<std::vector<Document>> FaultStore::ListDocuments(const std::string& ns,
                                                                const std::string& kind,
                                                                const std::string& after,
                                                                int limit) {
  return Guard("ListDocuments", [&] { return store_->ListDocuments(ns, kind, after, limit); });
}

absl::StatusOr<std::string> FaultStore::GetOrCreateSetting(const std::string& name,
                                                           const std::string& initial) {
  return Guard("GetOrCreateSetting", [&] { return store_->GetOrCreateSetting(name, initial); });
}

std::string FaultStore::description() const {
  return absl::StrCat("faults over ", store_->description());
}

}  // namespace pawl::persistence
