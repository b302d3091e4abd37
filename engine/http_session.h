// Runs http:invoke tasks inside the engine: a worker without a network in between.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/host_lanes.h"
#include "engine/http_task/http_task.h"
#include "engine/runtime/node.h"
#include "engine/runtime/tasks/task_queues.h"
#include "engine/runtime/world/world.h"
#include "engine/test_state/test_state.h"

namespace pawl {

// Thread-safe. As with every worker a task is run at least once: after a crash of the engine a call
// whose answer was not committed is made again.
class HttpSession final : public runtime::WorkerSession,
                          public std::enable_shared_from_this<HttpSession> {
 public:
  static constexpr char kQueue[] = "http:invoke";

  // Calls at once: of all hosts, and to one of them. What is beyond that waits without a thread.
  struct Concurrency {
    int total = 32;
    int per_host = 8;
  };

  // `node` and `blocking` outlive the session.
  static std::shared_ptr<HttpSession> Connect(http_task::Options options, Concurrency concurrency,
                                              runtime::Node* node, runtime::Blocking* blocking);

  void Deliver(std::shared_ptr<const runtime::QueuedTask> task) override;
  void Cancel(const std::string& token, const std::string& reason) override;
  // One call outside of any execution, as `call` has it; its answer comes on a strand, with a
  // trace. Not for another queue than kQueue.
  void Try(test_state::TaskCall call, std::function<void(test_state::TaskAnswer)> done);
  // Ends the calls that are under way and takes no more.
  void Stop();

 private:
  struct Taken {
    std::shared_ptr<std::atomic<bool>> cancelled;
    std::string host;
  };

  HttpSession(http_task::Options options, Concurrency concurrency, runtime::Node* node,
              runtime::Blocking* blocking);

  // Runs `call` on a thread of `blocking_` when it is the turn of `host`, then `done` on a strand.
  void RunInLane(const std::string& host, std::function<void()> call, std::function<void()> done);

  void Report(const std::shared_ptr<const runtime::QueuedTask>& task,
              const OrFailure<Value>& result);
  void Forget(const std::string& token);
  void Grant(int count);

  http_task::HttpTask http_;
  runtime::Node* const node_;
  runtime::Blocking* const blocking_;
  runtime::SessionId id_;
  absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Taken> taken_ ABSL_GUARDED_BY(mutex_);  // by token
  HostCredits credits_ ABSL_GUARDED_BY(mutex_);
  HostLanes lanes_;
};

}  // namespace pawl
