// How callers are refused who have not proven who they are: UNAUTHENTICATED, with one of
// aws::Error::kIncompleteSignature, kInvalidSignature, kMissingAuthenticationToken and
// kUnrecognizedClient. Messages say which rule was broken; they never repeat what was sent, for that
// may hold a secret.
#pragma once

#include "absl/status/status.h"

namespace pawl::auth {

// AWS's text for an unknown, expired or revoked key: callers cannot tell which.
absl::Status RefuseUnknownClient();

}  // namespace pawl::auth
