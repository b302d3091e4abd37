#include "engine/expr/jsonata/number_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/number_text.h"
#include "engine/expr/jsonata/rounding.h"
#include "engine/expr/jsonata/text.h"

namespace pawl::expr::jsonata {
namespace {

using Text = std::u32string;  // pictures are taken apart by character
constexpr size_t kNone = Text::npos;

Text ToText32(absl::string_view utf8) {
  Text text;
  while (!utf8.empty()) text += static_cast<char32_t>(NextCodePoint(&utf8));
  return text;
}

std::string ToUtf8(const Text& text) {
  std::string utf8;
  for (char32_t c : text) AppendUtf8(static_cast<uint32_t>(c), &utf8);
  return utf8;
}

struct Options {
  Text decimal_separator = U".";
  Text grouping_separator = U",";
  Text exponent_separator = U"e";
  Text minus_sign = U"-";
  Text percent = U"%";
  Text per_mille = U"\u2030";
  Text zero_digit = U"0";
  Text digit = U"#";
  Text pattern_separator = U";";

  bool IsDigit(char32_t c) const { return c >= zero_digit[0] && c < zero_digit[0] + 10; }
  bool IsDigitPlace(char32_t c) const { return IsDigit(c) || c == digit[0]; }
  bool IsActive(char32_t c) const {
    return IsDigitPlace(c) || c == decimal_separator[0] || c == exponent_separator[0] ||
           c == grouping_separator[0] || c == pattern_separator[0];
  }
};

Options ReadOptions(const Item& item) {
  Options options;
  const std::pair<const char*, Text*> fields[] = {
      {"decimal-separator", &options.decimal_separator},
      {"grouping-separator", &options.grouping_separator},
      {"exponent-separator", &options.exponent_separator},
      {"minus-sign", &options.minus_sign},
      {"percent", &options.percent},
      {"per-mille", &options.per_mille},
      {"zero-digit", &options.zero_digit},
      {"digit", &options.digit},
      {"pattern-separator", &options.pattern_separator},
  };
  ForEachMember(item, [&fields](const std::string& key, const Item& value) {
    for (const auto& [name, field] : fields) {
      if (key == name && value.is_string() && !value.AsString().empty()) {
        *field = ToText32(value.AsString());
      }
    }
  });
  return options;
}

struct Parts {
  Text picture;  // the whole sub-picture
  Text prefix;
  Text suffix;
  Text active;
  Text mantissa;
  Text integer;
  Text fraction;
  Text exponent;
  bool has_exponent = false;
};

Parts SplitParts(const Text& picture, const Options& options) {
  const auto shapes = [&options](char32_t c) {
    return options.IsActive(c) && c != options.exponent_separator[0];
  };
  Parts parts;
  parts.picture = picture;
  const auto first = std::find_if(picture.begin(), picture.end(), shapes);
  const auto last = std::find_if(picture.rbegin(), picture.rend(), shapes);
  if (first == picture.end()) {
    // Nothing that shapes a number: what the checks below will say about it.
    parts.active = parts.mantissa = parts.integer = picture;
    return parts;
  }
  parts.prefix = Text(picture.begin(), first);
  parts.suffix = Text(last.base(), picture.end());
  parts.active = Text(first, last.base());
  parts.mantissa = parts.active;
  const size_t exponent = parts.active.find(options.exponent_separator);
  if (exponent != kNone) {
    parts.has_exponent = true;
    parts.mantissa = parts.active.substr(0, exponent);
    parts.exponent = parts.active.substr(exponent + 1);
  }
  const size_t point = parts.mantissa.find(options.decimal_separator);
  parts.integer = parts.mantissa.substr(0, point);
  parts.fraction = point == kNone ? parts.suffix : parts.mantissa.substr(point + 1);
  return parts;
}

size_t CountOf(const Text& text, const Text& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != kNone; at = text.find(part, at + 1)) ++count;
  return count;
}

// XPath functions, 4.7.3. Of several mistakes the last in this order is reported.
void Validate(const Parts& parts, const Options& options) {
  const Text& picture = parts.picture;
  const char* error = nullptr;
  const auto check = [&error](bool wrong, const char* code) {
    if (wrong) error = code;
  };
  const auto is_digit = [&options](char32_t c) { return options.IsDigit(c); };
  const auto is_place = [&options](char32_t c) { return options.IsDigitPlace(c); };
  const auto is_passive = [&options](char32_t c) { return !options.IsActive(c); };
  const auto any = [](const Text& text, const auto& matches) {
    return std::any_of(text.begin(), text.end(), matches);
  };
  const size_t percents = CountOf(picture, options.percent);
  const size_t per_milles = CountOf(picture, options.per_mille);
  check(CountOf(picture, options.decimal_separator) > 1, "D3081");
  check(percents > 1, "D3082");
  check(per_milles > 1, "D3083");
  check(percents > 0 && per_milles > 0, "D3084");
  check(!any(parts.mantissa, is_place), "D3085");
  check(any(parts.active, is_passive), "D3086");
  const char32_t group = options.grouping_separator[0];
  const size_t point = picture.find(options.decimal_separator);
  if (point != kNone) {
    const bool before = point > 0 && picture[point - 1] == group;
    const bool behind = point + 1 < picture.size() && picture[point + 1] == group;
    check(before || behind, "D3087");
  } else {
    check(!parts.integer.empty() && parts.integer.back() == group, "D3088");
  }
  check(picture.find(Text(2, group)) != kNone, "D3089");
  const size_t optional = parts.integer.find(options.digit);
  check(optional != kNone && any(parts.integer.substr(0, optional), is_digit), "D3090");
  const size_t last_optional = parts.fraction.rfind(options.digit);
  check(last_optional != kNone && any(parts.fraction.substr(last_optional), is_digit), "D3091");
  check(!parts.exponent.empty() && percents + per_milles > 0, "D3092");
  const bool only_digits = !parts.exponent.empty() &&
                           std::all_of(parts.exponent.begin(), parts.exponent.end(), is_digit);
  check(parts.has_exponent && !only_digits, "D3093");
  if (error != nullptr) throw Raised(error);
}

struct Analysis {
  std::vector<size_t> integer_groups;  // digits between separator and decimal point
  std::vector<size_t> fraction_groups;
  size_t regular_group = 0;
  size_t min_integer = 0;
  size_t scaling = 0;
  size_t min_fraction = 0;
  size_t max_fraction = 0;
  size_t min_exponent = 0;
};

size_t RegularGroup(const std::vector<size_t>& groups) {
  if (groups.empty()) return 0;
  const size_t factor = std::accumulate(groups.begin(), groups.end(), size_t{0},
                                        [](size_t a, size_t b) { return std::gcd(a, b); });
  for (size_t i = 1; i <= groups.size(); ++i) {
    if (std::find(groups.begin(), groups.end(), i * factor) == groups.end()) return 0;
  }
  return factor;
}

// XPath functions, 4.7.4.
Analysis Analyse(const Parts& parts, const Options& options) {
  const auto places = [&options](const Text& text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [&options](char32_t c) { return options.IsDigitPlace(c); }));
  };
  const auto digits = [&options](const Text& text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [&options](char32_t c) { return options.IsDigit(c); }));
  };
  Analysis a;
  const Text& group = options.grouping_separator;
  for (size_t at = parts.integer.find(group); at != kNone; at = parts.integer.find(group, at + 1)) {
    a.integer_groups.push_back(places(parts.integer.substr(at)));
  }
  a.regular_group = RegularGroup(a.integer_groups);
  for (size_t at = parts.fraction.find(group); at != kNone;
       at = parts.fraction.find(group, at + 1)) {
    a.fraction_groups.push_back(places(parts.fraction.substr(0, at)));
  }
  a.min_integer = a.scaling = digits(parts.integer);
  a.min_fraction = digits(parts.fraction);
  a.max_fraction = places(parts.fraction);
  if (a.min_integer == 0 && a.max_fraction == 0) {
    if (parts.has_exponent) {
      a.min_fraction = a.max_fraction = 1;
    } else {
      a.min_integer = 1;
    }
  }
  if (parts.has_exponent && a.min_integer == 0 && parts.integer.find(options.digit) != kNone) {
    a.min_integer = 1;
  }
  if (a.min_integer == 0 && a.min_fraction == 0) a.min_fraction = 1;
  if (parts.has_exponent) a.min_exponent = digits(parts.exponent);
  return a;
}

// The digits of |number| in the family of the zero digit.
Text Digits(double number, size_t decimals, const Options& options) {
  Text text;
  for (char c : ToFixed(std::abs(number), static_cast<int>(decimals))) {
    text += c == '.' ? U'.' : static_cast<char32_t>(options.zero_digit[0] + (c - '0'));
  }
  return text;
}

void InsertSeparators(const Analysis& a, const Options& options, Text* integer, Text* fraction) {
  const Text& group = options.grouping_separator;
  Text grouped;
  for (size_t i = 0; i < integer->size(); ++i) {
    const size_t to_the_right = integer->size() - i;
    const bool here = a.regular_group > 0
                          ? to_the_right % a.regular_group == 0
                          : std::find(a.integer_groups.begin(), a.integer_groups.end(),
                                      to_the_right) != a.integer_groups.end();
    if (here && i > 0) grouped += group;
    grouped += (*integer)[i];
  }
  *integer = grouped;
  for (size_t position : a.fraction_groups) {
    if (position <= fraction->size()) fraction->insert(position, group);
  }
}

}  // namespace

std::string FormatNumber(double number, absl::string_view picture, const Item& options_item) {
  const Options options = ReadOptions(options_item);
  std::vector<Text> pictures = {U""};
  for (char32_t c : ToText32(picture)) {
    if (c == options.pattern_separator[0]) {
      pictures.emplace_back();
    } else {
      pictures.back() += c;
    }
  }
  if (pictures.size() > 2) throw Raised("D3080");
  std::vector<Parts> parts;
  for (const Text& one : pictures) {
    parts.push_back(SplitParts(one, options));
    Validate(parts.back(), options);
  }
  if (parts.size() == 1) {
    parts.push_back(parts[0]);
    parts[1].prefix = options.minus_sign + parts[1].prefix;
  }
  const Parts& used = parts[number >= 0 ? 0 : 1];
  const Analysis a = Analyse(used, options);

  double mantissa = number;
  if (used.picture.find(options.percent) != kNone) {
    mantissa *= 100;
  } else if (used.picture.find(options.per_mille) != kNone) {
    mantissa *= 1000;
  }
  int exponent = 0;
  if (a.min_exponent > 0 && mantissa != 0) {
    const double largest = std::pow(10, static_cast<double>(a.scaling));
    const double least = std::pow(10, static_cast<double>(a.scaling) - 1);
    for (; std::abs(mantissa) < least; --exponent) mantissa *= 10;
    for (; std::abs(mantissa) > largest; ++exponent) mantissa /= 10;
  }
  const size_t decimals = std::min<size_t>(a.max_fraction, 400);
  const Text digits =
      Digits(RoundHalfEven(mantissa, static_cast<int>(decimals)), decimals, options);
  const size_t point = std::min(digits.find(U'.'), digits.size());
  Text integer = digits.substr(0, point);
  Text fraction = point < digits.size() ? digits.substr(point + 1) : Text();
  const char32_t zero = options.zero_digit[0];
  integer.erase(0, std::min(integer.find_first_not_of(zero), integer.size()));
  const size_t last = fraction.find_last_not_of(zero);
  fraction.resize(last == kNone ? 0 : last + 1);
  if (integer.size() < a.min_integer) integer.insert(0, a.min_integer - integer.size(), zero);
  if (fraction.size() < a.min_fraction) fraction.append(a.min_fraction - fraction.size(), zero);
  InsertSeparators(a, options, &integer, &fraction);

  Text result = used.prefix + integer;
  const bool show_point =
      used.picture.find(options.decimal_separator) != kNone && !fraction.empty();
  if (show_point) result += options.decimal_separator + fraction;
  if (a.min_exponent > 0) {
    Text exponent_digits = Digits(exponent, 0, options);
    if (exponent_digits.size() < a.min_exponent) {
      exponent_digits.insert(0, a.min_exponent - exponent_digits.size(), zero);
    }
    result +=
        options.exponent_separator + (exponent < 0 ? options.minus_sign : Text()) + exponent_digits;
  }
  return ToUtf8(result + used.suffix);
}

}  // namespace pawl::expr::jsonata
