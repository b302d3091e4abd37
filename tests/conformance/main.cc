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
#include "engine/runtime/log.h"
#include "engine/value/json.h"
#include "tests/conformance/engines.h"
#include "tests/conformance/test_state_case.h"

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

// Cases that are not executions, and need no engine.
struct CaseKind {
  bool (*is_of)(const Case& test);
  std::vector<std::string> (*run)(const Case& test);  // the differences
};
constexpr CaseKind kOtherKinds[] = {
    {&IsTestStateCase, &RunTestStateCase},
};

// Unimplemented: the case needs what this version lacks.
absl::StatusOr<std::vector<std::string>> Differences(Engine* engine, const Case& test) {
  for (const CaseKind& kind : kOtherKinds) {
    if (kind.is_of(test)) return kind.run(test);
  }
  const std::string missing = MissingFeature(test);
  if (!missing.empty()) return absl::UnimplementedError(missing);
  const absl::StatusOr<Outcome> outcome = engine->Run(test);
  if (absl::IsUnimplemented(outcome.status())) return outcome.status();
  if (!outcome.ok()) return std::vector<std::string>{outcome.status().ToString()};
  return Compare(test, *outcome);
}

void RunCase(Engine* engine, const std::string& path, bool is_verbose, Tally* tally) {
  absl::StatusOr<Case> test = ReadCase(path);
  if (!test.ok()) {
    ++tally->failed;
    std::printf("FAIL %s\n     %s\n", path.c_str(), std::string(test.status().message()).c_str());
    return;
  }
  const absl::StatusOr<std::vector<std::string>> compared = Differences(engine, *test);
  if (!compared.ok()) {
    const std::string missing(compared.status().message());
    ++tally->skipped;
    ++tally->skipped_by_feature[missing];
    Add(tally, *test, "skipped", {missing});
    if (is_verbose) std::printf("SKIP %s (%s)\n", test->name.c_str(), missing.c_str());
    return;
  }
  const std::vector<std::string>& differences = *compared;
  Add(tally, *test, differences.empty() ? "passed" : "failed", differences);
  if (differences.empty()) {
    ++tally->passed;
    return;
  }
  ++tally->failed;
  std::printf("FAIL %s\n", test->name.c_str());
  for (const std::string& difference : differences) std::printf("     %s\n", difference.c_str());
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
}  // namespace pawl::conformance

int main(int argc, char** argv) {
  pawl::SetLogLevel(pawl::LogLevel::kError);
  return pawl::conformance::Main(argc, argv);
}
