#include <array>
#include <cmath>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/date_picture.h"
#include "engine/expr/jsonata/date_time.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/regex.h"

namespace pawl::expr::jsonata {
namespace {

// What was read, by component letter.
class Components {
 public:
  void Set(char component, double value) { values_[Index(component)] = value; }
  bool Has(char component) const { return values_[Index(component)].has_value(); }
  double Get(char component) const { return values_[Index(component)].value_or(0); }
  bool empty() const {
    for (const auto& value : values_) {
      if (value.has_value()) return false;
    }
    return true;
  }
  // Whether the components of `all` that are there are among `wanted`, at least one of them.
  bool FitsOnly(absl::string_view wanted, absl::string_view all) const {
    bool any = false;
    for (char c : all) {
      // A zero counts as not given: 0 is falsy in the reference.
      if (!Has(c) || Get(c) == 0) continue;
      if (wanted.find(c) == absl::string_view::npos) return false;
      any = true;
    }
    return any;
  }

 private:
  static size_t Index(char component) { return static_cast<unsigned char>(component) & 0x7F; }
  std::array<absl::optional<double>, 128> values_;
};

std::string EscapedForRegex(absl::string_view literal) {
  std::string escaped;
  for (char c : literal) {
    if (absl::string_view(".*+?^${}()|[]\\").find(c) != absl::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

bool IsNamed(const DatePart& part) {
  return part.component != 'Z' && part.component != 'z' && !part.format.has_value();
}

absl::string_view ZoneSeparator(const DatePart& part) {
  return part.format->regular ? absl::string_view(part.format->separators[0].character) : "";
}

std::string PatternOf(const DatePart& part) {
  if (part.component == '\0') return EscapedForRegex(part.literal);
  if (part.component == 'Z' || part.component == 'z') {
    std::string pattern = part.component == 'z' ? "GMT[-+][0-9]+" : "[-+][0-9]+";
    const absl::string_view separator = ZoneSeparator(part);
    if (!separator.empty()) absl::StrAppend(&pattern, EscapedForRegex(separator), "[0-9]+");
    return pattern;
  }
  if (part.component == 'f') return "[0-9]+";
  if (part.max_digits >= 2 && !part.format->ordinal) {
    // Exactly as many are not asked for ("9:05"), but no more, so that "120000" can be read.
    return absl::StrCat("[0-9]{1,", part.max_digits, "}");
  }
  if (!IsNamed(part)) return IntegerPattern(*part.format, part.digits);
  if (absl::string_view("MxFP").find(part.component) == absl::string_view::npos) {
    throw Raised("D3133").With("value", Quoted(std::string(1, part.component)));
  }
  return "[a-zA-Z]+";
}

// In minutes.
double ParseZone(const DatePart& part, absl::string_view text) {
  if (part.component == 'z') text.remove_prefix(3);
  const bool negative = text[0] == '-';
  text.remove_prefix(1);
  const absl::string_view separator = ZoneSeparator(part);
  size_t hour_digits = text.size() <= 2 ? text.size() : 2;
  size_t minutes_at = hour_digits;
  if (!separator.empty()) {
    hour_digits = text.find(separator);
    minutes_at = hour_digits + separator.size();
  }
  const IntegerFormat plain = AnalyseIntegerPicture("0");
  const double hours = ParseInteger(text.substr(0, hour_digits), plain);
  const absl::string_view minutes = text.substr(minutes_at);
  const double total = hours * 60 + (minutes.empty() ? 0 : ParseInteger(minutes, plain));
  // As the reference: "-05:30" is five hours back and half an hour forth.
  return negative ? -hours * 60 + (total - hours * 60) : total;
}

// The milliseconds in the digits behind the point of a second.
double ParseFraction(absl::string_view digits) {
  const std::string millis = absl::StrCat(digits, "000").substr(0, 3);
  return ParseInteger(millis, AnalyseIntegerPicture("0"));
}

// nullopt where `text` is no such name.
absl::optional<double> ParseName(const DatePart& part, absl::string_view text) {
  const auto is = [&](absl::string_view name) {
    const auto width = static_cast<size_t>(part.max_width.value_or(0));
    return text == (width > 0 ? name.substr(0, width) : name);
  };
  if (part.component == 'P') {
    if (text == "am" || text == "AM") return 0;
    return text == "pm" || text == "PM" ? absl::make_optional(1.0) : absl::nullopt;
  }
  if (part.component == 'F') {
    for (int i = 1; i <= 7; ++i) {
      if (is(kDayNames[i])) return i;
    }
    return absl::nullopt;
  }
  for (int i = 0; i < 12; ++i) {
    if (is(kMonthNames[i])) return i + 1;
  }
  return absl::nullopt;
}

// Fills in what was not read, from `now` on the left of what was, with the least value on its
// right. Raises D3136 for gaps in between.
void Complete(absl::string_view order, double now, Components* components) {
  bool started = false;
  bool ended = false;
  for (char c : order) {
    if (components->Has(c)) {
      if (ended) throw Raised("D3136");
      started = true;
    } else if (started) {
      components->Set(c, absl::string_view("MDd").find(c) != absl::string_view::npos ? 1 : 0);
      ended = true;
    } else {
      components->Set(c, DateComponent(now, c));
    }
  }
}

double ToMillis(const Components& c, bool day_of_year, bool half_days) {
  // Months, days and so on may be out of range: they carry over, as in Date.UTC.
  const auto months = static_cast<int64_t>(std::max(c.Get('M') - 1, 0.0));
  const auto year = static_cast<int64_t>(c.Get('Y'));
  const double days =
      day_of_year ? MillisOf(absl::CivilDay(year, 1, 1)) / 86400000 + c.Get('d') - 1
                  : MillisOf(absl::CivilDay(absl::CivilMonth(year, 1) + months)) / 86400000 +
                        c.Get('D') - 1;
  double hour = c.Get('H');
  if (half_days) hour = (c.Get('h') == 12 ? 0 : c.Get('h')) + (c.Get('P') == 1 ? 12 : 0);
  double millis = ((days * 24 + hour) * 60 + c.Get('m')) * 60000 + c.Get('s') * 1000 + c.Get('f');
  const double zone = c.Has('Z') && c.Get('Z') != 0 ? c.Get('Z') : c.Get('z');
  return millis - zone * 60000;
}

bool IsReadable(double value) { return std::isfinite(value) && std::abs(value) < 1e9; }

}  // namespace

absl::optional<double> ParseDate(absl::string_view text, absl::string_view picture, double now) {
  const std::vector<DatePart> parts = AnalyseDatePicture(picture);
  std::string pattern = "^";
  for (const DatePart& part : parts) absl::StrAppend(&pattern, "(", PatternOf(part), ")");
  const std::shared_ptr<const Regex> regex = Regex::Compile(pattern + "$", "i");
  auto match = regex->Find(text, 0);
  if (!match.has_value()) return absl::nullopt;
  regex->FindGroups(text, &*match);

  Components components;
  for (size_t i = 0; i < parts.size(); ++i) {
    const DatePart& part = parts[i];
    if (part.component == '\0') continue;
    const absl::string_view found = *match->groups[i];
    absl::optional<double> value;
    if (part.component == 'Z' || part.component == 'z') {
      value = ParseZone(part, found);
    } else if (IsNamed(part)) {
      value = ParseName(part, found);
    } else if (part.component == 'f') {
      value = ParseFraction(found);
    } else {
      value = ParseInteger(found, *part.format);
    }
    if (!value.has_value()) continue;
    if (!IsReadable(*value)) return absl::nullopt;
    components.Set(part.component, *value);
  }
  if (components.empty()) return absl::nullopt;

  // A date is {Y, M, D}, {Y, d}, or one by weeks, which cannot be read; a time is {H, m, s, f} or
  // {P, h, m, s, f}.
  constexpr absl::string_view kDate = "YXMxWwdD";
  const bool day_of_year = !components.FitsOnly("YMD", kDate) && components.FitsOnly("Yd", kDate);
  const bool by_weeks = components.FitsOnly("XxwF", kDate) || components.FitsOnly("XW", kDate);
  const bool half_days =
      !components.FitsOnly("Hmsf", "PHhmsf") && components.FitsOnly("Phmsf", "PHhmsf");
  if (by_weeks) throw Raised("D3136");
  const std::string order = absl::StrCat(day_of_year ? "YD" : "YMD", half_days ? "Phmsf" : "Hmsf");
  Complete(order, now, &components);
  return ToMillis(components, day_of_year, half_days);
}

absl::optional<double> ParseIsoDate(absl::string_view text) {
  static const auto& regex = *new std::shared_ptr<const Regex>(Regex::Compile(
      "^(\\d{4})(?:-([01]\\d)(?:-([0-3]\\d)(?:T([0-2]\\d):([0-5]\\d):([0-5]\\d)(?:\\.(\\d+))?"
      "(?:Z|([+-])([0-2]\\d):?([0-5]\\d))?)?)?)?$",
      ""));
  auto match = regex->Find(text, 0);
  if (!match.has_value()) return absl::nullopt;
  regex->FindGroups(text, &*match);
  const auto number = [&match](size_t group, double otherwise) {
    const auto& found = match->groups[group - 1];
    return found.has_value() ? ParseInteger(*found, AnalyseIntegerPicture("0")) : otherwise;
  };
  const double month = number(2, 1);
  const double day = number(3, 1);
  const double hour = number(4, 0);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24) return absl::nullopt;
  const absl::CivilDay civil(static_cast<int64_t>(number(1, 0)), static_cast<int>(month),
                             static_cast<int>(day));
  double millis = MillisOf(civil) + ((hour * 60 + number(5, 0)) * 60 + number(6, 0)) * 1000;
  if (const auto& fraction = match->groups[6]; fraction.has_value()) {
    millis += ParseFraction(*fraction);
  }
  const double offset = (number(9, 0) * 60 + number(10, 0)) * 60000;
  return match->groups[7] == absl::string_view("-") ? millis + offset : millis - offset;
}

}  // namespace pawl::expr::jsonata
