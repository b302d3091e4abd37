// Finding text in text in linear time, whatever both hold, and what that costs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl {

inline constexpr size_t kNotFound = absl::string_view::npos;

// Where `part` first begins in `text`, at or after byte `from`; kNotFound where it does not.
// (std::string::find takes quadratic time for "aaa...ab" in "aaa...a".)
size_t FindText(absl::string_view text, absl::string_view part, size_t from);

// The steps of looking for `part` bytes in `bytes` of text. Where text and part are of one
// character, a short part is compared at each place; a long one takes an algorithm that is linear.
constexpr uint64_t FindSteps(size_t bytes, size_t part) {
  constexpr size_t kLong = 256;
  const uint64_t compared = part > kLong ? bytes / 4 : bytes / 64 * std::min<size_t>(part, 64);
  return 1 + bytes / 32 + compared;
}

// Whether `text` matches `pattern`, in which "*" stands for any run of characters; "\*" and "\\"
// are the characters themselves. Linear in both.
bool MatchesGlob(absl::string_view text, absl::string_view pattern);

// The steps of matching `bytes` with a regular expression of RE2, of so many instructions. A small
// program becomes an automaton that looks at each byte once; a large one may have to be simulated.
constexpr uint64_t RegexSteps(size_t program_size, size_t bytes) {
  constexpr size_t kSmallProgram = 14;
  constexpr uint64_t kPerMatch = 10;
  if (program_size <= kSmallProgram) return kPerMatch + bytes / 4;
  return kPerMatch + bytes * (program_size / 2);
}

}  // namespace pawl
