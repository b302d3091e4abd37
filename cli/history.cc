// pawl history
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/command.h"
#include "cli/history_text.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/text.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

constexpr int kTypeWidth = 24;  // of most types; longer ones push the rest of their line
constexpr int kSubjectWidth = 18;

// Prints events as they come: the widths are fixed, for nobody knows the end of a history that is
// followed.
class Printer {
 public:
  Printer(Invocation& call, absl::Time start)
      : console_(call.console()),
        start_(start),
        is_full_(call.args().Has("full")),
        is_json_(call.wants_json()) {}

  void Header() {
    if (is_json_) return;
    console_.Line(console_.palette()(
        Style::kDim,
        absl::StrCat(Pad("ID", 5, true), "  ", Pad("TIME", 10, true), "  ", Pad("TYPE", kTypeWidth),
                     "  ", Pad("NAME", kSubjectWidth), "  SUMMARY")));
  }

  void Print(const v1::HistoryEvent& event) {
    if (is_json_) return console_.Line(SafeJson(ToJson(ToJsonValue(event))));
    const Palette& paint = console_.palette();
    const EventText text = DescribeEvent(event);
    const bool is_internal = event.id() == 0;
    const std::string id = is_internal ? std::string() : absl::StrCat(event.id());
    const std::string time =
        absl::StrFormat("+%.3fs", absl::ToDoubleSeconds(ToTime(event.timestamp()) - start_));
    std::string line = absl::StrCat(Pad(id, 5, true), "  ", Pad(time, 10, true), "  ",
                                    Pad(event.type(), kTypeWidth), "  ",
                                    Pad(Truncate(OneLine(text.subject), 40), kSubjectWidth), "  ");
    const std::string summary = is_full_ && !text.payload.empty() ? "" : OneLine(text.summary);
    const int room =
        console_.width() == 0 ? 0 : std::max(10, console_.width() - DisplayWidth(line));
    const std::string cut = room == 0 ? Cut(summary) : Truncate(summary, room);
    const size_t type_at = line.find(event.type());
    if (is_internal) {
      console_.Line(paint(Style::kDim, line + cut));
    } else {
      console_.Line(
          absl::StrCat(paint(Style::kDim, line.substr(0, type_at)), paint(text.style, event.type()),
                       line.substr(type_at + event.type().size()),
                       paint(text.style == Style::kBad ? Style::kBad : Style::kDim, cut)));
    }
    if (is_full_ && !text.payload.empty()) console_.Out(PrettyPayload(text.payload, 19));
  }

 private:
  // Away from a terminal lines may be long, but not without bound.
  static std::string Cut(const std::string& summary) { return Truncate(summary, 300); }

  Console& console_;
  const absl::Time start_;
  const bool is_full_;
  const bool is_json_;
};

ExitCode Follow(Invocation& call, Printer* printer) {
  v1::ExecutionsFollowHistoryRequest request;
  request.set_execution(call.args().At(0));
  request.set_include_internal(!call.args().Has("aws"));
  int broken = 0;
  while (true) {
    const absl::Status status = call.engine().Follow(request, [&](const auto& batch) {
      for (const v1::HistoryEvent& event : batch.events()) {
        printer->Print(event);
        request.set_after_event_id(std::max(request.after_event_id(), event.id()));
      }
      call.console().Flush();
      broken = 0;
    });
    if (status.ok()) return ExitCode::kOk;
    // An engine that restarts is back in seconds; the stream goes on behind the last event.
    if (!absl::IsUnavailable(status) || ++broken > 20) return call.Refuse(status);
    absl::SleepFor(absl::Milliseconds(std::min(200 << broken, 3000)));
  }
}

ExitCode Print(Invocation& call, Printer* printer) {
  v1::ExecutionsGetHistoryRequest request;
  request.set_execution(call.args().At(0));
  request.set_reverse(call.args().Has("reverse"));
  request.set_include_internal(!call.args().Has("aws") && !call.wants_json());
  Value::Elements events;
  const auto status =
      ForEachPage<v1::ExecutionsGetHistoryRequest, v1::ExecutionsGetHistoryResponse>(
          call.engine(), request, call.args().Number("limit", 0), [&](const auto& page) {
            for (const v1::HistoryEvent& event : page.events()) {
              if (call.wants_json()) {
                events.push_back(ToJsonValue(event));
              } else {
                printer->Print(event);
              }
            }
            return page.events_size();
          });
  if (!status.ok()) return call.Refuse(status);
  if (call.wants_json()) {
    PrintJson(call.console(), Value::Object({{"events", Value::Array(std::move(events))}}));
  }
  return ExitCode::kOk;
}

ExitCode History(Invocation& call) {
  if (absl::Status status = CheckExecution(call.args().At(0)); !status.ok()) {
    return call.Usage(std::string(status.message()));
  }
  if (call.args().Has("follow") && call.args().Has("reverse")) {
    return call.Usage("--follow and --reverse do not go together");
  }
  v1::ExecutionsDescribeRequest request;
  request.set_execution(call.args().At(0));
  v1::ExecutionsDescribeResponse execution;
  const absl::Status status = call.engine().Call(request, &execution);
  if (!status.ok()) return call.Refuse(status);
  Printer printer(call, ToTime(execution.execution().start_time()));
  printer.Header();
  return call.args().Has("follow") ? Follow(call, &printer) : Print(call, &printer);
}

}  // namespace

std::vector<Command> HistoryCommands() {
  return {
      {"history",
       "EXECUTION",
       "what happened, event by event",
       "Events have AWS's names; those that only Pawl has (RetryScheduled) are dim and without a "
       "number.\n"
       "--json prints what AWS's get-execution-history does; with --follow one event a line.",
       1,
       1,
       {{"follow", Flag::Kind::kSwitch, "", "print new events until the execution has ended", 'f'},
        {"reverse", Flag::Kind::kSwitch, "", "newest first", 'r'},
        {"full", Flag::Kind::kSwitch, "", "whole payloads"},
        {"aws", Flag::Kind::kSwitch, "", "leave out events that AWS does not have"},
        {"limit", Flag::Kind::kNumber, "N", "show at most N [all]"}},
       {{"pawl history order/order-7 --follow", "watch it happen"},
        {"pawl history order/order-7 --reverse --limit 20 --full", "the end of it, with payloads"}},
       &History}};
}

}  // namespace pawl::cli
