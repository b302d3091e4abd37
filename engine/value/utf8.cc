#include "engine/value/utf8.h"

#include <algorithm>
#include <cstring>

namespace pawl {
namespace {

bool IsContinuation(unsigned char c) { return (c & 0xC0) == 0x80; }

}  // namespace

size_t Utf8SequenceLength(absl::string_view s, size_t i) {
  const auto byte = [&](size_t k) -> unsigned char {
    return k < s.size() ? static_cast<unsigned char>(s[k]) : 0;
  };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return i < s.size() ? 1 : 0;
  const unsigned char second = byte(i + 1);
  if (lead < 0xC2 || lead > 0xF4 || !IsContinuation(second)) return 0;
  if (lead < 0xE0) return 2;
  // Overlong forms, surrogates and what lies above U+10FFFF show in the second byte.
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
      (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
    return 0;
  }
  if (!IsContinuation(byte(i + 2))) return 0;
  if (lead < 0xF0) return 3;
  return IsContinuation(byte(i + 3)) ? 4 : 0;
}

void AppendUtf8(uint32_t code_point, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)));
  };
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code_point >> 6)));
    tail(0);
  } else if (code_point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xF0 | (code_point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

void TruncateUtf8(size_t max_bytes, std::string* s) {
  if (s->size() <= max_bytes) return;
  while (max_bytes > 0 && IsContinuation(static_cast<unsigned char>((*s)[max_bytes]))) --max_bytes;
  s->resize(max_bytes);
}

bool IsValidUtf8(absl::string_view s) {
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  for (size_t i = 0; i < s.size();) {
    uint64_t eight = kHighBits;
    if (s.size() - i >= sizeof(eight)) std::memcpy(&eight, s.data() + i, sizeof(eight));
    if ((eight & kHighBits) == 0) {  // ASCII
      i += sizeof(eight);
      continue;
    }
    const size_t length = Utf8SequenceLength(s, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string ReplaceInvalidUtf8(std::string s) {
  size_t valid = 0;
  while (valid < s.size()) {
    const size_t length = Utf8SequenceLength(s, valid);
    if (length == 0) break;
    valid += length;
  }
  if (valid == s.size()) return s;
  std::string out = s.substr(0, valid);
  for (size_t i = valid; i < s.size();) {
    const size_t length = Utf8SequenceLength(s, i);
    if (length == 0) {
      AppendUtf8(0xFFFD, &out);
      ++i;
    } else {
      out.append(s, i, length);
      i += length;
    }
  }
  return out;
}

size_t CountCodePoints(absl::string_view s) {
  return static_cast<size_t>(std::count_if(
      s.begin(), s.end(), [](char c) { return !IsContinuation(static_cast<unsigned char>(c)); }));
}

}  // namespace pawl
