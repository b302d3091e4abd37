// The embedded store: one file `pawl.db` in a data folder, for one engine process. PostgreSQL is
// for several. Durable at once: WAL with synchronous=FULL, so a commit that was reported is on the
// disk.
//
//   auto store = OpenSqliteStore("./pawl-data");
//   if (!store.ok()) return store.status();
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "persistence/store.h"

namespace pawl::persistence {

struct SqliteOptions {
  int initial_ranges = 1;  // of a new store only
  // Connections for reads; more callers wait for one. The engine's lanes have five threads together
  // (two for calls, one for listings, two for bulk), so none of them waits for another.
  int read_connections = 8;
  // Statements of reads end with DeadlineExceeded after this long.
  absl::Duration call_limit = absl::Seconds(10);  // one execution, machine or page of history
  absl::Duration listing_limit = absl::Seconds(10);
  absl::Duration bulk_limit = absl::Seconds(60);  // recovery
  // After a disk error the file is opened again at the next write, then after this wait, which
  // doubles up to five seconds while the error lasts.
  absl::Duration reopen_backoff = absl::Milliseconds(100);
  // The WAL is copied into the database file, after a commit, when it is larger than this.
  int64_t checkpoint_bytes = int64_t{16} << 20;
  // Reads the whole file (PRAGMA quick_check) if the engine did not close it last time. SQLite
  // recovers by itself from a crash; this is for distrust of the disk, and takes a second per few
  // hundred MiB.
  bool check_after_unclean_end = false;
};

// Creates the folder (mode 0700) and the file (0600) where they are missing. The store is
// thread-safe and keeps the folder locked until it is destroyed. FailedPrecondition: another
// process holds the folder (the message names it), or the file was written by a newer Pawl.
// DataLoss: the file is damaged. Unavailable: the folder cannot be used.
//
// While the disk is full, broken or read-only, writes are refused with what is wrong and reads go
// on as far as they can; when that is over, the store goes on by itself. A commit whose fsync
// failed is kUnknown.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& folder,
                                                       const SqliteOptions& options = {});

}  // namespace pawl::persistence
