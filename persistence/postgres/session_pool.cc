#include "persistence/postgres/session_pool.h"

#include <utility>

namespace pawl::persistence {

absl::Status SessionPool::Use(bool is_repeatable,
                              const std::function<absl::Status(Session&)>& body) {
  while (true) {
    bool is_fresh = false;
    absl::StatusOr<std::unique_ptr<Session>> session = Borrow(&is_fresh);
    if (!session.ok()) {
      Return(nullptr);
      return session.status();
    }
    absl::Status status = body(**session);
    const bool is_stale = !(*session)->is_open() && !is_fresh;
    Return(*std::move(session));
    if (status.ok() || !is_stale || !is_repeatable) return status;
  }
}

absl::StatusOr<std::unique_ptr<Session>> SessionPool::Borrow(bool* is_fresh) {
  {
    absl::MutexLock lock(&mutex_);
    const auto is_free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return lent_ < limit_; };
    mutex_.Await(absl::Condition(&is_free));
    ++lent_;
    if (!idle_.empty()) {
      std::unique_ptr<Session> session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  *is_fresh = true;
  return Session::Connect(url_, Session::Purpose::kRead, limits_);
}

void SessionPool::Return(std::unique_ptr<Session> session) {
  std::vector<std::unique_ptr<Session>> dropped;  // closed after the lock is given up
  absl::MutexLock lock(&mutex_);
  --lent_;
  if (session != nullptr && session->is_open()) {
    idle_.push_back(std::move(session));
  } else {
    dropped = std::exchange(idle_, {});
  }
}

}  // namespace pawl::persistence
