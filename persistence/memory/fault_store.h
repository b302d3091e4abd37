// A store around a store whose calls can be made to fail, for tests and the simulation. What fails,
// and how, is decided by a FaultPlan: a small callback interface that a seeded simulation
// implements.
//
//   MemoryStore memory;
//   FaultStore store(&memory, &plan, [&](int batches) { memory.Rewind(batches); });
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "persistence/store.h"

namespace pawl::persistence {

struct CommitFault {
  enum class Kind {
    kNone,
    kNotCommitted,         // nothing is written; reported as kNotCommitted
    kUnknownCommitted,     // written; reported as kUnknown
    kUnknownNotCommitted,  // nothing is written; reported as kUnknown
    kFenced,    // nothing is written; reported as kFenced (the range row is left as it is)
    kRejected,  // nothing is written; the first execution of the batch is refused
    kRewind,    // the last `rewind_batches` are lost first, then the batch is tried
  };
  Kind kind = Kind::kNone;
  int rewind_batches = 0;
};

// Called from the threads that call the store; must be thread-safe if they are several. `call` is
// the name of the method: "ListResident", "TakeRange"...
class FaultPlan {
 public:
  virtual ~FaultPlan() = default;
  virtual CommitFault OnCommit(const CommitBatch& batch) = 0;
  // An error is returned instead of making the call.
  virtual absl::Status BeforeCall(absl::string_view call) = 0;
  // An error is returned although the call was made and has succeeded: its answer was lost.
  virtual absl::Status AfterCall(absl::string_view call) = 0;
};

// Thread-safe if the store and the plan are. Owns neither of them.
class FaultStore final : public Store {
 public:
  // `rewind` may be empty where the plan never asks for it.
  FaultStore(Store* store, FaultPlan* plan, std::function<void(int batches)> rewind = nullptr);

  absl::StatusOr<std::vector<RangeState>> ListRanges() override;
  absl::StatusOr<RangeState> TakeRange(SlotRange range, const Claim& claim) override;
  absl::Status RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) override;
  absl::Status ReleaseRange(SlotRange range, int64_t epoch) override;
  CommitOutcome Commit(const CommitBatch& batch) override;
  absl::StatusOr<std::vector<ExecutionRow>> ListResident(SlotRange range, ExecutionRef after,
                                                         int limit) override;
  absl::StatusOr<std::vector<ExecutionRow>> ListDue(SlotRange range, const DueCursor& after,
                                                    absl::Time until, int limit) override;
  absl::StatusOr<std::vector<StoredHistory>> LoadHistories(const std::vector<ExecutionRef>& refs,
                                                           size_t max_bytes) override;
  absl::StatusOr<ExecutionRow> FindExecution(Slot slot, const std::string& ns,
                                             const std::string& machine,
                                             const std::string& name) override;
  absl::StatusOr<ExecutionRow> GetExecution(ExecutionRef ref) override;
  using Store::ReadHistory;
  absl::StatusOr<std::vector<HistoryRow>> ReadHistory(ExecutionRef ref, int64_t from, int limit,
                                                      bool reverse, size_t max_bytes) override;
  absl::StatusOr<std::vector<ExecutionRow>> ListExecutions(const ListFilter& filter,
                                                           const absl::optional<ListCursor>& after,
                                                           int limit) override;
  absl::StatusOr<OpenCounts> CountOpen(SlotRange range) override;
  using Store::DeleteClosed;
  absl::StatusOr<int64_t> DeleteClosed(SlotRange range, int64_t epoch, absl::Time stopped_before,
                                       int limit, const absl::optional<std::string>& ns) override;
  using Store::AddRevision;
  absl::Status AddRevision(const MachineRevision& revision,
                           const absl::optional<Document>& with) override;
  absl::StatusOr<MachineRevision> GetMachine(const std::string& ns,
                                             const std::string& name) override;
  absl::StatusOr<MachineRevision> GetRevision(const std::string& ns, const std::string& name,
                                              int64_t revision) override;
  absl::StatusOr<int64_t> LatestRevision(const std::string& ns, const std::string& name) override;
  absl::StatusOr<std::vector<MachineRevision>> ListMachines(const std::string& ns,
                                                            const std::string& after,
                                                            int limit) override;
  absl::Status DeleteMachine(const std::string& ns, const std::string& name) override;
  absl::StatusOr<Document> GetDocument(const std::string& ns, const std::string& kind,
                                       const std::string& name) override;
  absl::Status PutDocument(const Document& document) override;
  absl::Status DeleteDocument(const std::string& ns, const std::string& kind,
                              const std::string& name, int64_t revision) override;
  absl::StatusOr<std::vector<Document>> ListDocuments(const std::string& ns,
                                                      const std::string& kind,
                                                      const std::string& after, int limit) override;
  absl::StatusOr<std::string> GetOrCreateSetting(const std::string& name,
                                                 const std::string& initial) override;
  Stats stats() const override { return store_->stats(); }
  std::string description() const override;

 private:
  template <typename Call>
  auto Guard(absl::string_view name, const Call& call) -> decltype(call());

  Store* const store_;
  FaultPlan* const plan_;
  const std::function<void(int)> rewind_;
};

}  // namespace pawl::persistence
