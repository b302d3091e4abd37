#include "cli/disk_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "cli/names.h"

namespace pawl::cli {

deploy::FileKind DiskFiles::KindOf(const std::string& path) const {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return deploy::FileKind::kFolder;
  return std::filesystem::is_regular_file(status) ? deploy::FileKind::kFile
                                                  : deploy::FileKind::kMissing;
}

absl::StatusOr<std::string> DiskFiles::Read(const std::string& path) const {
  std::error_code error;
  if (KindOf(path) != deploy::FileKind::kFile) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": there is no such file"));
  }
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > deploy::kMaxFileBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": the file has ", size, " bytes, more than ", deploy::kMaxFileBytes));
  }
  return ReadFile(path);
}

absl::StatusOr<std::vector<std::string>> DiskFiles::List(const std::string& folder) const {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read the folder ", folder, ": ", error.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::optional<std::string> DiskFiles::Variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): never set
  if (value == nullptr) return absl::nullopt;
  return std::string(value);
}

}  // namespace pawl::cli
