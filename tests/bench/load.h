// The load of the benchmark: executions started through the gRPC API, as many at once as the engine
// takes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pawl::bench {

struct LoadOptions {
  std::string address;
  int http_port = 0;
  std::string machine;
  std::string prefix;  // of execution names
  std::string input;
  int executions = 0;
  int starts_in_flight = 256;
  int open_executions = 3'000;  // started and not ended, at most
  bool waits_for_end = true;    // of the executions, not only of their starts
};

struct LoadResult {
  int started = 0;
  int refused = 0;  // RESOURCE_EXHAUSTED, tried again
  double wall_seconds = 0;
};

// Two Pass states: what a probe runs.
inline constexpr char kProbeMachine[] =
    R"({"StartAt":"P","States":{"P":{"Type":"Pass","Next":"Q"},"Q":{"Type":"Pass","End":true}}})";
// Makes its TextInput anew, twice.
inline constexpr char kLargeMachine[] =
    R"({"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"t.$":"$.t"},"Next":"Q"},
        "Q":{"Type":"Pass","Parameters":{"t.$":"$.t"},"End":true}}})";
// {"t":"aaa..."}, with so many letters.
std::string TextInput(size_t letters);

// Creates the machine, or finds it.
absl::Status PutMachine(const std::string& address, const std::string& name,
                        const std::string& definition);

// Returns when all have ended.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options);

// One after another, each waited for; seconds of each, sorted.
absl::StatusOr<std::vector<double>> RunOneByOne(const LoadOptions& options);

}  // namespace pawl::bench
