// What must hold in the end. Reads what clients and workers logged and the histories, and believes
// nothing else.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/chaos/load.h"

namespace pawl::chaos {

struct Verdict {
  std::vector<std::string> violations;
  int ended = 0;
  int results = 0;
};

// Waits at most `patience` for every acknowledged execution to end, then checks them all:
//   * each has ended as SUCCEEDED,
//   * event ids are 1, 2, 3..., times do not run backwards,
//   * each applied result is one that a worker logged, for that task, and is applied once; results
//     of child executions are taken from the output of the one that waited for them,
//   * no Wait has ended early.
Verdict Check(const std::string& address, const std::vector<Clients::Acked>& acked,
              const std::vector<std::string>& worker_logs, absl::Duration patience);

}  // namespace pawl::chaos
