// The files and environment variables that a deployment is read from, so that reading them is pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"

namespace pawl::deploy {

enum class FileKind { kMissing, kFile, kFolder };

class Files {
 public:
  virtual ~Files() = default;
  virtual FileKind KindOf(const std::string& path) const = 0;
  // InvalidArgument where it cannot be read, ResourceExhausted where it is larger than kMaxFileBytes.
  virtual absl::StatusOr<std::string> Read(const std::string& path) const = 0;
  // Names of the files and folders in a folder, sorted. InvalidArgument.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& folder) const = 0;
  // nullopt where the environment has no such variable.
  virtual absl::optional<std::string> Variable(const std::string& name) const = 0;
};

inline constexpr size_t kMaxFileBytes = size_t{16} * 1024 * 1024;

// "a/b" and "c.json": "a/b/c.json". An absolute `name` stays as it is.
std::string JoinPath(const std::string& folder, const std::string& name);
// "a" of "a/b"; "." of "b".
std::string FolderOf(const std::string& path);
// "b" of "a/b" and of "a/b/".
std::string BaseName(const std::string& path);
// "../x" becomes what it stands for as far as the text says: "a/../b" is "b".
std::string CleanPath(const std::string& path);

}  // namespace pawl::deploy
