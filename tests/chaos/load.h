// The work that goes on while things are killed: machines, the worker's handlers, the clients.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace pawl::chaos {

// The worker process: logs every result to `log_path` before it is sent. Returns its exit code.
int RunWorker(const std::string& address, const std::string& log_path);

absl::Status CreateMachines(const std::string& address);

// Clients that start executions until they are told to stop, and remember what was acknowledged.
class Clients {
 public:
  Clients(std::string address, int threads, int max_open);
  ~Clients();
  void StopStarting();

  struct Acked {
    std::string name;
    std::string machine;
  };
  std::vector<Acked> acked() const;
  int ended() const { return ended_; }
  int errors() const { return errors_; }

 private:
  void Run(int number);

  const std::string address_;
  const int max_open_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> ended_{0};
  std::atomic<int> errors_{0};
  mutable absl::Mutex mutex_;
  std::vector<Acked> acked_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace pawl::chaos
