// What the tasks of a case answer, as its file tells: a behaviour per task, or the answers that
// were seen in the recorded history.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/value/value.h"
#include "tests/conformance/case_file.h"

namespace pawl::conformance {

struct MockAnswer {
  bool never = false;  // takes the task and does not answer
  absl::Duration after = absl::ZeroDuration();
  absl::optional<std::string> output;  // JSON text; else a failure
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
};

// The answer to one task; for a task that waits for its token, first the worker's own (`submit`),
// then the one by token (`answer`).
struct MockReply {
  MockAnswer submit;
  MockAnswer answer;
};

class MockTasks {
 public:
  explicit MockTasks(const Case& test);

  // All queues that the case's tasks are served from.
  std::vector<std::string> Queues() const;
  // The worker's name for a queue; "" where the case has none.
  std::string WorkerName(const std::string& queue) const;
  // The reply to the next call of `queue` with `input` (what the worker gets).
  MockReply Next(const std::string& queue, const Value& input, bool awaits_token);

 private:
  const Value* BehaviourOf(const std::string& queue) const;
  const Value* NextObserved(const std::string& queue);

  const Case& test_;
  std::map<std::string, const Value*> tasks_;  // by queue
  bool uses_lambda_invoke_ = false;
  std::vector<bool> is_used_;  // of observed_calls
};

}  // namespace pawl::conformance
