#include "engine/auth/signed_request.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace pawl::auth {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

void AppendEncoded(absl::string_view text, bool keeps_slash, std::string* out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~' ||
        (c == '/' && keeps_slash)) {
      out->push_back(c);
    } else {
      out->push_back('%');
      out->push_back(kHexDigits[byte >> 4]);
      out->push_back(kHexDigits[byte & 15]);
    }
  }
}

// Dot segments and doubled slashes removed, then encoded once more than it was sent.
std::string CanonicalPath(absl::string_view path) {
  std::vector<absl::string_view> kept;
  for (const absl::string_view segment : absl::StrSplit(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string normal = absl::StrCat("/", absl::StrJoin(kept, "/"));
  if (!kept.empty() && absl::EndsWith(path, "/")) normal.push_back('/');
  std::string encoded;
  AppendEncoded(normal, /*keeps_slash=*/true, &encoded);
  return encoded;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// A '%' that no two hexadecimal digits follow stands for itself.
std::string Decode(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string CanonicalQuery(absl::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    std::pair<std::string, std::string>& parameter = parameters.emplace_back();
    AppendEncoded(Decode(split.first), /*keeps_slash=*/false, &parameter.first);
    AppendEncoded(Decode(split.second), /*keeps_slash=*/false, &parameter.second);
  }
  std::sort(parameters.begin(), parameters.end());
  return absl::StrJoin(parameters, "&", absl::PairFormatter("="));
}

void AppendFolded(absl::string_view value, std::string* out) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(value, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  absl::StrAppend(out, absl::StrJoin(words, " "));
}

}  // namespace

int CountHeaders(const SignedRequest& request, absl::string_view name) {
  return static_cast<int>(std::count_if(
      request.headers.begin(), request.headers.end(),
      [name](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); }));
}

std::string CanonicalHeader(const SignedRequest& request, absl::string_view name) {
  std::string value;
  bool is_first = true;
  for (const auto& [header, text] : request.headers) {
    if (!absl::EqualsIgnoreCase(header, name)) continue;
    if (!is_first) value.push_back(',');
    is_first = false;
    AppendFolded(text, &value);
  }
  return value;
}

bool IsPresigned(const SignedRequest& request) {
  const std::vector<absl::string_view> parameters = absl::StrSplit(request.query, '&');
  return std::any_of(parameters.begin(), parameters.end(), [](absl::string_view parameter) {
    return absl::StartsWithIgnoreCase(parameter, "X-Amz-Algorithm=") ||
           absl::StartsWithIgnoreCase(parameter, "X-Amz-Signature=");
  });
}

std::string CanonicalRequest(const SignedRequest& request,
                             const std::vector<absl::string_view>& signed_headers,
                             absl::string_view host, absl::string_view payload_hash) {
  std::string text = absl::StrCat(request.method, "\n", CanonicalPath(request.path), "\n",
                                  CanonicalQuery(request.query), "\n");
  for (const absl::string_view name : signed_headers) {
    const bool is_replaced = name == "host" && !host.empty();
    absl::StrAppend(&text, name, ":",
                    is_replaced ? std::string(host) : CanonicalHeader(request, name), "\n");
  }
  absl::StrAppend(&text, "\n", absl::StrJoin(signed_headers, ";"), "\n", payload_hash);
  return text;
}

}  // namespace pawl::auth
