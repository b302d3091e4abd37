// Runs a program for one task: input on its standard input, output and errors read at the same
// time, killed with everything it started when the task is cancelled or its time is up.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pawl::cli {

// Ends a program from another thread. Thread-safe.
class KillSwitch {
 public:
  KillSwitch();
  ~KillSwitch();
  KillSwitch(const KillSwitch&) = delete;
  KillSwitch& operator=(const KillSwitch&) = delete;
  void Pull();
  int fd() const { return fd_; }  // readable once it was pulled

 private:
  int fd_;
};

struct ExecJob {
  std::string command = {};  // for /bin/sh -c
  std::string input = {};
  std::vector<std::pair<std::string, std::string>> environment = {};  // besides the process's own
  absl::Time deadline = absl::InfiniteFuture();
  const KillSwitch* kill_switch = nullptr;  // may be nullptr
  // Called every `heartbeat_interval` while the program runs.
  absl::Duration heartbeat_interval = absl::InfiniteDuration();
  std::function<void()> heartbeat = nullptr;
};

struct ExecLimits {
  size_t max_output_bytes = size_t{1024} * 1024;  // of standard output; more kills the program
  size_t max_error_bytes = size_t{32} * 1024;     // of standard error: the last ones are kept
  absl::Duration term_grace = absl::Seconds(2);   // between SIGTERM and SIGKILL
};

struct ExecResult {
  enum class End { kExited, kSignalled, kTimedOut, kCancelled, kOutputTooLarge };
  End end = End::kExited;
  int code = 0;  // of kExited the exit code, of kSignalled the signal
  std::string output;
  std::string errors;
};

// Blocks until the program has ended. ResourceExhausted, Internal: it could not be started.
// Thread-safe.
absl::StatusOr<ExecResult> RunProgram(const ExecJob& job, const ExecLimits& limits);

}  // namespace pawl::cli
