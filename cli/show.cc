// pawl show
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/open_states.h"
#include "cli/output.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

std::string Failure(const v1::ExecutionsDescribeResponse& found, const Palette& paint) {
  std::string out;
  if (found.has_error()) {
    out += FieldLine(paint, "error", paint(Style::kBad, OneLine(found.error())));
  }
  if (found.has_cause()) {
    // A cause is often a stack trace: its lines stay lines.
    bool is_first = true;
    for (absl::string_view line : absl::StrSplit(absl::string_view(found.cause()), '\n')) {
      out += FieldLine(paint, is_first ? "cause" : "", OneLine(line));
      is_first = false;
    }
  }
  return out;
}

std::string OpenStatesText(const v1::ExecutionsDescribeResponse& found, absl::Time now,
                           const Palette& paint) {
  int width = 0;
  for (const v1::OpenState& state : found.open_states()) width = std::max(width, LabelWidth(state));
  width = std::min(width, 40);
  std::string out = absl::StrCat("\n", paint(Style::kBold, "where it stands"), "\n");
  for (const v1::OpenState& state : found.open_states()) {
    absl::StrAppend(
        &out, "  ", DescribeOpenState(state, width, now, paint),
        paint(Style::kDim,
              absl::StrCat("  for ", FormatSpan(std::max(now - ToTime(state.entered_time()),
                                                         absl::ZeroDuration())))),
        "\n");
    if (!state.task_token().empty() &&
        state.waiting_for() == v1::OpenState::WAITING_FOR_TASK_TOKEN) {
      absl::StrAppend(&out, "    ", paint(Style::kDim, "token "), state.task_token(), "\n");
    }
  }
  return out;
}

void Print(Invocation& call, const v1::ExecutionsDescribeResponse& found) {
  const Palette& paint = call.console().palette();
  const v1::Execution& execution = found.execution();
  const absl::Time now = absl::Now();
  const auto when = [&](const google::protobuf::Timestamp& time) {
    return absl::StrCat(FormatLocal(ToTime(time)),
                        paint(Style::kDim, absl::StrCat("  ", FormatAgo(ToTime(time), now))));
  };
  std::string out = absl::StrCat(
      ClosingLine(execution, paint), found.is_parked() ? paint(Style::kDim, "  parked") : "", "\n",
      FieldLine(paint, "arn", execution.arn()),
      FieldLine(
          paint, "machine",
          absl::StrCat(paint(Style::kAccent, ShortMachine(execution.state_machine_arn())),
                       paint(Style::kDim, absl::StrCat("  revision ", execution.revision())))),
      FieldLine(paint, "started", when(execution.start_time())));
  if (execution.has_stop_time()) out += FieldLine(paint, "ended", when(execution.stop_time()));
  out +=
      FieldLine(paint, "history",
                absl::StrContains(execution.arn(), ":express:")
                    ? "none is kept of EXPRESS executions, nor their output; see the engine's log"
                    : absl::StrCat(found.history_events(), " events"));
  out += Failure(found, paint);
  absl::StrAppend(&out, "\n", paint(Style::kBold, "input"), "\n", PrettyPayload(found.input(), 2));
  if (!found.output().empty()) {
    absl::StrAppend(&out, "\n", paint(Style::kBold, "output"), "\n",
                    PrettyPayload(found.output(), 2));
  }
  if (found.open_states_size() > 0) out += OpenStatesText(found, now, paint);
  call.console().Out(out);
}

ExitCode Show(Invocation& call) {
  if (absl::Status status = CheckExecution(call.args().At(0)); !status.ok()) {
    return call.Usage(std::string(status.message()));
  }
  v1::ExecutionsDescribeRequest request;
  request.set_execution(call.args().At(0));
  request.set_include_open_states(true);
  return AskAndPrint(call, request, &Print, Payloads::kAsJson);
}

}  // namespace

std::vector<Command> ShowCommands() {
  return {
      {"show",
       "EXECUTION",
       "status, input, output, and where it stands",
       "A running execution is shown with every open state: its attempt, what it waits for, and\n"
       "until when. Task tokens are shown if the engine runs with --show-task-tokens.",
       1,
       1,
       {},
       {{"pawl show order/order-7", "for people"},
        {"pawl show order/order-7 --json | jq .output.total", "for programs"}},
       &Show}};
}

}  // namespace pawl::cli
