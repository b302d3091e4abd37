// Deletes closed executions, a few thousand rows a transaction, so that commits wait little.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/retention.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

absl::Status CheckEpoch(Database& db, SlotRange range, int64_t epoch) {
  auto select =
      db.Prepare("SELECT 1 FROM ranges WHERE first_slot = ? AND last_slot = ? AND epoch = ?");
  if (!select.ok()) return select.status();
  select->Bind(range.first.value()).Bind(range.last.value()).Bind(epoch);
  const int rc = select->Step();
  if (rc == SQLITE_ROW) return absl::OkStatus();
  if (rc != SQLITE_DONE) return SqliteError(rc, select->db(), "reading a range");
  return absl::AbortedError(
      absl::StrCat(DebugString(range), ": epoch ", epoch, " no longer owns the range"));
}

absl::StatusOr<std::vector<Expired>> FindExpired(Database& db, SlotRange range, absl::Time before,
                                                 int limit) {
  auto select = db.Prepare(
      "SELECT slot, id, (SELECT max(sequence) FROM history "
      "WHERE execution_id = e.id AND history.slot = e.slot) FROM executions e "
      "WHERE wake_at IS NULL AND stop_time < ? AND slot BETWEEN ? AND ? "
      "ORDER BY stop_time, slot, id LIMIT ?");
  if (!select.ok()) return select.status();
  select->Bind(ToMicros(before)).Bind(range.first.value()).Bind(range.last.value());
  select->Bind(int64_t{limit});
  std::vector<Expired> expired;
  int rc = SQLITE_ROW;
  while ((rc = select->Step()) == SQLITE_ROW) {
    expired.push_back({{Slot(select->Int(0)), select->Int(1)}, select->Int(2)});
  }
  if (rc != SQLITE_DONE) return SqliteError(rc, select->db(), "looking for old executions");
  return expired;
}

absl::Status Delete(Database& db, const std::string& sql, const ExecutionRef& ref,
                    absl::optional<int64_t> above) {
  auto statement = db.Prepare(sql);
  if (!statement.ok()) return statement.status();
  statement->Bind(ref.id).Bind(ref.slot.value());
  if (above.has_value()) statement->Bind(*above);
  const int rc = statement->Step();
  return rc == SQLITE_DONE ? absl::OkStatus()
                           : SqliteError(rc, statement->db(), "deleting an old execution");
}

absl::Status DeleteWhole(Database& db, const ExecutionRef& ref) {
  for (const char* sql : {"DELETE FROM history WHERE execution_id = ? AND slot = ?",
                          "DELETE FROM checkpoints WHERE execution_id = ? AND slot = ?",
                          "DELETE FROM executions WHERE id = ? AND slot = ?"}) {
    if (absl::Status status = Delete(db, sql, ref, absl::nullopt); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> SqliteStore::DeleteClosed(SlotRange range, int64_t epoch,
                                                  absl::Time stopped_before, int limit) {
  return DeleteInSteps(limit, [&](int at_most) -> absl::StatusOr<RetentionStep> {
    RetentionStep step;
    absl::Status status = writer_->Write([&](Database& db) -> absl::Status {
      if (absl::Status owned = CheckEpoch(db, range, epoch); !owned.ok()) return owned;
      const auto expired = FindExpired(db, range, stopped_before, at_most);
      if (!expired.ok()) return expired.status();
      step = PlanRetention(*expired);
      if (step.cut.has_value()) {
        return Delete(db,
                      "DELETE FROM history WHERE execution_id = ? AND slot = ? AND sequence > ?",
                      step.cut->ref, step.cut->keep);
      }
      for (const ExecutionRef& ref : step.whole) {
        if (absl::Status deleted = DeleteWhole(db, ref); !deleted.ok()) return deleted;
      }
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return step;
  });
}

}  // namespace pawl::persistence
