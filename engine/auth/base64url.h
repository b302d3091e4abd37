// Base64 as JOSE has it (RFC 7515, section 2).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::auth {

// The alphabet for URLs, no padding, nothing else: nullopt otherwise.
absl::optional<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace pawl::auth
