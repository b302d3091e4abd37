// Objects in memory, for tests.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/objects/object_store.h"

namespace pawl::objects {

// Buckets come into being with CreateBucket or Put. Thread-safe, never blocks for long.
class MemoryStore final : public ObjectStore {
 public:
  // Everything that is written carries `now` as its last_modified.
  explicit MemoryStore(absl::Time now = absl::UnixEpoch()) : now_(now) {}

  void CreateBucket(absl::string_view bucket);
  void Put(absl::string_view bucket, absl::string_view key, absl::string_view body);
  // NotFound as Open has it.
  absl::StatusOr<std::string> Get(absl::string_view bucket, absl::string_view key) const;
  // Reads fail with `fault` once `after_bytes` of an object have been read by one reader; an OK
  // status ends that.
  void FailReads(absl::Status fault, int64_t after_bytes);

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
  struct Object {
    std::shared_ptr<const std::string> body;
    ObjectInfo info;
  };
  using Bucket = std::map<std::string, Object, std::less<>>;

  absl::StatusOr<Object> Find(absl::string_view bucket, absl::string_view key) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status FaultAt(int64_t bytes_read) const ABSL_LOCKS_EXCLUDED(mutex_);

  const absl::Time now_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status fault_ ABSL_GUARDED_BY(mutex_);
  int64_t fault_after_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace pawl::objects
