// What a handler gets (Task) and what it gives back (TaskResult).
//
//   pawl::TaskResult Charge(const pawl::Task& task) {
//     if (task.is_cancelled()) return pawl::Fail("Cancelled", task.cancel_reason());
//     return pawl::Succeed("{\"charged\":true}");
//   }
//
// A handler runs at least once per attempt: a worker may die after the effect and before the result
// has arrived. Pass idempotency_key() on to whoever must not act twice.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"

namespace pawl {

namespace sdk {
class TaskState;
}  // namespace sdk

// ASL error names that the SDK itself gives. Match them in "Retry" and "Catch" like any other.
inline constexpr char kHandlerException[] = "Pawl.HandlerException";  // thrown, or never answered
inline constexpr char kHandlerCrashed[] = "Pawl.HandlerCrashed";      // SIGSEGV, abort()...
inline constexpr char kInvalidInput[] = "Pawl.InvalidInput";          // a typed handler's input
inline constexpr char kInvalidOutput[] = "Pawl.InvalidOutput";        // neither JSON nor UTF-8
inline constexpr char kNothingAwaited[] = "Pawl.NothingAwaited";  // Accept(), and no token awaited
inline constexpr char kDataLimitExceeded[] = "States.DataLimitExceeded";  // the result is too large

// The end of one attempt: output, a failure (data for the state machine, not an error of the
// worker), or that the request was handed on. A value. Made by Succeed(), Fail() and Accept().
class [[nodiscard]] TaskResult {
 public:
  bool ok() const { return kind_ != Kind::kFailed; }  // by Succeed() or Accept()
  bool is_accepted() const { return kind_ == Kind::kAccepted; }
  const std::string& output() const { return text_; }  // JSON text; of ok() only
  const std::string& error() const { return error_; }  // ASL error name; of !ok() only
  const std::string& cause() const { return text_; }   // for people; of !ok() only

 private:
  friend TaskResult Succeed(std::string output_json);
  friend TaskResult Fail(std::string error, std::string cause);
  friend TaskResult Accept(std::string response_json);
  enum class Kind { kSucceeded, kFailed, kAccepted };
  TaskResult(Kind kind, std::string error, std::string text)
      : kind_(kind), error_(std::move(error)), text_(std::move(text)) {}

  Kind kind_;
  std::string error_;
  std::string text_;
};

// `output_json` is JSON text in UTF-8. What is not becomes the failure Pawl.InvalidOutput.
inline TaskResult Succeed(std::string output_json = "null") {
  return TaskResult(TaskResult::Kind::kSucceeded, std::string(), std::move(output_json));
}

// Ends the attempt with an ASL error name, which "Retry" and "Catch" of the state match, and a
// cause. The cause is cut at 32,768 bytes.
inline TaskResult Fail(std::string error, std::string cause = std::string()) {
  return TaskResult(TaskResult::Kind::kFailed, std::move(error), std::move(cause));
}

// Says of a task that awaits_token() that its request has been handed on: somebody else will answer
// with Client::SendTaskSuccess or SendTaskFailure. `response_json` is shown in the history
// (TaskSubmitted) and is not the state's result. For any other task it is the failure
// Pawl.NothingAwaited.
inline TaskResult Accept(std::string response_json = "null") {
  return TaskResult(TaskResult::Kind::kAccepted, std::string(), std::move(response_json));
}

// One attempt of one scheduled task: a cheap handle, to be copied into whatever works at it.
// Thread-safe. Everything but heartbeats and cancellation is fixed.
class Task {
 public:
  explicit Task(std::shared_ptr<sdk::TaskState> state) : state_(std::move(state)) {}

  const std::string& input() const;  // JSON text
  const std::string& queue() const;  // the handler's name
  int attempt() const;               // 1, 2, 3... counting retries
  // The same over all attempts of one scheduled task, different for any other.
  const std::string& idempotency_key() const;

  // When the engine gives the attempt up (TimeoutSeconds); InfiniteFuture: never.
  absl::Time deadline() const;
  // Until deadline(), by the clock of the engine's world: use this rather than absl::Now() in code
  // that is tested in virtual time. Never negative.
  absl::Duration time_left() const;

  // HeartbeatSeconds of the state: call Heartbeat more often. InfiniteDuration: none needed.
  absl::Duration heartbeat_interval() const;
  // Says that the work goes on. `details_json` (JSON text, may be empty) is shown by describe, e.g.
  // {"done":70,"of":100}. Never blocks; of several before the next frame the last one is sent.
  void Heartbeat(std::string details_json = std::string()) const;

  // The attempt has timed out, its execution was stopped, or the engine gave it to another worker:
  // stop when convenient. Whatever is returned then is dropped.
  bool is_cancelled() const;
  std::string cancel_reason() const;  // "timed out", "execution stopped", "lease lost"; "" if not
  // Called once when the task is cancelled, or at once where it is already; never after the handler
  // has answered. Runs on the SDK's own thread: be quick, do not block.
  void OnCancel(std::function<void()> callback) const;
  // Sleeps up to `span`; true, and at once, where the task is cancelled. In a TestEngine time
  // stands still while a handler runs, so this returns at once there.
  bool WaitForCancel(absl::Duration span) const;

  const std::string& execution_arn() const;
  const std::string& state_name() const;
  absl::Time scheduled_time() const;
  const std::string& trace_parent() const;  // W3C trace context; "" where there is none
  // Names the attempt: give it to whoever shall call Client::SendTaskSuccess for an activity.
  const std::string& token() const;
  // The state waits for a token to be sent by someone else (.waitForTaskToken): answer with
  // Accept(). Succeed() does the same.
  bool awaits_token() const;

 private:
  std::shared_ptr<sdk::TaskState> state_;
};

}  // namespace pawl
