// A store in memory, for tests and for the simulation: the exact semantics of the interface, the
// same answers for the same calls (everything is kept in order), and leases by a clock that the
// test holds.
//
//   MemoryStore store({.now = [&] { return simulated_now; }});
//   store.TakeRange({}, "node-1", "", absl::Seconds(10));
//   store.Commit(batch);
//   store.Rewind(2);  // a failover that has lost the last two batches
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "persistence/store.h"

namespace pawl::persistence {

struct MemoryOptions {
  std::function<absl::Time()> now = absl::Now;  // "the database's clock"
  int initial_ranges = 1;
};

// Thread-safe.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(MemoryOptions options = {});

  // Undoes the last `batches` committed batches since the last DeleteClosed, newest first, as a
  // failover to a lagging replica
  // does: the range rows go back to what they were before each batch, so later changes of owner are
  // lost too. Returns how many were undone: at most kRewindDepth are remembered.
  static constexpr int kRewindDepth = 256;
  int Rewind(int batches);

  // Lets `change` damage the stored transitions of an execution, as a broken disk might.
  void Tamper(const ExecutionRef& ref, const std::function<void(HistoryRow*)>& change);

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
                                       int limit,
                                       const absl::optional<std::string>& ns) override;
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
  Stats stats() const override;
  std::string description() const override { return "memory"; }

 private:
  struct Range {
    RangeState state;
    absl::Duration lease;
  };
  struct Machine {
    std::vector<MachineRevision> revisions;  // revisions[i] is number i + 1
    bool is_deleted = false;
  };
  // What a committed batch replaced.
  struct Undo {
    Range range;
    std::vector<ExecutionRef> starts;
    std::vector<std::pair<ExecutionRef, int64_t>> history;
    std::vector<ExecutionRow> updates;
    std::vector<ExecutionRow> redrives;
    std::vector<std::pair<ExecutionRef, absl::optional<CheckpointRow>>> checkpoints;
  };
  using NameKey = std::tuple<Slot, std::string, std::string, std::string>;
  using DocumentKey = std::tuple<std::string, std::string, std::string>;  // ns, kind, name
  using WakeKey = std::pair<int64_t, ExecutionRef>;
  using ListKey = std::pair<int64_t, ExecutionRef>;  // start in microseconds, ref
  using StopKey = std::pair<int64_t, ExecutionRef>;  // stop in microseconds, ref

  absl::Status PutDocumentLocked(const Document& document) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Range* FindRange(SlotRange range) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  CommitOutcome Check(const CommitBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  CommitOutcome CheckRows(const CommitBatch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Apply(const CommitBatch& batch, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Insert(const ExecutionRow& row) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Erase(const ExecutionRef& ref) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UndoLast() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const MemoryOptions options_;
  mutable absl::Mutex mutex_;
  std::map<Slot, Range> ranges_ ABSL_GUARDED_BY(mutex_);
  std::map<ExecutionRef, ExecutionRow> executions_ ABSL_GUARDED_BY(mutex_);
  std::map<NameKey, ExecutionRef> names_ ABSL_GUARDED_BY(mutex_);
  std::set<WakeKey> wakes_ ABSL_GUARDED_BY(mutex_);
  std::set<ListKey> listing_ ABSL_GUARDED_BY(mutex_);
  std::set<StopKey> closed_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<ExecutionRef, int64_t>, HistoryRow> history_ ABSL_GUARDED_BY(mutex_);
  std::map<ExecutionRef, CheckpointRow> checkpoints_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Machine> machines_ ABSL_GUARDED_BY(mutex_);
  std::map<DocumentKey, Document> documents_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> settings_ ABSL_GUARDED_BY(mutex_);
  std::deque<Undo> undo_ ABSL_GUARDED_BY(mutex_);
  Stats stats_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::persistence
