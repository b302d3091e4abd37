// The class behind OpenPostgresStore; its methods are spread over postgres_store.cc (opening,
// commits), postgres_ranges.cc, postgres_reads.cc, postgres_retention.cc and postgres_machines.cc.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "persistence/listing_query.h"
#include "persistence/postgres/batch_statements.h"
#include "persistence/postgres/commit_lane.h"
#include "persistence/postgres/postgres_store.h"
#include "persistence/postgres/session_pool.h"
#include "persistence/retention.h"
#include "persistence/store.h"

namespace pawl::persistence {

class PostgresStore final : public Store {
 public:
  PostgresStore(std::string url, const PostgresOptions& options);

  // Migrates and reads what description() and the warnings need. Call once, first.
  absl::Status Start(const PostgresOptions& options);

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
  std::string description() const override { return description_; }

 private:
  // "@" in `sql` stands for the schema.
  std::string Qualified(absl::string_view sql) const;
  // One read statement; counts as a read. Each row goes to `on_row`, which may refuse it.
  absl::Status Read(SessionPool& pool, absl::string_view sql,
                    const std::vector<std::string>& parameters,
                    const std::function<absl::Status(const SqlRows&, int row)>& on_row);
  // One statement that writes, in a transaction of its own; its rows go to `on_rows`, if any.
  absl::Status Write(SessionPool& pool, absl::string_view sql,
                     const std::vector<std::string>& parameters,
                     const std::function<absl::Status(const SqlRows&)>& on_rows);
  absl::StatusOr<std::vector<ExecutionRow>> ReadExecutions(
      SessionPool& pool, absl::string_view sql, const std::vector<std::string>& parameters);
  absl::StatusOr<std::vector<MachineRevision>> ReadRevisions(
      absl::string_view sql, const std::vector<std::string>& parameters);
  absl::StatusOr<std::vector<ExecutionRow>> RunListing(const ListingQuery& query);
  absl::StatusOr<int64_t> RunCount(const ListingQuery& query);
  absl::optional<SqlFailure> FindExpired(Session& session, SlotRange range, absl::Time before,
                                         int limit, const absl::optional<std::string>& ns,
                                         std::vector<Expired>* expired);
  absl::optional<SqlFailure> DeleteStep(Session& session, const RetentionStep& step);
  absl::Status DeleteInTransaction(Session& session, SlotRange range, int64_t epoch,
                                   absl::Time before, int limit,
                                   const absl::optional<std::string>& ns, RetentionStep* step);
  absl::Status WriteOwned(absl::string_view sql, const std::vector<std::string>& parameters,
                          SlotRange range, int64_t epoch);
  CommitLane* LaneOf(SlotRange range);

  const std::string url_;
  const std::string schema_;
  const StatementTexts texts_;
  std::string description_;
  const Session::Limits commit_limits_;
  SessionPool ownership_;
  SessionPool calls_;
  SessionPool listings_;
  SessionPool bulk_;
  absl::Mutex mutex_;
  std::map<Slot, std::unique_ptr<CommitLane>> lanes_ ABSL_GUARDED_BY(mutex_);
  std::atomic<int64_t> commits_{0};
  std::atomic<int64_t> statements_{0};
  std::atomic<int64_t> reads_{0};
  std::atomic<int64_t> history_rows_{0};
};

}  // namespace pawl::persistence
