#include "engine/auth/audit_sink.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::auth {
namespace {

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("the audit log ", path, " cannot be ", what, ": ",
                   std::error_code(errno, std::generic_category()).message()));
}

// Everything, unless there is an error. `*written` counts.
absl::Status WriteAll(int descriptor, const std::string& path, absl::string_view lines,
                      size_t* written) {
  while (*written < lines.size()) {
    const ssize_t size = ::write(descriptor, lines.data() + *written, lines.size() - *written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError("written", path);
    *written += static_cast<size_t>(size);
  }
  return absl::OkStatus();
}

class File final : public AuditSink {
 public:
  explicit File(AuditFileSettings settings) : settings_(std::move(settings)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() override { Close(); }

  absl::Status Open() {
    Close();
    descriptor_ = ::open(settings_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat info = {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0) {
      absl::Status status = SystemError("opened", settings_.path);
      Close();
      return status;
    }
    bytes_ = info.st_size;
    // A crash may have left half a line. Where that cannot be seen, an empty line does no harm.
    char last = 0;
    is_mid_line_ = bytes_ > 0 && (::pread(descriptor_, &last, 1, bytes_ - 1) != 1 || last != '\n');
    return absl::OkStatus();
  }

  absl::Status Write(absl::string_view lines) override {
    const auto size = static_cast<int64_t>(lines.size());
    if (descriptor_ >= 0 && bytes_ > 0 && bytes_ + size > settings_.max_bytes) {
      absl::Status status = Rotate();
      if (!status.ok()) return status;
    }
    if (descriptor_ < 0) {
      absl::Status status = Open();
      if (!status.ok()) return status;
    }
    // The end of a line that an earlier write has left half written.
    std::string text = is_mid_line_ ? "\n" : "";
    absl::StrAppend(&text, lines);
    size_t written = 0;
    absl::Status status = WriteAll(descriptor_, settings_.path, text, &written);
    bytes_ += static_cast<int64_t>(written);
    if (written > 0) is_mid_line_ = text[written - 1] != '\n';
    return status;
  }

 private:
  std::string Name(int number) const {
    return number == 0 ? settings_.path : absl::StrCat(settings_.path, ".", number);
  }

  // PATH becomes PATH.1, PATH.1 PATH.2...; what was the last one is gone.
  absl::Status Rotate() {
    Close();
    for (int i = settings_.kept_files; i > 0; --i) {
      if (std::rename(Name(i - 1).c_str(), Name(i).c_str()) != 0 && errno != ENOENT) {
        return SystemError("renamed", Name(i - 1));
      }
    }
    if (settings_.kept_files == 0 && std::remove(Name(0).c_str()) != 0 && errno != ENOENT) {
      return SystemError("removed", Name(0));
    }
    return absl::OkStatus();
  }

  void Close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  const AuditFileSettings settings_;
  int descriptor_ = -1;
  int64_t bytes_ = 0;  // in the file
  bool is_mid_line_ = false;
};

class Stdout final : public AuditSink {
 public:
  absl::Status Write(absl::string_view lines) override {
    // The rest of a line that could not be written is not written later either: it would stand in the
    // middle of what others have written meanwhile.
    size_t written = 0;
    return WriteAll(STDOUT_FILENO, "(standard output)", lines, &written);
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<AuditSink>> OpenAuditFile(AuditFileSettings settings) {
  if (settings.path.empty() || settings.max_bytes <= 0 || settings.kept_files < 0) {
    return absl::InvalidArgumentError(
        "the audit log needs a path, a size above 0 and a number of files to keep");
  }
  auto file = std::make_unique<File>(std::move(settings));
  absl::Status status = file->Open();
  if (!status.ok()) return status;
  return file;
}

std::unique_ptr<AuditSink> AuditToStdout() { return std::make_unique<Stdout>(); }

}  // namespace pawl::auth
