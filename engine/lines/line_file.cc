#include "engine/lines/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

namespace pawl::lines {
namespace {

// Everything, unless there is an error. `*written` counts.
absl::Status WriteAll(int descriptor, const std::string& what, const std::string& path,
                      absl::string_view lines, size_t* written) {
  while (*written < lines.size()) {
    const ssize_t size = ::write(descriptor, lines.data() + *written, lines.size() - *written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError(what, path, "written");
    *written += static_cast<size_t>(size);
  }
  return absl::OkStatus();
}

// The one destination of a log.
class SingleFile final : public LineSink {
 public:
  explicit SingleFile(std::unique_ptr<LineFile> file) : file_(std::move(file)) {}
  absl::Status Write(absl::string_view /*route*/, absl::string_view lines) override {
    return file_->Write(lines);
  }

 private:
  const std::unique_ptr<LineFile> file_;
};

class Stdout final : public LineSink {
 public:
  explicit Stdout(std::string what) : what_(std::move(what)) {}
  absl::Status Write(absl::string_view /*route*/, absl::string_view lines) override {
    // The rest of a line that could not be written is not written later either: it would stand in the
    // middle of what others have written meanwhile.
    size_t written = 0;
    // Several logs may go there: their lines must not mix.
    static auto* const mutex = new absl::Mutex();
    absl::MutexLock lock(mutex);
    return WriteAll(STDOUT_FILENO, what_, "(standard output)", lines, &written);
  }

 private:
  const std::string what_;
};

}  // namespace

absl::Status SystemError(absl::string_view what, absl::string_view path, absl::string_view done) {
  return absl::UnavailableError(
      absl::StrCat(what, " ", path, " cannot be ", done, ": ",
                   std::error_code(errno, std::generic_category()).message()));
}

absl::Status CheckFileSettings(const LineFileSettings& settings) {
  if (!settings.path.empty() && settings.max_bytes > 0 && settings.kept_files >= 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(settings.what, " needs a path, a size above 0 and a number of files to keep"));
}

absl::Status LineFile::Open() {
  Close();
  descriptor_ = ::open(settings_.path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat info = {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &info) != 0) {
    absl::Status status = SystemError(settings_.what, settings_.path, "opened");
    Close();
    return status;
  }
  bytes_ = info.st_size;
  // A crash may have left half a line. Where that cannot be seen, an empty line does no harm.
  char last = 0;
  is_mid_line_ = bytes_ > 0 && (::pread(descriptor_, &last, 1, bytes_ - 1) != 1 || last != '\n');
  return absl::OkStatus();
}

absl::Status LineFile::Write(absl::string_view lines) {
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
  absl::Status status = WriteAll(descriptor_, settings_.what, settings_.path, text, &written);
  bytes_ += static_cast<int64_t>(written);
  if (written > 0) is_mid_line_ = text[written - 1] != '\n';
  return status;
}

std::string LineFile::Name(int number) const {
  return number == 0 ? settings_.path : absl::StrCat(settings_.path, ".", number);
}

// PATH becomes PATH.1, PATH.1 PATH.2...; what was the last one is gone.
absl::Status LineFile::Rotate() {
  Close();
  for (int i = settings_.kept_files; i > 0; --i) {
    if (std::rename(Name(i - 1).c_str(), Name(i).c_str()) != 0 && errno != ENOENT) {
      return SystemError(settings_.what, Name(i - 1), "renamed");
    }
  }
  if (settings_.kept_files == 0 && std::remove(Name(0).c_str()) != 0 && errno != ENOENT) {
    return SystemError(settings_.what, Name(0), "removed");
  }
  return absl::OkStatus();
}

void LineFile::Close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

absl::StatusOr<std::unique_ptr<LineSink>> OpenLineFile(LineFileSettings settings) {
  absl::Status status = CheckFileSettings(settings);
  if (!status.ok()) return status;
  auto file = std::make_unique<LineFile>(std::move(settings));
  status = file->Open();
  if (!status.ok()) return status;
  return std::make_unique<SingleFile>(std::move(file));
}

std::unique_ptr<LineSink> LinesToStdout(std::string what) {
  return std::make_unique<Stdout>(std::move(what));
}

}  // namespace pawl::lines
