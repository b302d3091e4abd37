// What names may look like (ASL, "Variables"; AWS guide, "State machine structure").
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace pawl::asl {

// Unicode code points of well-formed UTF-8.
size_t CodePoints(absl::string_view text);

// A letter (any beyond ASCII counts as one) or '_', then letters, digits and '_'; at most 80
// characters.
bool IsVariableName(absl::string_view name);

}  // namespace pawl::asl
