#include "cli/test_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/names.h"
#include "cli/text.h"
#include "engine/value/utf8.h"

namespace pawl::cli {
namespace {

using machine_test::CaseResult;
using machine_test::CoverageItem;
using machine_test::CoverageKind;
using machine_test::MachineCoverage;

std::vector<CoverageItem> AllItems(const TestReport& report) {
  std::vector<CoverageItem> items;
  for (const MachineCoverage& machine : report.coverage) {
    items.insert(items.end(), machine.items.begin(), machine.items.end());
  }
  return items;
}

std::vector<std::string> Uncovered(const std::vector<CoverageItem>& items) {
  std::vector<std::string> labels;
  for (const CoverageItem& item : items) {
    if (item.hits == 0) labels.push_back(item.label);
  }
  return labels;
}

std::string PercentText(double percent) {
  // Rounded down: 100 % means all of it.
  return absl::StrFormat("%3d %%", static_cast<int>(percent));
}

// Text for XML 1.0, which has no way to write most control characters.
std::string Xml(const std::string& text) {
  std::string clean = ReplaceInvalidUtf8(text);
  std::replace_if(
      clean.begin(), clean.end(),
      [](char c) { return c >= 0 && c < ' ' && c != '\n' && c != '\t'; }, ' ');
  return absl::StrReplaceAll(
      clean, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"\n", "&#10;"}});
}

Value CaseToJson(const CaseResult& result) {
  Value::Elements problems, path;
  for (const std::string& problem : result.problems) problems.push_back(Value::String(problem));
  for (const std::string& state : result.observed.path) path.push_back(Value::String(state));
  const machine_test::Observed& seen = result.observed;
  Value::Members members = {{"name", Value::String(result.name)},
                            {"result", Value::String(result.passed() ? "passed" : "failed")},
                            {"problems", Value::Array(std::move(problems))},
                            {"status", Value::String(seen.status)},
                            {"output", seen.output}};
  if (seen.error.has_value()) members.emplace_back("error", Value::String(*seen.error));
  if (seen.cause.has_value()) members.emplace_back("cause", Value::String(*seen.cause));
  members.emplace_back("path", Value::Array(std::move(path)));
  members.emplace_back("durationSeconds", Value::Double(absl::ToDoubleSeconds(seen.duration)));
  return Value::Object(std::move(members));
}

Value CoverageToJson(const MachineCoverage& machine) {
  Value::Members members = {{"definition", Value::String(machine.path)},
                            {"percent", Value::Double(machine_test::Percent(machine.items))}};
  for (const CoverageKind kind : machine_test::kCoverageKinds) {
    const std::vector<CoverageItem> items = OfKind(machine.items, kind);
    const std::vector<std::string> missing = Uncovered(items);
    Value::Elements uncovered;
    for (const std::string& label : missing) uncovered.push_back(Value::String(label));
    members.emplace_back(
        machine_test::KindName(kind),
        Value::Object({{"total", Value::Int(static_cast<int64_t>(items.size()))},
                       {"covered", Value::Int(static_cast<int64_t>(items.size() - missing.size()))},
                       {"uncovered", Value::Array(std::move(uncovered))}}));
  }
  return Value::Object(std::move(members));
}

}  // namespace

int TestReport::passed() const {
  int count = 0;
  for (const TestedFile& file : files) {
    for (const CaseResult& result : file.cases) count += result.passed() ? 1 : 0;
  }
  return count;
}

int TestReport::failed() const {
  int count = 0;
  for (const TestedFile& file : files) {
    for (const CaseResult& result : file.cases) count += result.passed() ? 0 : 1;
  }
  return count;
}

double TestReport::coverage_percent() const { return machine_test::Percent(AllItems(*this)); }

std::string CaseText(const CaseResult& result, const Palette& paint) {
  std::string out =
      absl::StrCat(result.passed() ? paint(Style::kGood, "  ✔ ") : paint(Style::kBad, "  ✘ "),
                   OneLine(result.name),
                   paint(Style::kDim, absl::StrCat("  ", result.observed.status, " after ",
                                                   FormatSpan(result.observed.duration))),
                   "\n");
  for (const std::string& problem : result.problems) {
    for (const auto line : absl::StrSplit(problem, '\n')) {
      absl::StrAppend(&out, "      ", OneLine(line), "\n");
    }
  }
  return out;
}

std::string CoverageText(const MachineCoverage& machine, const Palette& paint) {
  const double percent = machine_test::Percent(machine.items);
  std::string out =
      absl::StrCat(paint(Style::kBold, absl::StrCat("Coverage of ", OneLine(machine.path))), "  ",
                   paint(percent == 100 ? Style::kGood : Style::kWarn, PercentText(percent)), "\n");
  for (const CoverageKind kind : machine_test::kCoverageKinds) {
    const std::vector<CoverageItem> items = OfKind(machine.items, kind);
    if (items.empty()) continue;
    const std::vector<std::string> missing = Uncovered(items);
    absl::StrAppend(
        &out, "  ", Pad(machine_test::KindName(kind), 12),
        PercentText(machine_test::Percent(items)), "  ",
        paint(Style::kDim, absl::StrCat(items.size() - missing.size(), " of ", items.size())),
        "\n");
    for (const std::string& label : missing) {
      absl::StrAppend(&out, "    ", paint(Style::kWarn, "not: "), OneLine(label), "\n");
    }
  }
  return out;
}

Value ReportToJson(const TestReport& report) {
  Value::Elements files, coverage;
  for (const TestedFile& file : report.files) {
    Value::Elements cases;
    for (const CaseResult& result : file.cases) cases.push_back(CaseToJson(result));
    files.push_back(Value::Object({{"file", Value::String(file.path)},
                                   {"definition", Value::String(file.definition)},
                                   {"cases", Value::Array(std::move(cases))}}));
  }
  for (const MachineCoverage& machine : report.coverage) {
    coverage.push_back(CoverageToJson(machine));
  }
  return Value::Object({{"passed", Value::Int(report.passed())},
                        {"failed", Value::Int(report.failed())},
                        {"coveragePercent", Value::Double(report.coverage_percent())},
                        {"files", Value::Array(std::move(files))},
                        {"coverage", Value::Array(std::move(coverage))}});
}

std::string ReportToJunit(const TestReport& report) {
  std::string out =
      absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"",
                   report.passed() + report.failed(), "\" failures=\"", report.failed(), "\">\n");
  for (const TestedFile& file : report.files) {
    const auto failures = std::count_if(file.cases.begin(), file.cases.end(),
                                        [](const CaseResult& c) { return !c.passed(); });
    absl::StrAppend(&out, "  <testsuite name=\"", Xml(file.path), "\" tests=\"", file.cases.size(),
                    "\" failures=\"", failures, "\">\n");
    for (const CaseResult& result : file.cases) {
      absl::StrAppend(&out, "    <testcase classname=\"", Xml(file.definition), "\" name=\"",
                      Xml(result.name), "\"");
      if (result.passed()) {
        absl::StrAppend(&out, "/>\n");
        continue;
      }
      absl::StrAppend(&out, ">\n      <failure message=\"", Xml(result.problems[0]), "\">",
                      Xml(absl::StrJoin(result.problems, "\n")), "</failure>\n    </testcase>\n");
    }
    absl::StrAppend(&out, "  </testsuite>\n");
  }
  return out + "</testsuites>\n";
}

}  // namespace pawl::cli
