// The worker of a TestEngine: the user's handlers on the engine's own thread, in virtual time.
// Internal.
//
// Stands where the API's stream stands, and so sees what a real worker sees: credits, receipts,
// cancellations, heartbeats. A TestWorker serves one life of the engine.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/runtime/in_process_engine.h"
#include "pawl/handlers.h"
#include "worker-sdk/src/task_state.h"

namespace pawl::sdk {

// What outlives a crash of the engine.
struct TestHandlers {
  struct Injection {
    bool is_lost = false;  // else failed
    std::string error;
    std::string cause;
    int times = 0;
  };
  std::map<std::string, Handlers::Entry> entries;
  std::map<std::string, std::vector<Injection>> injections;  // the first one is next
  std::map<std::string, int> calls;
};

class TestWorker final : public runtime::WorkerSession,
                         public TaskHost,
                         public std::enable_shared_from_this<TestWorker> {
 public:
  // Both outlive the worker's engine.
  TestWorker(runtime::InProcessEngine* engine, TestHandlers* handlers, absl::Duration latency)
      : engine_(engine), handlers_(handlers), latency_(latency) {}

  void Connect();
  // A handler was added.
  void Serve(const std::string& queue);
  // The engine is going to be destroyed: late answers come to nothing.
  void Disconnect() { engine_ = nullptr; }

  void Deliver(std::shared_ptr<const runtime::QueuedTask> task) override;
  void Cancel(const std::string& token, const std::string& reason) override;

  void Heartbeat(const std::string& token, std::string details) override;
  absl::Time Now() const override;
  bool is_virtual_time() const override { return true; }

 private:
  void Run(const runtime::QueuedTask& queued);
  // Whether an injected failure takes the handler's place.
  bool Inject(const std::string& queue, const std::shared_ptr<TaskState>& task);
  void Answer(const std::shared_ptr<TaskState>& task, TaskResult result);
  void Grant(const std::string& queue, int count);
  void ReturnCredit(const std::string& queue);

  runtime::InProcessEngine* engine_;
  TestHandlers* handlers_;
  const absl::Duration latency_;
  runtime::SessionId session_;
  std::map<std::string, bool> served_;
  std::map<std::string, std::shared_ptr<TaskState>> running_;  // by token
  std::set<std::string> lost_;                                 // tokens of LoseNext
};

}  // namespace pawl::sdk
