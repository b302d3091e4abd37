// The limit that the benchmark compares with: what the same rows cost the store alone.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"

namespace pawl::bench {

struct BareCost {
  double store_cpu_us_per_row = 0;  // this process for SQLite, the server for PostgreSQL
  double rows_per_second = 0;       // by the wall clock
};

// Commits `batches` batches of `rows` history rows of `bytes` bytes each, nothing else.
// `server_pid`: of PostgreSQL's postmaster; 0 for SQLite.
absl::StatusOr<BareCost> MeasureBareStore(const std::string& url, pid_t server_pid, int rows,
                                          int bytes, int batches);

}  // namespace pawl::bench
