#include "engine/http_task/url.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pawl::http_task {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

bool HasPart(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return false;
  curl_free(text);
  return true;
}

std::string Part(CURLU* url, CURLUPart part, unsigned int flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string result = text;
  curl_free(text);
  return result;
}

// curl takes blanks and control characters in places; we send nothing like that.
bool IsPrintable(const std::string& text) {
  for (char c : text) {
    if (c <= ' ' || c == '\x7f' || c == '\\') return false;
  }
  return true;
}

absl::optional<Url> Read(CURLU* url) {
  Url result;
  result.scheme = Part(url, CURLUPART_SCHEME, 0);
  result.host = absl::AsciiStrToLower(Part(url, CURLUPART_HOST, 0));
  result.path = Part(url, CURLUPART_PATH, 0);
  result.query = Part(url, CURLUPART_QUERY, 0);
  const bool is_ok =
      (result.scheme == "http" || result.scheme == "https") && !result.host.empty() &&
      absl::SimpleAtoi(Part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT), &result.port) &&
      result.port > 0 && result.port < 65536 && !HasPart(url, CURLUPART_USER) &&
      !HasPart(url, CURLUPART_PASSWORD) && !HasPart(url, CURLUPART_ZONEID) &&
      IsPrintable(result.host) && IsPrintable(result.path) && IsPrintable(result.query);
  if (!is_ok) return absl::nullopt;
  return result;
}

}  // namespace

std::string Url::ToString() const {
  return absl::StrCat(scheme, "://", host, port == default_port() ? "" : absl::StrCat(":", port),
                      path, query.empty() ? "" : "?", query);
}

absl::optional<Url> ParseUrl(const std::string& text) {
  UrlHandle url(curl_url());
  if (url == nullptr || !IsPrintable(text)) return absl::nullopt;
  const size_t separator = text.find("://");
  if (separator == std::string::npos || absl::StartsWith(text.substr(separator + 3), "/")) {
    return absl::nullopt;  // curl would forgive
  }
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return absl::nullopt;
  return Read(url.get());
}

absl::optional<Url> ResolveUrl(const Url& base, const std::string& reference) {
  UrlHandle url(curl_url());
  if (url == nullptr || !IsPrintable(reference)) return absl::nullopt;
  const std::string text = base.ToString();
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), 0) != CURLUE_OK) {
    return absl::nullopt;
  }
  return Read(url.get());
}

}  // namespace pawl::http_task
