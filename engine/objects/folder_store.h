// Objects as files: the object KEY of the bucket BUCKET is the file ROOT/BUCKET/KEY.
//
// A bucket is a directory that the operator has made; the store makes directories below it as keys
// need them. No name leads out of ROOT: keys with empty, "." or ".." components are refused, and
// below ROOT symbolic links are neither followed nor listed. An object is written to a file in
// BUCKET/.pawl-tmp, synced, and renamed into place; what a crash leaves there is removed by the
// next process that writes into the bucket.
//
// Beside S3: a key cannot end in '/', a key cannot be both an object and the folder of another, a
// component has at most 255 bytes.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "engine/objects/object_store.h"
#include "engine/objects/unique_fd.h"

namespace pawl::objects {

// Thread-safe. Several processes may share one ROOT. List costs one pass over each directory it
// looks into, per page.
class FolderStore final : public ObjectStore {
 public:
  // NotFound if `root` is not a directory; PermissionDenied.
  static absl::StatusOr<std::unique_ptr<FolderStore>> Open(const std::string& root);

  absl::StatusOr<std::unique_ptr<ObjectReader>> Open(absl::string_view bucket,
                                                     absl::string_view key,
                                                     int64_t offset_bytes) override;
  absl::StatusOr<ObjectInfo> Stat(absl::string_view bucket, absl::string_view key) override;
  absl::StatusOr<ListPage> List(absl::string_view bucket, absl::string_view prefix,
                                absl::string_view start_after, int max_keys) override;
  absl::StatusOr<std::unique_ptr<ObjectWriter>> Create(absl::string_view bucket,
                                                       absl::string_view key) override;

 private:
  explicit FolderStore(UniqueFd root) : root_(std::move(root)) {}

  absl::StatusOr<UniqueFd> OpenBucket(absl::string_view bucket) const;
  absl::StatusOr<UniqueFd> OpenObject(absl::string_view bucket, absl::string_view key) const;
  void SweepOnce(absl::string_view bucket, int temporary_dir) ABSL_LOCKS_EXCLUDED(mutex_);

  const UniqueFd root_;
  absl::Mutex mutex_;
  std::set<std::string, std::less<>> swept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::objects
