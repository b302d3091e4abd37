#include "engine/expr/jsonata/text.h"

#include <algorithm>

#include "engine/expr/jsonata/case_map.h"

namespace pawl::expr::jsonata {
namespace {

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }
bool IsContinuation(char c) { return (Byte(c) & 0xC0) == 0x80; }

std::string MapCase(absl::string_view text, bool upper) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const char c = text[0];
    if (Byte(c) < 0x80) {
      const bool change = upper ? (c >= 'a' && c <= 'z') : (c >= 'A' && c <= 'Z');
      result += change ? static_cast<char>(c ^ 0x20) : c;
      text.remove_prefix(1);
      continue;
    }
    const uint32_t code_point = NextCodePoint(&text);
    if (upper && code_point == 0xDF) {
      result += "SS";
    } else {
      AppendUtf8(upper ? UpperCase(code_point) : LowerCase(code_point), &result);
    }
  }
  return result;
}

}  // namespace

void AppendUtf8(uint32_t c, std::string* out) {
  const auto put = [out](uint32_t byte) { *out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

size_t Utf8Length(absl::string_view text) {
  if (text.empty()) return 0;
  const unsigned char lead = Byte(text[0]);
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

uint32_t NextCodePoint(absl::string_view* text) {
  const size_t length = Utf8Length(*text);
  const unsigned char lead = Byte((*text)[0]);
  uint32_t c = length == 1   ? lead
               : length == 2 ? lead & 0x1F
               : length == 3 ? lead & 0x0F
                             : lead & 7;
  for (size_t i = 1; i < length; ++i) c = (c << 6) | (Byte((*text)[i]) & 0x3F);
  text->remove_prefix(length);
  return c;
}

size_t CountCodePoints(absl::string_view text) {
  size_t count = 0;
  for (char c : text) count += IsContinuation(c) ? 0 : 1;
  return count;
}

size_t OffsetOfCodePoint(absl::string_view text, size_t n) {
  size_t offset = 0;
  for (; offset < text.size(); ++offset) {
    if (IsContinuation(text[offset])) continue;
    if (n == 0) return offset;
    --n;
  }
  return offset;
}

size_t CountUtf16(absl::string_view text) {
  size_t count = 0;
  for (char c : text) count += IsContinuation(c) ? 0 : Byte(c) >= 0xF0 ? 2 : 1;
  return count;
}

int CompareUtf16(absl::string_view a, absl::string_view b, size_t* common) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  *common = static_cast<size_t>(x - a.begin());
  if (x == a.end() || y == b.end()) return (x == a.end() ? 0 : 1) - (y == b.end() ? 0 : 1);
  // The one place where UTF-8 and UTF-16 disagree: surrogates sort before U+E000 and above.
  const unsigned char p = Byte(*x);
  const unsigned char q = Byte(*y);
  const bool swapped = (p >= 0xF0) != (q >= 0xF0) && std::min(p, q) >= 0xEE;
  return (p < q) != swapped ? -1 : 1;
}

std::string ToUpper(absl::string_view text) { return MapCase(text, true); }
std::string ToLower(absl::string_view text) { return MapCase(text, false); }

}  // namespace pawl::expr::jsonata
