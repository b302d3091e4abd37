#include "engine/auth/refusal.h"

#include <string>

#include "absl/strings/cord.h"

namespace pawl::auth {
namespace {

constexpr absl::string_view kUrl = "pawl/auth-refusal";
constexpr Refusal kAll[] = {Refusal::kIncompleteSignature, Refusal::kInvalidSignature,
                            Refusal::kMissingAuthenticationToken, Refusal::kUnrecognizedClient};

}  // namespace

absl::string_view AwsNameOf(Refusal refusal) {
  switch (refusal) {
    case Refusal::kIncompleteSignature:
      return "IncompleteSignatureException";
    case Refusal::kInvalidSignature:
      return "InvalidSignatureException";
    case Refusal::kMissingAuthenticationToken:
      return "MissingAuthenticationTokenException";
    case Refusal::kUnrecognizedClient:
      return "UnrecognizedClientException";
  }
  return "UnrecognizedClientException";
}

absl::Status Refuse(Refusal refusal, absl::string_view message) {
  absl::Status status = absl::UnauthenticatedError(message);
  status.SetPayload(kUrl, absl::Cord(AwsNameOf(refusal)));
  return status;
}

absl::Status RefuseUnknownClient() {
  return Refuse(Refusal::kUnrecognizedClient,
                "The security token included in the request is invalid.");
}

absl::optional<Refusal> RefusalOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kUrl);
  if (!payload.has_value()) return absl::nullopt;
  for (const Refusal refusal : kAll) {
    if (*payload == AwsNameOf(refusal)) return refusal;
  }
  return absl::nullopt;
}

}  // namespace pawl::auth
