#include "persistence/sqlite/schema.h"

#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

// Migration i leads from version i to i + 1. Never change one that was released: add the next.
//
// Unlike in PostgreSQL, keys lead with the execution's id and not with its slot. Ids grow with
// time, so that rows of running executions are neighbours: with the slot in front every row dirties
// an 8 KiB page of its own. Measured at 100 rows of 300 bytes a commit, 1,000 executions at a
// time: 12.4 KB of WAL and 18 CPU microseconds a row with (slot, id, sequence), 2.1 KB and 6.4 with
// (id, slot, sequence).
constexpr const char* kMigrations[] = {
    R"(
    CREATE TABLE ranges (
      first_slot INTEGER PRIMARY KEY,
      last_slot INTEGER NOT NULL,
      owner TEXT NOT NULL DEFAULT '',
      owner_address TEXT NOT NULL DEFAULT '',
      epoch INTEGER NOT NULL DEFAULT 0,
      batch_seq INTEGER NOT NULL DEFAULT 0,
      lease_until INTEGER NOT NULL DEFAULT 0,
      lease_micros INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE executions (
      id INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      ns TEXT NOT NULL,
      machine TEXT NOT NULL,
      name TEXT NOT NULL,
      revision INTEGER NOT NULL,
      status INTEGER NOT NULL,
      start_time INTEGER NOT NULL,
      stop_time INTEGER NOT NULL,
      wake_at INTEGER,
      PRIMARY KEY (id, slot)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX executions_name ON executions (ns, machine, name, slot);
    CREATE INDEX executions_wake ON executions (wake_at, slot, id) WHERE wake_at IS NOT NULL;
    CREATE INDEX executions_machine ON executions (ns, machine, start_time, slot, id);
    CREATE INDEX executions_start ON executions (ns, start_time, slot, id);
    CREATE TABLE history (
      execution_id INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      first_event INTEGER NOT NULL,
      event_count INTEGER NOT NULL,
      record BLOB NOT NULL,
      PRIMARY KEY (execution_id, slot, sequence)
    ) WITHOUT ROWID;
    CREATE TABLE checkpoints (
      execution_id INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      state BLOB NOT NULL,
      PRIMARY KEY (execution_id, slot)
    );
    CREATE TABLE machines (
      ns TEXT NOT NULL,
      name TEXT NOT NULL,
      latest_revision INTEGER NOT NULL,
      is_deleted INTEGER NOT NULL,
      create_time INTEGER NOT NULL,
      PRIMARY KEY (ns, name)
    ) WITHOUT ROWID;
    CREATE TABLE machine_revisions (
      ns TEXT NOT NULL,
      name TEXT NOT NULL,
      revision INTEGER NOT NULL,
      definition TEXT NOT NULL,
      role_arn TEXT NOT NULL,
      type TEXT NOT NULL,
      create_time INTEGER NOT NULL,
      revision_time INTEGER NOT NULL,
      PRIMARY KEY (ns, name, revision)
    );
    CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    )",
    // Listings by status, and closed executions by their end. A listing of every status merges one
    // walk per status (listing_query.h), so the indexes without the status are not needed any more.
    R"(
    CREATE INDEX executions_machine_status
      ON executions (ns, machine, status, start_time, slot, id);
    CREATE INDEX executions_status ON executions (ns, status, start_time, slot, id);
    CREATE INDEX executions_stop ON executions (stop_time, slot, id) WHERE wake_at IS NULL;
    DROP INDEX executions_machine;
    DROP INDEX executions_start;
    )",
    // Versions, aliases, redrives and settings of machines; documents.
    R"(
    ALTER TABLE executions ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE executions ADD COLUMN alias TEXT NOT NULL DEFAULT '';
    ALTER TABLE executions ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE executions ADD COLUMN redrive_time INTEGER NOT NULL DEFAULT -9223372036854775808;
    ALTER TABLE machine_revisions ADD COLUMN settings BLOB NOT NULL DEFAULT x'';
    CREATE INDEX executions_version
      ON executions (ns, machine, version, status, start_time, slot, id) WHERE version > 0;
    CREATE INDEX executions_alias
      ON executions (ns, machine, alias, status, start_time, slot, id) WHERE alias <> '';
    CREATE TABLE documents (
      ns TEXT NOT NULL,
      kind TEXT NOT NULL,
      name TEXT NOT NULL,
      revision INTEGER NOT NULL,
      record BLOB NOT NULL,
      PRIMARY KEY (ns, kind, name)
    ) WITHOUT ROWID;
    )",
};
constexpr int kVersion = static_cast<int>(std::size(kMigrations));

absl::StatusOr<int> ReadVersion(Database& db) {
  if (absl::Status status = db.Run("CREATE TABLE IF NOT EXISTS schema_version ("
                                   "id INTEGER PRIMARY KEY, version INTEGER NOT NULL);"
                                   "INSERT OR IGNORE INTO schema_version VALUES (1, 0)");
      !status.ok()) {
    return status;
  }
  const auto text = db.QueryText("SELECT version FROM schema_version WHERE id = 1");
  if (!text.ok()) return text.status();
  int version = 0;
  if (!absl::SimpleAtoi(*text, &version)) {
    return absl::DataLossError("the schema version of pawl.db is not a number");
  }
  return version;
}

absl::Status InsertRanges(Database& db, int count) {
  for (const SlotRange& range : EvenRanges(count)) {
    if (absl::Status status =
            db.Run(absl::StrCat("INSERT INTO ranges (first_slot, last_slot) VALUES (",
                                range.first.value(), ", ", range.last.value(), ")"));
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status MigrateInTransaction(Database& db, int initial_ranges) {
  const absl::StatusOr<int> version = ReadVersion(db);
  if (!version.ok()) return version.status();
  if (*version > kVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("pawl.db has schema version ", *version, ", this build knows ", kVersion,
                     ": it was written by a newer Pawl; run that one, or restore a backup"));
  }
  for (int i = *version; i < kVersion; ++i) {
    if (absl::Status status = db.Run(kMigrations[i]); !status.ok()) return status;
  }
  if (*version == 0) {
    if (absl::Status status = InsertRanges(db, initial_ranges); !status.ok()) return status;
  }
  return db.Run(absl::StrCat("UPDATE schema_version SET version = ", kVersion, " WHERE id = 1"));
}

}  // namespace

absl::Status CheckSqliteSchema(Database& db) {
  const auto version = db.QueryText("SELECT version FROM schema_version WHERE id = 1");
  if (!version.ok()) return version.status();
  if (*version == absl::StrCat(kVersion)) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("pawl.db has schema version ", *version, " instead of ", kVersion,
                   ": it was replaced while the engine ran; restart the engine"));
}

absl::Status MigrateSqlite(Database& db, int initial_ranges) {
  if (absl::Status status = db.Run("BEGIN IMMEDIATE"); !status.ok()) return status;
  absl::Status status = MigrateInTransaction(db, initial_ranges);
  if (!status.ok()) {
    // The error of the migration is the one to report.
    db.RunForCode("ROLLBACK");
    return status;
  }
  return db.Run("COMMIT");
}

}  // namespace pawl::persistence
