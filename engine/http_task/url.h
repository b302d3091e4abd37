// A URL as libcurl reads it, so that what is checked is what is connected to.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::http_task {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; IPv6 in brackets
  int port = 0;
  std::string path;   // with the leading '/', encoded
  std::string query;  // encoded, without '?'

  int default_port() const { return scheme == "https" ? 443 : 80; }
  std::string ToString() const;
  bool IsSameOrigin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// Parses an absolute http or https URL without user and password; drops its fragment.
absl::optional<Url> ParseUrl(const std::string& text);
// What `reference`, a Location header, means at `base`; the same rules.
absl::optional<Url> ResolveUrl(const Url& base, const std::string& reference);

}  // namespace pawl::http_task
