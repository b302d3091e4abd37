#pragma once

#include "absl/strings/string_view.h"

namespace pawl::asl {

struct TextPosition {
  int line = 0;    // from 1; 0 = not found
  int column = 0;  // in bytes, from 1
};

// Where the value that JSON `pointer` names begins in `text`. `text` must be well-formed JSON as
// far as that value; only done for diagnostics, so it scans instead of keeping a map.
TextPosition Locate(absl::string_view text, absl::string_view pointer);

// Line and column of a byte offset.
TextPosition PositionOfOffset(absl::string_view text, size_t offset);

// One reference token, escaped as RFC 6901 has it ("~" as "~0", "/" as "~1").
std::string EscapePointer(absl::string_view token);

}  // namespace pawl::asl
