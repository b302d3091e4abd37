// A TCP proxy in front of PostgreSQL that can cut a connection at the worst moment: after COMMIT
// has been handed on, before its answer comes back. The engine then cannot know whether it
// happened.
#pragma once

#include <atomic>
#include <thread>

#include "absl/status/status.h"

namespace pawl::chaos {

class CuttingProxy {
 public:
  // Serves at once, on a port of its own.
  explicit CuttingProxy(int server_port);
  ~CuttingProxy();

  int port() const { return port_; }
  // The next COMMIT that passes is handed on, and its connection cut.
  void CutNextCommit() { wants_cut_ = true; }
  int cuts() const { return cuts_; }

 private:
  struct Pair;
  void Run();

  int server_port_;
  int port_ = 0;
  int listener_ = -1;
  std::atomic<bool> wants_cut_{false};
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> cuts_{0};
  std::thread thread_;
};

}  // namespace pawl::chaos
