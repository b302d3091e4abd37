// Booleans as people write them in flags and environment variables. The one reader of them.
#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl {

// The words that ReadBoolean knows, for messages.
inline constexpr char kBooleanWords[] = "true, false, 1, 0, on, off, yes or no";

// True for true, 1, on and yes; false for false, 0, off and no; in any case. Nothing for any other
// text, the empty one too: a guess would switch off a guard that somebody asked for.
absl::optional<bool> ReadBoolean(absl::string_view text);

}  // namespace pawl
