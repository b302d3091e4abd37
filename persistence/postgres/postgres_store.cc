#include "persistence/postgres/postgres_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "persistence/columns.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store_impl.h"
#include "persistence/postgres/schema.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

constexpr char kRangeColumns[] =
    "first_slot, last_slot, owner, owner_address, epoch, batch_seq, lease_until";

RangeState RangeFrom(const SqlRows& rows, int row) {
  RangeState state;
  state.slots = {static_cast<Slot>(rows.Int(row, 0)), static_cast<Slot>(rows.Int(row, 1))};
  state.owner = rows.Text(row, 2);
  state.owner_address = rows.Text(row, 3);
  state.epoch = rows.Int(row, 4);
  state.batch_seq = rows.Int(row, 5);
  state.lease_until = FromMicros(rows.Int(row, 6));
  return state;
}

bool IsSchemaName(absl::string_view name) {
  const auto is_allowed = [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
  };
  return !name.empty() && name.size() <= 63 &&
         !absl::ascii_isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

// What lets a commit that was reported be lost all the same.
std::vector<std::string> DurabilityWarnings(const std::string& synchronous_commit,
                                            const std::string& fsync,
                                            const std::string& full_page_writes) {
  std::vector<std::string> warnings;
  if (synchronous_commit == "off") {
    warnings.push_back(
        "postgres has synchronous_commit = off: a crash of the server loses the last committed "
        "steps; set it to on");
  }
  if (fsync == "off") {
    warnings.push_back(
        "postgres has fsync = off: a crash of the machine destroys the database; set it to on");
  }
  if (full_page_writes == "off") {
    warnings.push_back(
        "postgres has full_page_writes = off: a crash of the machine can tear pages unless the "
        "file "
        "system prevents it");
  }
  return warnings;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const std::string& url,
                                                         const PostgresOptions& options) {
  if (!IsSchemaName(options.schema)) {
    return absl::InvalidArgumentError(
        absl::StrCat("schema name \"", options.schema,
                     "\": it must be 1 to 63 lower-case letters, digits and underscores"));
  }
  auto store = std::make_unique<PostgresStore>(url, options);
  if (absl::Status status = store->Start(options); !status.ok()) return status;
  return store;
}

PostgresStore::PostgresStore(std::string url, const PostgresOptions& options)
    : url_(std::move(url)),
      schema_(options.schema),
      texts_(schema_),
      pool_(url_, std::max(1, options.read_connections)) {}

absl::Status PostgresStore::Start(const PostgresOptions& options) {
  return pool_.Use(/*is_repeatable=*/true, [&](Session& session) -> absl::Status {
    SqlRows rows;
    if (const auto failure = session.Run(
            "SELECT current_setting('server_version'), current_setting('synchronous_commit'), "
            "current_setting('fsync'), current_setting('full_page_writes'), "
            "current_setting('server_encoding')",
            &rows)) {
      return failure->ToStatus();
    }
    const std::vector<std::string> version = absl::StrSplit(rows.Text(0, 0), ' ');
    description_ =
        absl::StrCat("postgres ", session.address(), " (PostgreSQL ", version.front(), ")");
    if (rows.Text(0, 4) != "UTF8") {
      return absl::FailedPreconditionError(
          absl::StrCat("postgres ", session.address(), " has the encoding ", rows.Text(0, 4),
                       "; create the database with ENCODING 'UTF8'"));
    }
    if (options.warnings != nullptr) {
      *options.warnings = DurabilityWarnings(rows.Text(0, 1), rows.Text(0, 2), rows.Text(0, 3));
    }
    return MigratePostgres(session, schema_, options.initial_ranges);
  });
}

std::string PostgresStore::Qualified(absl::string_view sql) const {
  return absl::StrReplaceAll(sql, {{"@", schema_}});
}

absl::Status PostgresStore::Write(absl::string_view sql, const std::vector<std::string>& parameters,
                                  const std::function<absl::Status(const SqlRows&)>& on_rows) {
  return pool_.Use(/*is_repeatable=*/false, [&](Session& session) -> absl::Status {
    SqlRows rows;
    if (const auto failure = session.RunPrepared(Qualified(sql), parameters, &rows)) {
      return failure->ToStatus();
    }
    return on_rows(rows);
  });
}

absl::StatusOr<std::vector<RangeState>> PostgresStore::ListRanges() {
  std::vector<RangeState> ranges;
  absl::Status status = Read(absl::StrCat("SELECT ", kRangeColumns, " FROM @.ranges ORDER BY 1"),
                             {}, [&](const SqlRows& rows, int row) {
                               ranges.push_back(RangeFrom(rows, row));
                               return absl::OkStatus();
                             });
  if (!status.ok()) return status;
  return ranges;
}

absl::StatusOr<RangeState> PostgresStore::TakeRange(SlotRange range, const Claim& claim) {
  if (claim.owner.empty() || !IsStorableText(claim.owner) || !IsStorableText(claim.address)) {
    return absl::InvalidArgumentError("TakeRange needs the name of an owner, in UTF-8");
  }
  const std::vector<std::string> slots = {BinaryInt(range.first), BinaryInt(range.last)};
  std::vector<std::string> parameters = slots;
  parameters.insert(parameters.end(), {BinaryText(claim.owner), BinaryText(claim.address),
                                       BinaryInt(absl::ToInt64Microseconds(claim.lease)),
                                       BinaryText(claim.dead_owner)});
  absl::optional<RangeState> taken;
  // The row lock waits for the old owner's open transaction; after that wait the conditions are
  // looked at anew.
  absl::Status status =
      Write(absl::StrCat("UPDATE @.ranges SET owner = $3::text, owner_address = $4::text, "
                         "epoch = epoch + 1, lease_micros = $5::int8, lease_until = ",
                         kNowMicros,
                         " + $5::int8 WHERE first_slot = $1::int8 AND last_slot = $2::int8 "
                         "AND (owner = '' OR owner = $3::text OR owner = $6::text OR lease_until < ",
                         kNowMicros, ") RETURNING ", kRangeColumns),
            parameters, [&](const SqlRows& rows) {
              if (rows.size() == 1) taken = RangeFrom(rows, 0);
              return absl::OkStatus();
            });
  if (!status.ok()) return status;
  if (taken.has_value()) return *std::move(taken);
  absl::Status refusal =
      absl::NotFoundError(absl::StrCat("there is no range of ", DebugString(range)));
  status = Read(absl::StrCat("SELECT owner, lease_until - ", kNowMicros,
                             " FROM @.ranges WHERE first_slot = $1::int8 AND last_slot = $2::int8"),
                slots, [&](const SqlRows& rows, int row) {
                  const absl::Duration left = absl::Microseconds(rows.Int(row, 1));
                  refusal = absl::UnavailableError(absl::StrCat(DebugString(range), " belong to ",
                                                                rows.Text(row, 0), " for another ",
                                                                absl::FormatDuration(left)));
                  return absl::OkStatus();
                });
  return status.ok() ? refusal : status;
}

absl::Status PostgresStore::WriteOwned(absl::string_view sql,
                                       const std::vector<std::string>& parameters, SlotRange range,
                                       int64_t epoch) {
  return Write(sql, parameters, [&](const SqlRows& rows) {
    if (rows.affected() == 1) return absl::OkStatus();
    return absl::AbortedError(
        absl::StrCat(DebugString(range), ": epoch ", epoch, " no longer owns the range"));
  });
}

absl::Status PostgresStore::RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) {
  return WriteOwned(
      absl::StrCat("UPDATE @.ranges SET lease_micros = $4::int8, lease_until = ", kNowMicros,
                   " + $4::int8 WHERE first_slot = $1::int8 AND "
                   "last_slot = $2::int8 AND epoch = $3::int8"),
      {BinaryInt(range.first), BinaryInt(range.last), BinaryInt(epoch),
       BinaryInt(absl::ToInt64Microseconds(lease))},
      range, epoch);
}

absl::Status PostgresStore::ReleaseRange(SlotRange range, int64_t epoch) {
  // The epoch moves on, so that a batch of the released one which is still under way is fenced.
  return WriteOwned(
      "UPDATE @.ranges SET owner = '', owner_address = '', lease_until = 0, epoch = epoch + 1 "
      "WHERE first_slot = $1::int8 AND last_slot = $2::int8 AND epoch = $3::int8",
      {BinaryInt(range.first), BinaryInt(range.last), BinaryInt(epoch)}, range, epoch);
}

CommitLane* PostgresStore::LaneOf(SlotRange range) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<CommitLane>& lane = lanes_[range.first];
  if (lane == nullptr) lane = std::make_unique<CommitLane>(url_, &texts_);
  return lane.get();
}

CommitOutcome PostgresStore::Commit(const CommitBatch& batch) {
  if (auto refusal = RefuseBatch(batch)) return *std::move(refusal);
  int statements = 0;
  CommitOutcome outcome = LaneOf(batch.range)->Commit(batch, &statements);
  statements_.fetch_add(statements, std::memory_order_relaxed);
  if (outcome.kind == CommitOutcome::Kind::kCommitted) {
    commits_.fetch_add(1, std::memory_order_relaxed);
    history_rows_.fetch_add(static_cast<int64_t>(batch.history.size()), std::memory_order_relaxed);
  }
  return outcome;
}

Store::Stats PostgresStore::stats() const {
  Stats stats;
  stats.commits = commits_.load(std::memory_order_relaxed);
  stats.statements = statements_.load(std::memory_order_relaxed);
  stats.reads = reads_.load(std::memory_order_relaxed);
  stats.history_rows = history_rows_.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace pawl::persistence
