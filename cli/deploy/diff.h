// Two texts, line by line. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::deploy {

struct DiffLine {
  enum class Kind { kSame, kRemoved, kAdded, kGap };
  Kind kind = Kind::kSame;
  std::string text = {};  // "" of a gap: lines that are the same and are not shown
};

// What has to be removed and added to make `after` of `before`, with `context` lines around each
// change; nothing where they are the same. The shortest such list, unless the texts differ so widely
// that finding it costs too much: what lies between the first and the last difference is then
// replaced as a whole.
std::vector<DiffLine> Diff(absl::string_view before, absl::string_view after, size_t context);

}  // namespace pawl::deploy
