#include "persistence/postgres/batch_statements.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

using Kind = RowStatement::Kind;

constexpr size_t kStatementBytes = size_t{32} << 20;

std::vector<ColumnType> TypesOf(Kind kind) {
  using enum ColumnType;
  switch (kind) {
    case Kind::kStarts:
      return {kInt,    kBigint, kText, kText,   kText,   kBigint,
              kBigint, kText,   kInt,  kBigint, kBigint, kBigint};
    case Kind::kHistory:
      return {kInt, kBigint, kBigint, kBigint, kBigint, kBytes};
    case Kind::kUpdates:
      return {kInt, kBigint, kInt, kBigint, kBigint};
    case Kind::kRedrives:
      return {kInt, kBigint, kInt, kBigint};
    case Kind::kCheckpoints:
      return {kInt, kBigint, kBigint, kBytes};
    case Kind::kDrops:
      return {kInt, kBigint};
  }
  return {};
}

RowStatement NewStatement(Kind kind) {
  RowStatement statement{kind, {}};
  for (const ColumnType type : TypesOf(kind)) statement.columns.emplace_back(type);
  return statement;
}

// One value for each column, in their order.
template <typename... Values>
void AddRow(RowStatement* statement, const Values&... values) {
  size_t next = 0;
  (statement->columns[next++].Add(values), ...);
}

RowStatement Starts(const std::vector<ExecutionRow>& rows) {
  RowStatement statement = NewStatement(Kind::kStarts);
  for (const ExecutionRow& row : rows) {
    AddRow(&statement, row.ref.slot.value(), row.ref.id, absl::string_view(row.ns),
           absl::string_view(row.machine), absl::string_view(row.name), row.revision, row.version,
           absl::string_view(row.alias), static_cast<int64_t>(row.status), ToMicros(row.start_time),
           ToMicros(row.stop_time), WakeColumn(row.status, row.parked, row.wake_at));
  }
  return statement;
}

void AddHistory(const std::vector<HistoryRow>& rows, std::vector<RowStatement>* statements) {
  size_t bytes = kStatementBytes;
  for (const HistoryRow& row : rows) {
    if (bytes >= kStatementBytes) {
      statements->push_back(NewStatement(Kind::kHistory));
      bytes = 0;
    }
    bytes += row.record.size();
    AddRow(&statements->back(), row.ref.slot.value(), row.ref.id, row.sequence, row.first_event,
           row.event_count, absl::string_view(row.record));
  }
}

RowStatement Updates(const std::vector<ExecutionUpdate>& rows) {
  RowStatement statement = NewStatement(Kind::kUpdates);
  // UPDATE ... FROM takes any of several matching rows, so only the last of each may be sent.
  for (const ExecutionUpdate* row : LastPerExecution(rows)) {
    AddRow(&statement, row->ref.slot.value(), row->ref.id, static_cast<int64_t>(row->status),
           ToMicros(row->stop_time), WakeColumn(row->status, row->parked, row->wake_at));
  }
  return statement;
}

RowStatement Redrives(const std::vector<RedriveUpdate>& rows) {
  RowStatement statement = NewStatement(Kind::kRedrives);
  for (const RedriveUpdate* row : LastPerExecution(rows)) {
    AddRow(&statement, row->ref.slot.value(), row->ref.id, int64_t{row->count},
           ToMicros(row->time));
  }
  return statement;
}

// Of executions that are closed.
void AddDrops(const std::vector<ExecutionUpdate>& rows, std::vector<RowStatement>* statements) {
  RowStatement statement = NewStatement(Kind::kDrops);
  for (const ExecutionUpdate* row : LastPerExecution(rows)) {
    if (row->drops_checkpoint) AddRow(&statement, row->ref.slot.value(), row->ref.id);
  }
  if (statement.rows() > 0) statements->push_back(std::move(statement));
}

RowStatement Checkpoints(const std::vector<CheckpointRow>& rows) {
  RowStatement statement = NewStatement(Kind::kCheckpoints);
  // ON CONFLICT DO UPDATE fails where a key appears twice.
  for (const CheckpointRow* row : LastPerExecution(rows)) {
    AddRow(&statement, row->ref.slot.value(), row->ref.id, row->sequence,
           absl::string_view(row->state));
  }
  return statement;
}

}  // namespace

const char kNowMicros[] = "(extract(epoch FROM clock_timestamp()) * 1000000)::int8";

std::vector<RowStatement> RowStatements(const CommitBatch& batch) {
  std::vector<RowStatement> statements;
  if (!batch.starts.empty()) statements.push_back(Starts(batch.starts));
  AddHistory(batch.history, &statements);
  if (!batch.updates.empty()) statements.push_back(Updates(batch.updates));
  if (!batch.redrives.empty()) statements.push_back(Redrives(batch.redrives));
  if (!batch.checkpoints.empty()) statements.push_back(Checkpoints(batch.checkpoints));
  AddDrops(batch.updates, &statements);
  return statements;
}

StatementTexts::StatementTexts(std::string schema)
    : schema_(std::move(schema)),
      fence_(Fence({"$1::int8", "$2::int8", "$3::int8", "$4::int8", "$5::int8"})),
      prepared_({Write(Kind::kStarts, UnnestSource(TypesOf(Kind::kStarts))),
                 Write(Kind::kHistory, UnnestSource(TypesOf(Kind::kHistory))),
                 Write(Kind::kUpdates, UnnestSource(TypesOf(Kind::kUpdates))),
                 Write(Kind::kRedrives, UnnestSource(TypesOf(Kind::kRedrives))),
                 Write(Kind::kCheckpoints, UnnestSource(TypesOf(Kind::kCheckpoints))),
                 Write(Kind::kDrops, UnnestSource(TypesOf(Kind::kDrops)))}) {}

std::string StatementTexts::Fence(const std::vector<std::string>& values) const {
  return absl::StrCat("UPDATE ", schema_, ".ranges SET batch_seq = ", values[0],
                      ", lease_until = greatest(lease_until, ", kNowMicros, " + lease_micros)",
                      " WHERE first_slot = ", values[1], " AND last_slot = ", values[2],
                      " AND epoch = ", values[3], " AND batch_seq = ", values[4]);
}

std::vector<std::string> StatementTexts::FenceParameters(const CommitBatch& batch) {
  return {BinaryInt(batch.batch_seq), BinaryInt(batch.range.first.value()),
          BinaryInt(batch.range.last.value()), BinaryInt(batch.epoch),
          BinaryInt(batch.batch_seq - 1)};
}

std::string StatementTexts::FenceAsText(const CommitBatch& batch) const {
  return Fence({absl::StrCat(batch.batch_seq), absl::StrCat(batch.range.first.value()),
                absl::StrCat(batch.range.last.value()), absl::StrCat(batch.epoch),
                absl::StrCat(batch.batch_seq - 1)});
}

std::string StatementTexts::Write(Kind kind, const std::string& source) const {
  switch (kind) {
    case Kind::kStarts:
      return absl::StrCat("INSERT INTO ", schema_,
                          ".executions (slot, id, ns, machine, name, revision, version, alias, "
                          "status, start_time, stop_time, wake_at) ",
                          source,
                          " ON CONFLICT (slot, ns, machine, name) DO NOTHING RETURNING slot, id");
    case Kind::kHistory:
      return absl::StrCat(
          "INSERT INTO ", schema_,
          ".history (slot, execution_id, sequence, first_event, event_count, record) ", source);
    case Kind::kUpdates:
      return absl::StrCat("UPDATE ", schema_,
                          ".executions AS e SET status = v.status, stop_time = v.stop_time, "
                          "wake_at = v.wake_at FROM (",
                          source,
                          ") AS v (slot, id, status, stop_time, wake_at) "
                          "WHERE e.slot = v.slot AND e.id = v.id");
    case Kind::kRedrives:
      return absl::StrCat("UPDATE ", schema_,
                          ".executions AS e SET redrive_count = v.redrive_count, "
                          "redrive_time = v.redrive_time FROM (",
                          source,
                          ") AS v (slot, id, redrive_count, redrive_time) "
                          "WHERE e.slot = v.slot AND e.id = v.id");
    case Kind::kCheckpoints:
      return absl::StrCat("INSERT INTO ", schema_,
                          ".checkpoints (slot, execution_id, sequence, state) ", source,
                          " ON CONFLICT (slot, execution_id) DO UPDATE SET "
                          "sequence = excluded.sequence, state = excluded.state");
    case Kind::kDrops:
      return absl::StrCat("DELETE FROM ", schema_, ".checkpoints AS c USING (", source,
                          ") AS v (slot, id) WHERE c.slot = v.slot AND c.execution_id = v.id");
  }
  return "";
}

const std::string& StatementTexts::Prepared(Kind kind) const {
  return prepared_[static_cast<size_t>(kind)];
}

std::string StatementTexts::AsText(const RowStatement& statement) const {
  return Write(statement.kind, ValuesSource(statement.columns));
}

}  // namespace pawl::persistence
