// How the SQL stores delete old executions: in transactions that are small whatever is deleted.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::persistence {

// Rows of history that one transaction deletes, about; it also bounds the executions.
inline constexpr int64_t kRetentionRows = 2'000;
inline constexpr int kRetentionExecutions = 500;

// Of executions that have ended.
inline constexpr Status kClosedStatuses[] = {Status::kSucceeded, Status::kFailed, Status::kTimedOut,
                                             Status::kAborted};

// A closed execution that is to go. Sequences are gapless, so the last one counts the rows.
struct Expired {
  ExecutionRef ref;
  int64_t last_sequence = 0;
};

// What one transaction deletes: whole executions, or the end of one long history. The end goes
// first, so that what an interruption leaves is still gapless from 1.
struct RetentionStep {
  struct Cut {
    ExecutionRef ref;
    int64_t keep = 0;  // the last sequence that stays
  };
  std::vector<ExecutionRef> whole;
  absl::optional<Cut> cut;
};

// The first of `expired`, as many as kRetentionRows allow.
RetentionStep PlanRetention(const std::vector<Expired>& expired);

// Calls `step`, with the number of executions that it may delete, until `limit` are deleted or
// nothing is left. Returns how many were.
absl::StatusOr<int64_t> DeleteInSteps(
    int limit, const std::function<absl::StatusOr<RetentionStep>(int at_most)>& step);

}  // namespace pawl::persistence
