#include "cli/output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/names.h"
#include "cli/text.h"
#include "engine/value/json.h"

namespace pawl::cli {

std::string FieldLine(const Palette& paint, absl::string_view label, absl::string_view value) {
  return absl::StrCat("  ", paint(Style::kDim, Pad(label, 10)), " ", value, "\n");
}

std::string PrettyPayload(absl::string_view json_text, int indent) {
  const absl::StatusOr<Value> value = ParseJson(json_text);
  const std::string pretty = value.ok() ? ToPrettyJson(*value) : OneLine(json_text);
  std::string out;
  for (absl::string_view line : absl::StrSplit(pretty, '\n')) {
    absl::StrAppend(&out, std::string(static_cast<size_t>(indent), ' '), line, "\n");
  }
  return out;
}

void PrintJson(Console& console, const Value& value) {
  console.Line(console.is_terminal() ? ToPrettyJson(value) : ToJson(value));
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
