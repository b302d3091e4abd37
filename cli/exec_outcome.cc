#include "cli/exec_outcome.h"

#include <string.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl::cli {
namespace {

constexpr size_t kLongestName = 128;  // of an error on a line of standard error

ExecOutcome Failure(std::string error, std::string cause) {
  return {false, "", std::move(error), ReplaceInvalidUtf8(std::move(cause))};
}

// {"error": ..., "cause": ...} on standard output.
bool ReadJsonError(const std::string& output, ExecOutcome* outcome) {
  const absl::StatusOr<Value> value = ParseJson(output);
  if (!value.ok()) return false;
  const Value* error = value->Find("error");
  if (error == nullptr || !error->is_string()) return false;
  const Value* cause = value->Find("cause");
  std::string text;
  if (cause != nullptr) text = cause->is_string() ? cause->AsString() : ToJson(*cause);
  *outcome = Failure(error->AsString(), std::move(text));
  return true;
}

// "CardDeclined: over the limit" as the last line of standard error.
std::string NameOnLastLine(absl::string_view errors) {
  errors = absl::StripTrailingAsciiWhitespace(errors);
  const size_t line_end = errors.rfind('\n');
  const absl::string_view line =
      line_end == absl::string_view::npos ? errors : errors.substr(line_end + 1);
  const size_t colon = line.find(": ");
  if (colon == absl::string_view::npos || colon == 0 || colon > kLongestName) return "";
  const absl::string_view name = line.substr(0, colon);
  const bool is_name = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_';
  });
  return is_name && absl::ascii_isupper(static_cast<unsigned char>(name[0])) ? std::string(name)
                                                                             : "";
}

ExecOutcome FromOutput(const ExecResult& result) {
  const absl::string_view text = absl::StripAsciiWhitespace(result.output);
  if (text.empty()) return {true, "{}", "", ""};
  const absl::StatusOr<Value> value = ParseJson(text);
  if (value.ok()) return {true, std::string(text), "", ""};
  return Failure("Pawl.InvalidOutput", absl::StrCat("standard output is not JSON: ",
                                                    std::string(value.status().message()),
                                                    "; it begins: ", text.substr(0, 200)));
}

}  // namespace

ExecOutcome OutcomeOf(const ExecResult& result, const ExecLimits& limits) {
  switch (result.end) {
    case ExecResult::End::kTimedOut:
      return Failure("States.Timeout", "the program was killed at the task's deadline");
    case ExecResult::End::kCancelled:
      return Failure("Pawl.Cancelled", "the program was killed: the task was cancelled");
    case ExecResult::End::kOutputTooLarge:
      return Failure("States.DataLimitExceeded",
                     absl::StrCat("standard output is larger than ", limits.max_output_bytes,
                                  " bytes (flag --max-output-bytes)"));
    case ExecResult::End::kSignalled: {
      const char* name = sigabbrev_np(result.code);
      return Failure(absl::StrCat("Signal.", name != nullptr ? name : absl::StrCat(result.code)),
                     result.errors);
    }
    case ExecResult::End::kExited:
      break;
  }
  if (result.code == 0) return FromOutput(result);
  ExecOutcome outcome;
  if (ReadJsonError(result.output, &outcome)) return outcome;
  absl::string_view cause = absl::StripTrailingAsciiWhitespace(result.errors);
  const std::string name = NameOnLastLine(cause);
  if (name.empty()) return Failure(absl::StrCat("ExitCode.", result.code), std::string(cause));
  // Said in one line: no need to say the name twice.
  if (absl::ConsumePrefix(&cause, absl::StrCat(name, ": ")))
    cause = absl::StripAsciiWhitespace(cause);
  return Failure(name, std::string(cause));
}

}  // namespace pawl::cli
