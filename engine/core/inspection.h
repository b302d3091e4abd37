// What TestState asks of an execution and learns from it: the seam between engine/test_state and
// the interpreter, which evaluates a state under test exactly as it evaluates any other.
//
// Null in World for every real execution; then nothing here costs more than a comparison.
#pragma once

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "engine/value/value.h"

namespace pawl::core {

// Answers in place of a task's worker, or of the branches and items of a Parallel or Map.
struct StateMock {
  absl::optional<Value> result;  // else a failure
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  bool is_task_failure = true;  // States.TaskFailed matches it
  // Of a Distributed Map: how many of its items failed beside the result.
  absl::optional<int64_t> failed_iterations;
};

struct Inspection {
  // --- given
  absl::optional<Value> context;  // the context object in place of the execution's own
  int64_t prior_retries = 0;      // of the retrier that matches
  absl::optional<StateMock> mock;

  // --- seen: the intermediate values, absent where the state did not come so far
  absl::optional<Value> after_input_path;
  absl::optional<Value> after_parameters;  // or after Arguments
  absl::optional<Value> result;
  absl::optional<Value> after_result_selector;
  absl::optional<Value> after_result_path;
  absl::optional<Value> after_items_path;
  Value::Elements after_item_selector;
  absl::optional<int64_t> max_concurrency;
  absl::optional<int64_t> tolerated_failure_count;
  absl::optional<double> tolerated_failure_percentage;
  // The failure that Retry and Catch were asked about, and the catcher that took it (-1: none).
  bool has_failed = false;
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  int catcher = -1;
  int exhausted_retrier = -1;  // matched, and had no attempt left
};

}  // namespace pawl::core
