#include "engine/auth/refusal.h"

#include "engine/aws/error.h"

namespace pawl::auth {

absl::Status RefuseUnknownClient() {
  return aws::MakeError(aws::Error::kUnrecognizedClient,
                        "The security token included in the request is invalid.");
}

}  // namespace pawl::auth
