// Read-only connections beside the writer's, so that a long read does not hold up a commit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "persistence/sqlite/database.h"

namespace pawl::persistence {

// Thread-safe. Connections are opened when first needed and never checkpoint (they are read-only).
// One that met an I/O error, or that sees the file as damaged, is closed and not lent again.
class ReaderPool {
 public:
  // A connection that goes back to its pool at the end of its life.
  class Lease {
   public:
    Lease(ReaderPool* pool, std::unique_ptr<Database> db) : pool_(pool), db_(std::move(db)) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (db_ != nullptr) pool_->Return(std::move(db_));
    }
    Database& operator*() const { return *db_; }
    Database* operator->() const { return db_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Database> db_;
  };

  ReaderPool(std::string path, int limit) : path_(std::move(path)), limit_(limit) {}

  // Waits while all connections are in use. What is run on the connection ends after `limit`.
  absl::StatusOr<Lease> Borrow(absl::Duration limit);

 private:
  void Return(std::unique_ptr<Database> db);

  const std::string path_;
  const int limit_;
  absl::Mutex mutex_;
  int lent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Database>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::persistence
