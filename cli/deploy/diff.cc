#include "cli/deploy/diff.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_split.h"

namespace pawl::deploy {
namespace {

using Kind = DiffLine::Kind;
using Lines = std::vector<absl::string_view>;

constexpr size_t kMostCells = 8'000'000;  // of the table of common lines

// Lines of two texts, without those that both begin and end with.
struct Middle {
  size_t head = 0;
  size_t before_end = 0;
  size_t after_end = 0;
};

Middle Trim(const Lines& before, const Lines& after) {
  Middle middle{0, before.size(), after.size()};
  while (middle.head < std::min(before.size(), after.size()) &&
         before[middle.head] == after[middle.head]) {
    ++middle.head;
  }
  while (middle.before_end > middle.head && middle.after_end > middle.head &&
         before[middle.before_end - 1] == after[middle.after_end - 1]) {
    --middle.before_end;
    --middle.after_end;
  }
  return middle;
}

void Append(Kind kind, absl::string_view text, std::vector<DiffLine>* out) {
  out->push_back({kind, std::string(text)});
}

// By the table of longest common subsequences.
void AppendMiddle(const Lines& before, const Lines& after, const Middle& middle,
                  std::vector<DiffLine>* out) {
  const size_t rows = middle.before_end - middle.head;
  const size_t columns = middle.after_end - middle.head;
  size_t i = 0;
  size_t k = 0;
  if (rows > 0 && columns > 0 && rows <= kMostCells / columns) {
    const size_t width = columns + 1;
    std::vector<uint32_t> common((rows + 1) * width, 0);
    for (size_t r = rows; r-- > 0;) {
      for (size_t c = columns; c-- > 0;) {
        common[r * width + c] =
            before[middle.head + r] == after[middle.head + c]
                ? common[(r + 1) * width + c + 1] + 1
                : std::max(common[(r + 1) * width + c], common[r * width + c + 1]);
      }
    }
    while (i < rows && k < columns) {
      if (before[middle.head + i] == after[middle.head + k]) {
        Append(Kind::kSame, before[middle.head + i], out);
        ++i;
        ++k;
      } else if (common[(i + 1) * width + k] >= common[i * width + k + 1]) {
        Append(Kind::kRemoved, before[middle.head + i++], out);
      } else {
        Append(Kind::kAdded, after[middle.head + k++], out);
      }
    }
  }
  for (; i < rows; ++i) Append(Kind::kRemoved, before[middle.head + i], out);
  for (; k < columns; ++k) Append(Kind::kAdded, after[middle.head + k], out);
}

std::vector<DiffLine> WithContext(const std::vector<DiffLine>& all, size_t context) {
  std::vector<bool> is_shown(all.size(), false);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind == Kind::kSame) continue;
    const size_t begin = i - std::min(i, context);
    const size_t end = std::min(all.size(), i + context + 1);
    std::fill(is_shown.begin() + static_cast<std::ptrdiff_t>(begin),
              is_shown.begin() + static_cast<std::ptrdiff_t>(end), true);
  }
  std::vector<DiffLine> out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (is_shown[i]) {
      out.push_back(all[i]);
    } else if (out.empty() || out.back().kind != Kind::kGap) {
      out.push_back({Kind::kGap});
    }
  }
  return out;
}

}  // namespace

std::vector<DiffLine> Diff(absl::string_view before, absl::string_view after, size_t context) {
  if (before == after) return {};
  const Lines old_lines = absl::StrSplit(before, '\n');
  const Lines new_lines = absl::StrSplit(after, '\n');
  const Middle middle = Trim(old_lines, new_lines);
  std::vector<DiffLine> all;
  for (size_t i = 0; i < middle.head; ++i) Append(Kind::kSame, old_lines[i], &all);
  AppendMiddle(old_lines, new_lines, middle, &all);
  for (size_t i = middle.before_end; i < old_lines.size(); ++i) {
    Append(Kind::kSame, old_lines[i], &all);
  }
  return WithContext(all, context);
}

}  // namespace pawl::deploy
