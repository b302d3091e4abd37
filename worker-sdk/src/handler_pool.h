// The threads that run handlers. Internal to the SDK.
//
// Threads are made when tasks find none idle, up to a bound, and stay. At most one thread at a time
// is on its way to being woken or made, and it brings in the next one if work is left when it
// arrives: so a burst of tiny tasks is done by the few threads that are awake, and slow ones still
// get a thread each.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "worker-sdk/src/session.h"

namespace pawl::sdk {

// Thread-safe.
class HandlerPool final : public TaskSink {
 public:
  using Run = std::function<void(const std::shared_ptr<TaskState>&)>;
  HandlerPool(int max_threads, Run run);
  // Stop and Join.
  ~HandlerPool() override;

  void Accept(std::vector<std::shared_ptr<TaskState>> tasks) override;
  // What has not begun is dropped.
  void Stop();
  // Waits for the handlers to return.
  void Join();
  int threads() const;

 private:
  void Loop();
  void BringIn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_threads_;
  const Run run_;
  mutable absl::Mutex mutex_;
  absl::CondVar work_;
  std::deque<std::shared_ptr<TaskState>> tasks_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_one_coming_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace pawl::sdk
