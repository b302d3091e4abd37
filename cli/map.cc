// pawl map: Distributed Maps at work.
#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"

namespace pawl::cli {
namespace {

std::string LimitText(int64_t limit, const char* none) {
  return limit == 0 ? none : absl::StrCat(limit);
}

std::string CountsText(const v1::MapRunCounts& counts) {
  std::string text = absl::StrCat(counts.total(), " in all");
  const std::pair<int64_t, const char*> parts[] = {
      {counts.pending(), "pending"}, {counts.pending_redrive(), "pending redrive"},
      {counts.running(), "running"}, {counts.succeeded(), "succeeded"},
      {counts.failed(), "failed"},   {counts.timed_out(), "timed out"},
      {counts.aborted(), "aborted"}};
  for (const auto& [count, name] : parts) {
    if (count > 0) absl::StrAppend(&text, ", ", count, " ", name);
  }
  return text;
}

std::string ToleranceText(const v1::MapRun& run) {
  std::string text = LimitText(run.tolerated_failure_count(), "");
  if (run.tolerated_failure_percentage() > 0) {
    absl::StrAppend(&text, text.empty() ? "" : " or ", run.tolerated_failure_percentage(), " %");
  }
  return text.empty() ? "none" : text;
}

void ShowMapRun(Invocation& call, const v1::MapRun& run) {
  const Palette& paint = call.console().palette();
  const absl::Time started = ToTime(run.start_time());
  const absl::Time until = run.has_stop_time() ? ToTime(run.stop_time()) : absl::Now();
  call.console().Out(absl::StrCat(
      paint(StatusStyle(run.status()),
            absl::StrCat(StatusMark(run.status()), " ", StatusName(run.status()))),
      "  ", paint(Style::kAccent, run.state_name()), "\n", FieldLine(paint, "arn", run.arn()),
      FieldLine(paint, "of", ShortExecution(run.execution_arn())),
      FieldLine(paint, "started",
                absl::StrCat(FormatLocal(started), ", ",
                             FormatSpan(std::max(until - started, absl::ZeroDuration())))),
      run.redrive_count() == 0
          ? ""
          : FieldLine(
                paint, "redriven",
                absl::StrCat(run.redrive_count(), run.redrive_count() == 1 ? " time" : " times",
                             ", last ", FormatLocal(ToTime(run.redrive_time())))),
      FieldLine(paint, "items", CountsText(run.item_counts())),
      FieldLine(paint, "children", CountsText(run.execution_counts())),
      FieldLine(paint, "at once", LimitText(run.max_concurrency(), "as the engine allows")),
      FieldLine(paint, "tolerates", ToleranceText(run))));
}

ExitCode List(Invocation& call) {
  v1::ExecutionsListMapRunsRequest request;
  request.set_execution(call.args().At(0));
  if (const absl::Status status = CheckExecution(request.execution()); !status.ok()) {
    return call.Usage(std::string(status.message()));
  }
  v1::ExecutionsListMapRunsResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    Value::Elements runs;
    for (const v1::MapRun& run : response.map_runs()) runs.push_back(ToJsonValue(run));
    PrintJson(call.console(), Value::Array(std::move(runs)));
    return ExitCode::kOk;
  }
  Table table({{"STATUS"},
               {"STATE", {.shrinks = true}},
               {"ITEMS", {.right_aligned = true}},
               {"FAILED", {.right_aligned = true}},
               {"STARTED"},
               {"MAP RUN", {.shrinks = true, .keeps_ends = true}}});
  for (const v1::MapRun& run : response.map_runs()) {
    const v1::MapRunCounts& items = run.item_counts();
    table.Add({{absl::StrCat(StatusMark(run.status()), " ", StatusName(run.status())),
                StatusStyle(run.status())},
               {run.state_name(), Style::kAccent},
               {absl::StrCat(items.succeeded(), "/", items.total())},
               {absl::StrCat(items.failed() + items.timed_out() + items.aborted())},
               {FormatAgo(ToTime(run.start_time()), absl::Now())},
               {run.arn(), Style::kDim}});
  }
  if (table.is_empty()) {
    call.console().Note("no Map Runs");
  } else {
    call.console().Out(table.Render(call.console().palette(), call.console().width()));
  }
  return ExitCode::kOk;
}

ExitCode Print(Invocation& call, const v1::MapRun& run) {
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(run));
  } else {
    ShowMapRun(call, run);
  }
  return ExitCode::kOk;
}

ExitCode Show(Invocation& call) {
  v1::ExecutionsDescribeMapRunRequest request;
  request.set_map_run_arn(call.args().At(0));
  v1::ExecutionsDescribeMapRunResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  return status.ok() ? Print(call, response.map_run()) : call.Refuse(status);
}

ExitCode Update(Invocation& call) {
  v1::ExecutionsUpdateMapRunRequest request;
  request.set_map_run_arn(call.args().At(0));
  if (call.args().Has("max-concurrency")) {
    request.set_max_concurrency(call.args().Number("max-concurrency", 0));
  }
  if (call.args().Has("tolerated-count")) {
    request.set_tolerated_failure_count(call.args().Number("tolerated-count", 0));
  }
  if (call.args().Has("tolerated-percentage")) {
    double percentage = 0;
    if (!absl::SimpleAtod(call.args().Text("tolerated-percentage"), &percentage)) {
      return call.Usage("--tolerated-percentage takes a number from 0 to 100");
    }
    request.set_tolerated_failure_percentage(percentage);
  }
  if (!request.has_max_concurrency() && !request.has_tolerated_failure_count() &&
      !request.has_tolerated_failure_percentage()) {
    return call.Usage("nothing to change: give a flag");
  }
  v1::ExecutionsUpdateMapRunResponse response;
  const absl::Status status = call.engine().Call(request, &response);
  return status.ok() ? Print(call, response.map_run()) : call.Refuse(status);
}

}  // namespace

std::vector<Command> MapCommands() {
  return {{"map list",
           "EXECUTION",
           "the Map Runs of an execution, newest first",
           "A Map Run is a Distributed Map state at work. Its children are executions of their "
           "own:\n`pawl list --map-run ARN` shows them.",
           1,
           1,
           {},
           {{"pawl map list import/2026-05-01", "its Map Runs and how far they have come"}},
           &List},
          {"map show",
           "MAP_RUN_ARN",
           "the progress of a Map Run",
           "",
           1,
           1,
           {},
           {{"pawl map show $(pawl map list import/7 --json | jq -r '.[0].arn')", "the newest"}},
           &Show},
          {"map update",
           "MAP_RUN_ARN",
           "change a Map Run while it runs",
           "",
           1,
           1,
           {{"max-concurrency", Flag::Kind::kNumber, "N", "children at once; 0 = no limit"},
            {"tolerated-count", Flag::Kind::kNumber, "N", "items that may fail"},
            {"tolerated-percentage", Flag::Kind::kText, "N", "of the items that may fail"}},
           {{"pawl map update ARN --max-concurrency 10", "go easy on the database"}},
           &Update}};
}

}  // namespace pawl::cli
