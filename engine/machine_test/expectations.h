// What a case expects against what happened.
#pragma once

#include <string>
#include <vector>

#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

struct Observed {
  std::string status;  // "RUNNING" where the execution did not end
  Value output;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  std::vector<std::string> path;
  std::map<std::string, int64_t> visits;
  absl::Duration duration;
};

// One text for each expectation that is not met; empty where all are.
std::vector<std::string> Check(const Expectation& expect, const Observed& observed);

}  // namespace pawl::machine_test
