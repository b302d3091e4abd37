#include "cli/diagnostics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "cli/text.h"
#include "engine/value/utf8.h"

namespace pawl::cli {
namespace {

constexpr int kLongestLine = 200;  // of source shown

// Bytes of the JSON token that begins at `column` (from 0): what the caret line underlines.
size_t TokenLength(absl::string_view line, size_t column) {
  if (column >= line.size()) return 1;
  size_t end = column + 1;
  if (line[column] == '"') {
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    return std::min(end + 1, line.size()) - column;
  }
  if (line[column] == '{' || line[column] == '[') return 1;
  while (end < line.size() &&
         absl::string_view(" ,]}\t\r").find(line[end]) == absl::string_view::npos) {
    ++end;
  }
  return end - column;
}

std::string SourceLines(absl::string_view line, const v1::Diagnostic& diagnostic, Style style,
                        const Palette& paint) {
  const size_t column = static_cast<size_t>(std::max(1, diagnostic.column()) - 1);
  // Tabs and other control characters become one blank each, so that the caret line fits.
  std::string all = ReplaceInvalidUtf8(std::string(line));
  std::replace_if(all.begin(), all.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  const int before = DisplayWidth(absl::string_view(all).substr(0, column));
  const std::string number = absl::StrFormat("%6d", diagnostic.line());
  std::string out = absl::StrCat(paint(Style::kDim, absl::StrCat(number, " │ ")),
                                 Truncate(all, kLongestLine), "\n");
  if (before >= kLongestLine) return out;
  const int length = DisplayWidth(
      absl::string_view(all).substr(std::min(column, all.size()), TokenLength(all, column)));
  const int room = kLongestLine - before;
  const std::string mark =
      "^" + std::string(static_cast<size_t>(std::clamp(length - 1, 0, room - 1)), '~');
  absl::StrAppend(&out, paint(Style::kDim, std::string(number.size(), ' ') + " │ "),
                  std::string(static_cast<size_t>(before), ' '), paint(style, mark), "\n");
  return out;
}

}  // namespace

Diagnostics FromCompiler(const std::vector<asl::Diagnostic>& diagnostics) {
  Diagnostics out;
  for (const asl::Diagnostic& d : diagnostics) {
    v1::Diagnostic* diagnostic = out.Add();
    diagnostic->set_severity(d.severity == asl::Severity::kError ? v1::Diagnostic::ERROR
                                                                 : v1::Diagnostic::WARNING);
    diagnostic->set_code(d.code);
    diagnostic->set_pointer(d.pointer);
    diagnostic->set_line(d.line);
    diagnostic->set_column(d.column);
    diagnostic->set_message(d.message);
  }
  return out;
}

std::string RenderDiagnostics(absl::string_view path, absl::string_view text,
                              const Diagnostics& diagnostics, const Palette& paint) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  std::string out;
  for (const v1::Diagnostic& d : diagnostics) {
    const bool is_error = d.severity() != v1::Diagnostic::WARNING;
    const Style style = is_error ? Style::kBad : Style::kWarn;
    const std::string place =
        d.line() > 0 ? absl::StrCat(path, ":", d.line(), ":", d.column()) : std::string(path);
    absl::StrAppend(&out, paint(Style::kBold, place), ": ",
                    paint(style, is_error ? "error: " : "warning: "), OneLine(d.message()), "  ",
                    paint(Style::kDim, absl::StrCat("[", d.code(), "]")), "\n");
    if (d.line() > 0 && static_cast<size_t>(d.line()) <= lines.size()) {
      out += SourceLines(lines[static_cast<size_t>(d.line()) - 1], d, style, paint);
    }
  }
  return out;
}

std::string CountDiagnostics(const Diagnostics& diagnostics) {
  const auto errors = std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& d) {
    return d.severity() != v1::Diagnostic::WARNING;
  });
  const auto warnings = diagnostics.size() - errors;
  if (diagnostics.empty()) return "no problems";
  const auto count = [](int64_t n, const char* word) {
    return absl::StrCat(n, " ", word, n == 1 ? "" : "s");
  };
  if (errors == 0) return count(warnings, "warning");
  if (warnings == 0) return count(errors, "error");
  return absl::StrCat(count(errors, "error"), ", ", count(warnings, "warning"));
}

}  // namespace pawl::cli
