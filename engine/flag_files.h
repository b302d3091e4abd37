#pragma once

#include "absl/status/status.h"
#include "engine/flags.h"

namespace pawl {

// Whether the files that --http-ca-file and --http-connections name can be read, where the engine
// runs http:invoke itself. InvalidArgument names flag, path, reason and remedy. Reads the disk.
absl::Status CheckHttpFiles(const EngineFlags& flags);

}  // namespace pawl
