#include "engine/expr/intrinsic/format.h"

#include "engine/value/json.h"

namespace pawl::expr::intrinsic {
namespace {

FormatTemplate Parse(absl::string_view text, absl::string_view escapable) {
  FormatTemplate format;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && next != '\0' && escapable.find(next) != absl::string_view::npos) {
      format.Append(next);
      ++i;
    } else if (c == '{' && next == '}') {
      format.AppendPlaceholder();
      ++i;
    } else if (c == '{') {
      format.problem = "Invalid template in States.Format: matching '}' not found for '{'.";
      return format;
    } else if (c == '}') {
      format.problem = "Invalid template in States.Format: matching '{' not found for '}'.";
      return format;
    } else {
      format.Append(c);
    }
  }
  return format;
}

}  // namespace

FormatTemplate ParseFormat(absl::string_view text) { return Parse(text, "{}"); }
FormatTemplate ParseFormatLiteral(absl::string_view raw) { return Parse(raw, "{}'\\"); }

bool Format(const FormatTemplate& format, const Value* arguments, size_t count, Value* result,
            std::string* why) {
  if (!format.problem.empty()) {
    *why = format.problem;
    return false;
  }
  if (format.texts.size() != count + 1) {
    *why =
        "Invalid arguments in States.Format: number of arguments do not match the occurrences of "
        "{}.";
    return false;
  }
  std::string out = format.texts[0];
  for (size_t i = 0; i < count; ++i) {
    if (arguments[i].is_string()) {
      out += arguments[i].AsString();
    } else {
      AppendJson(arguments[i], &out);
    }
    out += format.texts[i + 1];
  }
  *result = Value::String(std::move(out));
  return true;
}

}  // namespace pawl::expr::intrinsic
