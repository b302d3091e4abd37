// Secrets of connections in what a server sends back.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::http_task {

// Fewer characters than this cannot be told from ordinary text: such secrets are refused when their
// connection is loaded.
inline constexpr size_t kMinSecretCharacters = 8;

// Finds secrets in texts, as they are and as they are commonly written within other texts: with
// escapes of JSON (\u00e4, \/, \", also twice), percent-encoded in either case, as a form ('+' is a
// blank), as HTML entities (&amp;, &#38;, &#x26;), in base64 and base64url at any offset; each
// character in whichever of these forms. A value.
class Redactor {
 public:
  explicit Redactor(const std::vector<std::string>& secrets);

  // `text` with "***" for each secret in it.
  std::string Redact(absl::string_view text) const;

 private:
  std::vector<std::string> patterns_;  // the longest first
};

}  // namespace pawl::http_task
