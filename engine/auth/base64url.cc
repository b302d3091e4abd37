#include "engine/auth/base64url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace pawl::auth {

absl::optional<std::string> DecodeBase64Url(absl::string_view text) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_';
  });
  std::string bytes;
  if (!is_plain || !absl::WebSafeBase64Unescape(text, &bytes)) return absl::nullopt;
  return bytes;
}

}  // namespace pawl::auth
