// Digests of States.Hash and JSONata's $hash.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::expr {

// Lower-case hexadecimal digest of `data`. `algorithm` is exactly one of MD5, SHA-1, SHA-256,
// SHA-384 and SHA-512; nullopt for anything else.
absl::optional<std::string> HexDigest(absl::string_view algorithm, absl::string_view data);

}  // namespace pawl::expr
