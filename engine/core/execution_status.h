#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace pawl::core {

enum class ExecutionStatus : int8_t { kRunning = 1, kSucceeded, kFailed, kTimedOut, kAborted };

// Whether a stored number is one.
inline bool IsExecutionStatus(int number) { return number >= 1 && number <= 5; }

// "RUNNING", "SUCCEEDED"...
absl::string_view StatusName(ExecutionStatus status);

// How many there are of each status.
class StatusCounts {
 public:
  int64_t& operator[](ExecutionStatus status) { return counts_[Place(status)]; }
  int64_t operator[](ExecutionStatus status) const { return counts_[Place(status)]; }
  // All that ended without success.
  int64_t Unsuccessful() const {
    return (*this)[ExecutionStatus::kFailed] + (*this)[ExecutionStatus::kTimedOut] +
           (*this)[ExecutionStatus::kAborted];
  }

 private:
  static size_t Place(ExecutionStatus status) { return static_cast<size_t>(status) - 1; }

  std::array<int64_t, 5> counts_{};
};
inline constexpr ExecutionStatus kExecutionStatuses[] = {
    ExecutionStatus::kRunning, ExecutionStatus::kSucceeded, ExecutionStatus::kFailed,
    ExecutionStatus::kTimedOut, ExecutionStatus::kAborted};

}  // namespace pawl::core
