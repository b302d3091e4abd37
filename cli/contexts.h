// The named engines of a user, in a file of his own:
//
//   {"current": "prod", "contexts": {"prod": {"engine": "pawl.example.com:7233",
//    "ca-file": "/home/me/.pawl/ca.pem", "token-file": "/home/me/.pawl/prod"}}}
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pawl::cli {

// Values by the name of their flag ("token-file"); a switch is "true". Secrets are never among them,
// only the paths of files that hold them.
using Context = std::map<std::string, std::string>;

struct Contexts {
  std::string current;  // "" for none
  std::map<std::string, Context> all;
};

// PAWL_CONFIG, else $XDG_CONFIG_HOME/pawl/config.json, else ~/.config/pawl/config.json. "" where none
// of the variables is set.
std::string ContextsPath();

// Empty where there is no file. InvalidArgument names the file and what is wrong with it.
absl::StatusOr<Contexts> ReadContexts(const std::string& path);
// In one step; for the user only (0600). Folders are made.
absl::Status WriteContexts(const std::string& path, const Contexts& contexts);

}  // namespace pawl::cli
