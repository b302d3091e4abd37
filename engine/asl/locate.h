// Where things stand in a definition's text. Only done for diagnostics, so the text is scanned
// again instead of keeping a map of it; in one pass for all of them.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::asl {

struct TextPosition {
  int line = 0;    // from 1; 0 = not found
  int column = 0;  // in bytes, from 1
};

// Where the values begin that the JSON `pointers` name, one for each; where there is no such value,
// the nearest one around it. `text` must be well-formed JSON.
std::vector<TextPosition> Locate(absl::string_view text,
                                 const std::vector<absl::string_view>& pointers);

// The members that repeat the name of one before them, as the tokens of their pointers, in the
// order of the text; at most `limit`. `text` must be well-formed JSON.
std::vector<std::vector<std::string>> FindRepeatedMembers(absl::string_view text, size_t limit);

// One reference token, escaped as RFC 6901 has it ("~" as "~0", "/" as "~1").
std::string EscapePointer(absl::string_view token);
std::string JoinPointer(const std::vector<std::string>& tokens);
// The tokens of a pointer, unescaped; none for "/" and "".
std::vector<std::string> PointerTokens(absl::string_view pointer);

}  // namespace pawl::asl
