#include "engine/expr/jsonata/integer_format.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/expr/jsonata/error.h"
#include "engine/expr/jsonata/number_text.h"
#include "engine/expr/jsonata/number_words.h"
#include "engine/expr/jsonata/text.h"

namespace pawl::expr::jsonata {
namespace {

// The zeros of Unicode's decimal digit families (in the basic plane).
constexpr uint32_t kZeros[] = {0x30,   0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6,
                               0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50, 0x0ED0,
                               0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
                               0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900,
                               0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10};

// The zero of the family that `c` belongs to, or 0.
uint32_t ZeroOf(uint32_t c) {
  const uint32_t* zero = std::upper_bound(std::begin(kZeros), std::end(kZeros), c);
  if (zero == std::begin(kZeros)) return 0;
  return c <= *(zero - 1) + 9 ? *(zero - 1) : 0;
}

// The distance at which separators repeat, or 0 where they do not.
int RegularDistance(const std::vector<IntegerFormat::Separator>& separators) {
  if (separators.empty()) return 0;
  int distance = 0;
  for (const auto& separator : separators) {
    if (separator.character != separators[0].character) return 0;
    distance = std::gcd(distance, separator.position);
  }
  if (distance == 0) return 0;
  for (int i = 1; i <= static_cast<int>(separators.size()); ++i) {
    const bool found = std::any_of(separators.begin(), separators.end(),
                                   [&](const auto& s) { return s.position == i * distance; });
    if (!found) return 0;
  }
  return distance;
}

void AnalyseDigits(absl::string_view picture, IntegerFormat* format) {
  std::vector<uint32_t> characters;
  for (absl::string_view rest = picture; !rest.empty();) {
    characters.push_back(NextCodePoint(&rest));
  }
  uint32_t zero = 0;
  int position = 0;
  for (auto c = characters.rbegin(); c != characters.rend(); ++c) {
    const uint32_t family = ZeroOf(*c);
    if (family != 0) {
      if (zero != 0 && family != zero) throw Raised("D3131");
      zero = family;
      ++format->mandatory_digits;
      ++position;
    } else if (*c == '#') {
      ++format->optional_digits;
      ++position;
    } else {
      std::string separator;
      AppendUtf8(*c, &separator);
      format->separators.push_back({position, separator});
    }
  }
  if (zero == 0) {
    format->primary = IntegerFormat::Primary::kSequence;
    format->token = std::string(picture);
    return;
  }
  format->zero = zero;
  if (const int distance = RegularDistance(format->separators); distance > 0) {
    format->regular = true;
    format->separators = {{distance, format->separators[0].character}};
  }
}

absl::string_view OrdinalSuffix(absl::string_view digits) {
  const char last = digits.back();
  const bool teen = digits.size() > 1 && digits[digits.size() - 2] == '1';
  if (teen || last < '1' || last > '3') return "th";
  return last == '1' ? "st" : last == '2' ? "nd" : "rd";
}

std::string FormatDecimal(double number, const IntegerFormat& format) {
  std::string digits = NumberToText(number);
  const int missing = format.mandatory_digits - static_cast<int>(digits.size());
  if (missing > 0) digits.insert(0, static_cast<size_t>(missing), '0');
  const auto count = static_cast<int>(digits.size());
  std::string text;
  for (int i = 0; i < count; ++i) {
    const int to_the_right = count - i;
    for (const auto& separator : format.separators) {
      const bool here = format.regular ? i > 0 && to_the_right % separator.position == 0
                                       : to_the_right == separator.position;
      if (here) text += separator.character;
    }
    const char c = digits[static_cast<size_t>(i)];
    AppendUtf8(c >= '0' && c <= '9' ? static_cast<uint32_t>(c - '0') + format.zero
                                    : static_cast<uint32_t>(c),
               &text);
  }
  // A separator may stand at the very end of the picture.
  for (const auto& separator : format.separators) {
    if (!format.regular && separator.position == 0) text += separator.character;
  }
  if (format.ordinal) absl::StrAppend(&text, OrdinalSuffix(digits));
  return text;
}

[[noreturn]] void RefuseSequence(const IntegerFormat& format) {
  throw Raised("D3130").With("value", Quoted(format.token));
}

double ParseDecimal(absl::string_view text, const IntegerFormat& format) {
  std::string digits(text);
  if (format.ordinal && digits.size() >= 2) digits.resize(digits.size() - 2);
  for (const auto& separator : format.separators) {
    absl::StrReplaceAll({{separator.character, ""}}, &digits);
  }
  if (format.regular) absl::StrReplaceAll({{",", ""}}, &digits);
  double number = 0;
  size_t count = 0;
  absl::string_view rest = digits;
  const bool negative = !rest.empty() && rest[0] == '-';
  if (negative) rest.remove_prefix(1);
  for (; !rest.empty(); ++count) {
    const uint32_t c = NextCodePoint(&rest);
    if (c < format.zero || c > format.zero + 9) break;
    number = number * 10 + (c - format.zero);
  }
  if (count == 0) return std::nan("");
  return negative ? -number : number;
}

}  // namespace

IntegerFormat AnalyseIntegerPicture(absl::string_view picture) {
  using Primary = IntegerFormat::Primary;
  IntegerFormat format;
  const size_t semicolon = picture.rfind(';');
  if (semicolon != absl::string_view::npos) {
    format.ordinal = picture.substr(semicolon + 1).substr(0, 1) == "o";
    picture = picture.substr(0, semicolon);
  }
  if (picture == "A" || picture == "a") {
    format.primary = Primary::kLetters;
  } else if (picture == "I" || picture == "i") {
    format.primary = Primary::kRoman;
  } else if (picture == "W" || picture == "w" || picture == "Ww") {
    format.primary = Primary::kWords;
  } else {
    AnalyseDigits(picture, &format);
    return format;
  }
  if (picture == "Ww") {
    format.letter_case = LetterCase::kTitle;
  } else if (absl::ascii_isupper(static_cast<unsigned char>(picture[0]))) {
    format.letter_case = LetterCase::kUpper;
  }
  return format;
}

std::string FormatInteger(double number, const IntegerFormat& format) {
  const bool upper = format.letter_case == LetterCase::kUpper;
  const bool negative = number < 0;
  number = std::abs(number);
  std::string text;
  switch (format.primary) {
    case IntegerFormat::Primary::kLetters:
      text = NumberToLetters(number, upper ? 'A' : 'a');
      break;
    case IntegerFormat::Primary::kRoman:
      text = NumberToRoman(number);
      if (upper) absl::AsciiStrToUpper(&text);
      break;
    case IntegerFormat::Primary::kWords:
      text = NumberToWords(number, format.ordinal);
      if (upper) absl::AsciiStrToUpper(&text);
      if (format.letter_case == LetterCase::kLower) absl::AsciiStrToLower(&text);
      break;
    case IntegerFormat::Primary::kDecimal:
      text = FormatDecimal(number, format);
      break;
    case IntegerFormat::Primary::kSequence:
      RefuseSequence(format);
  }
  return negative ? "-" + text : text;
}

double ParseInteger(absl::string_view text, const IntegerFormat& format) {
  const bool upper = format.letter_case == LetterCase::kUpper;
  switch (format.primary) {
    case IntegerFormat::Primary::kLetters:
      return LettersToNumber(text, upper ? 'A' : 'a');
    case IntegerFormat::Primary::kRoman:
      return RomanToNumber(upper ? std::string(text) : absl::AsciiStrToUpper(text));
    case IntegerFormat::Primary::kWords:
      return WordsToNumber(absl::AsciiStrToLower(text));
    case IntegerFormat::Primary::kDecimal:
      return ParseDecimal(text, format);
    case IntegerFormat::Primary::kSequence:
      RefuseSequence(format);
  }
  return 0;
}

std::string IntegerPattern(const IntegerFormat& format, int width) {
  const bool upper = format.letter_case == LetterCase::kUpper;
  switch (format.primary) {
    case IntegerFormat::Primary::kLetters:
      return upper ? "[A-Z]+" : "[a-z]+";
    case IntegerFormat::Primary::kRoman:
      return upper ? "[MDCLXVI]+" : "[mdclxvi]+";
    case IntegerFormat::Primary::kWords:
      return WordsPattern();
    case IntegerFormat::Primary::kDecimal: {
      std::string pattern = "[0-9]+";
      if (width > 0 && width < 100) {
        const int least = std::max(0, width - format.optional_digits);
        pattern = absl::StrCat("[0-9]{", least, ",", width, "}");
      }
      return format.ordinal ? pattern + "(?:th|st|nd|rd)" : pattern;
    }
    case IntegerFormat::Primary::kSequence:
      RefuseSequence(format);
  }
  return "";
}

}  // namespace pawl::expr::jsonata
