// Reports a handler that dies of a signal as a failure of its attempt, before the process ends.
// Without this a task that kills its worker goes to the next worker as the same attempt, and kills
// that one. Internal to the SDK.
//
// The thread that crashed stays in its signal handler, while another thread of ours, which has not
// crashed, sends the failure and waits for the acknowledgement, at most kPatience. Then the signal
// takes its course. That is an attempt, no promise: a process whose heap is broken may not get that
// far.
#pragma once

#include <csignal>
#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "worker-sdk/src/session.h"

namespace pawl::sdk {

// At most one at a time in a process.
class CrashReporter {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(2);

  explicit CrashReporter(std::shared_ptr<Session> session);
  ~CrashReporter();
  CrashReporter(const CrashReporter&) = delete;
  CrashReporter& operator=(const CrashReporter&) = delete;

  // Around a handler, on its thread.
  class Scope {
   public:
    explicit Scope(const std::shared_ptr<TaskState>& task);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
  };

 private:
  void Loop();

  const std::shared_ptr<Session> session_;
  int read_fd_ = -1;
  std::thread thread_;
};

}  // namespace pawl::sdk
