// Text of strangers on terminals: characters that move the cursor, reorder what is read or are not
// seen at all must not come from a payload, a name or a message. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl {

// Whether a terminal acts on `code_point` or hides it: the C0 controls (line ends and tabs too),
// DEL, the C1 controls, bidirectional marks and overrides, zero-width characters, line and
// paragraph separators, tags, and the noncharacters U+FFFE and U+FFFF.
bool IsUnsafeOnTerminal(uint32_t code_point);

// `text` without unsafe characters: each one, and each byte that is not UTF-8, becomes U+FFFD. Line
// feeds and tabs stay.
std::string SafeLines(absl::string_view text);

// As SafeLines; the colours that a program itself has added ("\x1b[1;31m") stay too. What surrounds
// them must already be safe, for colours of strangers would stay as well.
std::string SafeStyledLines(absl::string_view text);

// `json`, a JSON text, with unsafe characters escaped ("\u202e"). It stays the same value; line
// feeds and tabs between tokens stay.
std::string SafeJson(absl::string_view json);

// The code point of the valid UTF-8 sequence `sequence`, of 1 to 4 bytes.
uint32_t DecodeUtf8(absl::string_view sequence);

// Bytes of the colour sequence ("\x1b[1;31m") at `text[i]`, or 0.
size_t StyleLength(absl::string_view text, size_t i);

}  // namespace pawl
