// Runs case files and compares what Pawl does with what was recorded.
//
//   pawl-conformance [--engine core|sqlite|postgres] [--json FILE] [--verbose] DIR|FILE...
//
// Exit code: 0 when nothing failed, 1 when a case failed, 2 for wrong usage.
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/runtime/world/log.h"
#include "engine/value/json.h"
#include "tests/conformance/runner.h"

namespace pawl::conformance {
namespace {

struct Arguments {
  std::string engine = "core";
  std::string json_path;
  bool is_verbose = false;
  std::vector<std::string> roots;
};

bool Parse(int argc, char** argv, Arguments* out) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if ((argument == "--engine" || argument == "--json") && i + 1 < argc) {
      (argument == "--engine" ? out->engine : out->json_path) = argv[++i];
    } else if (argument == "--verbose") {
      out->is_verbose = true;
    } else if (argument.rfind("--", 0) == 0) {
      return false;
    } else {
      out->roots.push_back(argument);
    }
  }
  return !out->roots.empty();
}

struct Tally {
  int passed = 0, failed = 0, skipped = 0;
  std::map<std::string, int> skipped_by_feature;
  Value::Elements details;
};

void Add(Tally* tally, const Case& test, const std::string& result,
         const std::vector<std::string>& notes) {
  Value::Elements lines;
  for (const std::string& note : notes) lines.push_back(Value::String(note));
  tally->details.push_back(Value::Object({{"case", Value::String(test.name)},
                                          {"file", Value::String(test.path)},
                                          {"result", Value::String(result)},
                                          {"notes", Value::Array(std::move(lines))}}));
}

// The last takes what no other took.
constexpr CaseKind kKinds[] = {
    {"validation", IsValidationCase, RunValidationCase},
    {"realworld", IsRealworldCase, RunRealworldCase},
    {"TestState", IsTestStateCase, RunTestStateCase},
    {"API", IsApiCase, RunApiCase},
    {"execution", IsExecutionCase, RunExecutionCase},
};

const CaseKind& KindOf(const Case& test) {
  const CaseKind* kind = kKinds;
  while (!kind->matches(test)) ++kind;
  return *kind;
}

void RunCase(Engine* engine, const std::string& path, bool is_verbose, Tally* tally) {
  absl::StatusOr<Case> test = ReadCase(path);
  if (!test.ok()) {
    ++tally->failed;
    std::printf("FAIL %s\n     %s\n", path.c_str(), std::string(test.status().message()).c_str());
    return;
  }
  const Verdict verdict = KindOf(*test).run(*test, engine);
  switch (verdict.result) {
    case Verdict::Result::kPassed:
      ++tally->passed;
      return Add(tally, *test, "passed", verdict.notes);
    case Verdict::Result::kSkipped:
      ++tally->skipped;
      ++tally->skipped_by_feature[verdict.notes.front()];
      Add(tally, *test, "skipped", verdict.notes);
      if (is_verbose) {
        std::printf("SKIP %s (%s)\n", test->name.c_str(), verdict.notes.front().c_str());
      }
      return;
    case Verdict::Result::kFailed:
      ++tally->failed;
      Add(tally, *test, "failed", verdict.notes);
      std::printf("FAIL %s\n", test->name.c_str());
      for (const std::string& note : verdict.notes) std::printf("     %s\n", note.c_str());
      return;
  }
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (!Parse(argc, argv, &arguments)) {
    std::fprintf(
        stderr,
        "usage: pawl-conformance [--engine core|sqlite|postgres] [--json FILE] [--verbose] "
        "DIR|FILE...\n");
    return 2;
  }
  std::unique_ptr<Engine> engine;
  if (arguments.engine == "core") engine = MakeCoreEngine();
  if (arguments.engine == "sqlite") engine = MakeSqliteEngine();
  if (arguments.engine == "postgres") {
    engine = MakePostgresEngine();
    if (engine == nullptr) {
      std::fprintf(stderr,
                   "pawl-conformance: PAWL_TEST_POSTGRES names no server; run it under "
                   "tools/with-postgres\n");
      return 2;
    }
  }
  if (engine == nullptr) {
    std::fprintf(stderr, "pawl-conformance: --engine %s is not known\n", arguments.engine.c_str());
    return 2;
  }
  Tally tally;
  for (const std::string& file : FindCaseFiles(arguments.roots)) {
    RunCase(engine.get(), file, arguments.is_verbose, &tally);
  }
  for (const auto& [feature, count] : tally.skipped_by_feature) {
    std::printf("skipped %d: %s\n", count, feature.c_str());
  }
  if (!arguments.json_path.empty()) {
    std::ofstream(arguments.json_path)
        << ToPrettyJson(Value::Array(std::move(tally.details))) << "\n";
  }
  std::printf("%d passed, %d failed, %d skipped\n", tally.passed, tally.failed, tally.skipped);
  return tally.failed == 0 ? 0 : 1;
}

}  // namespace

Verdict Verdict::Of(std::vector<std::string> differences) {
  const Result result = differences.empty() ? Result::kPassed : Result::kFailed;
  return Verdict{result, std::move(differences)};
}

Verdict Verdict::Skipped(std::string why) { return Verdict{Result::kSkipped, {std::move(why)}}; }

bool IsExecutionCase(const Case& /*test*/) { return true; }

Verdict RunExecutionCase(const Case& test, Engine* engine) {
  const std::string missing = MissingFeature(test);
  if (!missing.empty()) return Verdict::Skipped(missing);
  const absl::StatusOr<Outcome> outcome = engine->Run(test);
  if (absl::IsUnimplemented(outcome.status())) {
    return Verdict::Skipped(std::string(outcome.status().message()));
  }
  if (!outcome.ok()) return Verdict::Of({outcome.status().ToString()});
  return Verdict::Of(Compare(test, *outcome));
}

}  // namespace pawl::conformance

int main(int argc, char** argv) {
  pawl::SetLogLevel(pawl::LogLevel::kError);
  return pawl::conformance::Main(argc, argv);
}
