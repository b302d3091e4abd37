// What Client and TestEngine tell of an execution. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace pawl {

enum class ExecutionStatus { kRunning, kSucceeded, kFailed, kTimedOut, kAborted };

struct ExecutionInfo {
  std::string arn;
  std::string name;
  std::string state_machine_arn;
  ExecutionStatus status = ExecutionStatus::kRunning;
  absl::Time start_time;
  absl::Time stop_time = absl::InfiniteFuture();  // InfiniteFuture while it runs
  std::string input;                              // JSON text; not filled by StartAndWait
  std::string output;                             // JSON text, of kSucceeded
  std::string error;                              // ASL error name, of the others; may be empty
  std::string cause;
  int64_t history_events = 0;  // not filled by StartAndWait

  bool is_closed() const { return status != ExecutionStatus::kRunning; }
};

// As AWS's GetExecutionHistory has it.
struct HistoryEvent {
  int64_t id = 0;        // 1, 2, 3...; 0 for RetryScheduled, which only Pawl has
  int64_t previous = 0;  // the event this one follows from
  absl::Time time;
  std::string type;          // "TaskStateEntered"
  std::string details_json;  // the type's details: {"name":"Charge","input":"{...}"}; "{}" if none
};

// "RUNNING", "SUCCEEDED"...
const char* ExecutionStatusName(ExecutionStatus status);

}  // namespace pawl
