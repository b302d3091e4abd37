#include "engine/machine_test/expectations.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/machine_test/difference.h"

namespace pawl::machine_test {
namespace {

std::string Quoted(const absl::optional<std::string>& text) {
  return text.has_value() ? absl::StrCat("\"", *text, "\"") : "none";
}

std::string StatusWithReason(const Observed& observed) {
  if (!observed.error.has_value() && !observed.cause.has_value()) return observed.status;
  return absl::StrCat(observed.status, " (", observed.error.value_or(""),
                      observed.cause.has_value() ? ": " : "", observed.cause.value_or(""), ")");
}

void CheckText(const char* what, const absl::optional<std::string>& expected,
               const absl::optional<std::string>& actual, std::vector<std::string>* problems) {
  if (!expected.has_value() || expected == actual) return;
  problems->push_back(
      absl::StrCat(what, ": expected ", Quoted(expected), ", got ", Quoted(actual)));
}

// Both in full: where they part is seen at a glance when one stands above the other.
void CheckPath(const std::vector<std::string>& expected, const std::vector<std::string>& actual,
               std::vector<std::string>* problems) {
  if (expected == actual) return;
  problems->push_back(absl::StrCat("path: expected ", absl::StrJoin(expected, " → "),
                                   "\n           got ", absl::StrJoin(actual, " → ")));
}

void CheckDuration(const Expectation& expect, absl::Duration actual,
                   std::vector<std::string>* problems) {
  if (expect.min_duration.has_value() && actual < *expect.min_duration) {
    problems->push_back(absl::StrCat("duration: expected at least ",
                                     absl::FormatDuration(*expect.min_duration), ", got ",
                                     absl::FormatDuration(actual)));
  }
  if (expect.max_duration.has_value() && actual > *expect.max_duration) {
    problems->push_back(absl::StrCat("duration: expected at most ",
                                     absl::FormatDuration(*expect.max_duration), ", got ",
                                     absl::FormatDuration(actual)));
  }
}

}  // namespace

std::vector<std::string> Check(const Expectation& expect, const Observed& observed) {
  std::vector<std::string> problems;
  if (expect.status.has_value() && *expect.status != observed.status) {
    problems.push_back(
        absl::StrCat("status: expected ", *expect.status, ", got ", StatusWithReason(observed)));
  }
  const auto add = [&problems](std::vector<std::string> lines) {
    for (std::string& line : lines) problems.push_back(std::move(line));
  };
  if (expect.output.has_value()) add(Differences("output", *expect.output, observed.output, false));
  if (expect.output_contains.has_value()) {
    add(Differences("output", *expect.output_contains, observed.output, true));
  }
  CheckText("error", expect.error, observed.error, &problems);
  CheckText("cause", expect.cause, observed.cause, &problems);
  if (expect.cause_contains.has_value() &&
      !absl::StrContains(observed.cause.value_or(""), *expect.cause_contains)) {
    problems.push_back(absl::StrCat("cause: expected to contain \"", *expect.cause_contains,
                                    "\", got ", Quoted(observed.cause)));
  }
  if (expect.path.has_value()) CheckPath(*expect.path, observed.path, &problems);
  for (const auto& [state, count] : expect.visits) {
    const auto it = observed.visits.find(state);
    const int64_t actual = it == observed.visits.end() ? 0 : it->second;
    if (actual == count) continue;
    problems.push_back(absl::StrCat("visits of ", state, ": expected ", count, ", got ", actual));
  }
  CheckDuration(expect, observed.duration, &problems);
  return problems;
}

}  // namespace pawl::machine_test
