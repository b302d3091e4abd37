#include "engine/runtime/threads.h"

#include <pthread.h>

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace pawl::runtime {

ThreadStrand::ThreadStrand(std::string name) : name_(std::move(name)), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), name_.substr(0, 15).c_str());
}

ThreadStrand::~ThreadStrand() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  thread_.join();
}

void ThreadStrand::Post(Work work) {
  absl::MutexLock lock(&mutex_);
  work_.push_back(std::move(work));
}

void ThreadStrand::PostAt(absl::Time time, Work work) {
  if (time == absl::InfiniteFuture()) return;
  absl::MutexLock lock(&mutex_);
  if (timed_.empty() || time < timed_.top().time) is_timed_changed_ = true;
  timed_.push(Timed{time, next_order_++, std::make_shared<Work>(std::move(work))});
}

void ThreadStrand::Run() {
  std::deque<Work> batch;
  for (;;) {
    {
      absl::MutexLock lock(&mutex_);
      const absl::Time wake = timed_.empty() ? absl::InfiniteFuture() : timed_.top().time;
      mutex_.AwaitWithDeadline(absl::Condition(this, &ThreadStrand::HasWork), wake);
      is_timed_changed_ = false;
      const absl::Time now = absl::Now();
      while (!timed_.empty() && timed_.top().time <= now) {
        work_.push_back(std::move(*timed_.top().work));
        timed_.pop();
      }
      if (work_.empty() && is_stopping_) return;
      batch.swap(work_);
    }
    for (Work& work : batch) work();
    batch.clear();
  }
}

ThreadBlocking::ThreadBlocking(int threads, const std::string& name) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name] {
      pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
      Serve();
    });
  }
}

ThreadBlocking::~ThreadBlocking() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void ThreadBlocking::Run(Work work, Strand* strand, Work done) {
  absl::MutexLock lock(&mutex_);
  items_.push_back(Item{std::move(work), strand, std::move(done)});
}

void ThreadBlocking::Serve() {
  for (;;) {
    Item item;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &ThreadBlocking::HasWork));
      if (is_stopping_) return;
      item = std::move(items_.front());
      items_.pop_front();
    }
    item.work();
    item.strand->Post(std::move(item.done));
  }
}

ThreadStoreAccess::ThreadStoreAccess(persistence::Store* store, int readers)
    : store_(store), committer_("pawl-commit") {
  for (int i = 0; i < readers; ++i) {
    readers_.push_back(std::make_unique<ThreadStrand>(absl::StrCat("pawl-read-", i)));
  }
}

ThreadStoreAccess::~ThreadStoreAccess() = default;

void ThreadStoreAccess::Commit(std::shared_ptr<const persistence::CommitBatch> batch,
                               Strand* strand,
                               absl::AnyInvocable<void(persistence::CommitOutcome)> done) {
  committer_.Post([this, batch = std::move(batch), strand, done = std::move(done)]() mutable {
    persistence::CommitOutcome outcome = store_->Commit(*batch);
    strand->Post([outcome = std::move(outcome), done = std::move(done)]() mutable {
      done(std::move(outcome));
    });
  });
}

void ThreadStoreAccess::Read(absl::AnyInvocable<void(persistence::Store&)> work, Strand* strand,
                             Work done) {
  ThreadStrand& reader = *readers_[next_reader_++ % readers_.size()];
  reader.Post([this, work = std::move(work), strand, done = std::move(done)]() mutable {
    work(*store_);
    strand->Post(std::move(done));
  });
}

}  // namespace pawl::runtime
