// UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace pawl {

// Bytes of the valid sequence that starts at `s[i]`, or 0 where there is none.
size_t Utf8SequenceLength(absl::string_view s, size_t i);

// `code_point` is a Unicode scalar value.
void AppendUtf8(uint32_t code_point, std::string* out);

// Every byte that belongs to no valid sequence becomes U+FFFD.
std::string ReplaceInvalidUtf8(std::string s);

// Cuts off what is beyond `max_bytes`, never inside a sequence.
void TruncateUtf8(size_t max_bytes, std::string* s);

// Whether every byte belongs to a valid sequence.
bool IsValidUtf8(absl::string_view s);

// Code points of valid UTF-8.
size_t CountCodePoints(absl::string_view s);

}  // namespace pawl
