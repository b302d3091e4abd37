// From S3's answers to statuses and values. Not API.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/objects/object_store.h"
#include "engine/objects/s3/http_client.h"

namespace pawl::objects::s3 {

// The error of an answer that is not a success, in the codes of object_store.h. Messages carry S3's error code
// and nothing else of the answer.
absl::Status ErrorOf(const HttpResponse& answer, absl::string_view method, absl::string_view bucket,
                     absl::string_view key);
// An <Error> in the body of an answer of 200, as CompleteMultipartUpload may give it.
absl::Status ErrorWithin(absl::string_view body, absl::string_view bucket, absl::string_view key);

absl::StatusOr<ListPage> ParseList(absl::string_view body);
ObjectInfo InfoOfHeaders(const std::map<std::string, std::string>& headers, absl::string_view key);
// "bytes 0-9/443" gives 443; 0 for anything else.
int64_t TotalOfContentRange(absl::string_view value);

}  // namespace pawl::objects::s3
