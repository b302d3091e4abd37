// Text for terminals: how wide it is, how to cut it, and how to keep what users wrote from moving
// the cursor. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::cli {

// Columns that a code point takes: 0 for combining marks, 2 for East Asian wide ones and emoji.
int CodePointWidth(uint32_t code_point);

// Columns that `text` takes. Escape sequences made by Palette count nothing.
int DisplayWidth(absl::string_view text);

// One printable line: line ends and tabs become blanks, other unsafe characters
// (IsUnsafeOnTerminal) and invalid UTF-8 become U+FFFD. Everything that comes from a payload, a
// name or a file goes through this.
std::string OneLine(absl::string_view text);

// At most `width` columns of plain text; what is cut away is shown as "…".
std::string Truncate(absl::string_view text, int width);

// As Truncate, of text that a Palette has coloured.
std::string TruncateStyled(absl::string_view text, int width);

// As Truncate, but keeps both ends: "arn:aws…order-7".
std::string TruncateMiddle(absl::string_view text, int width);

// Blanks up to `width` columns, behind or (right-aligned) before.
std::string Pad(absl::string_view text, int width, bool right_aligned = false);

// The code points of `text`, each as its UTF-8 sequence with its width.
std::vector<std::pair<std::string, int>> Glyphs(absl::string_view text);

// The nearest of `candidates` to a mistyped word, or "" where nothing is near.
std::string Nearest(absl::string_view word, const std::vector<std::string>& candidates);

}  // namespace pawl::cli
