#include "cli/colour.h"

#include "absl/strings/str_cat.h"

namespace pawl::cli {
namespace {

const char* Sequence(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[90m";
    case Style::kGood:
      return "\x1b[32m";
    case Style::kRunning:
      return "\x1b[94m";
    case Style::kBad:
      return "\x1b[91m";
    case Style::kWarn:
      return "\x1b[33m";
    case Style::kAccent:
      return "\x1b[36m";
  }
  return "";
}

}  // namespace

bool WantsColour(ColourMode mode, bool is_terminal, const char* no_color, const char* term) {
  if (mode != ColourMode::kAuto) return mode == ColourMode::kAlways;
  if (no_color != nullptr && *no_color != '\0') return false;
  if (term != nullptr && absl::string_view(term) == "dumb") return false;
  return is_terminal;
}

std::string Palette::operator()(Style style, absl::string_view text) const {
  if (!is_on_ || style == Style::kPlain || text.empty()) return std::string(text);
  return absl::StrCat(Sequence(style), text, "\x1b[0m");
}

}  // namespace pawl::cli
