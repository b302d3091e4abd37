// An absl::Status with its typed error (engine/aws/error.h) as the binary details of a gRPC status,
// a google.rpc.Status with ErrorInfo and RetryInfo, and back.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pawl::rpc {

// For grpc::Status's third argument. `status` is not OK.
std::string EncodeDetails(const absl::Status& status);

// The status that a peer sent: the payloads of aws::ErrorOf and aws::RetryAfterOf are set where the
// details have them. Details that cannot be read, or an error of a newer peer, are left out.
absl::Status Decode(absl::StatusCode code, absl::string_view message, const std::string& details);

}  // namespace pawl::rpc
