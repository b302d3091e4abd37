// The API's page tokens: opaque to clients, and only good for the request that they came from.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "engine/api/aws/call.h"

namespace pawl::api::aws_json {

// Writes "nextToken" unless `inner`, the service's token, is empty.
void WriteNextToken(const Call& call, const std::string& inner, JsonObject* answer);

// The service's token in the request; "" where it has none. InvalidToken for one that is not ours,
// or was given for other arguments (maxResults may change).
absl::StatusOr<std::string> PageTokenOf(const Call& call);

}  // namespace pawl::api::aws_json
