#include "engine/asl/names.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"

namespace pawl::asl {
namespace {

constexpr size_t kMaxVariableName = 80;

bool IsLetter(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

}  // namespace

size_t CodePoints(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool IsVariableName(absl::string_view name) {
  if (name.empty() || CodePoints(name) > kMaxVariableName || !IsLetter(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return IsLetter(c) || absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

size_t EditDistance(absl::string_view a, absl::string_view b, size_t limit) {
  constexpr size_t kLongest = 80;
  const size_t difference = a.size() < b.size() ? b.size() - a.size() : a.size() - b.size();
  if (difference > limit || a.size() > kLongest || b.size() > kLongest) return limit + 1;
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const bool is_same = absl::ascii_tolower(static_cast<unsigned char>(a[i])) ==
                           absl::ascii_tolower(static_cast<unsigned char>(b[j]));
      const size_t replaced = diagonal + (is_same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return std::min(row.back(), limit + 1);
}

}  // namespace pawl::asl
