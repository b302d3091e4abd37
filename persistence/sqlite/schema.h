// The tables of the SQLite file and their forward-only migrations.
#pragma once

#include "absl/status/status.h"
#include "persistence/sqlite/database.h"

namespace pawl::persistence {

// Brings the file to this build's schema; a new file gets `initial_ranges` range rows.
// FailedPrecondition, with the remedy, for a file of a newer build.
absl::Status MigrateSqlite(Database& db, int initial_ranges);

// Checks a file that is opened again: DataLoss unless it has exactly this build's schema.
absl::Status CheckSqliteSchema(Database& db);

}  // namespace pawl::persistence
