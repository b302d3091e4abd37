#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace pawl::core {

enum class ExecutionStatus : int8_t { kRunning = 1, kSucceeded, kFailed, kTimedOut, kAborted };

// "RUNNING", "SUCCEEDED"...
absl::string_view StatusName(ExecutionStatus status);

}  // namespace pawl::core
