#include "engine/expr/jsonata/number_words.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::expr::jsonata {
namespace {

constexpr const char* kFew[] = {"Zero",    "One",     "Two",       "Three",    "Four",
                                "Five",    "Six",     "Seven",     "Eight",    "Nine",
                                "Ten",     "Eleven",  "Twelve",    "Thirteen", "Fourteen",
                                "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"};
constexpr const char* kOrdinals[] = {
    "Zeroth",     "First",     "Second",    "Third",       "Fourth",     "Fifth",     "Sixth",
    "Seventh",    "Eighth",    "Ninth",     "Tenth",       "Eleventh",   "Twelfth",   "Thirteenth",
    "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth"};
constexpr const char* kDecades[] = {"Twenty", "Thirty",  "Forty",  "Fifty",
                                    "Sixty",  "Seventy", "Eighty", "Ninety"};
constexpr const char* kMagnitudes[] = {"Thousand", "Million", "Billion", "Trillion"};

struct Numeral {
  int value;
  const char* text;
};
constexpr Numeral kRoman[] = {{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"},
                              {90, "xc"},  {50, "l"},   {40, "xl"}, {10, "x"},   {9, "ix"},
                              {5, "v"},    {4, "iv"},   {1, "i"}};

// The longest texts that are asked for; a number beyond has no sensible roman or word form.
constexpr double kMaxRoman = 1e6;

std::string Words(double number, bool continued, bool ordinal) {
  const auto small = static_cast<size_t>(number);
  if (number < 20) {
    return absl::StrCat(continued ? " and " : "", ordinal ? kOrdinals[small] : kFew[small]);
  }
  if (number < 100) {
    std::string words = absl::StrCat(continued ? " and " : "", kDecades[small / 10 - 2]);
    if (small % 10 > 0) {
      words += "-" + Words(static_cast<double>(small % 10), false, ordinal);
    } else if (ordinal) {
      words.pop_back();
      words += "ieth";
    }
    return words;
  }
  std::string words = continued ? ", " : "";
  double rest = 0;
  if (number < 1000) {
    absl::StrAppend(&words, kFew[small / 100], " Hundred");
    rest = static_cast<double>(small % 100);
  } else {
    const auto power = static_cast<size_t>(std::log10(number) / 3);
    const size_t magnitude = std::min(power, std::size(kMagnitudes));
    const double factor = std::pow(10, static_cast<double>(magnitude) * 3);
    const double count = std::floor(number / factor);
    rest = number - count * factor;
    absl::StrAppend(&words, Words(count, false, false), " ", kMagnitudes[magnitude - 1]);
  }
  if (rest > 0) return words + Words(rest, true, ordinal);
  return ordinal ? words + "th" : words;
}

bool IsWord(absl::string_view word, absl::string_view candidate) {
  return absl::AsciiStrToLower(candidate) == word;
}

double WordValue(absl::string_view word) {
  for (size_t i = 0; i < std::size(kFew); ++i) {
    if (IsWord(word, kFew[i]) || IsWord(word, kOrdinals[i])) return static_cast<double>(i);
  }
  for (size_t i = 0; i < std::size(kDecades); ++i) {
    const absl::string_view decade = kDecades[i];
    const std::string ordinal = absl::StrCat(decade.substr(0, decade.size() - 1), "ieth");
    if (IsWord(word, decade) || IsWord(word, ordinal)) return static_cast<double>(i + 2) * 10;
  }
  if (word == "hundred" || word == "hundredth") return 100;
  for (size_t i = 0; i < std::size(kMagnitudes); ++i) {
    if (IsWord(word, kMagnitudes[i]) || IsWord(word, absl::StrCat(kMagnitudes[i], "th"))) {
      return std::pow(10, static_cast<double>(i + 1) * 3);
    }
  }
  return std::nan("");
}

}  // namespace

std::string NumberToWords(double number, bool ordinal) { return Words(number, false, ordinal); }

double WordsToNumber(absl::string_view words) {
  // "one thousand, two hundred and three": parts are added up below a thousand and multiplied by
  // what follows them.
  std::vector<double> segments = {0};
  while (!words.empty()) {
    const size_t end = std::min(words.find_first_of(" ,-\\"), words.size());
    const absl::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (word.empty() || word == "and") continue;
    const double value = WordValue(word);
    if (std::isnan(value)) return value;
    if (value >= 100) {
      segments.back() *= value;
    } else if (segments.back() >= 1000) {
      segments.push_back(value);
    } else {
      segments.back() += value;
    }
  }
  double total = 0;
  for (double segment : segments) total += segment;
  return total;
}

std::string WordsPattern() {
  // Longer words first: "sixteen" is not "six".
  std::vector<std::string> words = {"hundredth", "hundred"};
  for (const char* word : kFew) words.push_back(absl::AsciiStrToLower(word));
  for (const char* word : kOrdinals) words.push_back(absl::AsciiStrToLower(word));
  for (absl::string_view word : kDecades) {
    words.push_back(absl::AsciiStrToLower(word));
    words.push_back(absl::AsciiStrToLower(word.substr(0, word.size() - 1)) + "ieth");
  }
  for (const char* word : kMagnitudes) {
    words.push_back(absl::AsciiStrToLower(word) + "th");
    words.push_back(absl::AsciiStrToLower(word));
  }
  std::stable_sort(words.begin(), words.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  std::string pattern = "(?:";
  for (const std::string& word : words) absl::StrAppend(&pattern, word, "|");
  return pattern + "and|[\\-, ])+";
}

std::string NumberToRoman(double number) {
  std::string roman;
  if (number > kMaxRoman) return roman;
  auto rest = static_cast<int>(number);
  for (const Numeral& numeral : kRoman) {
    for (; rest >= numeral.value; rest -= numeral.value) roman += numeral.text;
  }
  return roman;
}

double RomanToNumber(absl::string_view roman) {
  constexpr absl::string_view kLetters = "IVXLCDM";
  constexpr double kValues[] = {1, 5, 10, 50, 100, 500, 1000};
  double number = 0;
  double largest = 1;
  for (size_t i = roman.size(); i-- > 0;) {
    const size_t letter = kLetters.find(roman[i]);
    if (letter == absl::string_view::npos) return std::nan("");
    const double value = kValues[letter];
    number += value < largest ? -value : value;
    largest = std::max(largest, value);
  }
  return number;
}

std::string NumberToLetters(double number, char first) {
  std::string letters;
  while (number > 0) {
    letters += static_cast<char>(first + static_cast<int>(std::fmod(number - 1, 26)));
    number = std::floor((number - 1) / 26);
  }
  std::reverse(letters.begin(), letters.end());
  return letters;
}

double LettersToNumber(absl::string_view letters, char first) {
  double number = 0;
  for (char c : letters) number = number * 26 + (c - first + 1);
  return number;
}

}  // namespace pawl::expr::jsonata
