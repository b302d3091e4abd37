// pawl task succeed|fail|heartbeat: tasks that are answered by token.
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/command.h"
#include "cli/names.h"

namespace pawl::cli {
namespace {

// Tokens are long: "-" reads one from standard input.
absl::StatusOr<std::string> TokenOf(const Arguments& args) {
  if (args.At(0) != "-") return args.At(0);
  absl::StatusOr<std::string> text = ReadFile("-");
  if (!text.ok()) return text;
  return std::string(absl::StripAsciiWhitespace(*text));
}

template <typename Response, typename Request>
ExitCode Send(Invocation& call, const Request& request, const char* done) {
  Response response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (!call.wants_json()) {
    call.console().Line(absl::StrCat(call.console().palette()(Style::kGood, "✔ "), done));
  }
  return ExitCode::kOk;
}

ExitCode Succeed(Invocation& call) {
  const absl::StatusOr<std::string> token = TokenOf(call.args());
  if (!token.ok()) return call.Usage(std::string(token.status().message()));
  const absl::StatusOr<std::string> output = ReadInput(call.args().Text("output", "{}"), "output");
  if (!output.ok()) return call.Usage(std::string(output.status().message()));
  v1::ExecutionsSendTaskSuccessRequest request;
  request.set_task_token(*token);
  request.set_output(*output);
  return Send<v1::ExecutionsSendTaskSuccessResponse>(call, request, "the task succeeded");
}

ExitCode Fail(Invocation& call) {
  const absl::StatusOr<std::string> token = TokenOf(call.args());
  if (!token.ok()) return call.Usage(std::string(token.status().message()));
  v1::ExecutionsSendTaskFailureRequest request;
  request.set_task_token(*token);
  if (call.args().Has("error")) request.set_error(call.args().Text("error"));
  if (call.args().Has("cause")) request.set_cause(call.args().Text("cause"));
  return Send<v1::ExecutionsSendTaskFailureResponse>(call, request, "the task failed");
}

ExitCode Heartbeat(Invocation& call) {
  const absl::StatusOr<std::string> token = TokenOf(call.args());
  if (!token.ok()) return call.Usage(std::string(token.status().message()));
  v1::ExecutionsSendTaskHeartbeatRequest request;
  request.set_task_token(*token);
  if (call.args().Has("details")) {
    const absl::StatusOr<std::string> details =
        ReadInput(call.args().Text("details"), "text of --details");
    if (!details.ok()) return call.Usage(std::string(details.status().message()));
    request.set_details(*details);
  }
  return Send<v1::ExecutionsSendTaskHeartbeatResponse>(call, request, "the task goes on");
}

}  // namespace

std::vector<Command> TaskCommands() {
  const char* details =
      "TOKEN is the task token of a .waitForTaskToken or activity task: $$.Task.Token in the "
      "definition,\n"
      "PAWL_TASK_TOKEN in a worker --exec; - reads it from standard input. Exit code 1 if the "
      "task is no\n"
      "longer open.";
  return {
      {"task succeed",
       "TOKEN",
       "answer a task that waits for its token",
       details,
       1,
       1,
       {{"output", Flag::Kind::kText, "FILE|-|JSON", "its result [{}]", 'o'}},
       {{"pawl task succeed \"$TOKEN\" --output '{\"approved\":true}'", "a human said yes"}},
       &Succeed},
      {"task fail",
       "TOKEN",
       "fail a task that waits for its token",
       details,
       1,
       1,
       {{"error", Flag::Kind::kText, "NAME", "matched by Retry and Catch"},
        {"cause", Flag::Kind::kText, "TEXT", "why, for people"}},
       {{"pawl task fail \"$TOKEN\" --error Rejected --cause 'too expensive'", "a human said no"}},
       &Fail},
      {"task heartbeat",
       "TOKEN",
       "report that a task is still being worked on",
       details,
       1,
       1,
       {{"details", Flag::Kind::kText, "FILE|-|JSON", "progress, shown by pawl show"}},
       {{"pawl task heartbeat \"$TOKEN\" --details '{\"done\":70}'", "with progress"}},
       &Heartbeat},
  };
}

}  // namespace pawl::cli
