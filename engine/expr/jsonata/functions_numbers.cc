#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata/convert.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/functions.h"
#include "engine/expr/jsonata/number_text.h"
#include "engine/expr/jsonata/rounding.h"

namespace pawl::expr::jsonata::functions {
namespace {

double Total(const Call& call) {
  const Elements numbers(call[0]);
  call.workspace.Step(numbers.size());
  double total = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Value* value = numbers.value(i);
    total += value != nullptr ? value->AsDouble() : numbers[i].AsNumber();
  }
  return total;
}

template <typename Better>
Item Best(const Call& call, Better better) {
  const Elements numbers(call[0]);
  if (numbers.empty()) return Item();
  call.workspace.Step(numbers.size());
  double best = numbers[0].AsNumber();
  for (size_t i = 1; i < numbers.size(); ++i) {
    if (better(numbers[i].AsNumber(), best)) best = numbers[i].AsNumber();
  }
  return Item::Number(best);
}

// The digits of `text` in `base`, or NaN where it has others.
double ParseDigits(absl::string_view text, int base) {
  double number = text.empty() ? std::nan("") : 0;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const int digit = absl::ascii_isdigit(byte)    ? c - '0'
                      : absl::ascii_isxdigit(byte) ? absl::ascii_tolower(byte) - 'a' + 10
                                                   : base;
    if (digit >= base) return std::nan("");
    number = number * base + digit;
  }
  return number;
}

// -?digits(.digits)?([Ee][-+]?digits)?
bool IsDecimal(absl::string_view text) {
  const auto digits = [&text]() {
    size_t count = 0;
    while (count < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[count]))) {
      ++count;
    }
    text.remove_prefix(count);
    return count > 0;
  };
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  if (!digits()) return false;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    if (!digits()) return false;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    if (!digits()) return false;
  }
  return text.empty();
}

double ToNumber(absl::string_view text) {
  if (IsDecimal(text)) return ParseNumber(text);
  if (text.size() > 2 && text[0] == '0') {
    const char prefix = absl::ascii_tolower(static_cast<unsigned char>(text[1]));
    if (prefix == 'x') return ParseDigits(text.substr(2), 16);
    if (prefix == 'o') return ParseDigits(text.substr(2), 8);
    if (prefix == 'b') return ParseDigits(text.substr(2), 2);
  }
  return std::nan("");
}

}  // namespace

Item Sum(const Call& call) { return Item::Number(Total(call)); }

Item Max(const Call& call) {
  return Best(call, [](double a, double b) { return a > b; });
}

Item Min(const Call& call) {
  return Best(call, [](double a, double b) { return a < b; });
}

Item Average(const Call& call) {
  const size_t count = Elements(call[0]).size();
  return count == 0 ? Item() : Item::Number(Total(call) / static_cast<double>(count));
}

Item Number(const Call& call) {
  const Item& item = call[0];
  if (item.is_number()) return item;
  if (item.is_bool()) return Item::Number(item.is_true() ? 1 : 0);
  call.workspace.Work(steps::Converted(item.AsString().size()));
  const double number = ToNumber(item.AsString());
  if (!std::isfinite(number)) throw Raised("D3030").With("value", ForMessage(item));
  return Item::Number(number);
}

Item Abs(const Call& call) { return Item::Number(std::abs(call[0].AsNumber())); }
Item Floor(const Call& call) { return Item::Number(std::floor(call[0].AsNumber())); }
Item Ceil(const Call& call) { return Item::Number(std::ceil(call[0].AsNumber())); }

Item Round(const Call& call) {
  call.workspace.Work(60);  // by way of text
  const double precision = call.Has(1) ? call[1].AsNumber() : 0;
  const double bounded = std::clamp(precision, -400.0, 400.0);
  return Item::Number(RoundHalfEven(call[0].AsNumber(), static_cast<int>(bounded)));
}

Item Sqrt(const Call& call) {
  if (call[0].AsNumber() < 0) throw Raised("D3060").With("value", ForMessage(call[0]));
  return Item::Number(std::sqrt(call[0].AsNumber()));
}

Item Power(const Call& call) {
  const double exponent = call.Has(1) ? call[1].AsNumber() : std::nan("");
  const double result = std::pow(call[0].AsNumber(), exponent);
  if (!std::isfinite(result)) {
    throw Raised("D3061").With("value", ForMessage(call[0])).With("exp", ForMessage(call[1]));
  }
  return Item::Number(result);
}

Item FormatBase(const Call& call) {
  double value = RoundHalfEven(call[0].AsNumber(), 0);
  const double radix = call.Has(1) ? RoundHalfEven(call[1].AsNumber(), 0) : 10;
  if (!(radix >= 2 && radix <= 36)) {
    throw Raised("D3100").With("value", ForMessage(Item::Number(radix)));
  }
  if (!std::isfinite(value)) throw Raised("D1001").With("value", "null");
  std::string digits;
  const bool negative = value < 0;
  value = std::abs(value);
  do {
    call.workspace.Work(2 + RemainderSteps(value, radix));
    const auto digit = static_cast<size_t>(std::fmod(value, radix));
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[digit];
    value = std::trunc(value / radix);
  } while (value > 0);
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return Item::String(std::move(digits));
}

}  // namespace pawl::expr::jsonata::functions
