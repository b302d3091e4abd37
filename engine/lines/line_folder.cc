#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <list>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/lines/line_file.h"
#include "engine/lines/line_sink.h"

namespace pawl::lines {
namespace {

// A file's name holds at most 255 bytes, with ".jsonl" and the number of a rotated file.
constexpr size_t kMaxNameBytes = 200;

// FNV-1a: the same on every machine and in every build, as names of files must be.
uint64_t HashOf(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

// "" becomes a lonely "%", and a cut name has "%%" in it: neither comes of any other name.
std::string EncodedName(absl::string_view name) {
  std::string encoded;
  for (const char c : name) {
    const bool is_plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
                          c == '-' || (c == '.' && !encoded.empty());
    if (is_plain) {
      encoded.push_back(c);
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  if (encoded.empty()) return "%";
  if (encoded.size() <= kMaxNameBytes) return encoded;
  return absl::StrFormat("%s%%%%%016x", encoded.substr(0, kMaxNameBytes), HashOf(name));
}

absl::Status MakeFolder(const LineFileSettings& settings, const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return SystemError(settings.what, path, "made");
}

class Folder final : public LineSink {
 public:
  explicit Folder(LineFolderSettings settings) : settings_(std::move(settings)) {}

  absl::Status Write(absl::string_view route, absl::string_view lines) override {
    absl::StatusOr<LineFile*> file = FileOf(std::string(route));
    if (!file.ok()) return file.status();
    return (*file)->Write(lines);
  }

 private:
  struct Open {
    std::string route;
    std::unique_ptr<LineFile> file;
  };

  absl::StatusOr<LineFile*> FileOf(const std::string& route) {
    const auto found = by_route_.find(route);
    if (found != by_route_.end()) {
      by_use_.splice(by_use_.begin(), by_use_, found->second);
      return found->second->file.get();
    }
    LineFileSettings settings = settings_.file;
    const std::string path = RoutePath(route);
    absl::Status made =
        MakeFolder(settings, absl::StrCat(settings.path, "/", path.substr(0, path.find('/'))));
    if (!made.ok()) return made;
    settings.path = absl::StrCat(settings.path, "/", path);
    if (by_use_.size() >= settings_.max_open_files) {
      by_route_.erase(by_use_.back().route);
      by_use_.pop_back();
    }
    by_use_.push_front({route, std::make_unique<LineFile>(std::move(settings))});
    by_route_[route] = by_use_.begin();
    return by_use_.front().file.get();
  }

  const LineFolderSettings settings_;
  std::list<Open> by_use_;  // the latest first
  absl::flat_hash_map<std::string, std::list<Open>::iterator> by_route_;
};

}  // namespace

std::string RoutePath(absl::string_view route) {
  const size_t slash = route.find('/');
  const absl::string_view name =
      slash == absl::string_view::npos ? absl::string_view() : route.substr(slash + 1);
  return absl::StrCat(EncodedName(route.substr(0, slash)), "/", EncodedName(name), ".jsonl");
}

absl::StatusOr<std::unique_ptr<LineSink>> OpenLineFolder(LineFolderSettings settings) {
  absl::Status status = CheckFileSettings(settings.file);
  if (!status.ok()) return status;
  if (settings.max_open_files == 0) {
    return absl::InvalidArgumentError(absl::StrCat(settings.file.what, " needs an open file"));
  }
  const std::string& path = settings.file.path;
  status = MakeFolder(settings.file, path);
  if (!status.ok()) return status;
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return SystemError(settings.file.what, path, "read");
  if (!S_ISDIR(info.st_mode)) {
    errno = ENOTDIR;
    return SystemError(settings.file.what, path, "opened");
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    return SystemError(settings.file.what, path, "written");
  }
  return std::make_unique<Folder>(std::move(settings));
}

}  // namespace pawl::lines
