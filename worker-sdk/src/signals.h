// SIGTERM and SIGINT, as something to wait for. Internal to the SDK.
#pragma once

#include <csignal>

namespace pawl::sdk {

// While it lives, the two signals do not end the process; after the first one they do again. At
// most one at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Blocks; the number of the signal that came.
  int Wait();

 private:
  int read_fd_ = -1;
  struct sigaction old_term_ = {};
  struct sigaction old_int_ = {};
};

}  // namespace pawl::sdk
