// The store for production: one PostgreSQL (or what speaks its dialect) for one or several engine
// nodes. Portable SQL only: no sequences, triggers, advisory locks, LISTEN/NOTIFY, SKIP LOCKED,
// jsonb or foreign keys; READ COMMITTED; no transaction crosses a range.
//
//   std::vector<std::string> warnings;
//   auto store = OpenPostgresStore("postgresql://pawl@db.example/pawl", {.warnings = &warnings});
//   if (!store.ok()) return store.status();
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "persistence/store.h"

namespace pawl::persistence {

struct PostgresOptions {
  // The schema of the tables, created where it is missing. Every name is qualified with it, so
  // nothing depends on the search_path. Lower-case letters, digits and underscores.
  std::string schema = "pawl";
  int initial_ranges = 1;  // of a new store only
  // Connections for reads and for everything that is no commit; more callers wait for one. Each
  // committing range has one connection of its own besides.
  int read_connections = 4;
  // Where not null, receives at open one sentence for each setting of the server that lets
  // committed work be lost (fsync or synchronous_commit off).
  std::vector<std::string>* warnings = nullptr;
};

// `url` is anything libpq takes, a URL or "host=... dbname=..."; keepalives and timeouts are added
// unless it has its own. Creates or migrates the tables; several nodes may do so at the same time.
// Unavailable: no connection. FailedPrecondition: the schema is of a newer Pawl. InvalidArgument: a
// bad schema name. PermissionDenied: the role may not create or read the tables.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const std::string& url,
                                                         const PostgresOptions& options = {});

}  // namespace pawl::persistence
