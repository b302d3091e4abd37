// The production world: real time, a thread per strand, threads that may block for the store.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Steady() const override;
};

// A thread at a time. Time is the steady clock's: a step of the wall clock delays nothing and
// hurries nothing. The destructor runs what was posted, drops what is timed for later, and joins.
class ThreadStrand final : public Strand {
 public:
  // Pieces of work that may have left the strand and still run (Leave).
  static constexpr int kMaxAway = 64;

  explicit ThreadStrand(std::string name);
  ~ThreadStrand() override { Stop(); }
  // Finishes what is running and drops the rest, and whatever is posted later: afterwards nothing of
  // it runs, so that what the work refers to may go. Not from the strand itself.
  void Stop();
  bool is_stopping() const { return is_stopping_; }
  void Post(Work work) override;
  void PostAfter(absl::Duration delay, Work work) override;
  std::unique_ptr<Alarm> NewAlarm(Work work) override;
  bool Leave() override;

 private:
  class ThreadAlarm;
  // Ordered by time, then by number: first set, first run among equals.
  using Key = std::pair<absl::Duration, int64_t>;
  struct Timed {
    Key key;
    std::shared_ptr<Work> work;
    bool operator<(const Timed& other) const { return key < other.key; }
  };

  void Run(int64_t thread);
  void JoinFinished();
  void TakeWork(std::unique_lock<std::mutex>* lock, int64_t thread);
  void SetAlarm(Key* key, absl::Duration at, std::shared_ptr<Work> work);

  const std::string name_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // --- guarded by mutex_
  std::deque<Work> work_;
  std::set<Timed> timed_;
  std::atomic<bool> is_stopping_{false};  // set under mutex_
  int64_t next_order_ = 1;
  int64_t next_thread_ = 1;
  std::map<int64_t, std::thread> threads_;  // the owner and those that have left
  std::vector<int64_t> finished_;           // of `threads_`, to be joined
  // --- end
  std::atomic<int64_t> owner_{0};  // the thread that is the strand now; it alone gives that away
  // --- touched by the owner only
  std::deque<Work> batch_;
};

// Threads that take from one queue, so that a slow piece of work holds up no other.
class ThreadBlocking final : public Blocking {
 public:
  // `nice` is added to the threads' priority, so that they take what others leave (0 to 19).
  ThreadBlocking(int threads, const std::string& name, int nice = 0);
  ~ThreadBlocking() override { Stop(); }
  // As ThreadStrand::Stop.
  void Stop();
  void Run(Work work, Strand* strand, Work done) override;

 private:
  struct Item {
    Work work;
    Strand* strand = nullptr;
    Work done;
  };
  void Serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;    // guarded by mutex_
  bool is_stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

// How many threads read, by ReadLane.
struct ReadThreads {
  int ownership = 1;
  int call = 2;
  int list = 1;
  int bulk = 2;
  int total() const { return ownership + call + list + bulk; }
};

// Each range has a thread that commits, each lane of reads its own.
class ThreadStoreAccess final : public StoreAccess {
 public:
  ThreadStoreAccess(persistence::Store* store, const ReadThreads& threads);
  ~ThreadStoreAccess() override;
  // As ThreadStrand::Stop; what was not sent to the store yet is not sent.
  void Stop();

  void Commit(std::shared_ptr<const persistence::CommitBatch> batch, Strand* strand,
              absl::AnyInvocable<void(persistence::CommitOutcome)> done) override;
  void Read(ReadLane lane, absl::AnyInvocable<void(persistence::Store&)> work, Strand* strand,
            Work done) override;
  persistence::Store& store() override { return *store_; }

 private:
  ThreadStrand& CommitterOf(persistence::SlotRange range);

  persistence::Store* store_;
  std::mutex mutex_;
  std::map<persistence::Slot, ThreadStrand> committers_;  // by first slot; guarded by mutex_
  std::array<std::unique_ptr<ThreadBlocking>, 4> lanes_;  // by ReadLane
};

}  // namespace pawl::runtime
