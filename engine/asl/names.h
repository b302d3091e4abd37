// What names may look like (ASL, "Variables"; AWS guide, "State machine structure").
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl::asl {

// Unicode code points of well-formed UTF-8.
size_t CodePoints(absl::string_view text);

// A letter (any beyond ASCII counts as one) or '_', then letters, digits and '_'; at most 80
// characters.
bool IsVariableName(absl::string_view name);

// Insertions, deletions and replacements of bytes that make `b` of `a`; `limit` + 1 for more than
// `limit`.
size_t EditDistance(absl::string_view a, absl::string_view b, size_t limit);

// The candidate that is most like `name`, by spelling; "" where none comes close. Equally close
// ones go by the alphabet, so the order of `candidates` does not matter.
template <typename Names>
std::string ClosestName(absl::string_view name, const Names& candidates) {
  constexpr size_t kMaxCandidates = 500;
  const size_t limit = name.size() < 4 ? 1 : name.size() < 9 ? 2 : 3;
  size_t best = limit + 1;
  std::string closest;
  if (candidates.size() > kMaxCandidates) return closest;
  for (const auto& candidate : candidates) {
    const size_t distance = EditDistance(name, candidate, limit);
    if (distance > limit || distance > best) continue;
    if (distance == best && closest < std::string(candidate)) continue;
    best = distance;
    closest = std::string(candidate);
  }
  return closest;
}

}  // namespace pawl::asl
