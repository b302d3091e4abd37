// UTF-8 strings counted and compared the way JavaScript does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl::expr::jsonata {

inline constexpr uint32_t kReplacementCharacter = 0xFFFD;

void AppendUtf8(uint32_t code_point, std::string* out);

// Bytes of the first character of `text`: 0 where it is empty, 1 for a stray byte.
size_t Utf8Length(absl::string_view text);
// Takes the first character off *text, which must not be empty.
uint32_t NextCodePoint(absl::string_view* text);

size_t CountCodePoints(absl::string_view text);
// The byte offset of code point `n`, or text.size() where there are fewer.
size_t OffsetOfCodePoint(absl::string_view text, size_t n);
// UTF-16 code units: what indices of matches count.
size_t CountUtf16(absl::string_view text);

// Order of UTF-16 code units, as JavaScript compares strings: negative, 0 or positive.
// *common is how many bytes they have in common at the beginning.
int CompareUtf16(absl::string_view a, absl::string_view b, size_t* common);

// Simple case mapping of all of Unicode (and ß to SS); no locale.
std::string ToUpper(absl::string_view text);
std::string ToLower(absl::string_view text);

}  // namespace pawl::expr::jsonata
