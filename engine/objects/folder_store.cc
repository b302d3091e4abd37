#include "engine/objects/folder_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "engine/objects/folder_files.h"

namespace pawl::objects {
namespace {

class FileReader final : public ObjectReader {
 public:
  FileReader(UniqueFd file, std::string what, std::string etag, int64_t offset)
      : file_(std::move(file)), what_(std::move(what)), etag_(std::move(etag)), offset_(offset) {}

  absl::StatusOr<std::string> Read(size_t max_bytes) override {
    std::string bytes(max_bytes, '\0');
    ssize_t n;
    do {
      n = pread(file_.get(), bytes.data(), bytes.size(), offset_);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return ErrnoError("read", what_);
    offset_ += n;
    bytes.resize(static_cast<size_t>(n));
    return bytes;
  }
  const std::string& etag() const override { return etag_; }

 private:
  UniqueFd file_;
  std::string what_;
  std::string etag_;
  int64_t offset_;
};

std::string What(absl::string_view bucket, absl::string_view key) {
  return absl::StrCat(bucket, "/", key);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderStore>> FolderStore::Open(const std::string& root) {
  UniqueFd fd(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return absl::NotFoundError(absl::StrCat("the object folder ", root, " is no directory"));
    }
    return ErrnoError("open the object folder", root);
  }
  return std::unique_ptr<FolderStore>(new FolderStore(std::move(fd)));
}

absl::StatusOr<UniqueFd> FolderStore::OpenBucket(absl::string_view bucket) const {
  absl::Status name = CheckBucketName(bucket);
  if (!name.ok()) return name;
  absl::StatusOr<UniqueFd> fd = OpenFolder(root_.get(), bucket, IfMissing::kFail);
  if (absl::IsNotFound(fd.status())) return NoSuchBucketError(bucket);
  return fd;
}

absl::StatusOr<UniqueFd> FolderStore::OpenObject(absl::string_view bucket,
                                                 absl::string_view key) const {
  absl::Status name = CheckKey(key);
  if (!name.ok()) return name;
  absl::StatusOr<UniqueFd> folder = OpenBucket(bucket);
  if (!folder.ok()) return folder.status();
  std::vector<absl::string_view> components = absl::StrSplit(key, '/');
  const std::string file(components.back());
  components.pop_back();
  for (absl::string_view component : components) {
    folder = OpenFolder(folder->get(), component, IfMissing::kFail);
    if (absl::IsNotFound(folder.status())) return NoSuchKeyError(bucket, key);
    if (!folder.ok()) return folder.status();
  }
  UniqueFd fd(openat(folder->get(), file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (fd.is_open()) return fd;
  if (errno == ENOENT || errno == ELOOP) return NoSuchKeyError(bucket, key);
  return ErrnoError("open", What(bucket, key));
}

absl::StatusOr<std::unique_ptr<ObjectReader>> FolderStore::Open(absl::string_view bucket,
                                                                absl::string_view key,
                                                                int64_t offset_bytes) {
  absl::StatusOr<UniqueFd> file = OpenObject(bucket, key);
  if (!file.ok()) return file.status();
  struct stat meta = {};
  if (fstat(file->get(), &meta) != 0) return ErrnoError("stat", What(bucket, key));
  if (!S_ISREG(meta.st_mode)) return NoSuchKeyError(bucket, key);
  return std::unique_ptr<ObjectReader>(std::make_unique<FileReader>(
      *std::move(file), What(bucket, key), InfoOf(meta, "").etag, offset_bytes));
}

absl::StatusOr<ObjectInfo> FolderStore::Stat(absl::string_view bucket, absl::string_view key) {
  absl::StatusOr<UniqueFd> file = OpenObject(bucket, key);
  if (!file.ok()) return file.status();
  struct stat meta = {};
  if (fstat(file->get(), &meta) != 0) return ErrnoError("stat", What(bucket, key));
  if (!S_ISREG(meta.st_mode)) return NoSuchKeyError(bucket, key);
  return InfoOf(meta, std::string(key));
}

absl::StatusOr<ListPage> FolderStore::List(absl::string_view bucket, absl::string_view prefix,
                                           absl::string_view start_after, int max_keys) {
  absl::StatusOr<UniqueFd> folder = OpenBucket(bucket);
  if (!folder.ok()) return folder.status();
  return ListFolder(*std::move(folder), prefix, start_after, static_cast<size_t>(max_keys));
}

absl::StatusOr<std::unique_ptr<ObjectWriter>> FolderStore::Create(absl::string_view bucket,
                                                                  absl::string_view key) {
  absl::Status name = CheckKey(key);
  if (!name.ok()) return name;
  absl::StatusOr<UniqueFd> folder = OpenBucket(bucket);
  if (!folder.ok()) return folder.status();
  absl::StatusOr<UniqueFd> temporary =
      OpenFolder(folder->get(), kTemporaryFolder, IfMissing::kCreate);
  if (!temporary.ok()) return temporary.status();
  SweepOnce(bucket, temporary->get());
  return CreateFile(*std::move(folder), *std::move(temporary), key);
}

void FolderStore::SweepOnce(absl::string_view bucket, int temporary_dir) {
  {
    absl::MutexLock lock(&mutex_);
    if (!swept_.insert(std::string(bucket)).second) return;
  }
  RemoveAbandoned(temporary_dir);
}

}  // namespace pawl::objects
