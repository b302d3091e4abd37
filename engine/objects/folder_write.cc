// Writing an object of a FolderStore: a locked file in the bucket's temporary folder, synced, then
// renamed into place.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/objects/folder_files.h"

namespace pawl::objects {
namespace {

constexpr size_t kBufferBytes = size_t{256} * 1024;

class FileWriter final : public ObjectWriter {
 public:
  FileWriter(UniqueFd bucket, UniqueFd temporary, std::string name, UniqueFd file,
             absl::string_view key)
      : bucket_(std::move(bucket)),
        temporary_(std::move(temporary)),
        name_(std::move(name)),
        file_(std::move(file)),
        key_(key) {}
  ~FileWriter() override {
    if (!is_finished_) unlinkat(temporary_.get(), name_.c_str(), 0);
  }

  absl::Status Append(absl::string_view bytes) override {
    if (buffer_.size() + bytes.size() < kBufferBytes) {
      absl::StrAppend(&buffer_, bytes);
      return absl::OkStatus();
    }
    absl::Status status = Flush();
    return status.ok() ? Write(bytes) : status;
  }

  absl::Status Finish() override {
    absl::Status flushed = Flush();
    if (!flushed.ok()) return flushed;
    if (fsync(file_.get()) != 0) return ErrnoError("sync", key_);
    std::vector<absl::string_view> components = absl::StrSplit(key_, '/');
    const std::string last(components.back());
    components.pop_back();
    UniqueFd folder(dup(bucket_.get()));
    if (!folder.is_open()) return ErrnoError("open the bucket of", key_);
    for (absl::string_view component : components) {
      absl::StatusOr<UniqueFd> child = OpenFolder(folder.get(), component, IfMissing::kCreate);
      if (!child.ok()) return child.status();
      folder = *std::move(child);
    }
    if (renameat(temporary_.get(), name_.c_str(), folder.get(), last.c_str()) != 0) {
      return ErrnoError("move into place", key_);
    }
    is_finished_ = true;
    if (fsync(folder.get()) != 0) return ErrnoError("sync the folder of", key_);
    return absl::OkStatus();
  }

 private:
  absl::Status Flush() {
    absl::Status status = Write(buffer_);
    buffer_.clear();
    return status;
  }

  absl::Status Write(absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = write(file_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrnoError("write", key_);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return absl::OkStatus();
  }

  UniqueFd bucket_;
  UniqueFd temporary_;
  std::string name_;
  UniqueFd file_;  // locked: RemoveAbandoned leaves it alone
  std::string key_;
  std::string buffer_;
  bool is_finished_ = false;
};

bool Lock(int fd) { return flock(fd, LOCK_EX | LOCK_NB) == 0; }

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectWriter>> CreateFile(UniqueFd bucket, UniqueFd temporary,
                                                         absl::string_view key) {
  static std::atomic<uint64_t> counter{0};
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = absl::StrCat(getpid(), "-", counter.fetch_add(1));
    UniqueFd file(
        openat(temporary.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file.is_open() && errno == EEXIST) continue;  // left by a process that had our number
    if (!file.is_open()) return ErrnoError("write", key);
    // Between open and lock another process may have swept the file away.
    struct stat meta = {};
    if (!Lock(file.get()) || fstat(file.get(), &meta) != 0 || meta.st_nlink == 0) continue;
    return std::unique_ptr<ObjectWriter>(std::make_unique<FileWriter>(
        std::move(bucket), std::move(temporary), std::move(name), std::move(file), key));
  }
  return absl::UnavailableError(absl::StrCat("no free temporary name to write ", key));
}

void RemoveAbandoned(int temporary_dir) {
  UniqueFd copy(openat(temporary_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* dir = copy.is_open() ? fdopendir(copy.get()) : nullptr;
  if (dir == nullptr) return;
  copy.release();
  // readdir is safe on a stream that no other thread uses.
  while (const dirent* entry = readdir(dir)) {  // NOLINT(concurrency-mt-unsafe)
    if (entry->d_name[0] == '.') continue;
    UniqueFd file(openat(temporary_dir, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.is_open() && Lock(file.get())) unlinkat(temporary_dir, entry->d_name, 0);
  }
  closedir(dir);
}

}  // namespace pawl::objects
