// Decimal numbers as text: comparison and conversion without loss. Used where a number fits neither
// an int64 nor the text of a double.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl::internal {

// A number as sign * 0.DIGITS * 10^exponent, with neither leading nor trailing zeros in `digits`.
// Zero has no digits. Two numbers are equal exactly when their Decimals are.
struct Decimal {
  bool negative = false;
  std::string digits;
  int64_t exponent = 0;

  friend bool operator==(const Decimal& a, const Decimal& b) {
    return a.negative == b.negative && a.exponent == b.exponent && a.digits == b.digits;
  }
};

// `text` is a valid JSON number. Exponents beyond +-10^15 saturate.
Decimal ParseDecimal(absl::string_view text);

// True, with the value in *n, where `d` is an integer in int64 range.
bool DecimalToInt64(const Decimal& d, int64_t* n);

// True, with the value in *n, where `d` is an integer in int64 range.
bool DoubleToInt64(double d, int64_t* n);

// Nearest double; magnitudes that no double reaches become the largest finite one.
double TextToDouble(absl::string_view text);

// Whether `text` is a number by the grammar of RFC 8259.
bool IsJsonNumber(absl::string_view text);

}  // namespace pawl::internal
