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
      commit_limits_{options.commit_limit, options.commit_limit, options.idle_limit},
      ownership_(
          url_, std::max(1, options.ownership_connections),
          {options.lock_limit + options.commit_limit, options.lock_limit, options.idle_limit}),
      calls_(url_, std::max(1, options.call_connections),
             {options.call_limit, options.lock_limit, options.idle_limit}),
      listings_(url_, std::max(1, options.listing_connections),
                {options.listing_limit, options.lock_limit, options.idle_limit}),
      bulk_(url_, std::max(1, options.bulk_connections),
            {options.bulk_limit, options.lock_limit, options.idle_limit}) {}

absl::Status PostgresStore::Start(const PostgresOptions& options) {
  // Without limits: a migration of large tables takes its time.
  const auto connected = Session::Connect(url_, Session::Purpose::kRead);
  if (!connected.ok()) return connected.status();
  Session& session = **connected;
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
}

std::string PostgresStore::Qualified(absl::string_view sql) const {
  return absl::StrReplaceAll(sql, {{"@", schema_}});
}

absl::Status PostgresStore::Write(SessionPool& pool, absl::string_view sql,
                                  const std::vector<std::string>& parameters,
                                  const std::function<absl::Status(const SqlRows&)>& on_rows) {
  return pool.Use(/*is_repeatable=*/false, [&](Session& session) -> absl::Status {
    SqlRows rows;
    if (const auto failure = session.RunPrepared(Qualified(sql), parameters, &rows)) {
      return failure->ToStatus();
    }
    return on_rows(rows);
  });
}

CommitLane* PostgresStore::LaneOf(SlotRange range) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<CommitLane>& lane = lanes_[range.first];
  if (lane == nullptr) lane = std::make_unique<CommitLane>(url_, &texts_, commit_limits_);
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
