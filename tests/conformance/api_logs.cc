#include "tests/conformance/api_logs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "tests/conformance/compare.h"

namespace pawl::conformance {
namespace {

const Value* Recorded(const Case& test, absl::string_view member) {
  const Value& other = test.Field("other_recorded");
  return other.is_object() ? other.Find(member) : nullptr;
}

// A line in the form of the recordings, which have "timestamp" where a number of milliseconds was.
Value AsRecordedLine(const Value& line) {
  if (!line.is_object()) return line;
  Value::Members members;
  for (const auto& [key, value] : line.AsObject()) {
    const bool is_time = key == "event_timestamp" && value.is_string() &&
                         value.AsString().size() == 13 &&
                         std::all_of(value.AsString().begin(), value.AsString().end(),
                                     [](unsigned char c) { return absl::ascii_isdigit(c); });
    members.emplace_back(key, is_time ? Value::String("timestamp") : value);
  }
  return Value::Object(std::move(members));
}

// All lines of all groups. A line that is not JSON stays text, which no recorded one equals.
Value::Elements LinesIn(const std::string& folder) {
  Value::Elements lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      const auto json = ParseJson(line);
      lines.push_back(json.ok() ? AsRecordedLine(*json) : Value::String(line));
    }
  }
  return lines;
}

}  // namespace

bool SaysWhatIsLogged(const Case& test) {
  return Recorded(test, "logged_execution_events") != nullptr ||
         Recorded(test, "end_event") != nullptr ||
         absl::StartsWith(test.name, "logs.partial_log_levels");
}

std::vector<std::string> CompareLogs(const Case& test, const ScriptNames& names,
                                     const std::string& folder) {
  Value expected = Value::Array({});
  Value::Elements lines = LinesIn(folder);
  if (const Value* events = Recorded(test, "logged_execution_events")) {
    expected = *events;
  } else if (const Value* end = Recorded(test, "end_event")) {
    expected = Value::Array({*end});
    if (lines.size() > 1) lines.erase(lines.begin(), lines.end() - 1);
  }
  expected = names.Rewritten(expected);
  std::vector<std::string> differences = CompareWithMasks(
      expected, AsRecorded(expected, Value::Array(std::move(lines))), Value::Array({}));
  for (std::string& difference : differences) difference = absl::StrCat("log: ", difference);
  return differences;
}

}  // namespace pawl::conformance
