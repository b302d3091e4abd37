#include "persistence/postgres/schema.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "persistence/postgres/sql_state.h"
#include "persistence/row_checks.h"

namespace pawl::persistence {
namespace {

// Migration i leads from version i to i + 1; "@" stands for the schema. Never change one that was
// released: add the next. Collation "C" makes names sort and compare bytewise, as in the other
// stores. The range row is updated by every commit, so its page has room for many versions of it.
constexpr const char* kMigrations[] = {
    R"(
    CREATE TABLE @.ranges (
      first_slot int4 PRIMARY KEY,
      last_slot int4 NOT NULL,
      owner text NOT NULL DEFAULT '',
      owner_address text NOT NULL DEFAULT '',
      epoch int8 NOT NULL DEFAULT 0,
      batch_seq int8 NOT NULL DEFAULT 0,
      lease_until int8 NOT NULL DEFAULT 0,
      lease_micros int8 NOT NULL DEFAULT 0
    ) WITH (fillfactor = 10);
    CREATE TABLE @.executions (
      slot int4 NOT NULL,
      id int8 NOT NULL,
      ns text COLLATE "C" NOT NULL,
      machine text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      revision int8 NOT NULL,
      status int4 NOT NULL,
      start_time int8 NOT NULL,
      stop_time int8 NOT NULL,
      wake_at int8,
      PRIMARY KEY (slot, id)
    );
    CREATE UNIQUE INDEX executions_name ON @.executions (slot, ns, machine, name);
    CREATE INDEX executions_wake ON @.executions (wake_at, slot, id) WHERE wake_at IS NOT NULL;
    CREATE INDEX executions_machine ON @.executions (ns, machine, start_time, slot, id);
    CREATE INDEX executions_start ON @.executions (ns, start_time, slot, id);
    CREATE TABLE @.history (
      slot int4 NOT NULL,
      execution_id int8 NOT NULL,
      sequence int8 NOT NULL,
      first_event int8 NOT NULL,
      event_count int8 NOT NULL,
      record bytea NOT NULL,
      PRIMARY KEY (slot, execution_id, sequence)
    );
    CREATE TABLE @.checkpoints (
      slot int4 NOT NULL,
      execution_id int8 NOT NULL,
      sequence int8 NOT NULL,
      state bytea NOT NULL,
      PRIMARY KEY (slot, execution_id)
    );
    CREATE TABLE @.machines (
      ns text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      latest_revision int8 NOT NULL,
      is_deleted bool NOT NULL,
      create_time int8 NOT NULL,
      PRIMARY KEY (ns, name)
    );
    CREATE TABLE @.machine_revisions (
      ns text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      revision int8 NOT NULL,
      definition text NOT NULL,
      role_arn text NOT NULL,
      type text NOT NULL,
      create_time int8 NOT NULL,
      revision_time int8 NOT NULL,
      PRIMARY KEY (ns, name, revision)
    );
    CREATE TABLE @.settings (
      name text COLLATE "C" PRIMARY KEY,
      value bytea NOT NULL
    );
    )",
    // Listings by status and by name, and closed executions by their end. A listing of every status
    // merges one walk per status (listing_query.h), so the indexes without the status are not
    // needed any more; the unique index leads with what a prefix is looked up by, in all slots at
    // once. The number of indexes that a start and an end write grows by one entry at the end, for
    // retention.
    R"(
    CREATE INDEX executions_machine_status
      ON @.executions (ns, machine, status, start_time, slot, id);
    CREATE INDEX executions_status ON @.executions (ns, status, start_time, slot, id);
    CREATE INDEX executions_stop ON @.executions (stop_time, slot, id) WHERE wake_at IS NULL;
    CREATE UNIQUE INDEX executions_machine_name ON @.executions (ns, machine, name, slot);
    DROP INDEX @.executions_machine;
    DROP INDEX @.executions_start;
    DROP INDEX @.executions_name;
    )",
    // Versions, aliases, redrives and settings of machines; documents.
    R"(
    ALTER TABLE @.executions
      ADD COLUMN version int8 NOT NULL DEFAULT 0,
      ADD COLUMN alias text COLLATE "C" NOT NULL DEFAULT '',
      ADD COLUMN redrive_count int4 NOT NULL DEFAULT 0,
      ADD COLUMN redrive_time int8 NOT NULL DEFAULT -9223372036854775808;
    ALTER TABLE @.machine_revisions ADD COLUMN settings bytea NOT NULL DEFAULT '';
    CREATE INDEX executions_version
      ON @.executions (ns, machine, version, status, start_time, slot, id) WHERE version > 0;
    CREATE INDEX executions_alias
      ON @.executions (ns, machine, alias, status, start_time, slot, id) WHERE alias <> '';
    CREATE TABLE @.documents (
      ns text COLLATE "C" NOT NULL,
      kind text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      revision int8 NOT NULL,
      record bytea NOT NULL,
      PRIMARY KEY (ns, kind, name)
    );
    )",
};
constexpr int kVersion = static_cast<int>(std::size(kMigrations));
constexpr int kAttempts = 20;

class Migrator {
 public:
  Migrator(Session& session, const std::string& schema, int initial_ranges)
      : session_(session), schema_(schema), initial_ranges_(initial_ranges) {}

  // One attempt. A failure may come from another node that does the same at the same time.
  absl::optional<SqlFailure> Attempt(absl::Status* refusal) {
    int64_t version = -1;
    if (auto failure = ReadVersion("", &version)) {
      if (ClassifySqlState(failure->state) != SqlClass::kMissing) return failure;
      if (auto created = CreateVersionTable()) return created;
    }
    if (version == kVersion) return absl::nullopt;
    if (auto failure = session_.Run("BEGIN")) return failure;
    auto failure = MigrateLocked(refusal);
    if (failure.has_value() || !refusal->ok()) {
      session_.Run("ROLLBACK");
      return failure;
    }
    return session_.Run("COMMIT");
  }

 private:
  std::string Qualified(absl::string_view sql) const {
    return absl::StrReplaceAll(sql, {{"@", schema_}});
  }

  absl::optional<SqlFailure> ReadVersion(absl::string_view lock, int64_t* version) {
    SqlRows rows;
    auto failure = session_.Run(
        Qualified(absl::StrCat("SELECT version FROM @.schema_version WHERE id = 1", lock)), &rows);
    if (!failure.has_value() && rows.size() == 1) *version = rows.Int(0, 0);
    return failure;
  }

  absl::optional<SqlFailure> CreateVersionTable() {
    return session_.Run(Qualified(
        "CREATE SCHEMA IF NOT EXISTS @;"
        "CREATE TABLE IF NOT EXISTS @.schema_version (id int4 PRIMARY KEY, version int4 NOT NULL);"
        "INSERT INTO @.schema_version VALUES (1, 0) ON CONFLICT DO NOTHING"));
  }

  absl::optional<SqlFailure> MigrateLocked(absl::Status* refusal) {
    int64_t version = 0;
    if (auto failure = ReadVersion(" FOR UPDATE", &version)) return failure;
    if (version > kVersion) {
      *refusal = absl::FailedPreconditionError(absl::StrCat(
          "the tables in schema ", schema_, " have version ", version, ", this build knows ",
          kVersion, ": they were written by a newer Pawl; run that one, or restore a backup"));
      return absl::nullopt;
    }
    for (int64_t i = version; i < kVersion; ++i) {
      if (auto failure = session_.Run(Qualified(kMigrations[i]))) return failure;
    }
    if (version == 0) {
      if (auto failure = InsertRanges()) return failure;
    }
    return session_.Run(Qualified(
        absl::StrCat("UPDATE @.schema_version SET version = ", kVersion, " WHERE id = 1")));
  }

  absl::optional<SqlFailure> InsertRanges() {
    std::string sql = "INSERT INTO @.ranges (first_slot, last_slot) VALUES ";
    for (const SlotRange& range : EvenRanges(initial_ranges_)) {
      absl::StrAppend(&sql, range.first == Slot(0) ? "" : ", ", "(", range.first.value(), ", ",
                      range.last.value(), ")");
    }
    return session_.Run(Qualified(sql));
  }

  Session& session_;
  const std::string schema_;
  const int initial_ranges_;
};

// Two nodes that create the same thing at once: the loser finds it there (or half there in the
// catalog).
bool IsLostRace(const SqlFailure& failure) {
  return failure.state == "23505" || failure.state == "42P06" || failure.state == "42P07" ||
         failure.state == "XX000" || ClassifySqlState(failure.state) == SqlClass::kRetry;
}

}  // namespace

absl::Status MigratePostgres(Session& session, const std::string& schema, int initial_ranges) {
  Migrator migrator(session, schema, initial_ranges);
  absl::Status refusal;
  absl::optional<SqlFailure> failure;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    failure = migrator.Attempt(&refusal);
    if (!failure.has_value()) return refusal;
    if (failure->is_connection_lost || !IsLostRace(*failure)) break;
  }
  if (ClassifySqlState(failure->state) == SqlClass::kForbidden) {
    return absl::PermissionDeniedError(failure->ToStatus().message());
  }
  return failure->ToStatus();
}

}  // namespace pawl::persistence
