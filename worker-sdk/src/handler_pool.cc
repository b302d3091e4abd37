#include "worker-sdk/src/handler_pool.h"

#include <utility>

namespace pawl::sdk {

HandlerPool::HandlerPool(int max_threads, Run run)
    : max_threads_(static_cast<size_t>(max_threads)), run_(std::move(run)) {}

HandlerPool::~HandlerPool() {
  Stop();
  Join();
}

void HandlerPool::Accept(std::vector<std::shared_ptr<TaskState>> tasks) {
  absl::MutexLock lock(&mutex_);
  if (is_stopped_) return;
  for (auto& task : tasks) tasks_.push_back(std::move(task));
  BringIn();
}

void HandlerPool::BringIn() {
  if (tasks_.empty() || is_one_coming_) return;
  if (idle_ > 0) {
    is_one_coming_ = true;
    work_.Signal();
  } else if (threads_.size() < max_threads_) {
    is_one_coming_ = true;
    threads_.emplace_back([this] { Loop(); });
  }
}

void HandlerPool::Loop() {
  std::shared_ptr<TaskState> task;
  absl::MutexLock lock(&mutex_);
  is_one_coming_ = false;
  while (true) {
    while (tasks_.empty() && !is_stopped_) {
      ++idle_;
      work_.Wait(&mutex_);
      --idle_;
      is_one_coming_ = false;
    }
    if (is_stopped_) return;
    task = std::move(tasks_.front());
    tasks_.pop_front();
    BringIn();
    mutex_.Unlock();
    run_(task);
    task.reset();
    mutex_.Lock();
  }
}

void HandlerPool::Stop() {
  std::deque<std::shared_ptr<TaskState>> dropped;  // without the lock
  absl::MutexLock lock(&mutex_);
  is_stopped_ = true;
  dropped.swap(tasks_);
  work_.SignalAll();
}

void HandlerPool::Join() {
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mutex_);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

int HandlerPool::threads() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(threads_.size());
}

}  // namespace pawl::sdk
