#include "engine/objects/object_store.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace pawl::objects {
namespace {

constexpr char kNoSuchBucketPayload[] = "pawl.objects/no_such_bucket";

}  // namespace

absl::Status NoSuchBucketError(absl::string_view bucket) {
  absl::Status status = absl::NotFoundError(absl::StrCat("no such bucket: ", bucket));
  status.SetPayload(kNoSuchBucketPayload, absl::Cord());
  return status;
}

absl::Status NoSuchKeyError(absl::string_view bucket, absl::string_view key) {
  return absl::NotFoundError(absl::StrCat("no object ", key, " in bucket ", bucket));
}

bool IsNoSuchBucket(const absl::Status& status) {
  return absl::IsNotFound(status) && status.GetPayload(kNoSuchBucketPayload).has_value();
}

}  // namespace pawl::objects
