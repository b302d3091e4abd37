#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/objects/object_store.h"

namespace pawl {

// Where Distributed Maps read their items and write their results:
//   folder:PATH   BUCKET/KEY below PATH, which is made where it is missing (buckets are not)
//   s3:URL        an S3-compatible endpoint ("s3:https://s3.eu-central-1.amazonaws.com",
//                 "s3:http://minio:9000"), in path style; credentials from AWS_ACCESS_KEY_ID,
//                 AWS_SECRET_ACCESS_KEY and, where set, AWS_SESSION_TOKEN
// What is made in a folder is for the engine's user only. InvalidArgument says what is wrong with
// `url` or which variable is missing, without credentials that `url` may hold. `warnings` says what
// the operator should know.
absl::StatusOr<std::unique_ptr<objects::ObjectStore>> OpenObjectStore(
    const std::string& url, const std::string& region, std::vector<std::string>* warnings);

}  // namespace pawl
