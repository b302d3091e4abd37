#include "engine/value/terminal_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_format.h"
#include "engine/value/utf8.h"

namespace pawl {
namespace {

struct Interval {
  uint32_t first;
  uint32_t last;
};

constexpr std::array<Interval, 11> kUnsafe = {
    {{0x0000, 0x001F},
     {0x007F, 0x009F},
     {0x00AD, 0x00AD},      // soft hyphen
     {0x061C, 0x061C},      // Arabic letter mark
     {0x180E, 0x180E},      // Mongolian vowel separator
     {0x200B, 0x200F},      // zero-width, left and right marks
     {0x2028, 0x202E},      // separators, embeddings, overrides
     {0x2060, 0x206F},      // word joiner, isolates
     {0xFEFF, 0xFEFF},      // byte order mark
     {0xFFFE, 0xFFFF},      // noncharacters
     {0xE0000, 0xE007F}}};  // tags

constexpr char kReplacement[] = "\xEF\xBF\xBD";

// Calls each(sequence, code_point) for every sequence of `text`; of a byte that is not UTF-8 the
// code point is 0, which is unsafe.
template <typename Each>
void ForEachSequence(absl::string_view text, Each each) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8SequenceLength(text, i);
    const absl::string_view sequence = text.substr(i, std::max<size_t>(length, 1));
    each(sequence, length == 0 ? 0 : DecodeUtf8(sequence));
    i += sequence.size();
  }
}

bool IsLineFeedOrTab(uint32_t code_point) { return code_point == '\n' || code_point == '\t'; }

void AppendEscaped(uint32_t code_point, std::string* out) {
  if (code_point > 0xFFFF) {
    const uint32_t rest = code_point - 0x10000;
    absl::StrAppendFormat(out, "\\u%04x\\u%04x", 0xD800 | rest >> 10, 0xDC00 | (rest & 0x3FF));
  } else {
    absl::StrAppendFormat(out, "\\u%04x", code_point);
  }
}

}  // namespace

bool IsUnsafeOnTerminal(uint32_t code_point) {
  return std::any_of(kUnsafe.begin(), kUnsafe.end(), [&](const Interval& interval) {
    return code_point >= interval.first && code_point <= interval.last;
  });
}

std::string SafeLines(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  ForEachSequence(text, [&](absl::string_view sequence, uint32_t code_point) {
    if (IsUnsafeOnTerminal(code_point) && !IsLineFeedOrTab(code_point)) {
      out += kReplacement;
    } else {
      out.append(sequence.data(), sequence.size());
    }
  });
  return out;
}

std::string SafeStyledLines(absl::string_view text) {
  std::string out;
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t length = StyleLength(text, i);
    if (length > 0) {
      out += SafeLines(text.substr(begin, i - begin));
      out.append(text.data() + i, length);
      begin = i + length;
    }
    i += std::max<size_t>(length, 1);
  }
  return out + SafeLines(text.substr(begin));
}

std::string SafeJson(absl::string_view json) {
  std::string out;
  out.reserve(json.size());
  ForEachSequence(json, [&](absl::string_view sequence, uint32_t code_point) {
    if (sequence.size() == 1 && static_cast<unsigned char>(sequence[0]) >= 0x80) {
      out += kReplacement;
    } else if (IsUnsafeOnTerminal(code_point) && !IsLineFeedOrTab(code_point)) {
      AppendEscaped(code_point, &out);
    } else {
      out.append(sequence.data(), sequence.size());
    }
  });
  return out;
}

uint32_t DecodeUtf8(absl::string_view sequence) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(sequence[i]) & 0xFFU; };
  switch (sequence.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1FU) << 6 | (byte(1) & 0x3FU);
    case 3:
      return (byte(0) & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    default:
      return (byte(0) & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 |
             (byte(3) & 0x3FU);
  }
}

size_t StyleLength(absl::string_view text, size_t i) {
  if (text[i] != '\x1b' || i + 1 >= text.size() || text[i + 1] != '[') return 0;
  size_t end = i + 2;
  while (end < text.size() && (text[end] == ';' || (text[end] >= '0' && text[end] <= '9'))) ++end;
  return end < text.size() && text[end] == 'm' ? end - i + 1 : 0;
}

}  // namespace pawl
