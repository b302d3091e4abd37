#include "engine/runtime/world/threads.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pawl::runtime {
namespace {

// What has left a strand is of no hurry: others have waited for it already.
constexpr int kAwayNice = 5;
constexpr int kBulkNice = 5;

void NameThread(const std::string& name) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

// On Linux a nice value belongs to a thread.
void BeNice(int nice) {
  if (nice > 0) setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), nice);
}

std::chrono::steady_clock::time_point ToSteady(absl::Duration at) {
  return std::chrono::steady_clock::time_point(absl::ToChronoNanoseconds(at));
}

absl::Duration SteadyNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

absl::Time SystemClock::Now() const { return absl::Now(); }
absl::Duration SystemClock::Steady() const { return SteadyNow(); }

class ThreadStrand::ThreadAlarm final : public Alarm {
 public:
  ThreadAlarm(ThreadStrand* strand, Work work)
      : strand_(strand), work_(std::make_shared<Work>(std::move(work))) {}
  ~ThreadAlarm() override { Set(absl::InfiniteDuration()); }
  void Set(absl::Duration at) override {
    // What stands in the strand's queue already is told by the generation that it no longer counts.
    const int64_t generation = ++*generation_;
    if (at == absl::InfiniteDuration()) return strand_->SetAlarm(&key_, at, nullptr);
    strand_->SetAlarm(&key_, at,
                      std::make_shared<Work>([work = work_, current = generation_, generation] {
                        if (*current == generation) (*work)();
                      }));
  }

 private:
  ThreadStrand* strand_;
  std::shared_ptr<Work> work_;
  std::shared_ptr<int64_t> generation_ = std::make_shared<int64_t>(0);
  Key key_{absl::InfiniteDuration(), 0};
};

ThreadStrand::ThreadStrand(std::string name) : name_(std::move(name)) {
  threads_.emplace(0, std::thread([this] { Run(0); }));
}

void ThreadStrand::Stop() {
  // Dropped without the lock: what goes with it may post.
  std::deque<Work> work;
  std::set<Timed> timed;
  std::unique_lock<std::mutex> lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
  // Work may leave while the strand ends: then another thread has joined the list.
  while (!threads_.empty()) {
    std::thread thread = std::move(threads_.begin()->second);
    threads_.erase(threads_.begin());
    lock.unlock();
    thread.join();
    lock.lock();
  }
  work.swap(work_);
  timed.swap(timed_);
  lock.unlock();
  batch_.clear();
}

// The caller holds the mutex. Whatever is finished is about to return, so this waits for nothing.
void ThreadStrand::JoinFinished() {
  for (const int64_t thread : finished_) {
    const auto found = threads_.find(thread);
    if (found == threads_.end()) continue;  // the destructor has it
    found->second.join();
    threads_.erase(found);
  }
  finished_.clear();
}

void ThreadStrand::Post(Work work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_stopping_) return;
  work_.push_back(std::move(work));
  if (work_.size() == 1) changed_.notify_all();
}

void ThreadStrand::PostAfter(absl::Duration delay, Work work) {
  if (delay == absl::InfiniteDuration()) return;
  const absl::Duration at = SteadyNow() + delay;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_stopping_) return;
  const bool is_first = timed_.empty() || at < timed_.begin()->key.first;
  timed_.insert(Timed{{at, next_order_++}, std::make_shared<Work>(std::move(work))});
  if (is_first) changed_.notify_all();
}

std::unique_ptr<Alarm> ThreadStrand::NewAlarm(Work work) {
  return std::make_unique<ThreadAlarm>(this, std::move(work));
}

void ThreadStrand::SetAlarm(Key* key, absl::Duration at, std::shared_ptr<Work> work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (key->second != 0) timed_.erase(Timed{*key, nullptr});
  *key = {at, 0};
  if (work == nullptr || is_stopping_) return;
  key->second = next_order_++;
  const bool is_first = timed_.empty() || at < timed_.begin()->key.first;
  timed_.insert(Timed{*key, std::move(work)});
  if (is_first) changed_.notify_all();
}

bool ThreadStrand::Leave() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    JoinFinished();
    if (is_stopping_ || threads_.size() > kMaxAway) return false;
    // In its order, before what was posted meanwhile.
    work_.insert(work_.begin(), std::make_move_iterator(batch_.begin()),
                 std::make_move_iterator(batch_.end()));
    batch_.clear();
    const int64_t next = next_thread_++;
    owner_ = next;
    threads_.emplace(next, std::thread([this, next] { Run(next); }));
  }
  BeNice(kAwayNice);
  return true;
}

// Waits for work, and moves what is due to `batch_`.
void ThreadStrand::TakeWork(std::unique_lock<std::mutex>* lock, int64_t thread) {
  while (owner_ == thread && work_.empty() && !is_stopping_) {
    if (timed_.empty()) {
      changed_.wait(*lock);
      continue;
    }
    const absl::Duration at = timed_.begin()->key.first;
    if (at <= SteadyNow()) break;
    changed_.wait_until(*lock, ToSteady(at));
  }
  batch_.swap(work_);
  if (timed_.empty()) return;
  const absl::Duration now = SteadyNow();
  while (!timed_.empty() && timed_.begin()->key.first <= now) {
    batch_.push_back([work = timed_.begin()->work] { (*work)(); });
    timed_.erase(timed_.begin());
  }
}

void ThreadStrand::Run(int64_t thread) {
  NameThread(name_);
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      TakeWork(&lock, thread);
      if (is_stopping_) return;
    }
    // What has left touches `batch_` no more: it is the next owner's.
    while (!batch_.empty()) {
      if (is_stopping_) return;
      Work work = std::move(batch_.front());
      batch_.pop_front();
      work();
      work = nullptr;
      if (owner_ == thread) continue;
      const std::lock_guard<std::mutex> lock(mutex_);
      finished_.push_back(thread);
      return;
    }
  }
}

ThreadBlocking::ThreadBlocking(int threads, const std::string& name, int nice) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name, nice] {
      NameThread(name);
      BeNice(nice);
      Serve();
    });
  }
}

void ThreadBlocking::Stop() {
  std::deque<Item> items;  // dropped without the lock
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_stopping_ = true;
    items.swap(items_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void ThreadBlocking::Run(Work work, Strand* strand, Work done) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (is_stopping_) return;
    items_.push_back(Item{std::move(work), strand, std::move(done)});
  }
  changed_.notify_one();
}

void ThreadBlocking::Serve() {
  for (;;) {
    Item item;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return is_stopping_ || !items_.empty(); });
      if (is_stopping_) return;
      item = std::move(items_.front());
      items_.pop_front();
    }
    item.work();
    item.strand->Post(std::move(item.done));
  }
}

ThreadStoreAccess::ThreadStoreAccess(persistence::Store* store, const ReadThreads& threads)
    : store_(store) {
  struct Lane {
    int threads;
    const char* name;
    int nice;
  };
  // Who reads much takes what those leave who are waited for.
  const std::array<Lane, 4> lanes = {{{threads.ownership, "pawl-own", 0},
                                      {threads.call, "pawl-read", 0},
                                      {threads.list, "pawl-list", kBulkNice},
                                      {threads.bulk, "pawl-bulk", kBulkNice}}};
  for (size_t i = 0; i < lanes.size(); ++i) {
    lanes_[i] = std::make_unique<ThreadBlocking>(lanes[i].threads, lanes[i].name, lanes[i].nice);
  }
}

ThreadStoreAccess::~ThreadStoreAccess() { Stop(); }

void ThreadStoreAccess::Stop() {
  for (const auto& lane : lanes_) lane->Stop();
  const std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [slot, committer] : committers_) committer.Stop();
}

ThreadStrand& ThreadStoreAccess::CommitterOf(persistence::SlotRange range) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return committers_.try_emplace(range.first, "pawl-commit").first->second;
}

void ThreadStoreAccess::Commit(std::shared_ptr<const persistence::CommitBatch> batch,
                               Strand* strand,
                               absl::AnyInvocable<void(persistence::CommitOutcome)> done) {
  CommitterOf(batch->range)
      .Post([this, batch = std::move(batch), strand, done = std::move(done)]() mutable {
        persistence::CommitOutcome outcome = store_->Commit(*batch);
        strand->Post([outcome = std::move(outcome), done = std::move(done)]() mutable {
          done(std::move(outcome));
        });
      });
}

void ThreadStoreAccess::Read(ReadLane lane, absl::AnyInvocable<void(persistence::Store&)> work,
                             Strand* strand, Work done) {
  lanes_[static_cast<size_t>(lane)]->Run(
      [this, work = std::move(work)]() mutable { work(*store_); }, strand, std::move(done));
}

}  // namespace pawl::runtime
