// A worker: keeps a stream to the engine, runs handlers, and sees to it that every result arrives.
//
//   int main() {
//     pawl::Handlers handlers;
//     handlers.Add("Greet", [](const pawl::Task& task) { return pawl::Succeed(task.input()); });
//     pawl::Worker worker(handlers, {.addresses = {"127.0.0.1:7233"}});  // ConnectOptions
//     return worker.RunUntilSignal().ok() ? 0 : 1;   // SIGTERM: finish what runs, then return
//   }
//
// One worker per process is enough: all handlers share one stream. It reconnects for ever, with
// exponential backoff and full jitter, to the addresses in turn; handlers go on meanwhile, and
// results are sent again on each new stream until the engine acknowledges them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pawl/connect.h"
#include "pawl/handlers.h"

namespace pawl {

struct WorkerOptions {
  // Shown in histories and by `pawl`. "" means HOST:PID.
  std::string name = {};

  // Before the n-th attempt to reconnect: random in [0, min(backoff_max, backoff_initial * 2^n)].
  absl::Duration backoff_initial = absl::Milliseconds(100);
  absl::Duration backoff_max = absl::Seconds(10);

  // Limit of results that the engine has not acknowledged; beyond it the worker asks for no tasks.
  int max_unacknowledged = 10'000;

  // RunUntilSignal only: a handler that dies of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT is
  // reported as the attempt's failure (Pawl.HandlerCrashed) before the process ends. Without this a
  // task that kills every worker it meets is handed on for ever.
  bool reports_crashes = true;

  // One line per call, thread-safe. Default: standard error.
  std::function<void(const std::string& line)> log = nullptr;
};

// Counters since the start, and the present state.
struct WorkerStats {
  bool is_connected = false;
  int64_t connections = 0;     // streams that were welcomed
  int64_t running = 0;         // tasks with their handlers, or about to be
  int64_t unacknowledged = 0;  // results on their way
  int64_t completed = 0;       // handlers that returned an output
  int64_t failed = 0;          // handlers that returned or were given a failure
  int64_t cancelled = 0;       // tasks whose result was no longer wanted
  int64_t acknowledged = 0;
};

// Thread-safe.
class Worker {
 public:
  explicit Worker(Handlers handlers, ConnectOptions connect = {}, WorkerOptions options = {});
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Stops with no grace, then waits for handlers to return, since none can be killed.
  ~Worker();

  // Does not wait for a connection. InvalidArgument: no handlers, a concurrency below 1, or
  // ConnectOptions that cannot be used. FailedPrecondition: started before.
  absl::Status Start();

  // Drains: asks for no more tasks, waits at most `grace` for handlers to return and for their
  // results to be acknowledged, then cancels what still runs and closes the stream.
  // DeadlineExceeded says how many tasks were left; the engine gives them to another worker.
  // Idempotent. Blocks.
  absl::Status Stop(absl::Duration grace);

  // Start, wait for SIGTERM or SIGINT, Stop(grace). A second signal ends the process at once. Takes
  // the process's dispositions of these signals (and of crashes, see WorkerOptions) while it runs.
  // Blocks.
  absl::Status RunUntilSignal(absl::Duration grace = absl::Seconds(30));

  WorkerStats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl
