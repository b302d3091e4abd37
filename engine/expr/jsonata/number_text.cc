#include "engine/expr/jsonata/number_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"

namespace pawl::expr::jsonata {
namespace {

constexpr double kMaxSafeInteger = 9007199254740992.0;  // 2^53

}  // namespace

Value NumberValue(double number) {
  if (std::abs(number) <= kMaxSafeInteger && number == std::trunc(number)) {
    return Value::Int(static_cast<int64_t>(number));
  }
  return Value::Double(number);
}

std::string NumberToText(double number) {
  if (number == 0) return "0";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), std::abs(number),
                                 std::chars_format::scientific);
  const absl::string_view shortest(buffer, static_cast<size_t>(end.ptr - buffer));
  const size_t e = shortest.find('e');
  std::string digits(1, shortest[0]);
  if (e > 2) digits.append(shortest.data() + 2, e - 2);
  int exponent = 0;
  const char* exponent_text = shortest.data() + e + 1;
  std::from_chars(*exponent_text == '+' ? exponent_text + 1 : exponent_text, end.ptr, exponent);

  // ECMA-262, Number::toString: `point` is where the decimal point stands among the digits.
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;
  std::string text = number < 0 ? "-" : "";
  if (count <= point && point <= 21) {
    return text + digits + std::string(static_cast<size_t>(point - count), '0');
  }
  if (0 < point && point <= 21) {
    return text + digits.insert(static_cast<size_t>(point), ".");
  }
  if (-6 < point && point <= 0) {
    return text + "0." + std::string(static_cast<size_t>(-point), '0') + digits;
  }
  if (count > 1) digits.insert(1, ".");
  return absl::StrCat(text, digits, exponent < 0 ? "e-" : "e+", std::abs(exponent));
}

double RoundTo15Digits(double number) {
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific, 14);
  return ParseNumber(absl::string_view(buffer, static_cast<size_t>(end.ptr - buffer)));
}

std::string ToFixed(double number, int digits) {
  char buffer[800];  // 309 digits before the point, 400 behind it
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::fixed,
                                 std::min(digits, 400));
  return std::string(buffer, end.ptr);
}

double ParseNumber(absl::string_view text) {
  double number = 0;
  const auto parsed = absl::from_chars(text.data(), text.data() + text.size(), number);
  // Out of range it yields the nearest finite number; too small is 0, or as good as.
  const bool overflow = parsed.ec == std::errc::result_out_of_range && std::abs(number) > 1;
  return overflow ? std::copysign(HUGE_VAL, number) : number;
}

}  // namespace pawl::expr::jsonata
