// The one connection that writes and checkpoints. SQLite 3.40.1 can corrupt a WAL when two
// connections race a checkpoint, so there is never a second one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "persistence/sqlite/database.h"
#include "persistence/sqlite/sqlite_store.h"

namespace pawl::persistence {

// Thread-safe: writes take turns.
class Writer {
 public:
  static absl::StatusOr<std::unique_ptr<Writer>> Open(const std::string& path,
                                                      const SqliteOptions& options);
  ~Writer();

  // How a write transaction ended.
  struct End {
    enum class Kind {
      kCommitted,
      kRolledBack,  // certainly: by the body's wish or by an error before COMMIT
      kUnknown,     // COMMIT has failed in a way that leaves open what is on the disk
    };
    Kind kind = Kind::kUnknown;
    absl::Status status;  // the error, or the body's reason to roll back
    int statements = 0;   // BEGIN and COMMIT or ROLLBACK included
  };
  // Runs `body` between BEGIN IMMEDIATE and COMMIT; an error of the body rolls back. The body adds
  // the statements it runs to its second argument. Its own refusals must be neither Unavailable nor
  // DataLoss, which are taken for I/O errors. After an I/O error the connection is not used again
  // (a second fsync after a failed one proves nothing). The next call opens another, which copies
  // what is committed from the log into the file before it writes; while that fails, calls end
  // kRolledBack with the error, and the disk is asked ever more rarely (reopen_backoff).
  End Transact(const std::function<absl::Status(Database&, int* statements)>& body);

  // Brings the file to this build's schema (see MigrateSqlite).
  absl::Status Migrate(int initial_ranges);
  bool is_broken();

  // Transact for the callers that need no more than a status.
  absl::Status Write(const std::function<absl::Status(Database&)>& body);

 private:
  Writer(std::string path, std::unique_ptr<Database> db, const SqliteOptions& options)
      : path_(std::move(path)), options_(options), db_(std::move(db)) {}

  absl::Status Prepare(int checkpoint_mode) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where the connection is broken: opens another, unless that failed a moment ago.
  absl::Status Mend() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Reopen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Break(absl::Status why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  End Commit(int statements) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  End RollBack(absl::Status why, int statements) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CheckpointIfLarge() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static int OnWal(void* self, sqlite3* db, const char* name, int pages);

  const std::string path_;
  const SqliteOptions options_;
  absl::Mutex mutex_;
  std::unique_ptr<Database> db_ ABSL_GUARDED_BY(mutex_);
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);  // why; OK while the connection may be used
  int failures_ ABSL_GUARDED_BY(mutex_) = 0;     // since the last commit
  std::chrono::steady_clock::time_point next_attempt_ ABSL_GUARDED_BY(mutex_);
  int64_t wal_bytes_ = 0;  // after the last commit; like the next two only touched under mutex_
  int64_t last_wal_bytes_ = 0;
  int64_t next_checkpoint_bytes_ = 0;
};

}  // namespace pawl::persistence
