// pawl test: whole machines against mocks, in virtual time, without an engine.
#include <cstdio>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/definition_file.h"
#include "cli/diagnostics.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/test_report.h"
#include "cli/text.h"
#include "engine/machine_test/read_test_file.h"
#include "engine/runtime/world/log.h"
#include "engine/value/json.h"

namespace pawl::cli {
namespace {

using machine_test::TestCase;
using machine_test::TestFile;

absl::StatusOr<machine_test::DefinitionText> ReadMachineFile(const std::string& path) {
  const absl::StatusOr<Definition> definition = ReadDefinition(path);
  if (!definition.ok()) return definition.status();
  machine_test::DefinitionText text{definition->json(), nullptr};
  if (definition->Locate("").has_value()) {
    text.place = [definition = *definition](const std::string& pointer) {
      return *definition.Locate(pointer);
    };
  }
  return text;
}

absl::StatusOr<machine_test::ReadOptions> OptionsOf(const Arguments& args) {
  machine_test::ReadOptions options;
  options.read = &ReadFile;
  options.read_definition = &ReadMachineFile;
  options.definition = args.Text("definition");
  if (args.Has("machine")) options.only_machine = args.Text("machine");
  if (args.Has("input")) {
    absl::StatusOr<std::string> text = ReadInput(args.Text("input"));
    if (!text.ok()) return text.status();
    options.input = *ParseJson(*text);
  }
  return options;
}

void NoteProblem(Invocation& call, const machine_test::FileProblem& problem) {
  const Diagnostics diagnostics = FromCompiler(problem.diagnostics);
  std::string text =
      RenderDiagnostics(problem.path, problem.text, diagnostics, call.console().note_palette());
  if (!text.empty() && text.back() == '\n') text.pop_back();
  call.console().Note(text);
}

// All files, or none: what is wrong with any of them is said before anything runs.
bool ReadAll(Invocation& call, const machine_test::ReadOptions& options,
             std::vector<TestFile>* files) {
  bool is_ok = true;
  for (const std::string& path : call.args().positional()) {
    machine_test::FileProblem problem;
    if (machine_test::ReadTestFile(path, options, files, &problem)) continue;
    NoteProblem(call, problem);
    is_ok = false;
  }
  return is_ok;
}

TestReport RunAll(Invocation& call, const std::vector<TestFile>& files) {
  TestReport report;
  machine_test::Coverage coverage;
  const bool is_quiet = call.wants_json();
  for (const TestFile& file : files) {
    TestedFile tested{file.path, file.machine.path, {}};
    if (!is_quiet) call.console().Line(call.console().palette()(Style::kBold, OneLine(file.path)));
    for (const TestCase& test : file.cases) {
      if (call.args().Has("case") && test.name != call.args().Text("case")) continue;
      tested.cases.push_back(machine_test::RunCase(file, test, &coverage));
      if (!is_quiet) {
        call.console().Out(CaseText(tested.cases.back(), call.console().palette()));
      }
    }
    report.files.push_back(std::move(tested));
  }
  report.coverage = coverage.Report();
  return report;
}

bool WriteJunit(const std::string& path, const TestReport& report) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const std::string text = ReportToJunit(report);
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && is_written;
}

ExitCode Test(Invocation& call) {
  SetLogLevel(LogLevel::kError);
  const absl::StatusOr<machine_test::ReadOptions> options = OptionsOf(call.args());
  if (!options.ok()) return call.Usage(std::string(options.status().message()));
  const int64_t minimum = call.args().Number("coverage-minimum", 0);
  if (minimum > 100) return call.Usage("--coverage-minimum is a percentage: 0 to 100");
  std::vector<TestFile> files;
  if (!ReadAll(call, *options, &files)) return ExitCode::kUsage;
  const TestReport report = RunAll(call, files);
  if (report.passed() + report.failed() == 0) {
    return call.Usage("no case of these files has that name");
  }
  const Palette& paint = call.console().palette();
  if (call.wants_json()) {
    PrintJson(call.console(), ReportToJson(report));
  } else {
    for (const machine_test::MachineCoverage& machine : report.coverage) {
      call.console().Out(absl::StrCat("\n", CoverageText(machine, paint)));
    }
    call.console().Line(
        absl::StrCat("\n", report.passed(), " passed, ", report.failed(), " failed"));
  }
  if (call.args().Has("junit") && !WriteJunit(call.args().Text("junit"), report)) {
    return call.Refuse(
        absl::InvalidArgumentError(absl::StrCat("cannot write ", call.args().Text("junit"))));
  }
  if (report.failed() > 0) return ExitCode::kFailed;
  if (report.coverage_percent() < static_cast<double>(minimum)) {
    return call.Refuse(absl::FailedPreconditionError(
        absl::StrCat("the cases cover ", static_cast<int>(report.coverage_percent()),
                     " % of all definitions, less than --coverage-minimum ", minimum)));
  }
  return ExitCode::kOk;
}

}  // namespace

std::vector<Command> TestCommands() {
  return {
      {"test",
       "FILE...",
       "test whole machines against mocks, without an engine",
       "Each FILE holds cases: an input, what the tasks answer, and what is expected of the\n"
       "output and the path (docs/testing.md). FILE may also be a MockConfigFile of Step\n"
       "Functions Local: the definition of its machine NAME is NAME.asl.json (or .yaml) beside\n"
       "it, and every case must succeed. Time is virtual: a wait of a year takes none. Exit code\n"
       "1 if a case fails or the coverage is below --coverage-minimum, 2 if a file is wrong.",
       1,
       -1,
       {{"definition", Flag::Kind::kText, "FILE", "definition to test, whatever the files say"},
        {"case", Flag::Kind::kText, "NAME", "only the cases of that name"},
        {"machine", Flag::Kind::kText, "NAME", "only that machine of a MockConfigFile"},
        {"input", Flag::Kind::kText, "JSON|FILE", "the input of a MockConfigFile's cases [{}]"},
        {"coverage-minimum", Flag::Kind::kNumber, "PERCENT",
         "fail if less of the states, transitions, catchers and retriers is covered [0]"},
        {"junit", Flag::Kind::kText, "FILE", "write a report for the build server"}},
       {{"pawl test flows/*.test.json", "all tests of a project"},
        {"pawl test order.test.json --case 'a declined card is no sale'", "one case"},
        {"pawl test MockConfigFile.json --definition order.asl.json --junit report.xml",
         "the mocks that Step Functions Local takes, in a build"}},
       &Test},
  };
}

}  // namespace pawl::cli
