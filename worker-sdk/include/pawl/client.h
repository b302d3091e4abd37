// Talks to the engine: state machines, executions, and tasks that are answered by token.
//
//   pawl::Client client({.addresses = {"127.0.0.1:7233"}});
//   absl::Status status = client.PutStateMachine("Order", definition).status();
//   auto order = client.StartAndWait("Order", "order-7", "{\"id\":7}", absl::Seconds(30));
//   if (order.ok() && order->status == pawl::ExecutionStatus::kSucceeded) Use(order->output);
//
// Calls block, up to ConnectOptions::call_timeout. UNAVAILABLE and RESOURCE_EXHAUSTED are tried
// again until then, at the other addresses too: every call here is idempotent. A machine is named
// by its ARN or bare name, an execution by its ARN or MACHINE/NAME.
//
// Errors by code, where a call says nothing else: InvalidArgument (also: the ConnectOptions cannot
// be used), NotFound, Unavailable (not done, or not known whether: the same call again is safe),
// ResourceExhausted (a limit that the message names), DeadlineExceeded, Unauthenticated (the
// token), PermissionDenied.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pawl/connect.h"
#include "pawl/execution.h"
#include "pawl/pages.h"

namespace pawl {

// EXPRESS executions run in the engine's memory: at least once, at most five minutes, without a
// history. STANDARD ones are durable.
enum class MachineType { kStandard, kExpress };

struct StateMachineInfo {
  std::string arn;
  std::string name;
  int64_t revision = 0;
  std::vector<std::string> warnings;  // of the definition: "LINE:COLUMN CODE message"
};

// Which page of a history to read.
struct HistoryQuery {
  int page_size = 100;          // events, 1 to 1,000; a page ends by about 3 MiB as well
  std::string page_token = {};  // Page::next_token of the page before; "" for the first
  bool is_reverse = false;      // newest first
  // With the events that only Pawl has (RetryScheduled...), whose id is 0.
  bool includes_internal = false;
};

// Which executions to list: those that match all the members that are set.
struct ExecutionQuery {
  std::string machine = {};  // ARN or name; "": of all machines
  std::optional<ExecutionStatus> status = std::nullopt;
  std::string name_prefix = {};
  absl::Time started_from = absl::InfinitePast();      // inclusive
  absl::Time started_before = absl::InfiniteFuture();  // exclusive
  // The children of this Map Run; instead of `machine` and `name_prefix`.
  std::string map_run_arn = {};
  int page_size = 100;          // 1 to 1,000
  std::string page_token = {};  // Page::next_token of the page before; "" for the first
};

// Thread-safe. Cheap to keep, costly to make: one per process.
class Client {
 public:
  // Connects when first used.
  explicit Client(ConnectOptions connect = {});
  ~Client();

  // AlreadyExists: another definition has the name. InvalidArgument lists every problem of the
  // definition.
  absl::StatusOr<StateMachineInfo> CreateStateMachine(const std::string& name,
                                                      const std::string& definition,
                                                      const std::string& role_arn = std::string(),
                                                      MachineType type = MachineType::kStandard);
  // Adds a revision unless nothing changes. Running executions keep the revision they started with.
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
  // Starts or finds the execution and waits for its end for at most `wait` (one hour at most; not
  // limited by ConnectOptions::call_timeout). If it is still running then, its status is kRunning.
  // An EXPRESS execution is run for this call, and again if the call has to be sent again.
  absl::StatusOr<ExecutionInfo> StartAndWait(const std::string& machine, const std::string& name,
                                             const std::string& input_json, absl::Duration wait);
  absl::StatusOr<ExecutionInfo> Describe(const std::string& execution);
  // A page of its history, oldest first unless asked otherwise. FailedPrecondition: an EXPRESS
  // execution, which keeps none.
  absl::StatusOr<Page<HistoryEvent>> History(const std::string& execution,
                                             const HistoryQuery& query = {});
  // All of it from query.page_token on, page by page.
  Pages<HistoryEvent> HistoryPages(const std::string& execution, HistoryQuery query = {});
  // A page of executions, newest first, without input, output, error, cause and history_events,
  // which Describe fills. May lag behind a start or an end by the time of a commit.
  absl::StatusOr<Page<ExecutionInfo>> List(const ExecutionQuery& query = {});
  // All of them from query.page_token on, page by page.
  Pages<ExecutionInfo> ListPages(ExecutionQuery query = {});
  // Ends it as kAborted. Changes nothing if it has ended.
  absl::Status Stop(const std::string& execution, const std::string& error = std::string(),
                    const std::string& cause = std::string());

  // Answer a .waitForTaskToken or activity task. FailedPrecondition: it is no longer open.
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
