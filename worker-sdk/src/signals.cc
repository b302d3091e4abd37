#include "worker-sdk/src/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace pawl::sdk {
namespace {

std::atomic<int> g_write_fd{-1};

// Async-signal-safe. Signal handlers rather than a mask: threads that the user made before us have
// no mask of ours.
void OnSignal(int number) {
  const int saved_errno = errno;
  const unsigned char byte = static_cast<unsigned char>(number);
  const ssize_t written = write(g_write_fd.load(), &byte, 1);
  static_cast<void>(written);
  signal(number, SIG_DFL);  // the second one ends the process
  errno = saved_errno;
}

}  // namespace

StopSignals::StopSignals() {
  int fds[2] = {-1, -1};
  if (pipe2(fds, O_CLOEXEC) != 0) return;
  read_fd_ = fds[0];
  g_write_fd = fds[1];
  struct sigaction action = {};
  action.sa_handler = &OnSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, &old_term_);
  sigaction(SIGINT, &action, &old_int_);
}

StopSignals::~StopSignals() {
  sigaction(SIGTERM, &old_term_, nullptr);
  sigaction(SIGINT, &old_int_, nullptr);
  close(g_write_fd.exchange(-1));
  close(read_fd_);
}

int StopSignals::Wait() {
  unsigned char byte = 0;
  while (read(read_fd_, &byte, 1) < 0 && errno == EINTR) {
  }
  return byte;
}

}  // namespace pawl::sdk
