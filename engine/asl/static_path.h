// Internal to engine/asl: what can be said of a JSONPath without evaluating it.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace pawl::asl {

struct StaticPath {
  bool is_input = false;           // begins with "$", not with "$$" or a variable
  std::vector<std::string> names;  // the plain names it begins with: $.a.b[0].c has a, b
};

inline StaticPath ParseStaticPath(absl::string_view text) {
  StaticPath path;
  path.is_input = absl::StartsWith(text, "$") && (text.size() == 1 || text[1] == '.');
  if (!path.is_input) return path;
  text.remove_prefix(1);
  while (absl::StartsWith(text, ".")) {
    size_t end = 1;
    while (end < text.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) != 0 ||
                                 text[end] == '_' || text[end] == '-')) {
      ++end;
    }
    // A function, a wildcard, a name of other characters: not plain.
    const bool is_plain = end > 1 && (end == text.size() || text[end] == '.' || text[end] == '[');
    if (!is_plain) break;
    path.names.emplace_back(text.substr(1, end - 1));
    text.remove_prefix(end);
  }
  return path;
}

}  // namespace pawl::asl
