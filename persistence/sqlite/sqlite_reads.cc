// Reads of executions and their histories: each a short read transaction on a reader.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "persistence/columns.h"
#include "persistence/listing_query.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {

const char kSqliteResidentClauses[] =
    " WHERE wake_at = 0 AND (slot, id) > (?, ?) AND slot <= ? ORDER BY slot, id LIMIT ?";
const char kSqliteDueClauses[] =
    " WHERE (wake_at, slot, id) > (?, ?, ?) AND wake_at <= ? AND slot BETWEEN ? AND ? "
    "ORDER BY wake_at, slot, id LIMIT ?";

// SQLite numbers parameters with "?", and has no schema in front of tables.
std::string SqliteText(const ListingQuery& query) {
  return absl::StrReplaceAll(query.sql, {{"$", "?"}, {"@.", ""}, {"::int8", ""}, {"::text", ""}});
}

namespace {

constexpr char kSelectHistory[] =
    "SELECT sequence, first_event, event_count, record FROM history "
    "WHERE execution_id = ? AND slot = ? AND sequence ";

std::string SelectExecutions() {
  return absl::StrCat("SELECT ", kExecutionColumns, " FROM executions");
}

ExecutionRow ExecutionFrom(Statement& row) {
  ExecutionColumns columns;
  columns.slot = row.OptionalInt(0);
  columns.id = row.OptionalInt(1);
  columns.ns = row.OptionalText(2);
  columns.machine = row.OptionalText(3);
  columns.name = row.OptionalText(4);
  columns.revision = row.OptionalInt(5);
  columns.version = row.OptionalInt(6);
  columns.alias = row.OptionalText(7);
  columns.status = row.OptionalInt(8);
  columns.start_time = row.OptionalInt(9);
  columns.stop_time = row.OptionalInt(10);
  columns.wake_at = row.OptionalInt(11);
  columns.is_wake_odd = !columns.wake_at.has_value() && !row.IsNull(11);
  columns.redrive_count = row.OptionalInt(12);
  columns.redrive_time = row.OptionalInt(13);
  return ExecutionFromColumns(std::move(columns));
}

absl::StatusOr<HistoryRow> HistoryFrom(ExecutionRef ref, Statement& row) {
  HistoryColumns columns;
  columns.sequence = row.OptionalInt(0);
  columns.first_event = row.OptionalInt(1);
  columns.event_count = row.OptionalInt(2);
  columns.record = row.OptionalBytes(3);
  return HistoryFromColumns(ref, std::move(columns));
}

// Status codes of `stored` are its own; the one returned is the database's.
absl::Status ReadCheckpoint(Database& db, StoredHistory* stored) {
  auto select =
      db.Prepare("SELECT sequence, state FROM checkpoints WHERE execution_id = ? AND slot = ?");
  if (!select.ok()) return select.status();
  const int rc = select->Bind(stored->ref.id).Bind(stored->ref.slot.value()).Step();
  if (rc == SQLITE_DONE) return absl::OkStatus();
  if (rc != SQLITE_ROW) return SqliteError(rc, select->db(), "reading a checkpoint");
  auto sequence = select->OptionalInt(0);
  auto state = select->OptionalBytes(1);
  if (!sequence.has_value() || *sequence < 0 || !state.has_value()) {
    stored->status = absl::DataLossError(
        absl::StrCat("the checkpoint of execution ", DebugString(stored->ref), " cannot be read"));
    return absl::OkStatus();
  }
  stored->checkpoint = CheckpointRow{stored->ref, *sequence, *std::move(state)};
  return absl::OkStatus();
}

absl::Status ReadRows(Database& db, StoredHistory* stored) {
  auto select = db.Prepare(absl::StrCat(kSelectHistory, "> ? ORDER BY sequence"));
  if (!select.ok()) return select.status();
  select->Bind(stored->ref.id).Bind(stored->ref.slot.value());
  select->Bind(stored->checkpoint.has_value() ? stored->checkpoint->sequence : int64_t{0});
  int rc = SQLITE_ROW;
  while ((rc = select->Step()) == SQLITE_ROW) {
    absl::StatusOr<HistoryRow> row = HistoryFrom(stored->ref, *select);
    if (!row.ok()) {
      stored->status = row.status();
      return absl::OkStatus();
    }
    stored->rows.push_back(*std::move(row));
  }
  if (rc != SQLITE_DONE) return SqliteError(rc, select->db(), "reading a history");
  stored->status = CheckGapless(*stored);
  return absl::OkStatus();
}

absl::Status ReadStored(Database& db, StoredHistory* stored) {
  if (absl::Status status = ReadCheckpoint(db, stored); !status.ok()) return status;
  return stored->status.ok() ? ReadRows(db, stored) : absl::OkStatus();
}

void BindListing(const ListingQuery& query, Statement* select) {
  for (const ListingQuery::Parameter& parameter : query.parameters) {
    if (parameter.is_text) {
      select->BindText(parameter.text);
    } else {
      select->Bind(parameter.number);
    }
  }
}

}  // namespace

absl::Status SqliteStore::Read(absl::Duration limit, const std::string& sql,
                               const std::function<void(Statement&)>& bind,
                               const std::function<absl::StatusOr<bool>(Statement&)>& on_row) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  const auto reader = readers_->Borrow(limit);
  if (!reader.ok()) return reader.status();
  auto statement = (*reader)->Prepare(sql);
  if (!statement.ok()) return statement.status();
  bind(*statement);
  int rc = SQLITE_ROW;
  while ((rc = statement->Step()) == SQLITE_ROW) {
    const absl::StatusOr<bool> goes_on = on_row(*statement);
    if (!goes_on.ok()) return goes_on.status();
    if (!*goes_on) return absl::OkStatus();
  }
  return rc == SQLITE_DONE ? absl::OkStatus() : SqliteError(rc, statement->db(), "reading");
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ReadExecutions(
    absl::Duration limit, const std::string& sql, const std::function<void(Statement&)>& bind) {
  std::vector<ExecutionRow> rows;
  absl::Status status = Read(limit, sql, bind, [&](Statement& row) -> absl::StatusOr<bool> {
    rows.push_back(ExecutionFrom(row));
    return true;
  });
  if (!status.ok()) return status;
  return rows;
}

// Both walk a stretch of executions_wake: each has one lower and one upper bound, because SQLite
// seeks by one of each and filters by the others row by row.
absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ListResident(SlotRange range,
                                                                    ExecutionRef after, int limit) {
  const ExecutionRef start = std::max(after, BeforeFirst(range));
  return ReadExecutions(options_.bulk_limit,
                        absl::StrCat(SelectExecutions(), kSqliteResidentClauses),
                        [&](Statement& select) {
                          select.Bind(start.slot.value()).Bind(start.id);
                          select.Bind(range.last.value()).Bind(int64_t{limit});
                        });
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ListDue(SlotRange range,
                                                               const DueCursor& after,
                                                               absl::Time until, int limit) {
  const WakeBound start = FirstDueAfter(after);
  return ReadExecutions(options_.bulk_limit, absl::StrCat(SelectExecutions(), kSqliteDueClauses),
                        [&](Statement& select) {
                          select.Bind(start.wake_at).Bind(start.ref.slot.value());
                          select.Bind(start.ref.id).Bind(ToMicros(until));
                          select.Bind(range.first.value()).Bind(range.last.value());
                          select.Bind(int64_t{limit});
                        });
}

absl::StatusOr<std::vector<StoredHistory>> SqliteStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  const auto reader = readers_->Borrow(options_.bulk_limit);
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
    result.push_back(std::move(stored));
  }
  return result;
}

absl::StatusOr<ExecutionRow> SqliteStore::FindExecution(Slot slot, const std::string& ns,
                                                        const std::string& machine,
                                                        const std::string& name) {
  auto rows = ReadExecutions(
      options_.call_limit,
      absl::StrCat(SelectExecutions(), " WHERE ns = ? AND machine = ? AND name = ? AND slot = ?"),
      [&](Statement& select) {
        select.BindText(ns).BindText(machine).BindText(name).Bind(slot.value());
      });
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("no execution ", name, " of ", machine));
  }
  return std::move(rows->front());
}

absl::StatusOr<ExecutionRow> SqliteStore::GetExecution(ExecutionRef ref) {
  auto rows = ReadExecutions(
      options_.call_limit, absl::StrCat(SelectExecutions(), " WHERE id = ? AND slot = ?"),
      [&](Statement& select) { select.Bind(ref.id).Bind(ref.slot.value()); });
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("no execution with ", DebugString(ref)));
  }
  return std::move(rows->front());
}

absl::StatusOr<std::vector<HistoryRow>> SqliteStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                 int limit, bool reverse,
                                                                 size_t max_bytes) {
  std::vector<HistoryRow> rows;
  size_t bytes = 0;
  const auto on_row = [&](Statement& row) -> absl::StatusOr<bool> {
    absl::StatusOr<HistoryRow> history = HistoryFrom(ref, row);
    if (!history.ok()) {
      if (rows.empty()) return history.status();
      return false;
    }
    bytes += history->record.size();
    rows.push_back(*std::move(history));
    return bytes < max_bytes;
  };
  absl::Status status = Read(
      options_.call_limit,
      absl::StrCat(kSelectHistory, reverse ? "<= ? ORDER BY sequence DESC LIMIT ?"
                                           : ">= ? ORDER BY sequence LIMIT ?"),
      [&](Statement& select) {
        select.Bind(ref.id).Bind(ref.slot.value()).Bind(from).Bind(int64_t{limit});
      },
      on_row);
  if (!status.ok()) return status;
  return rows;
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::RunListing(const ListingQuery& query) {
  return ReadExecutions(options_.listing_limit, SqliteText(query),
                        [&](Statement& select) { BindListing(query, &select); });
}

absl::StatusOr<int64_t> SqliteStore::RunCount(const ListingQuery& query) {
  int64_t count = 0;
  absl::Status status = Read(
      options_.listing_limit, SqliteText(query),
      [&](Statement& select) { BindListing(query, &select); },
      [&](Statement& row) -> absl::StatusOr<bool> {
        count = row.Int(0);
        return true;
      });
  if (!status.ok()) return status;
  return count;
}

absl::StatusOr<std::vector<ExecutionRow>> SqliteStore::ListExecutions(
    const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) {
  return ListInSteps(filter, after, limit,
                     {[this](const ListingQuery& query) { return RunListing(query); },
                      [this](const ListingQuery& query) { return RunCount(query); }});
}

absl::StatusOr<Store::OpenCounts> SqliteStore::CountOpen(SlotRange range) {
  OpenCounts counts;
  absl::Status status = Read(
      options_.bulk_limit,
      "SELECT count(*) FILTER (WHERE wake_at = 0), count(*) FILTER (WHERE wake_at > 0) "
      "FROM executions WHERE wake_at IS NOT NULL AND slot BETWEEN ? AND ?",
      [&](Statement& select) { select.Bind(range.first.value()).Bind(range.last.value()); },
      [&](Statement& row) {
        counts = {row.Int(0), row.Int(1)};
        return true;
      });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace pawl::persistence
