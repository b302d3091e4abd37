// The parts of FolderStore: names, directories, listing, writing. Not API.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/objects/object_store.h"
#include "engine/objects/unique_fd.h"

namespace pawl::objects {

// Directly below a bucket; holds files that are being written, each locked by its writer.
inline constexpr char kTemporaryFolder[] = ".pawl-tmp";

// InvalidArgument for a name that no object of a FolderStore has.
absl::Status CheckBucketName(absl::string_view bucket);
absl::Status CheckKey(absl::string_view key);

// From errno: NotFound, PermissionDenied, ResourceExhausted (disk, quota, descriptors), Internal.
absl::Status ErrnoError(absl::string_view attempt, absl::string_view what);

enum class IfMissing { kFail, kCreate };

// A directory of the directory `parent`, by one name; symbolic links count as missing.
absl::StatusOr<UniqueFd> OpenFolder(int parent, absl::string_view name, IfMissing if_missing);

ObjectInfo InfoOf(const struct stat& meta, std::string key);

// What ObjectStore::List says, for the bucket that `folder` is.
absl::StatusOr<ListPage> ListFolder(UniqueFd folder, absl::string_view prefix,
                                    absl::string_view start_after, size_t max_keys);

// A writer into `temporary` that moves its file to `key` below `bucket`.
absl::StatusOr<std::unique_ptr<ObjectWriter>> CreateFile(UniqueFd bucket, UniqueFd temporary,
                                                         absl::string_view key);

// Removes files in `temporary_dir` whose writers are gone.
void RemoveAbandoned(int temporary_dir);

}  // namespace pawl::objects
