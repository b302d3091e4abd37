#include "persistence/sqlite/reader_pool.h"

#include <utility>

namespace pawl::persistence {

absl::StatusOr<ReaderPool::Lease> ReaderPool::Borrow(absl::Duration limit) {
  {
    absl::MutexLock lock(&mutex_);
    const auto is_free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return lent_ < limit_; };
    mutex_.Await(absl::Condition(&is_free));
    ++lent_;
    if (!idle_.empty()) {
      std::unique_ptr<Database> db = std::move(idle_.back());
      idle_.pop_back();
      db->LimitTime(limit);
      return Lease(this, std::move(db));
    }
  }
  absl::StatusOr<std::unique_ptr<Database>> db = Database::Open(path_, SQLITE_OPEN_READONLY);
  if (!db.ok()) {
    absl::MutexLock lock(&mutex_);
    --lent_;
    return db.status();
  }
  (*db)->LimitTime(limit);
  return Lease(this, *std::move(db));
}

void ReaderPool::Return(std::unique_ptr<Database> db) {
  if (db->is_suspect()) db.reset();
  absl::MutexLock lock(&mutex_);
  --lent_;
  if (db != nullptr) idle_.push_back(std::move(db));
}

}  // namespace pawl::persistence
