// What a small execution notices of others: its time from start to end, alone and beside each kind
// of load that an engine may have.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pawl::bench {

struct InterferenceOptions {
  int listed_rows = 300'000;  // that listings look through
  std::string only;           // loads whose names hold it, and nothing; "" = all
};
// A store that nobody has used; FOLDER in it becomes a folder that is removed afterwards.
using StoreMaker = std::function<absl::StatusOr<std::string>()>;

// Prints a table.
absl::Status MeasureInterference(const std::string& store_name, const StoreMaker& make_store,
                                 const InterferenceOptions& options);

}  // namespace pawl::bench
