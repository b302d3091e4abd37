// Patterns with '*' (any text, also none) and '?' (one character).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::auth {

// Immutable, thread-safe. Matching takes time in proportion to the text, whatever the pattern: all
// ways to match are followed at once, a bit for each.
class Glob {
 public:
  enum class Case { kSensitive, kInsensitive };  // of ASCII letters

  explicit Glob(absl::string_view pattern, Case letters = Case::kSensitive);

  // Whether the whole text matches. Texts are UTF-8.
  bool Matches(absl::string_view text) const;

 private:
  using Bits = std::vector<uint64_t>;

  void Step(unsigned char byte, Bits* reached) const;

  const bool folds_;
  std::string pattern_;          // folded, runs of '*' made one
  bool is_literal_ = true;       // no wildcard: then nothing of the rest is filled
  size_t words_ = 0;             // of a set of positions in the pattern
  std::vector<uint64_t> takes_;  // for each byte, the positions that it moves on; 256 sets
  Bits stars_;                   // positions of '*'
  Bits after_question_;          // positions behind a '?'
};

}  // namespace pawl::auth
