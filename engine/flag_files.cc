#include "engine/flag_files.h"

#include <dirent.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl {
namespace {

absl::Status Refuse(const char* flag, const std::string& path, const std::string& why,
                    const char* remedy) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": '", path, "' ", why, "; ", remedy));
}

absl::Status CheckCaFile(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    return Refuse("--http-ca-file", path, why,
                  "give a file with certificates in PEM, or leave the flag out to trust what the "
                  "system trusts");
  };
  std::ifstream file(path);
  std::string line;
  if (!file.is_open()) {
    return refuse(absl::StrCat("cannot be read: ", std::generic_category().message(errno)));
  }
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, "-----BEGIN")) return absl::OkStatus();
  }
  return refuse("holds no certificate");
}

absl::Status CheckConnections(const std::string& path) {
  DIR* folder = opendir(path.c_str());
  if (folder != nullptr) {
    closedir(folder);
    return absl::OkStatus();
  }
  return Refuse("--http-connections", path,
                absl::StrCat("cannot be read: ", std::generic_category().message(errno)),
                "give a folder with a NAME.json per connection, or leave the flag out to use "
                "PAWL_CONNECTION_NAME variables");
}

}  // namespace

absl::Status CheckHttpFiles(const EngineFlags& flags) {
  if (!flags.runs_http) return absl::OkStatus();
  if (!flags.http_ca_file.empty()) {
    if (absl::Status status = CheckCaFile(flags.http_ca_file); !status.ok()) return status;
  }
  return flags.http_connections.empty() ? absl::OkStatus()
                                        : CheckConnections(flags.http_connections);
}

}  // namespace pawl
