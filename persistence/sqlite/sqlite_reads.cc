// Reads of executions and their histories: each a short read transaction on a reader.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/listing_query.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

constexpr char kSelectExecutions[] =
    "SELECT slot, id, ns, machine, name, revision, status, start_time, stop_time, wake_at "
    "FROM executions";
constexpr char kSelectHistory[] =
    "SELECT slot, execution_id, sequence, first_event, event_count, record FROM history "
    "WHERE execution_id = ? AND slot = ? AND sequence ";

absl::StatusOr<ExecutionRow> ExecutionFrom(Statement& row) {
  ExecutionRow execution;
  execution.ref = {static_cast<Slot>(row.Int(0)), row.Int(1)};
  execution.ns = row.Text(2);
  execution.machine = row.Text(3);
  execution.name = row.Text(4);
  execution.revision = row.Int(5);
  const absl::StatusOr<Status> status = StatusFromColumn(row.Int(6));
  if (status.ok()) execution.status = *status;
  if (!status.ok()) execution.damage = std::string(status.status().message());
  execution.start_time = FromMicros(row.Int(7));
  execution.stop_time = FromMicros(row.Int(8));
  SetFromWakeColumn(row.OptionalInt(9), &execution);
  return execution;
}

HistoryRow HistoryFrom(Statement& row) {
  HistoryRow history;
  history.ref = {static_cast<Slot>(row.Int(0)), row.Int(1)};
  history.sequence = row.Int(2);
  history.first_event = row.Int(3);
  history.event_count = row.Int(4);
  history.record = row.Bytes(5);
  return history;
}

absl::Status ReadCheckpoint(Database& db, StoredHistory* stored) {
  auto select =
      db.Prepare("SELECT sequence, state FROM checkpoints WHERE execution_id = ? AND slot = ?");
  if (!select.ok()) return select.status();
  const int rc = select->Bind(stored->ref.id).Bind(int64_t{stored->ref.slot}).Step();
  if (rc == SQLITE_DONE) return absl::OkStatus();
  if (rc != SQLITE_ROW) return SqliteError(rc, select->db(), "reading a checkpoint");
  stored->checkpoint = CheckpointRow{stored->ref, select->Int(0), select->Bytes(1)};
  return absl::OkStatus();
}

absl::Status ReadStored(Database& db, StoredHistory* stored) {
  if (absl::Status status = ReadCheckpoint(db, stored); !status.ok()) return status;
  auto select = db.Prepare(absl::StrCat(kSelectHistory, "> ? ORDER BY sequence"));
  if (!select.ok()) return select.status();
  select->Bind(stored->ref.id).Bind(int64_t{stored->ref.slot});
  select->Bind(stored->checkpoint.has_value() ? stored->checkpoint->sequence : int64_t{0});
  int rc = SQLITE_ROW;
  while ((rc = select->Step()) == SQLITE_ROW) stored->rows.push_back(HistoryFrom(*select));
  if (rc != SQLITE_DONE) return SqliteError(rc, select->db(), "reading a history");
  return absl::OkStatus();
}

}  // namespace

absl::Status SqliteStore::Read(const std::string& sql, const std::function<void(Statement&)>& bind,
                               const std::function<absl::Status(Statement&)>& on_row) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  const auto reader = readers_->Borrow();
  if (!reader.ok()) return reader.status();
  auto statement = (*reader)->Prepare(sql);
  if (!statement.ok()) return statement.status();
  bind(*statement);
  int rc = SQLITE_ROW;
  while ((rc = statement->Step()) == SQLITE_ROW) {
    if (absl::Status status = on_row(*statement); !status.ok()) return status;
  }
  return rc == SQLITE_DONE ? absl::OkStatus() : SqliteError(rc, statement->db(), "reading");
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ReadExecutions(
    const std::string& sql, const std::function<void(Statement&)>& bind) {
  std::vector<ExecutionRow> rows;
  absl::Status status = Read(sql, bind, [&](Statement& row) {
    absl::StatusOr<ExecutionRow> execution = ExecutionFrom(row);
    if (execution.ok()) rows.push_back(*std::move(execution));
    return execution.status();
  });
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ListResident(SlotRange range,
                                                                    ExecutionRef after, int limit) {
  return ReadExecutions(
      absl::StrCat(kSelectExecutions,
                   " WHERE wake_at = 0 AND (slot, id) > (?, ?) AND slot BETWEEN ? AND ? "
                   "ORDER BY slot, id LIMIT ?"),
      [&](Statement& select) {
        select.Bind(int64_t{after.slot}).Bind(after.id);
        select.Bind(int64_t{range.first}).Bind(int64_t{range.last}).Bind(int64_t{limit});
      });
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ListDue(SlotRange range, const DueCursor& after,
                                                               absl::Time until, int limit) {
  return ReadExecutions(
      absl::StrCat(kSelectExecutions,
                   " WHERE wake_at > 0 AND (wake_at, slot, id) > (?, ?, ?) AND wake_at <= ? "
                   "AND slot BETWEEN ? AND ? ORDER BY wake_at, slot, id LIMIT ?"),
      [&](Statement& select) {
        select.Bind(ToMicros(after.wake_at)).Bind(int64_t{after.ref.slot}).Bind(after.ref.id);
        select.Bind(ToMicros(until)).Bind(int64_t{range.first}).Bind(int64_t{range.last});
        select.Bind(int64_t{limit});
      });
}

absl::StatusOr<std::vector<StoredHistory>> SqliteStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  const auto reader = readers_->Borrow();
  if (!reader.ok()) return reader.status();
  std::vector<StoredHistory> result;
  result.reserve(refs.size());
  size_t bytes = 0;
  for (const ExecutionRef& ref : refs) {
    if (bytes > max_bytes) break;
    StoredHistory stored;
    stored.ref = ref;
    if (absl::Status status = ReadStored(**reader, &stored); !status.ok()) return status;
    bytes += BytesOf(stored);
    stored.status = CheckGapless(stored);
    result.push_back(std::move(stored));
  }
  return result;
}

absl::StatusOr<ExecutionRow> SqliteStore::FindExecution(Slot slot, const std::string& ns,
                                                        const std::string& machine,
                                                        const std::string& name) {
  auto rows = ReadExecutions(
      absl::StrCat(kSelectExecutions, " WHERE ns = ? AND machine = ? AND name = ? AND slot = ?"),
      [&](Statement& select) {
        select.BindText(ns).BindText(machine).BindText(name).Bind(int64_t{slot});
      });
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("no execution ", name, " of ", machine));
  }
  return std::move(rows->front());
}

absl::StatusOr<ExecutionRow> SqliteStore::GetExecution(ExecutionRef ref) {
  auto rows =
      ReadExecutions(absl::StrCat(kSelectExecutions, " WHERE id = ? AND slot = ?"),
                     [&](Statement& select) { select.Bind(ref.id).Bind(int64_t{ref.slot}); });
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("no execution with ", DebugString(ref)));
  }
  return std::move(rows->front());
}

absl::StatusOr<std::vector<HistoryRow>> SqliteStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                 int limit, bool reverse) {
  std::vector<HistoryRow> rows;
  absl::Status status = Read(
      absl::StrCat(kSelectHistory, reverse ? "<= ? ORDER BY sequence DESC LIMIT ?"
                                           : ">= ? ORDER BY sequence LIMIT ?"),
      [&](Statement& select) {
        select.Bind(ref.id).Bind(int64_t{ref.slot}).Bind(from).Bind(int64_t{limit});
      },
      [&](Statement& row) {
        rows.push_back(HistoryFrom(row));
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ListExecutions(
    const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) {
  const ListingQuery query = BuildListingQuery(filter, after, limit);
  return ReadExecutions(absl::StrCat(kSelectExecutions, query.clauses), [&](Statement& select) {
    for (const ListingQuery::Parameter& parameter : query.parameters) {
      if (parameter.is_text) {
        select.BindText(parameter.text);
      } else {
        select.Bind(parameter.number);
      }
    }
  });
}

absl::StatusOr<Store::OpenCounts> SqliteStore::CountOpen(SlotRange range) {
  OpenCounts counts;
  absl::Status status = Read(
      "SELECT count(*) FILTER (WHERE wake_at = 0), count(*) FILTER (WHERE wake_at > 0) "
      "FROM executions WHERE wake_at IS NOT NULL AND slot BETWEEN ? AND ?",
      [&](Statement& select) { select.Bind(int64_t{range.first}).Bind(int64_t{range.last}); },
      [&](Statement& row) {
        counts = {row.Int(0), row.Int(1)};
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace pawl::persistence
