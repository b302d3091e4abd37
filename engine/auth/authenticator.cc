#include "engine/auth/authenticator.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/auth/refusal.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

constexpr absl::string_view kBearer = "Bearer ";

PrincipalRef AnonymousPrincipal(const Authenticator::Settings& settings) {
  if (settings.anonymous.empty()) return nullptr;
  auto principal = std::make_shared<Principal>();
  principal->ns = settings.anonymous_ns;
  principal->policies = settings.anonymous;
  return principal;
}

Credentials WithoutAuthorization(absl::string_view certificate_subject) {
  if (certificate_subject.empty()) return NoCredentials();
  return ClientCertificate{certificate_subject};
}

}  // namespace

Credentials OfHttp(const SignedRequest& request, absl::string_view certificate_subject) {
  const int count = CountHeaders(request, "authorization");
  if (count == 1) {
    const auto header = std::find_if(
        request.headers.begin(), request.headers.end(),
        [](const auto& h) { return absl::EqualsIgnoreCase(h.first, "authorization"); });
    if (absl::StartsWithIgnoreCase(header->second, kBearer)) {
      return OfGrpc(header->second, certificate_subject);
    }
  }
  // A presigned request shows its credentials in the query, and is refused as such.
  if (count == 0 && !IsPresigned(request)) {
    return WithoutAuthorization(certificate_subject);
  }
  return request;
}

Credentials OfGrpc(absl::string_view authorization, absl::string_view certificate_subject) {
  if (authorization.empty()) return WithoutAuthorization(certificate_subject);
  if (!absl::StartsWithIgnoreCase(authorization, kBearer)) return BearerText{authorization};
  return BearerText{absl::StripAsciiWhitespace(authorization.substr(kBearer.size()))};
}

Authenticator::Authenticator(Settings settings, const AccessKeys* keys, TokenProvider* provider)
    : certificates_(std::move(settings.certificates)),
      signatures_(std::move(settings.signatures)),
      anonymous_(AnonymousPrincipal(settings)),
      keys_(keys),
      provider_(provider) {}

absl::StatusOr<PrincipalRef> Authenticator::Anonymous() const {
  if (anonymous_ != nullptr) return anonymous_;
  return aws::MakeError(aws::Error::kMissingAuthenticationToken, "Missing Authentication Token");
}

absl::StatusOr<PrincipalRef> Authenticator::BySignature(const SignedRequest& request,
                                                        absl::Time now) const {
  const auto key_id = signatures_.Verify(
      request,
      [this, now](absl::string_view id) {
        return keys_ == nullptr ? absl::nullopt : keys_->FindSecret(id, now);
      },
      now);
  if (!key_id.ok()) return key_id.status();
  PrincipalRef principal = keys_->FindPrincipal(*key_id, now);
  if (principal == nullptr) return RefuseUnknownClient();  // revoked this moment
  return principal;
}

absl::StatusOr<PrincipalRef> Authenticator::ByBearer(absl::string_view text, absl::Time now) const {
  // A JWT has two dots, ID.SECRET one.
  if (std::count(text.begin(), text.end(), '.') == 2) {
    return provider_ == nullptr ? RefuseUnknownClient() : provider_->Verify(text, now);
  }
  return keys_ == nullptr ? RefuseUnknownClient() : keys_->VerifyBearer(text, now);
}

absl::StatusOr<PrincipalRef> Authenticator::Authenticate(const Credentials& credentials,
                                                         absl::Time now) const {
  if (const auto* request = std::get_if<SignedRequest>(&credentials)) {
    return BySignature(*request, now);
  }
  if (const auto* bearer = std::get_if<BearerText>(&credentials)) {
    return ByBearer(bearer->text, now);
  }
  if (const auto* certificate = std::get_if<ClientCertificate>(&credentials)) {
    return certificates_.Find(certificate->subject);
  }
  return Anonymous();
}

}  // namespace pawl::auth
