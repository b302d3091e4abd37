#include "cli/text.h"

#include <algorithm>
#include <array>

#include "engine/value/terminal_text.h"
#include "engine/value/utf8.h"

namespace pawl::cli {
namespace {

struct Interval {
  uint32_t first;
  uint32_t last;
};

// Unicode 15, the blocks that occur in terminals: combining marks, joiners, variation selectors.
constexpr std::array<Interval, 12> kZeroWidth = {{{0x0300, 0x036F},
                                                  {0x0483, 0x0489},
                                                  {0x0591, 0x05BD},
                                                  {0x0610, 0x061A},
                                                  {0x064B, 0x065F},
                                                  {0x0E34, 0x0E3A},
                                                  {0x1AB0, 0x1AFF},
                                                  {0x1DC0, 0x1DFF},
                                                  {0x200B, 0x200F},
                                                  {0x20D0, 0x20FF},
                                                  {0xFE00, 0xFE0F},
                                                  {0xFE20, 0xFE2F}}};

constexpr std::array<Interval, 13> kWide = {{{0x1100, 0x115F},
                                             {0x2E80, 0x303E},
                                             {0x3041, 0xA4CF},
                                             {0xA960, 0xA97F},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0xFFE0, 0xFFE6},
                                             {0x1F300, 0x1F64F},
                                             {0x1F680, 0x1F6FF},
                                             {0x1F900, 0x1FAFF},
                                             {0x20000, 0x3FFFD}}};

template <size_t N>
bool Contains(const std::array<Interval, N>& intervals, uint32_t code_point) {
  for (const Interval& interval : intervals) {
    if (code_point >= interval.first && code_point <= interval.last) return true;
  }
  return false;
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

int CodePointWidth(uint32_t code_point) {
  if (code_point < 0x300) return 1;
  if (Contains(kZeroWidth, code_point)) return 0;
  return Contains(kWide, code_point) ? 2 : 1;
}

int DisplayWidth(absl::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size();) {
    if (const size_t escape = StyleLength(text, i); escape > 0) {
      i += escape;
      continue;
    }
    const size_t length = std::max<size_t>(Utf8SequenceLength(text, i), 1);
    width += CodePointWidth(DecodeUtf8(text.substr(i, length)));
    i += length;
  }
  return width;
}

std::string OneLine(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const size_t length = Utf8SequenceLength(text, i);
    const uint32_t code_point = length == 0 ? 0 : DecodeUtf8(text.substr(i, length));
    if (text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (IsUnsafeOnTerminal(code_point)) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(text.data() + i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::vector<std::pair<std::string, int>> Glyphs(absl::string_view text) {
  std::vector<std::pair<std::string, int>> glyphs;
  for (size_t i = 0; i < text.size();) {
    const size_t length = std::max<size_t>(Utf8SequenceLength(text, i), 1);
    const absl::string_view sequence = text.substr(i, length);
    const int width = CodePointWidth(DecodeUtf8(sequence));
    if (width == 0 && !glyphs.empty()) {
      glyphs.back().first.append(sequence.data(), sequence.size());
    } else {
      glyphs.emplace_back(std::string(sequence), std::max(width, 1));
    }
    i += length;
  }
  return glyphs;
}

std::string Truncate(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= 0) return std::string();
  std::string out;
  int used = 1;  // of the ellipsis
  for (const auto& [glyph, glyph_width] : Glyphs(text)) {
    if (used + glyph_width > width) break;
    out += glyph;
    used += glyph_width;
  }
  return out + "…";
}

std::string TruncateStyled(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string out;
  bool has_style = false;
  int used = 1;  // of the ellipsis
  for (size_t i = 0; i < text.size();) {
    size_t length = StyleLength(text, i);
    if (length > 0) {
      has_style = true;
    } else {
      length = std::max<size_t>(Utf8SequenceLength(text, i), 1);
      used += CodePointWidth(DecodeUtf8(text.substr(i, length)));
      if (used > width) break;
    }
    out.append(text.data() + i, length);
    i += length;
  }
  return out + "…" + (has_style ? "\x1b[0m" : "");
}

std::string TruncateMiddle(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width || width < 3) return Truncate(text, width);
  const std::vector<std::pair<std::string, int>> glyphs = Glyphs(text);
  const int tail_width = (width - 1) / 2;
  std::string tail;
  int used = 0;
  for (auto glyph = glyphs.rbegin(); glyph != glyphs.rend(); ++glyph) {
    if (used + glyph->second > tail_width) break;
    tail.insert(0, glyph->first);
    used += glyph->second;
  }
  return Truncate(text, width - used) + tail;
}

std::string Pad(absl::string_view text, int width, bool right_aligned) {
  const int missing = std::max(0, width - DisplayWidth(text));
  const std::string blanks(static_cast<size_t>(missing), ' ');
  return right_aligned ? blanks + std::string(text) : std::string(text) + blanks;
}

std::string Nearest(absl::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace pawl::cli
