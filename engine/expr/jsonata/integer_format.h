// Integers as text after a picture: decimal digits with grouping, letters, roman numerals, words
// (XPath functions, format-integer).
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::expr::jsonata {

enum class LetterCase { kUpper, kLower, kTitle };

struct IntegerFormat {
  enum class Primary { kDecimal, kLetters, kRoman, kWords, kSequence };
  struct Separator {
    int position = 0;  // digits to its right
    std::string character;
  };

  Primary primary = Primary::kDecimal;
  LetterCase letter_case = LetterCase::kLower;
  bool ordinal = false;
  std::string token;    // of a kSequence: what is not supported
  uint32_t zero = '0';  // of the digit family
  int mandatory_digits = 0;
  int optional_digits = 0;
  bool regular = false;  // one separator, repeated every separators[0].position digits
  std::vector<Separator> separators;
};

// Raises D3131.
IntegerFormat AnalyseIntegerPicture(absl::string_view picture);

// `number` must be integral. Raises D3130.
std::string FormatInteger(double number, const IntegerFormat& format);

// What FormatInteger writes, read back; NaN where it cannot be. Raises D3130.
double ParseInteger(absl::string_view text, const IntegerFormat& format);

// A regular expression (RE2) for what FormatInteger writes; `width` > 0 fixes the number of digits.
std::string IntegerPattern(const IntegerFormat& format, int width);

}  // namespace pawl::expr::jsonata
