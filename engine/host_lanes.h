// Which HTTP calls run and which wait, so that one slow host does not hold what all share.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace pawl {

// At most `per_host` calls of one host and `total` of all run at once. A call that may not run yet
// waits in its host's lane, without a thread; lanes that may go on take turns, and within a lane
// the oldest call is the next. Thread-safe.
class HostLanes {
 public:
  // Begins a call on threads of its own; must not block. Called without locks held.
  using Start = std::function<void()>;

  HostLanes(int total, int per_host) : total_(total), per_host_(per_host) {}

  // Calls `start` now, or when its turn has come.
  void Enter(const std::string& host, Start start);
  // A call that was started has ended: starts those whose turn has come.
  void Leave(const std::string& host);

 private:
  struct Lane {
    int running = 0;
    bool is_in_turn = false;  // stands in turns_
    std::deque<Start> waiting;
  };

  // Puts the lane among those that take turns, if it may go on.
  void TakeTurn(const std::string& host, Lane* lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Start> Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int total_;
  const int per_host_;
  absl::Mutex mutex_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);  // those that are not empty
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
};

// How many tasks a session may still be given while some of them wait for their host. A host holds
// at most `per_host` credits, however many of its tasks wait: the credit of each further one goes
// back at once, so that tasks of other hosts come through. Not more than `max_waiting` further ones
// at a time: then a credit stays away until one of them has ended. Thread-compatible.
class HostCredits {
 public:
  HostCredits(int per_host, int max_waiting) : per_host_(per_host), max_waiting_(max_waiting) {}

  // A task has come, has ended. Each returns how many credits are to be granted now, 0 or 1.
  int TaskCame(const std::string& host);
  int TaskEnded(const std::string& host);

 private:
  const int per_host_;
  const int max_waiting_;
  std::map<std::string, int> tasks_;
  int without_credit_ = 0;  // tasks whose credit has gone back
  int withheld_ = 0;        // credits that would have
};

}  // namespace pawl
