// The hot path of the SQLite store: one transaction, its first statement the fence.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "persistence/columns.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

using Kind = CommitOutcome::Kind;

// Writes the rows of one batch. A refusal is noted in the outcome and ends the transaction with
// Aborted; any other error is the database's.
class BatchWriter {
 public:
  BatchWriter(Database& db, const CommitBatch& batch, int* statements, CommitOutcome* outcome)
      : db_(db), batch_(batch), statements_(statements), outcome_(outcome) {}

  absl::Status Run() {
    if (absl::Status status = Fence(); !status.ok()) return status;
    if (absl::Status status = InsertStarts(); !status.ok()) return status;
    if (absl::Status status = InsertHistory(); !status.ok()) return status;
    if (absl::Status status = UpdateExecutions(); !status.ok()) return status;
    if (absl::Status status = UpdateRedrives(); !status.ok()) return status;
    if (absl::Status status = UpsertCheckpoints(); !status.ok()) return status;
    return DropCheckpoints();
  }

 private:
  absl::Status Refuse(Kind kind, std::string message) {
    outcome_->kind = kind;
    outcome_->message = std::move(message);
    return absl::AbortedError("refused");
  }

  // Runs a statement for one execution; what the database will never take is that execution's
  // fault.
  absl::Status Step(Statement& statement, const ExecutionRef& ref) {
    ++*statements_;
    const int rc = statement.Step();
    statement.Reset();
    if (rc == SQLITE_DONE) return absl::OkStatus();
    const int primary = rc & 0xFF;
    if (primary != SQLITE_CONSTRAINT && primary != SQLITE_TOOBIG && primary != SQLITE_MISMATCH) {
      return SqliteError(rc, statement.db(), "writing a batch");
    }
    outcome_->rejected = ref;
    return Refuse(Kind::kRejected,
                  absl::StrCat("execution ", DebugString(ref), ": ", sqlite3_errstr(rc)));
  }

  absl::Status Fence() {
    auto fence = db_.Prepare(
        "UPDATE ranges SET batch_seq = ?1, lease_until = max(lease_until, ?2 + lease_micros) "
        "WHERE first_slot = ?3 AND last_slot = ?4 AND epoch = ?5 AND batch_seq = ?1 - 1");
    if (!fence.ok()) return fence.status();
    fence->Bind(batch_.batch_seq).Bind(ToMicros(absl::Now()));
    fence->Bind(batch_.range.first.value()).Bind(batch_.range.last.value()).Bind(batch_.epoch);
    ++*statements_;
    if (const int rc = fence->Step(); rc != SQLITE_DONE) {
      return SqliteError(rc, fence->db(), "fencing a batch");
    }
    if (sqlite3_changes(fence->db()) == 1) return absl::OkStatus();
    return Refuse(Kind::kFenced,
                  absl::StrCat(DebugString(batch_.range), ": no range with epoch ", batch_.epoch,
                               " and batch_seq ", batch_.batch_seq - 1));
  }

  absl::Status InsertStarts() {
    auto insert = db_.Prepare(
        "INSERT INTO executions (id, slot, ns, machine, name, revision, version, alias, status, "
        "start_time, stop_time, wake_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (ns, machine, name, slot) DO NOTHING");
    if (!insert.ok()) return insert.status();
    for (const ExecutionRow& row : batch_.starts) {
      insert->Bind(row.ref.id).Bind(row.ref.slot.value());
      insert->BindText(row.ns).BindText(row.machine).BindText(row.name).Bind(row.revision);
      insert->Bind(row.version).BindText(row.alias);
      insert->Bind(static_cast<int64_t>(row.status));
      insert->Bind(ToMicros(row.start_time)).Bind(ToMicros(row.stop_time));
      insert->Bind(WakeColumn(row.status, row.parked, row.wake_at));
      if (absl::Status status = Step(*insert, row.ref); !status.ok()) return status;
      if (sqlite3_changes(insert->db()) == 0) outcome_->taken.push_back(row.ref);
    }
    if (outcome_->taken.empty()) return absl::OkStatus();
    return Refuse(Kind::kNameTaken, "");
  }

  absl::Status InsertHistory() {
    auto insert = db_.Prepare(
        "INSERT INTO history (execution_id, slot, sequence, first_event, event_count, record) "
        "VALUES (?, ?, ?, ?, ?, ?)");
    if (!insert.ok()) return insert.status();
    for (const HistoryRow& row : batch_.history) {
      insert->Bind(row.ref.id).Bind(row.ref.slot.value()).Bind(row.sequence);
      insert->Bind(row.first_event).Bind(row.event_count).BindBytes(row.record);
      if (absl::Status status = Step(*insert, row.ref); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status UpdateExecutions() {
    auto update = db_.Prepare(
        "UPDATE executions SET status = ?, stop_time = ?, wake_at = ? WHERE id = ? AND slot = ?");
    if (!update.ok()) return update.status();
    for (const ExecutionUpdate& row : batch_.updates) {
      update->Bind(static_cast<int64_t>(row.status)).Bind(ToMicros(row.stop_time));
      update->Bind(WakeColumn(row.status, row.parked, row.wake_at));
      update->Bind(row.ref.id).Bind(row.ref.slot.value());
      if (absl::Status status = Step(*update, row.ref); !status.ok()) return status;
      if (sqlite3_changes(update->db()) == 1) continue;
      outcome_->rejected = row.ref;
      return Refuse(Kind::kRejected, absl::StrCat("execution ", DebugString(row.ref),
                                                  ": there is no such execution to update"));
    }
    return absl::OkStatus();
  }

  absl::Status UpdateRedrives() {
    auto update = db_.Prepare(
        "UPDATE executions SET redrive_count = ?, redrive_time = ? WHERE id = ? AND slot = ?");
    if (!update.ok()) return update.status();
    for (const RedriveUpdate& row : batch_.redrives) {
      update->Bind(int64_t{row.count}).Bind(ToMicros(row.time));
      update->Bind(row.ref.id).Bind(row.ref.slot.value());
      if (absl::Status status = Step(*update, row.ref); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status DropCheckpoints() {
    auto drop = db_.Prepare("DELETE FROM checkpoints WHERE execution_id = ? AND slot = ?");
    if (!drop.ok()) return drop.status();
    for (const ExecutionUpdate& row : batch_.updates) {
      if (!row.drops_checkpoint) continue;
      drop->Bind(row.ref.id).Bind(row.ref.slot.value());
      if (absl::Status status = Step(*drop, row.ref); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status UpsertCheckpoints() {
    auto upsert = db_.Prepare(
        "INSERT INTO checkpoints (execution_id, slot, sequence, state) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (execution_id, slot) DO UPDATE SET sequence = excluded.sequence, "
        "state = excluded.state");
    if (!upsert.ok()) return upsert.status();
    for (const CheckpointRow& row : batch_.checkpoints) {
      upsert->Bind(row.ref.id).Bind(row.ref.slot.value()).Bind(row.sequence);
      upsert->BindBytes(row.state);
      if (absl::Status status = Step(*upsert, row.ref); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  Database& db_;
  const CommitBatch& batch_;
  int* const statements_;
  CommitOutcome* const outcome_;
};

}  // namespace

CommitOutcome SqliteStore::Commit(const CommitBatch& batch) {
  if (auto refusal = RefuseBatch(batch)) return *std::move(refusal);
  CommitOutcome outcome;
  outcome.kind = Kind::kNotCommitted;  // until a refusal or the end says otherwise
  const Writer::End end = writer_->Transact([&](Database& db, int* statements) {
    return BatchWriter(db, batch, statements, &outcome).Run();
  });
  statements_.fetch_add(end.statements, std::memory_order_relaxed);
  switch (end.kind) {
    case Writer::End::Kind::kCommitted:
      outcome.kind = Kind::kCommitted;
      commits_.fetch_add(1, std::memory_order_relaxed);
      history_rows_.fetch_add(static_cast<int64_t>(batch.history.size()),
                              std::memory_order_relaxed);
      break;
    case Writer::End::Kind::kRolledBack:
      if (outcome.kind != Kind::kNotCommitted) break;
      outcome.message = std::string(end.status.message());
      if (absl::IsResourceExhausted(end.status) || absl::IsDataLoss(end.status)) {
        outcome.code = end.status.code();
      }
      break;
    case Writer::End::Kind::kUnknown:
      outcome.kind = Kind::kUnknown;
      outcome.message = std::string(end.status.message());
      break;
  }
  return outcome;
}

}  // namespace pawl::persistence
