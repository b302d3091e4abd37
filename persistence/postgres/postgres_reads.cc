// Reads of executions and their histories.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/listing_query.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr size_t kMostBytes = size_t{1} << 62;

std::vector<std::string> ParametersOf(const ListingQuery& query) {
  std::vector<std::string> parameters;
  for (const ListingQuery::Parameter& parameter : query.parameters) {
    parameters.push_back(parameter.is_text ? BinaryText(parameter.text)
                                           : BinaryInt(parameter.number));
  }
  return parameters;
}

std::string SelectExecutions() {
  return absl::StrCat("SELECT ", kExecutionColumns, " FROM @.executions");
}

ExecutionRow ExecutionFrom(const SqlRows& rows, int row) {
  ExecutionColumns columns;
  columns.slot = rows.OptionalInt(row, 0);
  columns.id = rows.OptionalInt(row, 1);
  columns.ns = rows.OptionalText(row, 2);
  columns.machine = rows.OptionalText(row, 3);
  columns.name = rows.OptionalText(row, 4);
  columns.revision = rows.OptionalInt(row, 5);
  columns.version = rows.OptionalInt(row, 6);
  columns.alias = rows.OptionalText(row, 7);
  columns.status = rows.OptionalInt(row, 8);
  columns.start_time = rows.OptionalInt(row, 9);
  columns.stop_time = rows.OptionalInt(row, 10);
  columns.wake_at = rows.OptionalInt(row, 11);
  columns.redrive_count = rows.OptionalInt(row, 12);
  columns.redrive_time = rows.OptionalInt(row, 13);
  return ExecutionFromColumns(std::move(columns));
}

absl::StatusOr<HistoryRow> HistoryFrom(ExecutionRef ref, const SqlRows& rows, int row) {
  HistoryColumns columns;
  columns.sequence = rows.OptionalInt(row, 0);
  columns.first_event = rows.OptionalInt(row, 1);
  columns.event_count = rows.OptionalInt(row, 2);
  columns.record = rows.OptionalBytes(row, 3);
  return HistoryFromColumns(ref, std::move(columns));
}

}  // namespace

absl::Status PostgresStore::Read(
    SessionPool& pool, absl::string_view sql, const std::vector<std::string>& parameters,
    const std::function<absl::Status(const SqlRows&, int row)>& on_row) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  return pool.Use(/*is_repeatable=*/true, [&](Session& session) -> absl::Status {
    SqlRows rows;
    if (const auto failure = session.RunPrepared(Qualified(sql), parameters, &rows)) {
      return failure->ToStatus();
    }
    for (int row = 0; row < rows.size(); ++row) {
      if (absl::Status status = on_row(rows, row); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ReadExecutions(
    SessionPool& pool, absl::string_view sql, const std::vector<std::string>& parameters) {
  std::vector<ExecutionRow> result;
  absl::Status status = Read(pool, sql, parameters, [&](const SqlRows& rows, int row) {
    result.push_back(ExecutionFrom(rows, row));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ListResident(SlotRange range,
                                                                      ExecutionRef after,
                                                                      int limit) {
  const ExecutionRef start = std::max(after, BeforeFirst(range));
  return ReadExecutions(bulk_,
                        absl::StrCat(SelectExecutions(),
                                     " WHERE wake_at = 0 AND (slot, id) > ($1::int8, $2::int8) "
                                     "AND slot <= $3::int8 ORDER BY slot, id LIMIT $4::int8"),
                        {BinaryInt(start.slot.value()), BinaryInt(start.id),
                         BinaryInt(range.last.value()), BinaryInt(limit)});
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ListDue(SlotRange range,
                                                                 const DueCursor& after,
                                                                 absl::Time until, int limit) {
  const WakeBound start = FirstDueAfter(after);
  return ReadExecutions(
      bulk_,
      absl::StrCat(SelectExecutions(),
                   " WHERE (wake_at, slot, id) > ($5::int8, $6::int8, $7::int8) "
                   "AND wake_at <= $1::int8 AND slot BETWEEN $2::int8 AND $3::int8 "
                   "ORDER BY wake_at, slot, id LIMIT $4::int8"),
      {BinaryInt(ToMicros(until)), BinaryInt(range.first.value()), BinaryInt(range.last.value()),
       BinaryInt(limit), BinaryInt(start.wake_at), BinaryInt(start.ref.slot.value()),
       BinaryInt(start.ref.id)});
}

absl::StatusOr<ExecutionRow> PostgresStore::FindExecution(Slot slot, const std::string& ns,
                                                          const std::string& machine,
                                                          const std::string& name) {
  absl::Status not_found =
      absl::NotFoundError(absl::StrCat("no execution ", name, " of ", machine));
  if (!IsStorableText(ns) || !IsStorableText(machine) || !IsStorableText(name)) return not_found;
  auto rows = ReadExecutions(
      calls_,
      absl::StrCat(
          SelectExecutions(),
          " WHERE slot = $1::int8 AND ns = $2::text AND machine = $3::text AND name = $4::text"),
      {BinaryInt(slot.value()), BinaryText(ns), BinaryText(machine), BinaryText(name)});
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return not_found;
  return std::move(rows->front());
}

absl::StatusOr<ExecutionRow> PostgresStore::GetExecution(ExecutionRef ref) {
  auto rows = ReadExecutions(
      calls_, absl::StrCat(SelectExecutions(), " WHERE slot = $1::int8 AND id = $2::int8"),
      {BinaryInt(ref.slot.value()), BinaryInt(ref.id)});
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("no execution with ", DebugString(ref)));
  }
  return std::move(rows->front());
}

absl::StatusOr<std::vector<HistoryRow>> PostgresStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                   int limit, bool reverse,
                                                                   size_t max_bytes) {
  std::vector<HistoryRow> result;
  absl::Status damage;
  // The server adds the sizes up, which does not read large records, and sends what fits.
  const std::string order = reverse ? "sequence DESC" : "sequence";
  const auto most = static_cast<int64_t>(std::min(max_bytes, kMostBytes));
  absl::Status status =
      Read(calls_,
           absl::StrCat("SELECT sequence, first_event, event_count, record FROM (SELECT *, "
                        "sum(octet_length(record)) OVER (ORDER BY ",
                        order,
                        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before "
                        "FROM (SELECT * FROM @.history WHERE slot = $1::int8 AND "
                        "execution_id = $2::int8 AND sequence ",
                        reverse ? "<= $3::int8" : ">= $3::int8", " ORDER BY ", order,
                        " LIMIT $4::int8) AS page) AS sized "
                        "WHERE before IS NULL OR before < $5::int8 ORDER BY ",
                        order),
           {BinaryInt(ref.slot.value()), BinaryInt(ref.id), BinaryInt(from), BinaryInt(limit),
            BinaryInt(most)},
           [&](const SqlRows& rows, int row) {
             absl::StatusOr<HistoryRow> history = HistoryFrom(ref, rows, row);
             if (damage.ok()) damage = history.status();
             if (damage.ok()) result.push_back(*std::move(history));
             return absl::OkStatus();
           });
  if (!status.ok()) return status;
  if (result.empty() && !damage.ok()) return damage;
  return result;
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::RunListing(const ListingQuery& query) {
  return ReadExecutions(listings_, query.sql, ParametersOf(query));
}

absl::StatusOr<int64_t> PostgresStore::RunCount(const ListingQuery& query) {
  int64_t count = 0;
  absl::Status status =
      Read(listings_, query.sql, ParametersOf(query), [&](const SqlRows& rows, int row) {
        count = rows.Int(row, 0);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return count;
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ListExecutions(
    const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) {
  return ListInSteps(filter, after, limit,
                     {[this](const ListingQuery& query) { return RunListing(query); },
                      [this](const ListingQuery& query) { return RunCount(query); }});
}

absl::StatusOr<Store::OpenCounts> PostgresStore::CountOpen(SlotRange range) {
  OpenCounts counts;
  absl::Status status =
      Read(bulk_,
           "SELECT count(*) FILTER (WHERE wake_at = 0), count(*) FILTER (WHERE wake_at > 0) "
           "FROM @.executions WHERE wake_at IS NOT NULL AND slot BETWEEN $1::int8 AND $2::int8",
           {BinaryInt(range.first.value()), BinaryInt(range.last.value())},
           [&](const SqlRows& rows, int row) {
             counts = {rows.Int(row, 0), rows.Int(row, 1)};
             return absl::OkStatus();
           });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace pawl::persistence
