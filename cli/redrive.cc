// pawl redrive
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int64_t kDefaultRate = 20;  // executions a second
constexpr int64_t kNoteEvery = 100;

absl::Status RedriveOne(Invocation& call, const std::string& execution) {
  v1::ExecutionsRedriveRequest request;
  request.set_execution(execution);
  request.set_client_token(NewUuid());
  v1::ExecutionsRedriveResponse response;
  absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return status;
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(response));
  } else {
    const Palette& paint = call.console().palette();
    call.console().Line(absl::StrCat(paint(Style::kGood, "✔ "),
                                     paint(Style::kAccent, OneLine(ShortExecution(execution))),
                                     " goes on"));
  }
  return absl::OkStatus();
}

// What is to be redriven, noted before the first is: those that fail again are not taken twice.
absl::Status Select(Invocation& call, std::vector<std::string>* executions) {
  const Arguments& args = call.args();
  v1::ExecutionsListRequest request;
  request.set_state_machine(args.Text("machine"));
  v1::ExecutionStatus status = v1::EXECUTION_STATUS_FAILED;
  v1::ExecutionStatus_Parse(absl::StrCat("EXECUTION_STATUS_", args.Text("status", "FAILED")),
                            &status);
  request.set_status(status);
  const absl::Time now = absl::Now();
  if (args.Has("since")) *request.mutable_started_from() = ToProto(args.Time("since", now));
  if (args.Has("until")) *request.mutable_started_before() = ToProto(args.Time("until", now));
  return ForEachPage<v1::ExecutionsListRequest, v1::ExecutionsListResponse>(
      call.engine(), request, args.Number("limit", 0), [&](const auto& page) {
        for (const v1::Execution& execution : page.executions()) {
          executions->push_back(execution.arn());
        }
        return page.executions_size();
      });
}

ExitCode RedriveAll(Invocation& call, const std::vector<std::string>& executions, bool is_paced) {
  const absl::Duration pause = absl::Seconds(1) / call.args().Number("rate", kDefaultRate);
  ExitCode code = ExitCode::kOk;
  int64_t done = 0;
  int64_t refused = 0;
  for (const std::string& execution : executions) {
    const absl::Time began = absl::Now();
    const absl::Status status = RedriveOne(call, execution);
    if (!status.ok()) {
      ++refused;
      code = call.Refuse(status);
      if (code == ExitCode::kUnreachable) return code;
    }
    if (!is_paced) continue;
    if (++done % kNoteEvery == 0) {
      call.console().Note(absl::StrCat(done, " of ", executions.size(), ", ", refused, " refused"));
    }
    absl::SleepFor(pause - (absl::Now() - began));
  }
  if (is_paced) {
    call.console().Note(absl::StrCat(executions.size() - static_cast<size_t>(refused), " of ",
                                     executions.size(), " go on"));
  }
  return code;
}

ExitCode Redrive(Invocation& call) {
  const bool has_filter = call.args().Has("machine");
  if (has_filter != call.args().positional().empty()) {
    return call.Usage("name executions, or choose them with --machine NAME");
  }
  for (const std::string& execution : call.args().positional()) {
    if (absl::Status status = CheckExecution(execution); !status.ok()) {
      return call.Usage(std::string(status.message()));
    }
  }
  if (!has_filter) return RedriveAll(call, call.args().positional(), /*is_paced=*/false);
  std::vector<std::string> executions;
  if (const absl::Status status = Select(call, &executions); !status.ok()) {
    return call.Refuse(status);
  }
  if (executions.empty()) call.console().Note("no such executions");
  return RedriveAll(call, executions, /*is_paced=*/true);
}

}  // namespace

std::vector<Command> RedriveCommands() {
  return {
      {"redrive",
       "[EXECUTION...]",
       "let executions go on from where they failed",
       "What has succeeded is not run again: a failed task is scheduled anew, of a Parallel or "
       "Map only what failed or was aborted. Retries and time-outs begin anew.",
       0,
       -1,
       {{"machine", Flag::Kind::kText, "NAME", "all of this machine that failed"},
        {"status", Flag::Kind::kChoice, "FAILED|TIMED_OUT|ABORTED", "which of them [FAILED]", 's'},
        {"since", Flag::Kind::kTime, "TIME", "started then or later"},
        {"until", Flag::Kind::kTime, "TIME", "started before this time"},
        {"limit", Flag::Kind::kNumber, "N", "at most N, the newest [all]"},
        {"rate", Flag::Kind::kNumber, "N", "at most N a second [20]"}},
       {{"pawl redrive order/order-7", "one execution"},
        {"pawl redrive --machine order --since 2h --rate 50", "what failed in two hours"}},
       &Redrive}};
}

}  // namespace pawl::cli
