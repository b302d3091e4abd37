// What a small execution notices of others: its time from start to end, alone and beside each kind
// of load that an engine may have.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace pawl::bench {

// Prints a table. `url` is of the store; FOLDER in it becomes a folder that is removed afterwards.
absl::Status MeasureInterference(const std::string& store_name, const std::string& url);

}  // namespace pawl::bench
