// Numbers in English words, roman numerals and letters, both ways.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace pawl::expr::jsonata {

// "Three Hundred and Sixty-Five", "Third". `number` is integral and not negative.
std::string NumberToWords(double number, bool ordinal);
// Lower-case words; NaN where one is unknown.
double WordsToNumber(absl::string_view words);
// All words, as alternatives of a regular expression.
std::string WordsPattern();

std::string NumberToRoman(double number);       // lower case
double RomanToNumber(absl::string_view roman);  // upper case; NaN where a letter is unknown

std::string NumberToLetters(double number, char first);  // 27 is "aa"
double LettersToNumber(absl::string_view letters, char first);

}  // namespace pawl::expr::jsonata
