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

constexpr char kFindExpired[] =
    "SELECT slot, id, (SELECT max(sequence) FROM history "
    "WHERE execution_id = e.id AND history.slot = e.slot) FROM executions e "
    "WHERE wake_at IS NULL AND stop_time < ? AND slot BETWEEN ? AND ? "
    "ORDER BY stop_time, slot, id LIMIT ?";
// Of a namespace, by the index of its listings: what started first has mostly stopped first.
constexpr char kFindExpiredOf[] =
    "SELECT slot, id, (SELECT max(sequence) FROM history "
    "WHERE execution_id = e.id AND history.slot = e.slot) FROM executions e "
    "WHERE ns = ? AND status = ? AND start_time < ? AND wake_at IS NULL AND stop_time < ? "
    "AND slot BETWEEN ? AND ? ORDER BY start_time, slot, id LIMIT ?";

absl::Status ReadExpired(Statement* select, std::vector<Expired>* expired) {
  int rc = SQLITE_ROW;
  while ((rc = select->Step()) == SQLITE_ROW) {
    expired->push_back({{Slot(select->Int(0)), select->Int(1)}, select->Int(2)});
  }
  if (rc != SQLITE_DONE) return SqliteError(rc, select->db(), "looking for old executions");
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Expired>> FindExpired(Database& db, SlotRange range, absl::Time before,
                                                 int limit, const absl::optional<std::string>& ns) {
  std::vector<Expired> expired;
  if (!ns.has_value()) {
    auto select = db.Prepare(kFindExpired);
    if (!select.ok()) return select.status();
    select->Bind(ToMicros(before)).Bind(range.first.value()).Bind(range.last.value());
    select->Bind(int64_t{limit});
    absl::Status status = ReadExpired(&*select, &expired);
    if (!status.ok()) return status;
    return expired;
  }
  for (const Status closed : kClosedStatuses) {
    const int64_t left = limit - static_cast<int64_t>(expired.size());
    if (left <= 0) break;
    auto select = db.Prepare(kFindExpiredOf);
    if (!select.ok()) return select.status();
    select->BindText(*ns).Bind(static_cast<int64_t>(closed)).Bind(ToMicros(before));
    select->Bind(ToMicros(before)).Bind(range.first.value()).Bind(range.last.value()).Bind(left);
    absl::Status status = ReadExpired(&*select, &expired);
    if (!status.ok()) return status;
  }
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
                                                  absl::Time stopped_before, int limit,
                                                  const absl::optional<std::string>& ns) {
  return DeleteInSteps(limit, [&](int at_most) -> absl::StatusOr<RetentionStep> {
    RetentionStep step;
    absl::Status status = writer_->Write([&](Database& db) -> absl::Status {
      if (absl::Status owned = CheckEpoch(db, range, epoch); !owned.ok()) return owned;
      const auto expired = FindExpired(db, range, stopped_before, at_most, ns);
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
