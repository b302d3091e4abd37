// pawl stop
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

ExitCode Stop(Invocation& call) {
  for (const std::string& execution : call.args().positional()) {
    if (absl::Status status = CheckExecution(execution); !status.ok()) {
      return call.Usage(std::string(status.message()));
    }
  }
  ExitCode code = ExitCode::kOk;
  for (const std::string& execution : call.args().positional()) {
    v1::ExecutionsStopRequest request;
    request.set_execution(execution);
    if (call.args().Has("error")) request.set_error(call.args().Text("error"));
    if (call.args().Has("cause")) request.set_cause(call.args().Text("cause"));
    v1::ExecutionsStopResponse response;
    const absl::Status status = call.engine().Call(request, &response);
    if (!status.ok()) {
      code = call.Refuse(status);
      if (code == ExitCode::kUnreachable) return code;
      continue;
    }
    if (call.wants_json()) {
      PrintJson(call.console(), ToJsonValue(response));
      continue;
    }
    const Palette& paint = call.console().palette();
    call.console().Line(absl::StrCat(
        paint(Style::kGood, "✔ "), paint(Style::kAccent, OneLine(ShortExecution(execution))),
        " ended ", FormatAgo(ToTime(response.stop_time()), absl::Now())));
  }
  return code;
}

}  // namespace

std::vector<Command> StopCommands() {
  return {{"stop",
           "EXECUTION...",
           "end an execution as ABORTED",
           "Workers of running tasks are told. An execution that has ended stays as it is.",
           1,
           -1,
           {{"error", Flag::Kind::kText, "NAME", "an error name for the record"},
            {"cause", Flag::Kind::kText, "TEXT", "why, for people"}},
           {{"pawl stop order/order-7 --cause 'customer cancelled'", "with a reason"}},
           &Stop}};
}

}  // namespace pawl::cli
