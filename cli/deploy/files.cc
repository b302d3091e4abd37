#include "cli/deploy/files.h"

#include <filesystem>

namespace pawl::deploy {

std::string CleanPath(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

std::string JoinPath(const std::string& folder, const std::string& name) {
  return CleanPath((std::filesystem::path(folder) / name).string());
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string BaseName(const std::string& path) {
  std::filesystem::path clean = std::filesystem::path(path).lexically_normal();
  if (!clean.has_filename()) clean = clean.parent_path();
  return clean.filename().string();
}

}  // namespace pawl::deploy
