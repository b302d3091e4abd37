// Which engine to ask, and with which credentials: from flags, variables and named contexts.
#pragma once

#include "absl/status/statusor.h"
#include "cli/flags.h"
#include "pawl/connect.h"

namespace pawl::cli {

// Each setting comes from the first of: its flag; its variable (--token-file is PAWL_TOKEN_FILE, and
// PAWL_TOKEN is the token itself); the context that --context, PAWL_CONTEXT or `pawl config use`
// names. InvalidArgument where the context does not exist or the file of contexts cannot be read.
absl::StatusOr<ConnectOptions> ConnectionOf(const Arguments& arguments);

// The flags of ConnectionOf that a context may hold, without dashes.
const std::vector<std::string>& ConnectionFlags();

}  // namespace pawl::cli
