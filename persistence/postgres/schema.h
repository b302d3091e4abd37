// The tables in PostgreSQL and their forward-only migrations.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "persistence/postgres/session.h"

namespace pawl::persistence {

// Brings `schema` to this build's tables; new tables get `initial_ranges` range rows. Safe when
// several nodes start at once: the row of schema_version is locked while one of them migrates. A
// role without the right to create anything is enough where the tables are there and current.
// FailedPrecondition, with the remedy, for tables of a newer build.
absl::Status MigratePostgres(Session& session, const std::string& schema, int initial_ranges);

}  // namespace pawl::persistence
