// AWS Signature Version 4, in headers.
//
// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pawl::objects::s3 {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
};

struct RequestToSign {
  std::string method;
  std::string path;                          // as it is sent, encoded by UriEncode
  std::map<std::string, std::string> query;  // not encoded
  // All that are to be signed, by lower-case name; "host" and "x-amz-date" among them.
  std::map<std::string, std::string> headers;
  std::string payload_sha256;  // hexadecimal
};

// The value of the Authorization header. `time` is what x-amz-date says.
std::string Authorization(const RequestToSign& request, absl::string_view region,
                          absl::string_view service, const Credentials& credentials,
                          absl::Time time);

// Everything but unreserved characters as %XX; with `keep_slash`, '/' stays.
std::string UriEncode(absl::string_view text, bool keep_slash);
// The query as it is signed and sent: encoded, in order.
std::string EncodeQuery(const std::map<std::string, std::string>& query);

std::string Sha256Hex(absl::string_view data);
std::string AmzDate(absl::Time time);  // 20130524T000000Z

}  // namespace pawl::objects::s3
