#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/date_picture.h"
#include "engine/expr/jsonata/date_time.h"
#include "engine/expr/jsonata/error.h"

namespace pawl::expr::jsonata {
namespace {

struct Offset {
  int hours = 0;
  int minutes = 0;
};

// "+0530", "-05", "0100"; what is no number is no offset. As the reference, floors the hours.
Offset ParseOffset(absl::string_view zone) {
  int number = 0;
  const bool negative = !zone.empty() && zone[0] == '-';
  if (!zone.empty() && (zone[0] == '+' || zone[0] == '-')) zone.remove_prefix(1);
  for (char c : zone.substr(0, 6)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) break;
    number = number * 10 + (c - '0');
  }
  if (negative) number = -number;
  return {static_cast<int>(std::floor(number / 100.0)), number % 100};
}

std::string Cased(std::string name, LetterCase letter_case) {
  if (letter_case == LetterCase::kUpper) absl::AsciiStrToUpper(&name);
  if (letter_case == LetterCase::kLower) absl::AsciiStrToLower(&name);
  return name;
}

std::string FormatZone(const DatePart& part, Offset offset) {
  const IntegerFormat& format = *part.format;
  const int both = offset.hours * 100 + offset.minutes;
  if (both == 0 && part.second_modifier == 't') return "Z";
  std::string text;
  const int digits = format.mandatory_digits;
  if (format.regular || digits == 3 || digits == 4) {
    text = FormatInteger(both, format);
  } else if (digits == 1 || digits == 2) {
    text = FormatInteger(offset.hours, format);
    if (offset.minutes != 0) {
      absl::StrAppend(&text, ":", FormatInteger(offset.minutes, AnalyseIntegerPicture("00")));
    }
  } else {
    throw Raised("D3134").With("value", absl::StrCat(digits));
  }
  if (both >= 0) text.insert(0, "+");
  return part.component == 'z' ? "GMT" + text : text;
}

std::string FormatName(const DatePart& part, int value) {
  std::string name;
  if (part.component == 'M' || part.component == 'x') {
    name = kMonthNames[value - 1];
  } else if (part.component == 'F') {
    name = kDayNames[value];
  } else {
    throw Raised("D3133").With("value", Quoted(std::string(1, part.component)));
  }
  name = Cased(std::move(name), *part.names);
  if (part.max_width.has_value() && name.size() > static_cast<size_t>(*part.max_width)) {
    name.resize(static_cast<size_t>(*part.max_width));
  }
  return name;
}

std::string FormatPart(const DatePart& part, double millis, Offset offset) {
  switch (part.component) {
    case '\0':
      return part.literal;
    case 'Z':
    case 'z':
      return FormatZone(part, offset);
    case 'P': {
      const std::string half = DateComponent(millis, 'P') == 1 ? "pm" : "am";
      return part.names == LetterCase::kUpper ? absl::AsciiStrToUpper(half) : half;
    }
    case 'C':
    case 'E':
      return "ISO";
    default:
      break;
  }
  int value = DateComponent(millis, part.component);
  if (part.component == 'Y' && part.digits >= 0 && part.digits < 9) {
    value %= static_cast<int>(std::pow(10, part.digits));
  }
  if (part.names.has_value()) return FormatName(part, value);
  return part.format.has_value() ? FormatInteger(value, *part.format) : "";
}

}  // namespace

std::string FormatDate(double millis, absl::optional<absl::string_view> picture,
                       absl::optional<absl::string_view> zone) {
  const Offset offset = zone.has_value() ? ParseOffset(*zone) : Offset();
  const double local = std::floor(millis) + (60.0 * offset.hours + offset.minutes) * 60000.0;
  std::string text;
  for (const DatePart& part : AnalyseDatePicture(
           picture.value_or("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"))) {
    text += FormatPart(part, local, offset);
  }
  return text;
}

}  // namespace pawl::expr::jsonata
