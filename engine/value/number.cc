#include "engine/value/number.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace pawl::internal {
namespace {

constexpr int64_t kExponentLimit = 1'000'000'000'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipDigits(absl::string_view text, size_t i) {
  while (i < text.size() && IsDigit(text[i])) ++i;
  return i;
}

int64_t ParseExponent(absl::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  int64_t n = 0;
  for (char c : text) n = std::min(n * 10 + (c - '0'), kExponentLimit);
  return negative ? -n : n;
}

}  // namespace

Decimal ParseDecimal(absl::string_view text) {
  Decimal d;
  if (!text.empty() && text[0] == '-') {
    d.negative = true;
    text.remove_prefix(1);
  }
  const size_t e = text.find_first_of("eE");
  if (e != absl::string_view::npos) {
    d.exponent = ParseExponent(text.substr(e + 1));
    text = text.substr(0, e);
  }
  const size_t point = text.find('.');
  d.digits.assign(text.data(), std::min(point, text.size()));
  d.exponent += static_cast<int64_t>(d.digits.size());
  if (point != absl::string_view::npos) {
    d.digits.append(text.data() + point + 1, text.size() - point - 1);
  }
  const size_t leading = std::min(d.digits.find_first_not_of('0'), d.digits.size());
  d.digits.erase(0, leading);
  d.exponent -= static_cast<int64_t>(leading);
  d.digits.erase(d.digits.find_last_not_of('0') + 1);
  if (d.digits.empty()) return Decimal();
  return d;
}

bool DecimalToInt64(const Decimal& d, int64_t* n) {
  if (d.digits.empty()) {
    *n = 0;
    return true;
  }
  const auto length = static_cast<int64_t>(d.digits.size());
  if (d.exponent < length || d.exponent > 19) return false;
  std::string text = d.negative ? "-" : "";
  text += d.digits;
  text.append(static_cast<size_t>(d.exponent - length), '0');
  const char* end = text.data() + text.size();
  const auto [p, error] = std::from_chars(text.data(), end, *n);
  return error == std::errc() && p == end;
}

bool DoubleToInt64(double d, int64_t* n) {
  // 2^63 itself is a double but no int64; -2^63 is both.
  if (!(d >= -0x1p63 && d < 0x1p63) || d != std::trunc(d)) return false;
  *n = static_cast<int64_t>(d);
  return true;
}

double TextToDouble(absl::string_view text) {
  double d = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), d);
  if (result.ec == std::errc()) return d;
  // Out of range. from_chars does not say at which end.
  const Decimal decimal = ParseDecimal(text);
  if (decimal.exponent < 0) return decimal.negative ? -0.0 : 0.0;
  const double largest = std::numeric_limits<double>::max();
  return decimal.negative ? -largest : largest;
}

bool IsJsonNumber(absl::string_view text) {
  size_t i = 0;
  if (i < text.size() && text[i] == '-') ++i;
  const size_t integer = i;
  i = SkipDigits(text, i);
  if (i == integer || (text[integer] == '0' && i > integer + 1)) return false;
  if (i < text.size() && text[i] == '.') {
    const size_t fraction = ++i;
    i = SkipDigits(text, i);
    if (i == fraction) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    const size_t exponent = i;
    i = SkipDigits(text, i);
    if (i == exponent) return false;
  }
  return i == text.size();
}

}  // namespace pawl::internal
