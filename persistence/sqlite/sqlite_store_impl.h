// The class behind OpenSqliteStore; its methods are spread over sqlite_store.cc (opening, ranges),
// sqlite_commit.cc, sqlite_retention.cc, sqlite_reads.cc and sqlite_machines.cc.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "persistence/listing_query.h"
#include "persistence/sqlite/folder_lock.h"
#include "persistence/sqlite/reader_pool.h"
#include "persistence/sqlite/sqlite_store.h"
#include "persistence/sqlite/writer.h"
#include "persistence/store.h"

namespace pawl::persistence {

// The conditions of ListResident and ListDue, whose plans are tested.
extern const char kSqliteResidentClauses[];
extern const char kSqliteDueClauses[];

// A listing in SQLite's dialect.
std::string SqliteText(const ListingQuery& query);

class SqliteStore final : public Store {
 public:
  SqliteStore(std::string path, std::unique_ptr<FolderLock> lock, std::unique_ptr<Writer> writer,
              const SqliteOptions& options);
  ~SqliteStore() override;

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
  std::string description() const override;

 private:
  // Within a transaction; as PutDocument.
  static absl::Status WriteDocument(Database& db, const Document& document);
  // Runs a query on a reader, for `limit` at most, and hands each row to `on_row`, which returns
  // false to end it.
  absl::Status Read(absl::Duration limit, const std::string& sql,
                    const std::function<void(Statement&)>& bind,
                    const std::function<absl::StatusOr<bool>(Statement&)>& on_row);
  absl::StatusOr<std::vector<ExecutionRow>> ReadExecutions(
      absl::Duration limit, const std::string& sql, const std::function<void(Statement&)>& bind);
  absl::StatusOr<std::vector<ExecutionRow>> RunListing(const ListingQuery& query);
  absl::StatusOr<int64_t> RunCount(const ListingQuery& query);
  absl::StatusOr<absl::optional<MachineRevision>> ReadRevision(
      const std::string& sql, const std::function<void(Statement&)>& bind);

  const std::string path_;
  const SqliteOptions options_;
  std::unique_ptr<FolderLock> lock_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<ReaderPool> readers_;
  std::atomic<int64_t> commits_{0};
  std::atomic<int64_t> statements_{0};
  std::atomic<int64_t> reads_{0};
  std::atomic<int64_t> history_rows_{0};
};

}  // namespace pawl::persistence
