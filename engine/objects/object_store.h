// Where a Distributed Map reads its items from and writes its results to: named byte sequences
// ("objects") in named containers ("buckets"), as in S3.
//
//   auto reader = store->Open("orders", "2024/05.csv", /*offset=*/0);
//   if (!reader.ok()) return reader.status();
//   for (;;) {
//     absl::StatusOr<std::string> bytes = (*reader)->Read(1 << 16);
//     if (!bytes.ok()) return bytes.status();
//     if (bytes->empty()) break;
//     Use(*bytes);
//   }
//
// Stores are thread-safe and every call blocks; readers and writers are thread-compatible and must
// not outlive their store. Errors, for all calls:
//   NotFound            no such bucket or no such object (IsNoSuchBucket tells which)
//   InvalidArgument     a bucket or key that this store does not take
//   PermissionDenied    the store refuses us
//   Unavailable         try again later; the store has already retried what it may
//   FailedPrecondition  the object was replaced while it was read
//   Internal            anything else
// Messages name bucket and key, never contents or credentials.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pawl::objects {

struct ObjectInfo {
  std::string key;
  int64_t size_bytes = 0;
  std::string etag;  // changes when the contents do; with its quotes, as S3 gives it
  absl::Time last_modified;
  std::string storage_class = "STANDARD";
};

struct ListPage {
  std::vector<ObjectInfo> objects;  // by key, in the order of its UTF-8 bytes
  bool is_truncated = false;        // more keys follow the last one
};

class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  // At most `max_bytes` (> 0) of what comes next, possibly fewer; empty at the end.
  virtual absl::StatusOr<std::string> Read(size_t max_bytes) = 0;
  // The ETag of the object that is being read.
  virtual const std::string& etag() const = 0;
};

// Dropped without a successful Finish, it leaves nothing behind.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual absl::Status Append(absl::string_view bytes) = 0;
  // Puts the object into place, durably, over what had its name. Nothing is visible before. At most
  // once, and no Append after it.
  virtual absl::Status Finish() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // An `offset_bytes` at or beyond the end gives a reader that is at its end.
  virtual absl::StatusOr<std::unique_ptr<ObjectReader>> Open(absl::string_view bucket,
                                                             absl::string_view key,
                                                             int64_t offset_bytes) = 0;
  virtual absl::StatusOr<ObjectInfo> Stat(absl::string_view bucket, absl::string_view key) = 0;
  // Objects whose key begins with `prefix` and is greater than `start_after`; at most `max_keys`
  // (> 0), or fewer where the store has a limit of its own.
  virtual absl::StatusOr<ListPage> List(absl::string_view bucket, absl::string_view prefix,
                                        absl::string_view start_after, int max_keys) = 0;
  virtual absl::StatusOr<std::unique_ptr<ObjectWriter>> Create(absl::string_view bucket,
                                                               absl::string_view key) = 0;
};

// The two kinds of NotFound.
absl::Status NoSuchBucketError(absl::string_view bucket);
absl::Status NoSuchKeyError(absl::string_view bucket, absl::string_view key);
bool IsNoSuchBucket(const absl::Status& status);

}  // namespace pawl::objects
