#pragma once

#include <string>

#include "absl/status/status.h"

namespace pawl::bench {

// Opens `executions` executions, one in twenty with a task that no worker takes and the others
// asleep in a Wait of a day; waits until the sleeping ones are parked, kills the engine and starts
// it again. Prints how long it took until it served, and the memory it then had.
absl::Status MeasureRecovery(const std::string& store_name, const std::string& url, int executions);

}  // namespace pawl::bench
