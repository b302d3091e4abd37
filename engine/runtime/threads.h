// The production world: real time, a thread per strand, threads that may block for the store.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/runtime/world.h"

namespace pawl::runtime {

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// One thread. The destructor runs what was posted, drops what is timed for later, and joins.
class ThreadStrand final : public Strand {
 public:
  explicit ThreadStrand(std::string name);
  ~ThreadStrand() override;
  void Post(Work work) override;
  void PostAt(absl::Time time, Work work) override;

 private:
  struct Timed {
    absl::Time time;
    int64_t order;  // first posted, first run among equals
    std::shared_ptr<Work> work;
    bool operator<(const Timed& other) const {
      return std::tie(other.time, other.order) < std::tie(time, order);
    }
  };
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_stopping_ || !work_.empty() || is_timed_changed_;
  }

  const std::string name_;
  absl::Mutex mutex_;
  std::deque<Work> work_ ABSL_GUARDED_BY(mutex_);
  std::priority_queue<Timed> timed_ ABSL_GUARDED_BY(mutex_);
  bool is_timed_changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t next_order_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;  // last: it uses the others
};

// Threads that take from one queue, so that a slow piece of work holds up no other. The destructor
// finishes what is running and drops the rest.
class ThreadBlocking final : public Blocking {
 public:
  ThreadBlocking(int threads, const std::string& name);
  ~ThreadBlocking() override;
  void Run(Work work, Strand* strand, Work done) override;

 private:
  struct Item {
    Work work;
    Strand* strand = nullptr;
    Work done;
  };
  void Serve();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_stopping_ || !items_.empty();
  }

  absl::Mutex mutex_;
  std::deque<Item> items_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // last: they use the others
};

// One thread commits, `readers` threads read.
class ThreadStoreAccess final : public StoreAccess {
 public:
  ThreadStoreAccess(persistence::Store* store, int readers);
  ~ThreadStoreAccess() override;

  void Commit(std::shared_ptr<const persistence::CommitBatch> batch, Strand* strand,
              absl::AnyInvocable<void(persistence::CommitOutcome)> done) override;
  void Read(absl::AnyInvocable<void(persistence::Store&)> work, Strand* strand, Work done) override;
  persistence::Store& store() override { return *store_; }

 private:
  persistence::Store* store_;
  ThreadStrand committer_;
  std::vector<std::unique_ptr<ThreadStrand>> readers_;
  std::atomic<size_t> next_reader_{0};
};

}  // namespace pawl::runtime
