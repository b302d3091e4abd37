// What a Task handle refers to: the fixed facts, and the cancellation. Internal to the SDK.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace pawl::sdk {

struct TaskInfo {
  std::string token;
  std::string queue;
  std::string input;
  int attempt = 1;
  std::string idempotency_key;
  absl::Time deadline = absl::InfiniteFuture();
  absl::Duration heartbeat_interval = absl::InfiniteDuration();
  std::string execution_arn;
  std::string state_name;
  absl::Time scheduled_time;
  std::string trace_parent;
  bool awaits_token = false;
};

// The worker, or the test engine, as a task sees it. Thread-safe.
class TaskHost {
 public:
  virtual ~TaskHost() = default;
  virtual void Heartbeat(const std::string& token, std::string details) = 0;
  virtual absl::Time Now() const = 0;
  virtual bool is_virtual_time() const { return false; }
};

// Thread-safe.
class TaskState {
 public:
  // A task may outlive its host.
  TaskState(TaskInfo info, int queue_index, std::weak_ptr<TaskHost> host)
      : info_(std::move(info)), queue_index_(queue_index), host_(std::move(host)) {}

  const TaskInfo& info() const { return info_; }
  int queue_index() const { return queue_index_; }  // of the session's queues
  std::shared_ptr<TaskHost> host() const { return host_.lock(); }

  bool is_cancelled() const { return is_cancelled_.load(std::memory_order_acquire); }
  std::string cancel_reason() const;
  void OnCancel(std::function<void()> callback);
  bool WaitForCancel(absl::Duration span);

  // Calls back without a lock held. Only the first call counts.
  void Cancel(const std::string& reason);
  // The handler has answered: callbacks are forgotten.
  void Close();

 private:
  const TaskInfo info_;
  const int queue_index_;
  const std::weak_ptr<TaskHost> host_;
  std::atomic<bool> is_cancelled_{false};
  std::atomic<bool> has_callbacks_{false};
  std::atomic<bool> is_closed_{false};
  mutable absl::Mutex mutex_;
  bool has_reason_ ABSL_GUARDED_BY(mutex_) = false;
  std::string reason_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> callbacks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::sdk
