// Executions: start, wait, describe, list, stop.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/range/execution_view.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

struct StartInput {
  std::string machine;  // an ARN or a name
  std::string name;     // "" = a UUID is made
  std::string input;    // JSON text; "" means {}
  // Where the name runs already: it is the same start if the inputs are the same text, as AWS has it,
  // and not only the same value.
  bool compares_text = false;
};

struct DescribeResult {
  runtime::ExecutionView view;
  // The token of each open state, "" if it has no open attempt. Empty unless tokens are shown.
  std::vector<std::string> task_tokens;
};

struct ListQuery {
  std::string machine;  // "" = all; with ":VERSION" or ":ALIAS" those started by it
  absl::optional<persistence::Status> status;
  std::string name_prefix;
  absl::Time started_from = absl::InfinitePast();      // inclusive
  absl::Time started_before = absl::InfiniteFuture();  // exclusive
  int page_size = 0;                                   // 1 to 1000; 0 means 100
  std::string page_token;
  std::string map_run_arn;  // the children of this Map Run; instead of machine and name_prefix
  // As AWS: StateMachineDoesNotExist where there is none (any more), and EXPRESS ones are refused.
  bool needs_machine = false;
};

struct ListPage {
  std::vector<persistence::ExecutionRow> rows;  // newest first
  std::vector<int64_t> items;                   // of each row; empty without a Map Run
  std::string next_page_token;                  // "" at the end
};

// Thread-safe. Each operation answers once; common errors are ValidationException (a limit),
// InvalidArn, AccessDenied, Unavailable and, where an execution is named, ExecutionDoesNotExist.
class Executions {
 public:
  static constexpr absl::Duration kDefaultWait = absl::Minutes(1);
  static constexpr absl::Duration kMaxWait = absl::Hours(1);

  // `shows_task_tokens`: Describe hands out tokens of open attempts (flag --show-task-tokens).
  Executions(Deps deps, bool shows_task_tokens)
      : deps_(deps), shows_task_tokens_(shows_task_tokens) {}

  // Answered after the commit. StateMachineDoesNotExist, InvalidName, InvalidExecutionInput,
  // ExecutionAlreadyExists, Throttling (nothing was started).
  void Start(const CallContext& context, StartInput input, Done<runtime::StartResult> done);
  // Starts, or finds, and waits for the end at most `wait` (cut to kMaxWait); then the view says
  // RUNNING. An EXPRESS machine is run without being stored, and is waited for to its end.
  void StartAndWait(const CallContext& context, StartInput input, absl::Duration wait,
                    Done<runtime::ExecutionView> done);
  // Runs an EXPRESS machine to its end without storing it. StateMachineTypeNotSupported for a
  // STANDARD one.
  void StartSync(const CallContext& context, StartInput input, Done<runtime::ExecutionView> done);
  void Describe(const CallContext& context, const std::string& execution, bool open_states,
                Done<DescribeResult> done);
  void List(const CallContext& context, ListQuery query, Done<ListPage> done);
  // The time of the end: now, or earlier if it had ended already.
  // Goes on from where it failed or was stopped; answers when it was redriven. With a token that was
  // given before it answers when that was. ExecutionNotRedrivable; InvalidArn for EXPRESS.
  void Redrive(const CallContext& context, const std::string& execution, std::string client_token,
               Done<absl::Time> done);
  void Stop(const CallContext& context, const std::string& execution,
            absl::optional<std::string> error, absl::optional<std::string> cause,
            Done<absl::Time> done);

 private:
  void RunExpress(runtime::MachineTarget machine, std::string name, Payload input,
                  Done<runtime::ExecutionView> done);
  void WaitAfterStart(runtime::MachineTarget machine, std::string name, Payload input,
                      absl::Duration wait, Done<runtime::ExecutionView> done);

  const Deps deps_;
  const bool shows_task_tokens_;
};

// Authorizes `operation` on the execution that `text` names, and finds it.
void FindExecution(const Deps& deps, const CallContext& context, absl::string_view operation,
                   const std::string& text, Done<persistence::ExecutionRef> done);

}  // namespace pawl::service
