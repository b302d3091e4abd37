#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pawl/client.h"
#include "pawl/v1/executions.grpc.pb.h"

namespace pawl::bench {

struct Machine {
  const char* name;
  const char* definition;
};
// What the probes and the loads run.
absl::Span<const Machine> InterferenceMachines();

struct LoadSetup {
  std::string address;
  int http_port = 0;
  Client* client = nullptr;
};

// One kind of load: what is there before the probes begin, and what goes on beside them.
struct Load {
  std::string name;
  int threads = 0;
  // Its clients would be on other machines: here they take what the engine and the probes leave.
  bool is_elsewhere = true;
  // Before the engine opens the store.
  std::function<absl::Status(const std::string& url)> fill = nullptr;
  std::function<absl::Status(const LoadSetup&)> prepare = nullptr;
  // Again and again on each thread; may go on until `is_over`.
  std::function<void(const LoadSetup&, v1::Executions::Stub*, int64_t round,
                     const std::atomic<bool>& is_over)>
      again = nullptr;
};

// `rows`: closed executions for the listings.
std::vector<Load> InterferenceLoads(int rows);

}  // namespace pawl::bench
