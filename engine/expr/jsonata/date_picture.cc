#include "engine/expr/jsonata/date_picture.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/expr/jsonata/error.h"

namespace pawl::expr::jsonata {
namespace {

constexpr int kMaxWidth = 100;

// The presentation of a component that gives none.
absl::string_view DefaultPresentation(char component) {
  if (absl::string_view("YMDdWwXxHhf").find(component) != absl::string_view::npos) return "1";
  if (absl::string_view("FPCE").find(component) != absl::string_view::npos) return "n";
  if (component == 'm' || component == 's') return "01";
  if (component == 'Z' || component == 'z') return "01:01";
  return "";
}

absl::optional<int> ParseWidth(absl::string_view text) {
  int width = 0;
  if (text == "*" || !absl::SimpleAtoi(text, &width)) return absl::nullopt;
  return std::clamp(width, 0, kMaxWidth);
}

void ReadInteger(absl::optional<int> min_width, absl::string_view presentation, DatePart* part) {
  std::string pattern(presentation);
  if (part->second_modifier != '\0')
    absl::StrAppend(&pattern, ";", std::string(1, part->second_modifier));
  IntegerFormat format = AnalyseIntegerPicture(pattern);
  format.mandatory_digits = std::max(format.mandatory_digits, min_width.value_or(0));
  if (absl::string_view("YMD").find(part->component) != absl::string_view::npos) {
    const int width = format.mandatory_digits + format.optional_digits;
    if (part->max_width.has_value()) {
      part->digits = *part->max_width;
      format.mandatory_digits = *part->max_width;
    } else if (width >= 2) {
      part->digits = width;
    }
  }
  if (absl::string_view("Hhms").find(part->component) != absl::string_view::npos) {
    part->max_digits = format.mandatory_digits + format.optional_digits;
  }
  part->format = std::move(format);
}

// `marker` is what stands between the brackets, without white space.
DatePart AnalyseMarker(absl::string_view marker) {
  DatePart part;
  part.component = marker.empty() ? ' ' : marker[0];
  absl::string_view presentation = marker.substr(std::min<size_t>(1, marker.size()));
  absl::optional<int> min_width;
  if (const size_t comma = presentation.rfind(','); comma != absl::string_view::npos) {
    const absl::string_view width = presentation.substr(comma + 1);
    const size_t dash = width.find('-');
    min_width = ParseWidth(width.substr(0, dash));
    if (dash != absl::string_view::npos) part.max_width = ParseWidth(width.substr(dash + 1));
    presentation = presentation.substr(0, comma);
  }
  if (presentation.size() > 1 &&
      absl::string_view("atco").find(presentation.back()) != absl::string_view::npos) {
    part.second_modifier = presentation.back();
    presentation.remove_suffix(1);
  }
  if (presentation.empty()) presentation = DefaultPresentation(part.component);
  if (presentation.empty()) {
    throw Raised("D3132").With("value", Quoted(std::string(1, part.component)));
  }
  if (presentation[0] == 'n') {
    part.names = LetterCase::kLower;
  } else if (presentation[0] == 'N') {
    part.names = presentation.substr(1, 1) == "n" ? LetterCase::kTitle : LetterCase::kUpper;
  } else if (absl::string_view("YMDdFWwXxHhmsf").find(part.component) != absl::string_view::npos) {
    ReadInteger(min_width, presentation, &part);
  }
  if (part.component == 'Z' || part.component == 'z') {
    part.format = AnalyseIntegerPicture(presentation);
  }
  return part;
}

void AddLiteral(absl::string_view text, std::vector<DatePart>* parts) {
  if (text.empty()) return;
  DatePart part;
  part.literal = absl::StrReplaceAll(text, {{"]]", "]"}});
  parts->push_back(std::move(part));
}

}  // namespace

const char* const kMonthNames[12] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
const char* const kDayNames[8] = {"",         "Monday", "Tuesday",  "Wednesday",
                                  "Thursday", "Friday", "Saturday", "Sunday"};

std::vector<DatePart> AnalyseDatePicture(absl::string_view picture) {
  std::vector<DatePart> parts;
  size_t literal = 0;
  for (size_t at = picture.find('['); at != absl::string_view::npos; at = picture.find('[', at)) {
    AddLiteral(picture.substr(literal, at - literal), &parts);
    if (picture.substr(at, 2) == "[[") {
      AddLiteral("[", &parts);
      at = literal = at + 2;
      continue;
    }
    const size_t close = picture.find(']', at);
    if (close == absl::string_view::npos) throw Raised("D3135");
    std::string marker;
    for (char c : picture.substr(at + 1, close - at - 1)) {
      if (!absl::ascii_isspace(static_cast<unsigned char>(c))) marker += c;
    }
    parts.push_back(AnalyseMarker(marker));
    at = literal = close + 1;
  }
  AddLiteral(picture.substr(literal), &parts);
  return parts;
}

}  // namespace pawl::expr::jsonata
