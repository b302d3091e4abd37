#include "cli/output.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/names.h"
#include "cli/text.h"
#include "engine/value/json.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

constexpr size_t kShort = 72;  // what fits into so many bytes stays on one line

// As ToPrettyJson, but small arrays and objects stay whole: [1, 2, 3].
void AppendPretty(const Value& value, int indent, std::string* out) {
  const std::string line = ToJson(value);
  const bool is_container = value.is_array() || value.is_object();
  if (!is_container || (indent > 0 && line.size() + static_cast<size_t>(indent) <= kShort)) {
    *out += line;
    return;
  }
  const std::string blanks(static_cast<size_t>(indent) + 2, ' ');
  const char* separator = "\n";
  *out += value.is_array() ? "[" : "{";
  if (value.is_array()) {
    for (const Value& element : value.AsArray()) {
      absl::StrAppend(out, std::exchange(separator, ",\n"), blanks);
      AppendPretty(element, indent + 2, out);
    }
  } else {
    for (const auto& [name, member] : value.AsObject()) {
      absl::StrAppend(out, std::exchange(separator, ",\n"), blanks);
      AppendJsonString(name, out);
      *out += ": ";
      AppendPretty(member, indent + 2, out);
    }
  }
  if (*separator == ',') absl::StrAppend(out, "\n", blanks.substr(2));
  *out += value.is_array() ? "]" : "}";
}

}  // namespace

std::string FieldLine(const Palette& paint, absl::string_view label, absl::string_view value) {
  return absl::StrCat("  ", paint(Style::kDim, Pad(label, 10)), " ", value, "\n");
}

std::string PrettyPayload(absl::string_view json_text, int indent) {
  const absl::StatusOr<Value> value = ParseJson(json_text);
  std::string pretty;
  if (value.ok()) {
    AppendPretty(*value, 0, &pretty);
    pretty = SafeJson(pretty);
  } else {
    pretty = OneLine(json_text);
  }
  std::string out;
  for (absl::string_view line : absl::StrSplit(pretty, '\n')) {
    absl::StrAppend(&out, std::string(static_cast<size_t>(indent), ' '), line, "\n");
  }
  return out;
}

void PrintJson(Console& console, const Value& value) {
  console.Line(SafeJson(console.is_terminal() ? ToPrettyJson(value) : ToJson(value)));
}

std::string ClosingLine(const v1::Execution& execution, const Palette& paint) {
  const v1::ExecutionStatus status = execution.status();
  std::string line = absl::StrCat(
      paint(StatusStyle(status), absl::StrCat(StatusMark(status), " ", StatusName(status))), "  ",
      paint(Style::kAccent, ShortExecution(execution.arn())));
  if (execution.has_stop_time()) {
    absl::StrAppend(
        &line,
        paint(Style::kDim, absl::StrCat("  in ", FormatSpan(ToTime(execution.stop_time()) -
                                                            ToTime(execution.start_time())))));
  }
  return line;
}

}  // namespace pawl::cli
