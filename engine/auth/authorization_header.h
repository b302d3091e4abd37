// The Authorization header of a signed request:
//
//   AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/states/aws4_request,
//   SignedHeaders=host;x-amz-date, Signature=0123abcd...
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::auth {

// Its parts, as views of the header's value.
struct AuthorizationHeader {
  absl::string_view access_key_id;
  absl::string_view date;  // YYYYMMDD
  absl::string_view region;
  absl::string_view service;
  absl::string_view terminator;
  std::vector<absl::string_view> signed_headers;  // lower case, ascending, at most 64
  absl::string_view signature;                    // 64 lower-case hexadecimal digits
};

// aws::Error::kIncompleteSignature for another form, other algorithms (SigV4A) among them.
absl::StatusOr<AuthorizationHeader> ParseAuthorizationHeader(absl::string_view value);

}  // namespace pawl::auth
