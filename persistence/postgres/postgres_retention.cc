// Deletes closed executions, a few thousand rows a transaction.
#include <utility>

#include "absl/strings/str_cat.h"
#include "persistence/columns.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/retention.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

// Locked, so that nobody opens one of them again before it is deleted.
constexpr char kFindExpired[] =
    "SELECT e.slot, e.id, coalesce((SELECT max(h.sequence) FROM @.history h "
    "WHERE h.slot = e.slot AND h.execution_id = e.id), 0) FROM @.executions e "
    "WHERE e.wake_at IS NULL AND e.stop_time < $1::int8 AND e.slot BETWEEN $2::int8 AND $3::int8 "
    "ORDER BY e.stop_time, e.slot, e.id LIMIT $4::int8 FOR UPDATE OF e";
// Of a namespace, by the index of its listings: what started first has mostly stopped first. The
// status is written out, so that the index is used whatever the statistics say.
constexpr char kFindExpiredOf[] =
    "SELECT e.slot, e.id, coalesce((SELECT max(h.sequence) FROM @.history h "
    "WHERE h.slot = e.slot AND h.execution_id = e.id), 0) FROM @.executions e "
    "WHERE e.ns = $5::text AND e.status = $6::int8 AND e.start_time < $1::int8 "
    "AND e.wake_at IS NULL AND e.stop_time < $1::int8 "
    "AND e.slot BETWEEN $2::int8 AND $3::int8 "
    "ORDER BY e.start_time, e.slot, e.id LIMIT $4::int8 FOR UPDATE OF e";
constexpr char kCutHistory[] =
    "DELETE FROM @.history WHERE slot = $1::int8 AND execution_id = $2::int8 "
    "AND sequence > $3::int8";
constexpr const char* kDeleteWhole[] = {
    "DELETE FROM @.history AS h USING unnest($1::int4[], $2::int8[]) AS r (slot, id) "
    "WHERE h.slot = r.slot AND h.execution_id = r.id",
    "DELETE FROM @.checkpoints AS c USING unnest($1::int4[], $2::int8[]) AS r (slot, id) "
    "WHERE c.slot = r.slot AND c.execution_id = r.id",
    "DELETE FROM @.executions AS e USING unnest($1::int4[], $2::int8[]) AS r (slot, id) "
    "WHERE e.slot = r.slot AND e.id = r.id",
};
// The fence comes last: it keeps commits of the range waiting for the COMMIT only, and a
// transaction that finds another epoch is rolled back with all it has deleted.
constexpr char kFence[] =
    "SELECT 1 FROM @.ranges WHERE first_slot = $1::int8 AND last_slot = $2::int8 "
    "AND epoch = $3::int8 FOR UPDATE";

}  // namespace

absl::optional<SqlFailure> PostgresStore::DeleteStep(Session& session, const RetentionStep& step) {
  if (step.cut.has_value()) {
    return session.RunPrepared(Qualified(kCutHistory),
                               {BinaryInt(step.cut->ref.slot.value()), BinaryInt(step.cut->ref.id),
                                BinaryInt(step.cut->keep)});
  }
  Column slots(ColumnType::kInt), ids(ColumnType::kBigint);
  for (const ExecutionRef& ref : step.whole) {
    slots.Add(ref.slot.value());
    ids.Add(ref.id);
  }
  for (const char* sql : kDeleteWhole) {
    if (auto failure =
            session.RunPrepared(Qualified(sql), {slots.BinaryArray(), ids.BinaryArray()})) {
      return failure;
    }
  }
  return absl::nullopt;
}

absl::optional<SqlFailure> PostgresStore::FindExpired(Session& session, SlotRange range,
                                                      absl::Time before, int limit,
                                                      const absl::optional<std::string>& ns,
                                                      std::vector<Expired>* expired) {
  const auto run = [&](const char* sql,
                       std::vector<std::string> more) -> absl::optional<SqlFailure> {
    const int64_t left = limit - static_cast<int64_t>(expired->size());
    if (left <= 0) return absl::nullopt;
    std::vector<std::string> values = {BinaryInt(ToMicros(before)), BinaryInt(range.first.value()),
                                       BinaryInt(range.last.value()), BinaryInt(left)};
    for (std::string& value : more) values.push_back(std::move(value));
    SqlRows rows;
    if (auto failure = session.RunPrepared(Qualified(sql), values, &rows)) return failure;
    for (int row = 0; row < rows.size(); ++row) {
      expired->push_back({{Slot(rows.Int(row, 0)), rows.Int(row, 1)}, rows.Int(row, 2)});
    }
    return absl::nullopt;
  };
  if (!ns.has_value()) return run(kFindExpired, {});
  for (const Status closed : kClosedStatuses) {
    auto failure = run(kFindExpiredOf, {BinaryText(*ns), BinaryInt(static_cast<int64_t>(closed))});
    if (failure.has_value()) return failure;
  }
  return absl::nullopt;
}

absl::Status PostgresStore::DeleteInTransaction(Session& session, SlotRange range, int64_t epoch,
                                                absl::Time before, int limit,
                                                const absl::optional<std::string>& ns,
                                                RetentionStep* step) {
  std::vector<Expired> expired;
  if (auto failure = FindExpired(session, range, before, limit, ns, &expired)) {
    return failure->ToStatus();
  }
  SqlRows rows;
  *step = PlanRetention(expired);
  if (!expired.empty()) {
    if (const auto failure = DeleteStep(session, *step)) return failure->ToStatus();
  }
  if (const auto failure = session.RunPrepared(
          Qualified(kFence),
          {BinaryInt(range.first.value()), BinaryInt(range.last.value()), BinaryInt(epoch)},
          &rows)) {
    return failure->ToStatus();
  }
  if (rows.size() == 1) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(DebugString(range), ": epoch ", epoch, " no longer owns the range"));
}

absl::StatusOr<int64_t> PostgresStore::DeleteClosed(SlotRange range, int64_t epoch,
                                                    absl::Time stopped_before, int limit,
                                                    const absl::optional<std::string>& ns) {
  return DeleteInSteps(limit, [&](int at_most) -> absl::StatusOr<RetentionStep> {
    RetentionStep step;
    absl::Status status = bulk_.Use(/*is_repeatable=*/false, [&](Session& session) -> absl::Status {
      if (const auto failure = session.Run("BEGIN")) return failure->ToStatus();
      absl::Status done =
          DeleteInTransaction(session, range, epoch, stopped_before, at_most, ns, &step);
      const auto failure = session.Run(done.ok() ? "COMMIT" : "ROLLBACK");
      return done.ok() && failure.has_value() ? failure->ToStatus() : done;
    });
    if (!status.ok()) return status;
    return step;
  });
}

}  // namespace pawl::persistence
