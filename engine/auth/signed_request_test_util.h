// Requests that tests send, and their signatures.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "engine/auth/signature_v4.h"

namespace pawl::auth {

inline constexpr char kKeyId[] = "AKIDEXAMPLE";
inline constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
inline const absl::Time kNow =
    absl::FromCivil(absl::CivilSecond(2015, 8, 30, 12, 36, 0), absl::UTCTimeZone());

using Headers = std::vector<std::pair<std::string, std::string>>;

// A request that owns what it consists of.
struct Sent {
  std::string method = "POST";
  std::string path = "/";
  std::string query;
  Headers headers;
  std::string body;

  SignedRequest view() const { return {method, path, query, headers, body}; }
  std::string& Header(const std::string& name) {
    for (auto& [sent, value] : headers) {
      if (sent == name) return value;
    }
    return headers.emplace_back(name, "").second;
  }
};

inline absl::optional<std::string> Secret(absl::string_view id) {
  if (id == kKeyId) return std::string(kSecret);
  return absl::nullopt;
}

inline absl::StatusOr<std::string> Verify(const Sent& sent, absl::Time now = kNow,
                                          SignatureV4::Settings settings = {
                                              .region = "us-east-1"}) {
  return SignatureV4(std::move(settings)).Verify(sent.view(), Secret, now);
}

inline std::string Authorization(absl::string_view service, absl::string_view names,
                                 absl::string_view signature) {
  return absl::StrCat("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/", service,
                      "/aws4_request, SignedHeaders=", names, ", Signature=", signature);
}

}  // namespace pawl::auth
