// Objects in S3 or in what speaks its protocol (MinIO, Ceph, R2, GCS in interoperability mode).
//
// Requests are signed with Signature Version 4. Reads are ranged GETs of one version of the object
// (If-Match), so memory is bounded by read_chunk_bytes; writes beyond part_bytes are multipart
// uploads, aborted when they are not finished. An upload whose start was answered too late to be
// heard stays behind on the server: let a lifecycle rule of the bucket end those.
//
// Source: Amazon S3 API Reference: GetObject, HeadObject, ListObjectsV2, PutObject,
// CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/objects/object_store.h"
#include "engine/objects/s3/http_client.h"
#include "engine/objects/s3/sigv4.h"

namespace pawl::objects {

struct S3Options {
  std::string endpoint;  // "https://s3.eu-central-1.amazonaws.com", "http://minio:9000"
  std::string region = "us-east-1";
  bool is_path_style = true;  // ENDPOINT/BUCKET/KEY, otherwise BUCKET.ENDPOINT/KEY
  s3::Credentials credentials;
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration request_timeout = absl::Seconds(60);  // of one exchange, its body included
  // Tries of a request that meets no answer, 429 or 5xx; between them a pause that doubles.
  int max_attempts = 4;
  absl::Duration first_pause = absl::Milliseconds(200);
  size_t read_chunk_bytes = size_t{4} * 1024 * 1024;
  size_t part_bytes = size_t{8} * 1024 * 1024;  // S3 wants 5 MiB at least, and takes 10,000 parts
  // The world, for tests.
  std::function<absl::Time()> now = absl::Now;
  std::function<void(absl::Duration)> sleep = absl::SleepFor;
};

// Thread-safe.
class S3Store final : public ObjectStore {
 public:
  // InvalidArgument if `endpoint` is not an http(s) URL of a host, or without credentials.
  static absl::StatusOr<std::unique_ptr<S3Store>> Open(S3Options options);

  absl::StatusOr<std::unique_ptr<ObjectReader>> Open(absl::string_view bucket,
                                                     absl::string_view key,
                                                     int64_t offset_bytes) override;
  absl::StatusOr<ObjectInfo> Stat(absl::string_view bucket, absl::string_view key) override;
  absl::StatusOr<ListPage> List(absl::string_view bucket, absl::string_view prefix,
                                absl::string_view start_after, int max_keys) override;
  absl::StatusOr<std::unique_ptr<ObjectWriter>> Create(absl::string_view bucket,
                                                       absl::string_view key) override;

 private:
  class Reader;
  class Writer;
  struct Call {
    std::string method;
    absl::string_view bucket;
    absl::string_view key;  // empty: of the bucket
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;  // by lower-case name
    absl::string_view body;
    size_t max_response_bytes = size_t{8} * 1024 * 1024;
    int max_attempts = 0;  // 0: that of the options
  };

  explicit S3Store(S3Options options);

  // An answer of 2xx, or of 416; everything else is an error.
  absl::StatusOr<s3::HttpResponse> Send(const Call& call);
  s3::HttpRequest Sign(const Call& call) const;

  const S3Options options_;
  std::string scheme_;     // "https://"
  std::string authority_;  // host and port
  std::string base_path_;  // "" or "/path"
  s3::HttpClient client_;
};

}  // namespace pawl::objects
