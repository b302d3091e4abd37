#include "persistence/sqlite/sqlite_store.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "persistence/columns.h"
#include "persistence/row_checks.h"
#include "persistence/sqlite/schema.h"
#include "persistence/sqlite/sqlite_store_impl.h"

namespace pawl::persistence {
namespace {

constexpr char kSelectRanges[] =
    "SELECT first_slot, last_slot, owner, owner_address, epoch, batch_seq, lease_until FROM ranges";

absl::StatusOr<RangeState> RangeFrom(Statement& row) {
  for (int column = 0; column < 7; ++column) {
    const bool is_text = column == 2 || column == 3;
    const bool is_right =
        is_text ? row.OptionalText(column).has_value() : row.OptionalInt(column).has_value();
    if (!is_right) {
      return absl::DataLossError(
          "a row of the table ranges in pawl.db cannot be read: restore a backup");
    }
  }
  RangeState state;
  state.slots = {Slot(row.Int(0)), Slot(row.Int(1))};
  state.owner = row.Text(2);
  state.owner_address = row.Text(3);
  state.epoch = row.Int(4);
  state.batch_seq = row.Int(5);
  state.lease_until = FromMicros(row.Int(6));
  return state;
}

absl::StatusOr<RangeState> ReadRange(Database& db, SlotRange range) {
  auto select = db.Prepare(absl::StrCat(kSelectRanges, " WHERE first_slot = ? AND last_slot = ?"));
  if (!select.ok()) return select.status();
  const int rc = select->Bind(range.first.value()).Bind(range.last.value()).Step();
  if (rc == SQLITE_DONE) {
    return absl::NotFoundError(absl::StrCat("there is no range of ", DebugString(range)));
  }
  if (rc != SQLITE_ROW) return SqliteError(rc, select->db(), "reading a range");
  return RangeFrom(*select);
}

// Runs an UPDATE of one range whose bindings are made; Aborted where it touches none.
absl::Status UpdateOwned(Statement& update, SlotRange range, int64_t epoch) {
  if (const int rc = update.Step(); rc != SQLITE_DONE) {
    return SqliteError(rc, update.db(), "updating a range");
  }
  if (sqlite3_changes(update.db()) == 1) return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(DebugString(range), ": epoch ", epoch, " no longer owns the range"));
}

absl::Status CheckIntegrity(const std::string& path) {
  auto db = Database::Open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!db.ok()) return db.status();
  const auto answer = (*db)->QueryText("PRAGMA quick_check(1)");
  if (!answer.ok()) return answer.status();
  if (*answer == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      path, " is damaged (quick_check: ", answer->substr(0, 200), "); restore a backup"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& folder,
                                                       const SqliteOptions& options) {
  auto lock = FolderLock::Acquire(folder);
  if (!lock.ok()) return lock.status();
  const std::string path = absl::StrCat(folder, "/pawl.db");
  if (absl::Status status = (*lock)->ProtectDatabase("pawl.db"); !status.ok()) return status;
  if (options.check_after_unclean_end && (*lock)->was_unclean()) {
    if (absl::Status status = CheckIntegrity(path); !status.ok()) return status;
  }
  auto writer = Writer::Open(path, options);
  if (!writer.ok()) return writer.status();
  if (absl::Status status = (*writer)->Migrate(options.initial_ranges); !status.ok()) return status;
  return std::make_unique<SqliteStore>(path, *std::move(lock), *std::move(writer), options);
}

SqliteStore::SqliteStore(std::string path, std::unique_ptr<FolderLock> lock,
                         std::unique_ptr<Writer> writer, const SqliteOptions& options)
    : path_(std::move(path)),
      options_(options),
      lock_(std::move(lock)),
      writer_(std::move(writer)),
      readers_(std::make_unique<ReaderPool>(path_, options.read_connections)) {}

SqliteStore::~SqliteStore() {
  // The writer goes last, so that its closing checkpoint can empty the WAL.
  readers_.reset();
  const bool is_clean = !writer_->is_broken();
  writer_.reset();
  if (is_clean) lock_->MarkClean();
}

absl::StatusOr<std::vector<RangeState>> SqliteStore::ListRanges() {
  std::vector<RangeState> ranges;
  absl::Status status = Read(
      options_.call_limit, absl::StrCat(kSelectRanges, " ORDER BY first_slot"), [](Statement&) {},
      [&](Statement& row) -> absl::StatusOr<bool> {
        absl::StatusOr<RangeState> range = RangeFrom(row);
        if (!range.ok()) return range.status();
        ranges.push_back(*std::move(range));
        return true;
      });
  if (!status.ok()) return status;
  return ranges;
}

absl::StatusOr<RangeState> SqliteStore::TakeRange(SlotRange range, const Claim& claim) {
  if (claim.owner.empty())
    return absl::InvalidArgumentError("TakeRange needs the name of an owner");
  absl::StatusOr<RangeState> taken = absl::InternalError("not reached");
  absl::Duration time_left = absl::ZeroDuration();
  const absl::Status status = writer_->Write([&](Database& db) -> absl::Status {
    taken = ReadRange(db, range);
    if (!taken.ok()) return taken.status();
    const absl::Time now = FromMicros(ToMicros(absl::Now()));
    const bool is_free = taken->owner.empty() || taken->owner == claim.owner ||
                         taken->owner == claim.dead_owner || taken->lease_until < now;
    if (!is_free) {
      time_left = taken->lease_until - now;
      return absl::AbortedError("leased");
    }
    taken->owner = claim.owner;
    taken->owner_address = claim.address;
    ++taken->epoch;
    taken->lease_until = now + claim.lease;
    auto update = db.Prepare(
        "UPDATE ranges SET owner = ?, owner_address = ?, epoch = ?, lease_until = ?, "
        "lease_micros = ? WHERE first_slot = ?");
    if (!update.ok()) return update.status();
    update->BindText(claim.owner).BindText(claim.address).Bind(taken->epoch);
    update->Bind(ToMicros(taken->lease_until)).Bind(absl::ToInt64Microseconds(claim.lease));
    update->Bind(range.first.value());
    return UpdateOwned(*update, range, taken->epoch);
  });
  if (time_left > absl::ZeroDuration()) {
    return absl::UnavailableError(absl::StrCat(DebugString(range), " belong to ", taken->owner,
                                               ", whose lease has not ended"));
  }
  if (!status.ok()) return status;
  return taken;
}

absl::Status SqliteStore::RenewLease(SlotRange range, int64_t epoch, absl::Duration lease) {
  return writer_->Write([&](Database& db) -> absl::Status {
    auto update = db.Prepare(
        "UPDATE ranges SET lease_until = ?, lease_micros = ? "
        "WHERE first_slot = ? AND last_slot = ? AND epoch = ?");
    if (!update.ok()) return update.status();
    update->Bind(ToMicros(absl::Now() + lease)).Bind(absl::ToInt64Microseconds(lease));
    update->Bind(range.first.value()).Bind(range.last.value()).Bind(epoch);
    return UpdateOwned(*update, range, epoch);
  });
}

absl::Status SqliteStore::ReleaseRange(SlotRange range, int64_t epoch) {
  return writer_->Write([&](Database& db) -> absl::Status {
    // The epoch moves on, so that a batch of the released one which is still under way is fenced.
    auto update = db.Prepare(
        "UPDATE ranges SET owner = '', owner_address = '', lease_until = 0, epoch = epoch + 1 "
        "WHERE first_slot = ? AND last_slot = ? AND epoch = ?");
    if (!update.ok()) return update.status();
    update->Bind(range.first.value()).Bind(range.last.value()).Bind(epoch);
    return UpdateOwned(*update, range, epoch);
  });
}

Store::Stats SqliteStore::stats() const {
  Stats stats;
  stats.commits = commits_.load(std::memory_order_relaxed);
  stats.statements = statements_.load(std::memory_order_relaxed);
  stats.reads = reads_.load(std::memory_order_relaxed);
  stats.history_rows = history_rows_.load(std::memory_order_relaxed);
  return stats;
}

std::string SqliteStore::description() const { return absl::StrCat("sqlite ", path_); }

}  // namespace pawl::persistence
