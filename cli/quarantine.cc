// pawl quarantine: executions that cannot be read.
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/text.h"

namespace pawl::cli {
namespace {

// "SLOT/ID", as the list shows it.
bool ParsePlace(const std::string& text, int32_t* slot, int64_t* id) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  return absl::SimpleAtoi(parts.first, slot) && absl::SimpleAtoi(parts.second, id);
}

constexpr char kPlaceRule[] = "name it by its place, SLOT/ID, as 'pawl quarantine list' shows it";

void Print(Invocation& call, const v1::ClusterListQuarantinedResponse& quarantined) {
  Console& console = call.console();
  const Palette& paint = console.palette();
  if (quarantined.executions().empty()) {
    console.Line(paint(Style::kDim, "nothing is in quarantine"));
    return;
  }
  Table table({{"PLACE"}, {"EXECUTION"}, {"SINCE"}, {"WHY", {.shrinks = true}}});
  const absl::Time now = absl::Now();
  for (const v1::QuarantinedExecution& entry : quarantined.executions()) {
    table.Add({{absl::StrCat(entry.slot(), "/", entry.id()), Style::kAccent},
               {entry.execution().empty() ? "?" : entry.execution()},
               {FormatAgo(ToTime(entry.since()), now)},
               {entry.reason(), Style::kBad}});
  }
  console.Out(table.Render(paint, console.width()));
}

ExitCode List(Invocation& call) {
  return AskAndPrint(call, v1::ClusterListQuarantinedRequest(), &Print);
}

ExitCode Retry(Invocation& call) {
  ExitCode code = ExitCode::kOk;
  for (const std::string& place : call.args().positional()) {
    int32_t slot = 0;
    int64_t id = 0;
    if (!ParsePlace(place, &slot, &id)) return call.Usage(kPlaceRule);
    v1::ClusterRetryQuarantinedRequest request;
    request.set_slot(slot);
    request.set_id(id);
    v1::ClusterRetryQuarantinedResponse response;
    const absl::Status status = call.engine().Call(request, &response);
    if (!status.ok()) {
      code = call.Refuse(status);
      if (code == ExitCode::kUnreachable) return code;
      continue;
    }
    if (call.wants_json()) continue;
    call.console().Line(absl::StrCat(call.console().palette()(Style::kGood, "✔ "), place,
                                     " is read again and goes on"));
  }
  return code;
}

// A line of JSON for each stored transition; with --json an array of them, printed as pages arrive.
ExitCode Export(Invocation& call) {
  v1::ClusterExportExecutionRequest request;
  int32_t slot = 0;
  int64_t id = 0;
  if (!ParsePlace(call.args().At(0), &slot, &id)) return call.Usage(kPlaceRule);
  request.set_slot(slot);
  request.set_id(id);
  request.set_from_sequence(1);
  Console& console = call.console();
  const bool is_array = call.wants_json();
  const char* separator = is_array ? "[" : "";
  while (request.from_sequence() > 0) {
    v1::ClusterExportExecutionResponse response;
    const absl::Status status = call.engine().Call(request, &response);
    if (!status.ok()) return call.Refuse(status);
    for (const v1::StoredRecord& record : response.records()) {
      console.Out(absl::StrCat(separator, "{\"sequence\":", record.sequence(), ",\"record\":\"",
                               absl::Base64Escape(record.record()), "\"}", is_array ? "" : "\n"));
      if (is_array) separator = ",\n";
    }
    const int64_t next = response.next_sequence();
    if (next != 0 && next <= request.from_sequence()) {
      return call.Refuse(absl::InternalError("the engine's pages do not advance"));
    }
    request.set_from_sequence(next);
  }
  // An array that has not begun yet is an empty one.
  if (is_array) console.Out(absl::string_view(separator) == "[" ? "[]\n" : "]\n");
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> QuarantineCommands() {
  return {{"quarantine list",
           "",
           "executions whose stored rows cannot be read, and why",
           "They stay as they are, and everything else runs. See docs/operations.md.",
           0,
           0,
           {},
           {{"pawl quarantine list --json", "for programs"}},
           &List},
          {"quarantine retry",
           "SLOT/ID...",
           "read an execution again and go on with it",
           "Use it after mending what was wrong: a lost definition, a damaged row.",
           1,
           -1,
           {},
           {{"pawl quarantine retry 17/4294967297", "one of the list"}},
           &Retry},
          {"quarantine export",
           "SLOT/ID",
           "what is stored of an execution, a line of JSON for each transition",
           "Records are base64 of pawl.storage.v1.Transition "
           "(proto/pawl/storage/v1/storage.proto). With\n"
           "--json the lines are one array.",
           1,
           1,
           {},
           {{"pawl quarantine export 17/4294967297 > broken.jsonl", "to look at it elsewhere"}},
           &Export}};
}

}  // namespace pawl::cli
