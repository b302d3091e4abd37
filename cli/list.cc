// pawl list
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

constexpr int64_t kDefaultLimit = 50;

v1::ExecutionsListRequest RequestOf(const Arguments& args) {
  v1::ExecutionsListRequest request;
  request.set_state_machine(args.At(0));
  v1::ExecutionStatus status = v1::EXECUTION_STATUS_UNSPECIFIED;
  if (v1::ExecutionStatus_Parse(absl::StrCat("EXECUTION_STATUS_", args.Text("status")), &status)) {
    request.set_status(status);
  }
  request.set_name_prefix(args.Text("prefix"));
  request.set_map_run_arn(args.Text("map-run"));
  const absl::Time now = absl::Now();
  if (args.Has("since")) *request.mutable_started_from() = ToProto(args.Time("since", now));
  if (args.Has("until")) *request.mutable_started_before() = ToProto(args.Time("until", now));
  return request;
}

void AddRow(const v1::Execution& execution, absl::Time now, Table* table) {
  const absl::Time started = ToTime(execution.start_time());
  const bool is_closed = execution.has_stop_time();
  const absl::Duration took = (is_closed ? ToTime(execution.stop_time()) : now) - started;
  table->Add({{absl::StrCat(StatusMark(execution.status()), " ", StatusName(execution.status())),
               StatusStyle(execution.status())},
              {ShortExecution(execution.arn()), Style::kAccent},
              {FormatAgo(started, now)},
              {FormatSpan(std::max(took, absl::ZeroDuration())),
               is_closed ? Style::kPlain : Style::kRunning}});
}

ExitCode List(Invocation& call) {
  const int64_t limit = call.args().Has("all") ? 0 : call.args().Number("limit", kDefaultLimit);
  Table table({{"STATUS"},
               {"EXECUTION", {.shrinks = true, .keeps_ends = true}},
               {"STARTED"},
               {"TOOK", {.right_aligned = true}}});
  Value::Elements executions;
  int64_t count = 0;
  const absl::Time now = absl::Now();
  const auto status = ForEachPage<v1::ExecutionsListRequest, v1::ExecutionsListResponse>(
      call.engine(), RequestOf(call.args()), limit, [&](const auto& page) {
        for (const v1::Execution& execution : page.executions()) {
          if (call.args().Has("names")) {
            call.console().Line(OneLine(ShortExecution(execution.arn())));
          } else if (call.wants_json()) {
            executions.push_back(ToJsonValue(execution));
          } else {
            AddRow(execution, now, &table);
          }
        }
        count += page.executions_size();
        return page.executions_size();
      });
  if (!status.ok()) return call.Refuse(status);
  if (call.args().Has("names")) return ExitCode::kOk;
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Array(std::move(executions)));
    return ExitCode::kOk;
  }
  if (table.is_empty()) {
    call.console().Note("no executions");
    return ExitCode::kOk;
  }
  call.console().Out(table.Render(call.console().palette(), call.console().width()));
  if (limit > 0 && count == limit && call.console().is_terminal()) {
    call.console().Note(call.console().note_palette()(
        Style::kDim, absl::StrCat("the newest ", limit, "; more with --limit N or --all")));
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> ListCommands() {
  return {{"list",
           "[MACHINE]",
           "executions, newest first",
           "",
           0,
           1,
           {{"status", Flag::Kind::kChoice, "RUNNING|SUCCEEDED|FAILED|TIMED_OUT|ABORTED",
             "only these", 's'},
            {"prefix", Flag::Kind::kText, "TEXT", "only names that begin with TEXT"},
            {"map-run", Flag::Kind::kText, "ARN", "the children of a Map Run (pawl map list)"},
            {"since", Flag::Kind::kTime, "TIME",
             "started then or later: 2026-05-01, or how long ago: 2h"},
            {"until", Flag::Kind::kTime, "TIME", "started before this time"},
            {"limit", Flag::Kind::kNumber, "N", "show at most N [50]"},
            {"all", Flag::Kind::kSwitch, "", "no limit"},
            {"names", Flag::Kind::kSwitch, "", "print MACHINE/NAME only, one per line"}},
           {{"pawl list order --status FAILED --since 24h", "what failed today"},
            {"pawl list order --status RUNNING --names | xargs -n1 pawl stop", "stop them all"}},
           &List}};
}

}  // namespace pawl::cli
