#include "persistence/sqlite/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pawl::persistence {
namespace {

absl::Status FolderError(const std::string& folder, absl::string_view attempted, int error) {
  return absl::UnavailableError(absl::StrCat("data folder ", folder, ": ", attempted, ": ",
                                             std::generic_category().message(error)));
}

// A folder that somebody shares with other programs keeps its rights: only a folder of our own is
// closed. Its files are 0600 in either case.
bool HoldsOnlyOurFiles(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (!absl::StartsWith(it->path().filename().string(), "pawl")) return false;
  }
  return !error;
}

// Best effort: a file of another user is that user's to protect.
void Close(const std::string& path, mode_t mode) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0 || (info.st_mode & 0777 & ~mode) == 0) return;
  [[maybe_unused]] const int result = chmod(path.c_str(), mode);
}

absl::Status CreateFolder(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) {
    if (HoldsOnlyOurFiles(folder)) Close(folder, 0700);
    return absl::OkStatus();
  }
  const std::filesystem::path parent = std::filesystem::absolute(folder, error).parent_path();
  if (!error) std::filesystem::create_directories(parent, error);
  if (error) return FolderError(folder, "creating its parent", error.value());
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return FolderError(folder, "creating it", errno);
  }
  // The new name must survive a power cut as the commits in it do.
  const int fd = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    fsync(fd);
    close(fd);
  }
  return absl::OkStatus();
}

std::string ReadPid(int fd) {
  char buffer[32];
  const ssize_t count = pread(fd, buffer, sizeof(buffer), 0);
  if (count <= 0) return "";
  const std::string text(buffer, static_cast<size_t>(count));
  return std::string(absl::StripSuffix(text, "\n"));
}

void WritePid(int fd, const std::string& text) {
  if (ftruncate(fd, 0) != 0) return;
  // A pid that is not written costs a good message and no safety.
  [[maybe_unused]] const ssize_t count = pwrite(fd, text.data(), text.size(), 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FolderLock>> FolderLock::Acquire(const std::string& folder) {
  if (absl::Status status = CreateFolder(folder); !status.ok()) return status;
  const std::string path = absl::StrCat(folder, "/pawl.lock");
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FolderError(folder, "opening pawl.lock", errno);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string holder = ReadPid(fd);
    close(fd);
    if (error != EWOULDBLOCK) return FolderError(folder, "locking pawl.lock", error);
    return absl::FailedPreconditionError(absl::StrCat(
        "data folder ", folder, " is in use by another engine (pid ",
        holder.empty() ? "unknown" : holder, "); stop that one or choose another folder"));
  }
  std::unique_ptr<FolderLock> lock(new FolderLock(folder, fd, !ReadPid(fd).empty()));
  WritePid(fd, absl::StrCat(getpid(), "\n"));
  return lock;
}

absl::Status FolderLock::ProtectDatabase(const std::string& name) const {
  const std::string path = absl::StrCat(folder_, "/", name);
  // SQLite would create it with the rights of the umask; its log and index take over those of the
  // database file.
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FolderError(folder_, absl::StrCat("opening ", name), errno);
  close(fd);
  for (const char* suffix : {"", "-wal", "-shm"}) Close(absl::StrCat(path, suffix), 0600);
  Close(absl::StrCat(folder_, "/pawl.lock"), 0600);
  return absl::OkStatus();
}

void FolderLock::MarkClean() { WritePid(fd_, ""); }

FolderLock::~FolderLock() { close(fd_); }

}  // namespace pawl::persistence
