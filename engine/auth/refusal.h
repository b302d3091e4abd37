// The refusals of a caller who has not proven who it is, by AWS's names. They are UNAUTHENTICATED
// over gRPC, and over HTTP a 400 whose `__type` is com.amazon.coral.service#NAME. Messages say which
// rule was broken; they never repeat what was sent, for that may hold a secret.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::auth {

enum class Refusal {
  kIncompleteSignature,         // credentials that cannot be read
  kInvalidSignature,            // they can be read and do not fit the request, or the time
  kMissingAuthenticationToken,  // there are none
  kUnrecognizedClient,          // nobody known has them, or has them any more
};

// "IncompleteSignatureException".
absl::string_view AwsNameOf(Refusal refusal);

// Unauthenticated.
absl::Status Refuse(Refusal refusal, absl::string_view message);

// AWS's text for an unknown, expired or revoked key: callers cannot tell which.
absl::Status RefuseUnknownClient();

// nullopt for a status that Refuse has not made.
absl::optional<Refusal> RefusalOf(const absl::Status& status);

}  // namespace pawl::auth
