#include "engine/objects/reader_error.h"

#include "absl/strings/str_cat.h"
#include "engine/objects/object_store.h"

namespace pawl::objects {

std::string StoreCause(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return IsNoSuchBucket(status)
                 ? absl::StrCat(
                       "The specified bucket does not exist (Service: Amazon S3; Status "
                       "Code: 404; Error Code: NoSuchBucket): ",
                       status.message())
                 : absl::StrCat(
                       "The specified key does not exist. (Service: Amazon S3; Status "
                       "Code: 404; Error Code: NoSuchKey): ",
                       status.message());
    case absl::StatusCode::kPermissionDenied:
      return absl::StrCat(
          "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied): ",
          status.message());
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return absl::StrCat("The object store is not available: ", status.message());
    default:
      return std::string(status.message());
  }
}

Failure ReaderFailure(const absl::Status& status) {
  return Failure{kItemReaderFailed, StoreCause(status)};
}

}  // namespace pawl::objects
