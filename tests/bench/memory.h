// What the engine holds under loads that try to make it hold more than it has: each runs against one
// engine whose address space is limited, and the engine must live on and serve.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace pawl::bench {

// Prints a table. An error where the engine has ended, or does not serve any more. `url` as in
// MeasureRecovery; `seconds` for each load.
absl::Status MeasureMemory(const std::string& store_name, const std::string& url, int seconds);

}  // namespace pawl::bench
