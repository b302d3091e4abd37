#pragma once

#include <string>

#include "absl/status/status.h"

namespace pawl {

// Makes the folder `path` with the folders above it; what is new may be entered by its owner only
// (0700), for histories and results are as private as the payloads in them. A folder that exists
// stays as somebody has prepared it. InvalidArgument names `flag`, the path and the reason.
absl::Status MakePrivateFolder(const std::string& flag, const std::string& path);

// A sentence for the operator where others than the owner may enter `path`; otherwise "".
std::string WarningOfOpenFolder(const std::string& flag, const std::string& path);

}  // namespace pawl
