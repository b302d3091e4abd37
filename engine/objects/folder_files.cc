#include "engine/objects/folder_files.h"

#include <fcntl.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace pawl::objects {
namespace {

constexpr size_t kMaxKeyBytes = 1024;       // S3's limit
constexpr size_t kMaxComponentBytes = 255;  // NAME_MAX

absl::Status CheckComponent(absl::string_view component, absl::string_view key) {
  if (component.empty() || component == "." || component == "..") {
    return absl::InvalidArgumentError(absl::StrCat(
        "the key ", key, " has an empty, \".\" or \"..\" component: a folder store has no such"));
  }
  if (component.size() > kMaxComponentBytes || component.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("a component of the key ", key,
                                                   " is longer than ", kMaxComponentBytes,
                                                   " bytes or has a NUL in it"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckBucketName(absl::string_view bucket) {
  bool is_ok = !bucket.empty() && bucket.size() <= kMaxComponentBytes && bucket[0] != '.';
  for (char c : bucket) is_ok = is_ok && c != '/' && c != '\0';
  if (is_ok) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", bucket,
      "\" is no bucket of a folder store: a name without '/', not beginning with '.'"));
}

absl::Status CheckKey(absl::string_view key) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key has 1 to ", kMaxKeyBytes, " bytes, this one ", key.size()));
  }
  const std::vector<absl::string_view> components = absl::StrSplit(key, '/');
  if (components.front() == kTemporaryFolder) {
    return absl::InvalidArgumentError(
        absl::StrCat("keys under ", kTemporaryFolder, "/ belong to the store itself: ", key));
  }
  for (absl::string_view component : components) {
    absl::Status status = CheckComponent(component, key);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ErrnoError(absl::string_view attempt, absl::string_view what) {
  const int error = errno;
  const std::string message =
      absl::StrCat("cannot ", attempt, " ", what, ": ", std::generic_category().message(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return absl::ResourceExhaustedError(message);
    case EIO:
    case ESTALE:
    case EAGAIN:
      return absl::UnavailableError(message);
    default:
      return absl::InternalError(message);
  }
}

absl::StatusOr<UniqueFd> OpenFolder(int parent, absl::string_view name, IfMissing if_missing) {
  const std::string path(name);
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(openat(parent, path.c_str(), kFlags));
  if (!fd.is_open() && errno == ENOENT && if_missing == IfMissing::kCreate) {
    if (mkdirat(parent, path.c_str(), 0777) != 0 && errno != EEXIST) {
      return ErrnoError("make the folder", name);
    }
    if (fsync(parent) != 0) return ErrnoError("sync the parent of", name);
    fd = UniqueFd(openat(parent, path.c_str(), kFlags));
  }
  if (!fd.is_open()) return ErrnoError("open the folder", name);
  return fd;
}

ObjectInfo InfoOf(const struct stat& meta, std::string key) {
  ObjectInfo info;
  info.key = std::move(key);
  info.size_bytes = meta.st_size;
  info.last_modified = absl::TimeFromTimespec(meta.st_mtim);
  info.etag = absl::StrFormat("\"%x-%x-%x\"", meta.st_size, absl::ToUnixNanos(info.last_modified),
                              meta.st_ino);
  return info;
}

}  // namespace pawl::objects
