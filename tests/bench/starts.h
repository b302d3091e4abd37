// What a StartExecution costs the engine, over gRPC and over HTTP (AWS's API).
#pragma once

#include <string>

#include "absl/status/status.h"

namespace pawl::bench {

// `url` is the store's, with FOLDER for a folder. Prints CPU per start and starts per second of both
// fronts, and their ratio.
absl::Status MeasureStarts(const std::string& store_name, const std::string& url, int starts);

}  // namespace pawl::bench
