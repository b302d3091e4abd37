#include "engine/value/text_search.h"

#include <string.h>  // memmem

#include <vector>

#include "absl/strings/match.h"

namespace pawl {
namespace {

bool IsEscape(absl::string_view pattern, size_t i) {
  return pattern[i] == '\\' && i + 1 < pattern.size() &&
         (pattern[i + 1] == '*' || pattern[i + 1] == '\\');
}

// What stands between the stars of `pattern`, without escapes: one part more than there are stars.
std::vector<std::string> PartsOf(absl::string_view pattern) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*') {
      parts.emplace_back();
      continue;
    }
    if (IsEscape(pattern, i)) ++i;
    parts.back().push_back(pattern[i]);
  }
  return parts;
}

}  // namespace

size_t FindText(absl::string_view text, absl::string_view part, size_t from) {
  if (from > text.size()) return kNotFound;
  if (part.empty()) return from;
  const void* const found =
      memmem(text.data() + from, text.size() - from, part.data(), part.size());
  if (found == nullptr) return kNotFound;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

bool MatchesGlob(absl::string_view text, absl::string_view pattern) {
  const std::vector<std::string> parts = PartsOf(pattern);
  if (parts.size() == 1) return text == parts[0];
  if (text.size() < parts.front().size() + parts.back().size()) return false;
  if (!absl::StartsWith(text, parts.front()) || !absl::EndsWith(text, parts.back())) return false;
  text.remove_prefix(parts.front().size());
  text.remove_suffix(parts.back().size());
  // Of what lies between, the first place for each part leaves most to the next.
  size_t at = 0;
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    at = FindText(text, parts[i], at);
    if (at == kNotFound) return false;
    at += parts[i].size();
  }
  return true;
}

}  // namespace pawl
