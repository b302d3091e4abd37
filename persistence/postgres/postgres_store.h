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
#include "absl/time/time.h"
#include "persistence/store.h"

namespace pawl::persistence {

struct PostgresOptions {
  // The schema of the tables, created where it is missing. Every name is qualified with it, so
  // nothing depends on the search_path. Lower-case letters, digits and underscores.
  std::string schema = "pawl";
  int initial_ranges = 1;  // of a new store only
  // Connections by what they are for; more callers of one kind wait for one of it, and never for
  // another kind. Each committing range has one connection of its own besides.
  int ownership_connections = 2;  // taking ranges, leases
  int call_connections = 4;       // one execution, machine or page of history
  int listing_connections = 2;
  int bulk_connections = 2;  // recovery, retention
  // The server ends statements that take longer; a read then ends with DeadlineExceeded. What holds
  // or waits for a range row is well below the lease (10 s by default), so that an owner that hangs
  // in the middle of a commit is rid of in time.
  absl::Duration commit_limit = absl::Seconds(4);  // a statement; grows with batches above 8 MiB
  absl::Duration idle_limit = absl::Seconds(4);    // between two statements of a transaction
  absl::Duration lock_limit = absl::Seconds(5);    // waiting for a row that another owner holds
  absl::Duration call_limit = absl::Seconds(10);
  absl::Duration listing_limit = absl::Seconds(10);
  absl::Duration bulk_limit = absl::Seconds(60);
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
