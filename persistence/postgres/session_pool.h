// Connections for reads and for writes outside of commits: a pool for each kind of work, so
// that none waits for a connection of another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "persistence/postgres/session.h"

namespace pawl::persistence {

// Thread-safe. Connections are made when first needed.
class SessionPool {
 public:
  SessionPool(std::string url, int limit, const Session::Limits& limits)
      : url_(std::move(url)), limit_(limit), limits_(limits) {}

  // Runs `body` on a connection, waiting while all are in use. A connection that breaks is dropped,
  // and the idle ones with it, which were probably broken by the same restart. `is_repeatable` says
  // that the body may be run once more if an idle connection turns out to be dead: true for reads.
  absl::Status Use(bool is_repeatable, const std::function<absl::Status(Session&)>& body);

 private:
  absl::StatusOr<std::unique_ptr<Session>> Borrow(bool* is_fresh);
  void Return(std::unique_ptr<Session> session);

  const std::string url_;
  const int limit_;
  const Session::Limits limits_;
  absl::Mutex mutex_;
  int lent_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Session>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::persistence
