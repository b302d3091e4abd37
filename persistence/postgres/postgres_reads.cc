// Reads of executions and their histories.
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/listing_query.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr size_t kLoadChunk = 256;  // executions whose histories are read by one statement

absl::StatusOr<ExecutionRow> ExecutionFrom(const SqlRows& rows, int row) {
  ExecutionRow execution;
  execution.ref = {static_cast<Slot>(rows.Int(row, 0)), rows.Int(row, 1)};
  execution.ns = rows.Text(row, 2);
  execution.machine = rows.Text(row, 3);
  execution.name = rows.Text(row, 4);
  execution.revision = rows.Int(row, 5);
  const absl::StatusOr<Status> status = StatusFromColumn(rows.Int(row, 6));
  if (status.ok()) execution.status = *status;
  if (!status.ok()) execution.damage = std::string(status.status().message());
  execution.start_time = FromMicros(rows.Int(row, 7));
  execution.stop_time = FromMicros(rows.Int(row, 8));
  const bool is_open = !rows.IsNull(row, 9);
  SetFromWakeColumn(is_open ? absl::make_optional(rows.Int(row, 9)) : absl::nullopt, &execution);
  return execution;
}

HistoryRow HistoryFrom(const SqlRows& rows, int row) {
  HistoryRow history;
  history.ref = {static_cast<Slot>(rows.Int(row, 0)), rows.Int(row, 1)};
  history.sequence = rows.Int(row, 2);
  history.first_event = rows.Int(row, 3);
  history.event_count = rows.Int(row, 4);
  history.record = rows.Bytes(row, 5);
  return history;
}

}  // namespace

absl::Status PostgresStore::Read(
    absl::string_view sql, const std::vector<std::string>& parameters,
    const std::function<absl::Status(const SqlRows&, int row)>& on_row) {
  reads_.fetch_add(1, std::memory_order_relaxed);
  return pool_.Use(/*is_repeatable=*/true, [&](Session& session) -> absl::Status {
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
    absl::string_view clauses, const std::vector<std::string>& parameters) {
  std::vector<ExecutionRow> result;
  absl::Status status = Read(
      absl::StrCat("SELECT slot, id, ns, machine, name, revision, status, start_time, stop_time, "
                   "wake_at FROM @.executions",
                   clauses),
      parameters, [&](const SqlRows& rows, int row) {
        absl::StatusOr<ExecutionRow> execution = ExecutionFrom(rows, row);
        if (execution.ok()) result.push_back(*std::move(execution));
        return execution.status();
      });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ListResident(SlotRange range,
                                                                      ExecutionRef after,
                                                                      int limit) {
  return ReadExecutions(
      " WHERE wake_at = 0 AND (slot, id) > ($1::int8, $2::int8) AND slot BETWEEN $3::int8 AND "
      "$4::int8 ORDER BY slot, id LIMIT $5::int8",
      {BinaryInt(after.slot), BinaryInt(after.id), BinaryInt(range.first), BinaryInt(range.last),
       BinaryInt(limit)});
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ListDue(SlotRange range, const DueCursor& after,
                                                                 absl::Time until, int limit) {
  return ReadExecutions(
      " WHERE wake_at > 0 AND (wake_at, slot, id) > ($5::int8, $6::int8, $7::int8) "
      "AND wake_at <= $1::int8 AND slot BETWEEN $2::int8 AND $3::int8 "
      "ORDER BY wake_at, slot, id LIMIT $4::int8",
      {BinaryInt(ToMicros(until)), BinaryInt(range.first), BinaryInt(range.last), BinaryInt(limit),
       BinaryInt(ToMicros(after.wake_at)), BinaryInt(after.ref.slot), BinaryInt(after.ref.id)});
}

absl::StatusOr<std::vector<StoredHistory>> PostgresStore::LoadHistories(
    const std::vector<ExecutionRef>& refs, size_t max_bytes) {
  std::vector<StoredHistory> result;
  result.reserve(refs.size());
  size_t bytes = 0;
  for (size_t first = 0; first < refs.size() && bytes <= max_bytes; first += kLoadChunk) {
    const size_t last = std::min(refs.size(), first + kLoadChunk);
    const auto begin = refs.begin();
    const std::vector<ExecutionRef> chunk(begin + static_cast<std::ptrdiff_t>(first),
                                          begin + static_cast<std::ptrdiff_t>(last));
    if (absl::Status status = LoadChunk(chunk, &result); !status.ok()) return status;
    for (size_t i = first; i < result.size(); ++i) bytes += BytesOf(result[i]);
  }
  reads_.fetch_add(1, std::memory_order_relaxed);
  return result;
}

absl::Status PostgresStore::LoadChunk(const std::vector<ExecutionRef>& refs,
                                      std::vector<StoredHistory>* result) {
  absl::flat_hash_map<ExecutionRef, StoredHistory> stored;
  for (const ExecutionRef& ref : refs) stored[ref].ref = ref;
  Column slots(ColumnType::kInt);
  Column ids(ColumnType::kBigint);
  for (const auto& [ref, history] : stored) {
    slots.Add(int64_t{ref.slot});
    ids.Add(ref.id);
  }
  absl::Status status = pool_.Use(/*is_repeatable=*/true, [&](Session& session) -> absl::Status {
    SqlRows rows;
    // First the checkpoints, then what follows them: history is only ever appended, so a checkpoint
    // written in between does no harm.
    if (const auto failure = session.RunPrepared(
            Qualified("SELECT c.slot, c.execution_id, c.sequence, c.state "
                      "FROM unnest($1::int4[], $2::int8[]) AS r (slot, id) JOIN @.checkpoints c "
                      "ON c.slot = r.slot AND c.execution_id = r.id"),
            {slots.BinaryArray(), ids.BinaryArray()}, &rows)) {
      return failure->ToStatus();
    }
    for (int i = 0; i < rows.size(); ++i) {
      const ExecutionRef ref{static_cast<Slot>(rows.Int(i, 0)), rows.Int(i, 1)};
      stored[ref].checkpoint = CheckpointRow{ref, rows.Int(i, 2), rows.Bytes(i, 3)};
    }
    Column after(ColumnType::kBigint);
    for (const auto& [ref, history] : stored) {
      after.Add(history.checkpoint.has_value() ? history.checkpoint->sequence : int64_t{0});
    }
    if (const auto failure = session.RunPrepared(
            Qualified("SELECT h.slot, h.execution_id, h.sequence, h.first_event, h.event_count, "
                      "h.record FROM unnest($1::int4[], $2::int8[], $3::int8[]) "
                      "AS r (slot, id, after) JOIN @.history h ON h.slot = r.slot "
                      "AND h.execution_id = r.id AND h.sequence > r.after "
                      "ORDER BY h.slot, h.execution_id, h.sequence"),
            {slots.BinaryArray(), ids.BinaryArray(), after.BinaryArray()}, &rows)) {
      return failure->ToStatus();
    }
    for (auto& [ref, history] : stored) history.rows.clear();  // of an attempt that broke off
    for (int i = 0; i < rows.size(); ++i) {
      HistoryRow row = HistoryFrom(rows, i);
      stored[row.ref].rows.push_back(std::move(row));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  for (const ExecutionRef& ref : refs) {
    stored[ref].status = CheckGapless(stored[ref]);
    result->push_back(stored[ref]);
  }
  return absl::OkStatus();
}

absl::StatusOr<ExecutionRow> PostgresStore::FindExecution(Slot slot, const std::string& ns,
                                                          const std::string& machine,
                                                          const std::string& name) {
  absl::Status not_found =
      absl::NotFoundError(absl::StrCat("no execution ", name, " of ", machine));
  if (!IsStorableText(ns) || !IsStorableText(machine) || !IsStorableText(name)) return not_found;
  auto rows = ReadExecutions(
      " WHERE slot = $1::int8 AND ns = $2::text AND machine = $3::text AND name = $4::text",
      {BinaryInt(slot), BinaryText(ns), BinaryText(machine), BinaryText(name)});
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return not_found;
  return std::move(rows->front());
}

absl::StatusOr<ExecutionRow> PostgresStore::GetExecution(ExecutionRef ref) {
  auto rows = ReadExecutions(" WHERE slot = $1::int8 AND id = $2::int8",
                             {BinaryInt(ref.slot), BinaryInt(ref.id)});
  if (!rows.ok()) return rows.status();
  if (rows->empty()) {
    return absl::NotFoundError(absl::StrCat("no execution with ", DebugString(ref)));
  }
  return std::move(rows->front());
}

absl::StatusOr<std::vector<HistoryRow>> PostgresStore::ReadHistory(ExecutionRef ref, int64_t from,
                                                                   int limit, bool reverse) {
  std::vector<HistoryRow> result;
  absl::Status status = Read(
      absl::StrCat("SELECT slot, execution_id, sequence, first_event, event_count, record "
                   "FROM @.history WHERE slot = $1::int8 AND execution_id = $2::int8 AND sequence ",
                   reverse ? "<= $3::int8 ORDER BY sequence DESC" : ">= $3::int8 ORDER BY sequence",
                   " LIMIT $4::int8"),
      {BinaryInt(ref.slot), BinaryInt(ref.id), BinaryInt(from), BinaryInt(limit)},
      [&](const SqlRows& rows, int row) {
        result.push_back(HistoryFrom(rows, row));
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return result;
}

absl::StatusOr<std::vector<ExecutionRow>> PostgresStore::ListExecutions(
    const ListFilter& filter, const absl::optional<ListCursor>& after, int limit) {
  for (const std::string* text : {&filter.ns, &filter.machine, &filter.name_prefix}) {
    if (!IsStorableText(*text)) return std::vector<ExecutionRow>();
  }
  const ListingQuery query = BuildListingQuery(filter, after, limit);
  std::vector<std::string> parameters;
  for (const ListingQuery::Parameter& parameter : query.parameters) {
    parameters.push_back(parameter.is_text ? BinaryText(parameter.text)
                                           : BinaryInt(parameter.number));
  }
  return ReadExecutions(query.clauses, parameters);
}

absl::StatusOr<Store::OpenCounts> PostgresStore::CountOpen(SlotRange range) {
  OpenCounts counts;
  absl::Status status = Read(
      "SELECT count(*) FILTER (WHERE wake_at = 0), count(*) FILTER (WHERE wake_at > 0) "
      "FROM @.executions WHERE wake_at IS NOT NULL AND slot BETWEEN $1::int8 AND $2::int8",
      {BinaryInt(range.first), BinaryInt(range.last)}, [&](const SqlRows& rows, int row) {
        counts = {rows.Int(row, 0), rows.Int(row, 1)};
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return counts;
}

}  // namespace pawl::persistence
