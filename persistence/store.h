// The store: the one interface between the engine and a database. Three implementations
// (memory/, sqlite/, postgres/) pass one contract suite (store_contract_test.cc).
//
// The rules, from docs/architecture.md:
//   * A batch is one database transaction. Its first statement is the fence,
//       UPDATE ranges SET batch_seq = n WHERE ... AND epoch = e AND batch_seq = n - 1
//     and COMMIT is sent only after that has touched exactly one row.
//   * An outcome that is not known is reported as kUnknown, never guessed and never retried here.
//   * Leases are compared with the database's clock only; the epoch is the safety.
//
// All calls block; call them from a thread that may. Thread-safe: Commit of one range must not be
// called concurrently with itself, everything else may be. No exception leaves a store.
//
// Errors of reads and definition writes, by code: Unavailable (no connection, a disk or database
// that does not answer; try again), DeadlineExceeded (a statement ran into its time limit; ask for
// less), ResourceExhausted (the disk is full), NotFound, AlreadyExists, Aborted (lost a race; read
// again), FailedPrecondition (schema is newer than this binary), DataLoss (what is stored cannot be
// read; only a restore helps), Internal. Messages name the place and the remedy.
//
// A row that cannot be read fails itself and nothing else: ExecutionRow::damage,
// MachineRevision::damage or StoredHistory::status says what is wrong with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::persistence {

class Store {
 public:
  virtual ~Store() = default;

  // --- ranges ---------------------------------------------------------------------------------
  // All range rows, by first slot. A new store has one range that spans all slots.
  virtual absl::StatusOr<std::vector<RangeState>> ListRanges() = 0;

  // Takes ownership with a new epoch, if the range is free, its lease has run out, or it is held by
  // `claim.owner` already or by `claim.dead_owner`. Waits for the old owner's open
  // transaction, so that reads made afterwards see all that can ever be committed under older
  // epochs. Unavailable, with the owner in the message, while another owner's lease runs.
  virtual absl::StatusOr<RangeState> TakeRange(SlotRange range, const Claim& claim) = 0;
  // Extends the lease (every Commit does so too). Aborted where the epoch is no longer ours.
  virtual absl::Status RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) = 0;
  // Gives the range up at once (graceful shutdown). Aborted as above.
  virtual absl::Status ReleaseRange(SlotRange range, int64_t epoch) = 0;

  // --- the hot path ---------------------------------------------------------------------------
  virtual CommitOutcome Commit(const CommitBatch& batch) = 0;

  // --- recovery -------------------------------------------------------------------------------
  // Open, resident executions of `range` with ref > after, ascending by ref, at most `limit`.
  virtual absl::StatusOr<std::vector<ExecutionRow>> ListResident(SlotRange range,
                                                                 ExecutionRef after, int limit) = 0;
  // Parked executions of `range` after `after` with wake_at <= until, earliest first, at most
  // `limit`.
  virtual absl::StatusOr<std::vector<ExecutionRow>> ListDue(SlotRange range, const DueCursor& after,
                                                            absl::Time until, int limit) = 0;
  // In the order of `refs`; an execution without history has no rows. Stops once what was read has
  // more than about `max_bytes`, after one at least: then fewer are returned than were asked for.
  // What is wrong with one of them stands in its status and holds up no other.
  virtual absl::StatusOr<std::vector<StoredHistory>> LoadHistories(
      const std::vector<ExecutionRef>& refs, size_t max_bytes) = 0;

  // --- reads for callers ------------------------------------------------------------------------
  // NotFound where there is none.
  virtual absl::StatusOr<ExecutionRow> FindExecution(Slot slot, const std::string& ns,
                                                     const std::string& machine,
                                                     const std::string& name) = 0;
  virtual absl::StatusOr<ExecutionRow> GetExecution(ExecutionRef ref) = 0;
  // Transitions with sequence >= from (or, reversed, <= from, descending): at most `limit` rows,
  // and none more once their records have `max_bytes` together. So a page that holds less than
  // `limit` may have successors; an empty one has none. DataLoss where the first of them cannot be
  // read; a later one ends the page.
  virtual absl::StatusOr<std::vector<HistoryRow>> ReadHistory(ExecutionRef ref, int64_t from,
                                                              int limit, bool reverse,
                                                              size_t max_bytes) = 0;
  absl::StatusOr<std::vector<HistoryRow>> ReadHistory(ExecutionRef ref, int64_t from, int limit,
                                                      bool reverse) {
    return ReadHistory(ref, from, limit, reverse, kHistoryPageBytes);
  }
  // Newest start first; ties by ref, descending.
  virtual absl::StatusOr<std::vector<ExecutionRow>> ListExecutions(
      const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) = 0;
  // Open executions of a range: {resident, parked}.
  struct OpenCounts {
    int64_t resident = 0;
    int64_t parked = 0;
  };
  virtual absl::StatusOr<OpenCounts> CountOpen(SlotRange range) = 0;

  // --- retention --------------------------------------------------------------------------------
  // Deletes closed executions of `range` that stopped before `stopped_before`, those that stopped
  // (with `ns`: started) first foremost, of the namespace `ns` or of all, with their histories and checkpoints; at most `limit`, in transactions of a few
  // thousand rows each. Returns how many executions were deleted: fewer than `limit` where no more
  // are left. Of an execution that an error leaves half deleted the front of the history and the
  // row are there, and the next call goes on with it. Aborted where `epoch` does not own the range;
  // then the transaction that noticed has deleted nothing.
  virtual absl::StatusOr<int64_t> DeleteClosed(SlotRange range, int64_t epoch,
                                               absl::Time stopped_before, int limit,
                                               const absl::optional<std::string>& ns) = 0;
  absl::StatusOr<int64_t> DeleteClosed(SlotRange range, int64_t epoch, absl::Time stopped_before,
                                       int limit) {
    return DeleteClosed(range, epoch, stopped_before, limit, absl::nullopt);
  }

  // --- state machines ---------------------------------------------------------------------------
  // Adds revision `revision.revision`, which must be 1 + the latest ever (0 + 1 for a new name).
  // Aborted where another writer was first. The revision becomes the current one. `with`, if any, is
  // put in the same transaction, as by PutDocument.
  virtual absl::Status AddRevision(const MachineRevision& revision,
                                   const absl::optional<Document>& with) = 0;
  absl::Status AddRevision(const MachineRevision& revision) {
    return AddRevision(revision, absl::nullopt);
  }
  // The current revision. NotFound also after DeleteMachine.
  virtual absl::StatusOr<MachineRevision> GetMachine(const std::string& ns,
                                                     const std::string& name) = 0;
  // Any revision, of deleted machines too (executions keep the one they started with).
  virtual absl::StatusOr<MachineRevision> GetRevision(const std::string& ns,
                                                      const std::string& name,
                                                      int64_t revision) = 0;
  // The highest revision number ever given to this name, deleted or not; 0 for an unknown name.
  virtual absl::StatusOr<int64_t> LatestRevision(const std::string& ns,
                                                 const std::string& name) = 0;
  // Current revisions by name ascending, names > after. `definition` is left empty. A machine whose
  // revision is missing or cannot be read is listed with MachineRevision::damage; one whose very name
  // is not UTF-8 is not listed, because no call could name it.
  virtual absl::StatusOr<std::vector<MachineRevision>> ListMachines(const std::string& ns,
                                                                    const std::string& after,
                                                                    int limit) = 0;
  // NotFound where there is none. Its document kMachineDocument goes with it; its executions and
  // revisions stay.
  virtual absl::Status DeleteMachine(const std::string& ns, const std::string& name) = 0;

  // --- documents --------------------------------------------------------------------------------
  // NotFound where there is none.
  virtual absl::StatusOr<Document> GetDocument(const std::string& ns, const std::string& kind,
                                               const std::string& name) = 0;
  // Aborted unless `document.revision` follows the stored one (1 where there is none).
  virtual absl::Status PutDocument(const Document& document) = 0;
  // Aborted unless the stored one has this revision.
  virtual absl::Status DeleteDocument(const std::string& ns, const std::string& kind,
                                      const std::string& name, int64_t revision) = 0;
  // By name ascending, names > after, at most `limit`.
  virtual absl::StatusOr<std::vector<Document>> ListDocuments(const std::string& ns,
                                                              const std::string& kind,
                                                              const std::string& after,
                                                              int limit) = 0;

  // --- settings of the installation ------------------------------------------------------------
  // Small named secrets that all nodes share (the key of task tokens). Returns the stored value,
  // which is `initial` where none was stored before.
  virtual absl::StatusOr<std::string> GetOrCreateSetting(const std::string& name,
                                                         const std::string& initial) = 0;

  // --- operating --------------------------------------------------------------------------------
  struct Stats {
    int64_t commits = 0;
    int64_t statements = 0;  // sent on the commit path, BEGIN and COMMIT included
    int64_t reads = 0;       // read calls of this interface, per call
    int64_t history_rows = 0;
  };
  virtual Stats stats() const = 0;
  // "sqlite ./pawl-data/pawl.db", "postgres host/db (PostgreSQL 15.18)"; no password.
  virtual std::string description() const = 0;
};

}  // namespace pawl::persistence
