// Talks to the engine: state machines, executions, and tasks that are answered by token.
//
//   pawl::Client client({.addresses = {"127.0.0.1:7233"}});
//   absl::Status status = client.PutStateMachine("Order", definition).status();
//   auto order = client.StartAndWait("Order", "order-7", "{\"id\":7}", absl::Seconds(30));
//   if (order.ok() && order->status == pawl::ExecutionStatus::kSucceeded) Use(order->output);
//
// Calls block, up to ClientOptions::timeout. UNAVAILABLE and RESOURCE_EXHAUSTED are tried again
// until then, at the other addresses too: every call here is idempotent. A machine is named by its
// ARN or bare name, an execution by its ARN or MACHINE/NAME.
//
// Errors by code, where a call says nothing else: InvalidArgument, NotFound, Unavailable (not done,
// or not known whether: the same call again is safe), ResourceExhausted (a limit that the message
// names), DeadlineExceeded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pawl/execution.h"

namespace pawl {

struct ClientOptions {
  std::vector<std::string> addresses = {"127.0.0.1:7233"};  // HOST:PORT; the first that answers
  absl::Duration timeout = absl::Seconds(30);               // of one call, its retries included
};

// EXPRESS executions run in the engine's memory: at least once, at most five minutes, without a
// history. STANDARD ones are durable.
enum class MachineType { kStandard, kExpress };

struct StateMachineInfo {
  std::string arn;
  std::string name;
  int64_t revision = 0;
  std::vector<std::string> warnings;  // of the definition: "LINE:COLUMN CODE message"
};

// Thread-safe. Cheap to keep, costly to make: one per process.
class Client {
 public:
  // Connects when first used.
  explicit Client(ClientOptions options = {});
  ~Client();

  // AlreadyExists: another definition has the name. InvalidArgument lists every problem of the
  // definition.
  absl::StatusOr<StateMachineInfo> CreateStateMachine(const std::string& name,
                                                      const std::string& definition,
                                                      const std::string& role_arn = std::string(),
                                                      MachineType type = MachineType::kStandard);
  // Adds a revision unless nothing changes. What runs keeps the revision it started with.
  absl::StatusOr<StateMachineInfo> UpdateStateMachine(const std::string& machine,
                                                      const std::string& definition);
  // Creates it, or updates it where it exists: what a service calls when it starts.
  absl::StatusOr<StateMachineInfo> PutStateMachine(const std::string& name,
                                                   const std::string& definition);

  // Returns when the start is durable. The same name with the same input, while that execution
  // runs, is the same execution; otherwise AlreadyExists. "" as name: a UUID; "" as input: {}. The
  // result has arn, start_time and status.
  absl::StatusOr<ExecutionInfo> Start(const std::string& machine, const std::string& name,
                                      const std::string& input_json);
  // Starts, or finds, and waits for the end at most `wait` (at most an hour; not bounded by
  // ClientOptions::timeout). Then the execution goes on, and its status is kRunning. Of an EXPRESS
  // machine: it is run for this call, and again where the call has to be sent again.
  absl::StatusOr<ExecutionInfo> StartAndWait(const std::string& machine, const std::string& name,
                                             const std::string& input_json, absl::Duration wait);
  absl::StatusOr<ExecutionInfo> Describe(const std::string& execution);
  // The whole of it, oldest first.
  absl::StatusOr<std::vector<HistoryEvent>> History(const std::string& execution);
  // Ends it as kAborted. Of one that has ended: nothing changes.
  absl::Status Stop(const std::string& execution, const std::string& error = std::string(),
                    const std::string& cause = std::string());

  // Of a .waitForTaskToken or activity task. FailedPrecondition: it is no longer open.
  absl::Status SendTaskSuccess(const std::string& task_token, const std::string& output_json);
  absl::Status SendTaskFailure(const std::string& task_token, const std::string& error,
                               const std::string& cause);
  absl::Status SendTaskHeartbeat(const std::string& task_token,
                                 const std::string& details_json = std::string());

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl
