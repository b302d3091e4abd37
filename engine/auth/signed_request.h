// A request as it came over HTTP, in plain values, and its canonical form, which is what AWS's
// signatures sign.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl::auth {

// Views only: what they look at outlives the verification.
struct SignedRequest {
  absl::string_view method;
  absl::string_view path;   // as sent, without the query
  absl::string_view query;  // behind the first '?', as sent
  // In the order sent, `Host` as received among them.
  absl::Span<const std::pair<std::string, std::string>> headers;
  absl::string_view body;
};

// The value of a header for `name` (lower case), values of several joined by commas, outer blanks
// cut off and inner ones folded. "" where there is none.
std::string CanonicalHeader(const SignedRequest& request, absl::string_view name);

// How many headers have that name (lower case).
int CountHeaders(const SignedRequest& request, absl::string_view name);

// Whether the query holds credentials, as presigned URLs do.
bool IsPresigned(const SignedRequest& request);

// The canonical request of signature version 4 for every service but S3:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// `signed_headers` are lower case and ascending. A `host` that is not empty stands for the Host
// header.
std::string CanonicalRequest(const SignedRequest& request,
                             const std::vector<absl::string_view>& signed_headers,
                             absl::string_view host, absl::string_view payload_hash);

}  // namespace pawl::auth
