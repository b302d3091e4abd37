// pawl graph
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/command.h"
#include "cli/definition_file.h"
#include "cli/diagnostics.h"
#include "cli/graph/dot.h"
#include "cli/graph/layout.h"
#include "cli/graph/progress.h"
#include "cli/graph/svg.h"
#include "cli/graph/text.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/text.h"
#include "engine/asl/compile.h"

namespace pawl::cli {
namespace {

constexpr int64_t kMostEvents = 200'000;  // read for the colours

struct Subject {
  std::string title;
  Definition definition;
  absl::optional<GraphProgress> progress;  // of an execution
};

bool IsFile(const std::string& text) {
  return text == "-" || absl::EndsWith(text, ".json") || absl::EndsWith(text, ".asl") ||
         absl::EndsWith(text, ".yaml") || absl::EndsWith(text, ".yml") ||
         (absl::StartsWith(text, "./") || absl::StartsWith(text, "/"));
}

absl::Status ReadMachine(Invocation& call, const std::string& machine, int64_t revision,
                         Subject* subject) {
  v1::StateMachinesDescribeRequest request;
  request.set_state_machine(machine);
  request.set_revision(revision);
  v1::StateMachinesDescribeResponse response;
  if (absl::Status status = call.engine().Call(request, &response); !status.ok()) return status;
  absl::StatusOr<Definition> definition =
      Definition::Parse(absl::StrCat(machine, ".json"), response.definition());
  if (!definition.ok()) return definition.status();
  subject->definition = *std::move(definition);
  subject->title = absl::StrCat(response.state_machine().name(), "  revision ",
                                response.state_machine().revision());
  return absl::OkStatus();
}

absl::Status ReadExecution(Invocation& call, const std::string& name, Subject* subject) {
  v1::ExecutionsDescribeRequest request;
  request.set_execution(name);
  v1::ExecutionsDescribeResponse found;
  if (absl::Status status = call.engine().Call(request, &found); !status.ok()) return status;
  const v1::Execution& execution = found.execution();
  absl::Status status =
      ReadMachine(call, execution.state_machine_arn(), execution.revision(), subject);
  if (!status.ok()) return status;
  v1::ExecutionsGetHistoryRequest history;
  history.set_execution(name);
  history.set_include_internal(true);
  ProgressFold fold;
  status = ForEachPage<v1::ExecutionsGetHistoryRequest, v1::ExecutionsGetHistoryResponse>(
      call.engine(), history, kMostEvents, [&](const auto& page) {
        for (const v1::HistoryEvent& event : page.events()) fold.Add(event);
        return page.events_size();
      });
  if (!status.ok()) return status;
  if (found.history_events() > kMostEvents) {
    call.console().Note(absl::StrCat("coloured by the first ", kMostEvents, " of ",
                                     found.history_events(), " events"));
  }
  subject->progress = fold.Finish(IsClosed(execution.status()));
  subject->title =
      absl::StrCat(ShortExecution(execution.arn()), "  ", StatusName(execution.status()));
  return absl::OkStatus();
}

absl::Status ReadSubject(Invocation& call, const std::string& text, Subject* subject) {
  if (IsFile(text)) {
    absl::StatusOr<Definition> definition = ReadDefinition(text);
    if (!definition.ok()) return definition.status();
    subject->title = NameFromPath(text);
    subject->definition = *std::move(definition);
    return absl::OkStatus();
  }
  if (CheckExecution(text).ok()) return ReadExecution(call, text, subject);
  return ReadMachine(call, text, 0, subject);
}

// Names are cut shorter until the drawing fits; what then still does not is cut off at the right.
void PrintText(Invocation& call, const Subject& subject, const GraphBlock& graph) {
  const GraphProgress* progress = subject.progress.has_value() ? &*subject.progress : nullptr;
  Console& console = call.console();
  const int room = console.width();
  Drawing drawing;
  for (const LayoutOptions& options : {LayoutOptions{40, 36}, LayoutOptions{24, 24},
                                       LayoutOptions{16, 16}, LayoutOptions{12, 10}}) {
    drawing = LayOut(graph, progress, options);
    if (room == 0 || drawing.width <= room) break;
  }
  const std::string text = DrawText(drawing, progress, console.palette());
  console.Line(console.palette()(Style::kBold, OneLine(subject.title)));
  if (room == 0 || drawing.width <= room) {
    console.Out(text);
    return;
  }
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    console.Line(TruncateStyled(line, room));
  }
  console.Note(absl::StrCat("the drawing is ", drawing.width,
                            " columns wide; all of it: pawl graph ", call.args().At(0),
                            " --color=always | less -SR, or --svg"));
}

ExitCode Graph(Invocation& call) {
  Subject subject;
  const absl::Status status = ReadSubject(call, call.args().At(0), &subject);
  if (!status.ok()) {
    return IsFile(call.args().At(0)) ? call.Usage(std::string(status.message()))
                                     : call.Refuse(status);
  }
  std::vector<asl::Diagnostic> problems;
  const auto machine = asl::Compile(subject.definition.json(), {}, &problems);
  if (machine == nullptr) {
    subject.definition.Place(&problems);
    call.console().Note(
        absl::StripSuffix(RenderDiagnostics(call.args().At(0), subject.definition.text(),
                                            FromCompiler(problems), call.console().note_palette()),
                          "\n"));
    return call.Refuse(absl::InvalidArgumentError("a definition with errors cannot be drawn"));
  }
  const GraphBlock graph = BuildGraph(*machine);
  const GraphProgress* progress = subject.progress.has_value() ? &*subject.progress : nullptr;
  if (call.args().Has("dot")) {
    call.console().Out(DrawDot(graph, progress, subject.title));
  } else if (call.args().Has("svg")) {
    call.console().Out(DrawSvg(LayOut(graph, progress, {}), progress, subject.title));
  } else {
    PrintText(call, subject, graph);
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> GraphCommands() {
  return {{"graph",
           "FILE|MACHINE|EXECUTION",
           "draw a state machine, or an execution in colours",
           "Green succeeded, blue runs, red failed, yellow was caught or stopped, grey was not "
           "reached. ×3 is\n"
           "three visits, ↻2 two retries. Dashed lines are catchers. A file needs no engine.",
           1,
           1,
           {{"dot", Flag::Kind::kSwitch, "", "print DOT, for Graphviz"},
            {"svg", Flag::Kind::kSwitch, "", "print a self-contained SVG picture"}},
           {{"pawl graph order.asl.json", "while writing it"},
            {"pawl graph order/order-7", "where it has been"},
            {"pawl graph order/order-7 --svg > order-7.svg", "for a report"}},
           &Graph}};
}

}  // namespace pawl::cli
