// The private PostgreSQL of tools/with-postgres, for tests that start real engines.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pawl::testing {

// Whether PAWL_TEST_POSTGRES is set.
bool HasPostgres();

// A new database on that server; its URL. `port` > 0 replaces the port (a proxy's).
absl::StatusOr<std::string> CreateDatabase(const std::string& name);
std::string WithPort(const std::string& url, int port);
int PortOf(const std::string& url);

// 0 where it is not running.
pid_t PostmasterPid();

// pg_ctl restart -m immediate: as if the machine had lost power; recovers from its log.
absl::Status RestartPostgresImmediately();

// The first column of the first row; "" where psql fails.
std::string Psql(const std::string& url, const std::string& sql);

}  // namespace pawl::testing
