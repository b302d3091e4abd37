#include "cli/diagnostics.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "cli/text.h"
#include "engine/value/terminal_text.h"

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

struct Kind {
  const char* word;
  Style style;
};

Kind KindOf(v1::Diagnostic::Severity severity) {
  if (severity == v1::Diagnostic::SEVERITY_WARNING) return {"warning", Style::kWarn};
  if (severity == v1::Diagnostic::SEVERITY_INFO) return {"info", Style::kAccent};
  return {"error", Style::kBad};
}

// The part of a line that is shown, and where the column (from 0) is in it. A definition may be one
// line of a megabyte.
struct Excerpt {
  std::string text;
  size_t column;
};

Excerpt Around(absl::string_view line, size_t column) {
  constexpr size_t kBefore = 100;
  constexpr size_t kBytes = size_t{4} * kLongestLine;
  column = std::min(column, line.size());
  size_t start = 0;
  if (line.size() > kLongestLine && column > kBefore) start = column - kBefore;
  while (start < column && (static_cast<unsigned char>(line[start]) & 0xC0) == 0x80) ++start;
  const std::string mark = start == 0 ? "" : "…";
  return {absl::StrCat(mark, line.substr(start, kBytes)), column - start + mark.size()};
}

// Tabs and other control characters become one blank each; other unsafe characters become U+FFFD.
std::string OneColumnEach(absl::string_view text) {
  std::string out(text);
  std::replace_if(out.begin(), out.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return SafeLines(out);
}

std::string SourceLines(absl::string_view whole_line, const v1::Diagnostic& diagnostic, Style style,
                        const Palette& paint) {
  const Excerpt line =
      Around(whole_line, static_cast<size_t>(std::max(1, diagnostic.column()) - 1));
  // What stands before the mark is cleaned by itself, so that the caret line fits below it.
  const std::string head = OneColumnEach(absl::string_view(line.text).substr(0, line.column));
  const std::string tail = OneColumnEach(absl::string_view(line.text).substr(line.column));
  const int before = DisplayWidth(head);
  const std::string number = absl::StrFormat("%6d", diagnostic.line());
  std::string out = absl::StrCat(paint(Style::kDim, absl::StrCat(number, " │ ")),
                                 Truncate(absl::StrCat(head, tail), kLongestLine), "\n");
  if (before >= kLongestLine) return out;
  const int length = DisplayWidth(absl::string_view(tail).substr(0, TokenLength(tail, 0)));
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
    switch (d.severity) {
      case asl::Severity::kError:
        diagnostic->set_severity(v1::Diagnostic::SEVERITY_ERROR);
        break;
      case asl::Severity::kWarning:
        diagnostic->set_severity(v1::Diagnostic::SEVERITY_WARNING);
        break;
      case asl::Severity::kInfo:
        diagnostic->set_severity(v1::Diagnostic::SEVERITY_INFO);
        break;
    }
    diagnostic->set_remedy(d.remedy);
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
    const Kind kind = KindOf(d.severity());
    const std::string shown = OneLine(path);
    const std::string place =
        d.line() > 0 ? absl::StrCat(shown, ":", d.line(), ":", d.column()) : shown;
    absl::StrAppend(&out, paint(kind.style, absl::StrCat(kind.word, ": ")), OneLine(d.message()),
                    "  ", paint(Style::kDim, absl::StrCat("[", OneLine(d.code()), "]")), "\n");
    const bool is_named = d.pointer().size() > 1;
    absl::StrAppend(&out, paint(Style::kDim, "  --> "), paint(Style::kBold, place),
                    is_named ? paint(Style::kDim, absl::StrCat("  ", OneLine(d.pointer()))) : "",
                    "\n");
    // What only is worth knowing has no mistake to point at.
    const bool has_line = d.line() > 0 && static_cast<size_t>(d.line()) <= lines.size();
    if (has_line && d.severity() != v1::Diagnostic::SEVERITY_INFO) {
      out += SourceLines(lines[static_cast<size_t>(d.line()) - 1], d, kind.style, paint);
    }
    if (!d.remedy().empty() && d.severity() != v1::Diagnostic::SEVERITY_INFO) {
      absl::StrAppend(&out, paint(Style::kDim, "       = "), OneLine(d.remedy()), "\n");
    }
  }
  return out;
}

std::string CountDiagnostics(const Diagnostics& diagnostics) {
  const auto warnings = std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& d) {
    return d.severity() == v1::Diagnostic::SEVERITY_WARNING;
  });
  const auto infos = std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& d) {
    return d.severity() == v1::Diagnostic::SEVERITY_INFO;
  });
  const auto errors = diagnostics.size() - warnings - infos;
  if (errors + warnings == 0) return "no problems";
  const auto count = [](int64_t n, const char* word) {
    return absl::StrCat(n, " ", word, n == 1 ? "" : "s");
  };
  if (errors == 0) return count(warnings, "warning");
  if (warnings == 0) return count(errors, "error");
  return absl::StrCat(count(errors, "error"), ", ", count(warnings, "warning"));
}

}  // namespace pawl::cli
