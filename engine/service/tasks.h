// Answers to tasks: by whoever holds a token (AWS's SendTask*), and by workers.
#pragma once

#include <string>

#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

// What a worker made of a task. Moved through the engine, never copied.
struct TaskResult {
  absl::StatusOr<Payload> output = Payload();  // of a success; not OK: the text is not JSON
  bool is_failure = false;
  absl::optional<std::string> error;  // of a failure
  absl::optional<std::string> cause;
};
// The text becomes the payload's own.
TaskResult Succeeded(std::string output_json);
// Error and cause are cut to AWS's limits: the worker could do no better by sending them again.
TaskResult Failed(absl::optional<std::string> error, absl::optional<std::string> cause);

// Thread-safe.
class Tasks {
 public:
  explicit Tasks(Deps deps) : deps_(deps) {}

  // By token. InvalidToken, InvalidOutput, ValidationException (a limit), TaskDoesNotExist (its
  // execution is not known), TaskTimedOut (it was answered, has timed out, or its execution ended).
  void SendSuccess(const CallContext& context, const std::string& token, std::string output_json,
                   Done<Empty> done);
  void SendFailure(const CallContext& context, const std::string& token,
                   absl::optional<std::string> error, absl::optional<std::string> cause,
                   Done<Empty> done);
  void SendHeartbeat(const CallContext& context, const std::string& token, std::string details,
                     Done<Empty> done);

  // By the task's worker. The outcome says whether the result counted.
  void Complete(const CallContext& context, const std::string& token, const TaskResult& result,
                Done<core::CommandOutcome> done);
  // False: the attempt is over, the worker may stop. Extends the lease of a polled task. Details
  // beyond the limits (limits.h) are an error and change nothing.
  void Heartbeat(const CallContext& context, const std::string& token, std::string details,
                 Done<bool> done);

 private:
  const Deps deps_;
};

}  // namespace pawl::service
