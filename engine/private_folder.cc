#include "engine/private_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace pawl {
namespace {

absl::Status Refuse(const std::string& flag, const std::string& path, const std::string& why) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": cannot use the folder '", path, "': ",
                                                 why, "; give one that this user may write to"));
}

// mkdir with all parents; std::filesystem cannot be told a mode.
int MakeFolders(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), S_IRWXU) == 0) return 0;
  if (errno != ENOENT || !path.has_parent_path()) return errno;
  const int error = MakeFolders(path.parent_path());
  if (error != 0 && error != EEXIST) return error;
  return mkdir(path.c_str(), S_IRWXU) == 0 ? 0 : errno;
}

}  // namespace

absl::Status MakePrivateFolder(const std::string& flag, const std::string& path) {
  if (path.empty()) return Refuse(flag, path, "the path is empty");
  const int error = MakeFolders(std::filesystem::path(path));
  if (error != 0 && error != EEXIST) {
    return Refuse(flag, path, std::generic_category().message(error));
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored))
    return Refuse(flag, path, "it is not a folder");
  return absl::OkStatus();
}

std::string WarningOfOpenFolder(const std::string& flag, const std::string& path) {
  struct stat folder = {};
  if (stat(path.c_str(), &folder) != 0 || (folder.st_mode & (S_IRWXG | S_IRWXO)) == 0) return "";
  return absl::StrCat(flag, ": others than the owner may enter the folder ", path,
                      ", which holds payloads; close it with: chmod 700 ", path);
}

}  // namespace pawl
