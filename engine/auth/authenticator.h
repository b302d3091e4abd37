// From what a caller shows to who it is, for every front.
//
//   Authenticator authenticator({.signatures = {.region = "us-east-1"}}, &keys, &provider);
//   auto caller = authenticator.Authenticate(OfHttp(request, certificate), clock->Now());
//   if (!caller.ok()) return Answer(caller.status());   // aws::Classify(status) names AWS's error
//
// An engine that authenticates nobody has no Authenticator, and allows everything (AllowAll).
#pragma once

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/auth/access_keys.h"
#include "engine/auth/certificate_rules.h"
#include "engine/auth/principal.h"
#include "engine/auth/signature_v4.h"
#include "engine/auth/signed_request.h"
#include "engine/auth/token_provider.h"

namespace pawl::auth {

struct NoCredentials {};
// What stands behind "Bearer ": "ID.SECRET" of an access key, or a JWT.
struct BearerText {
  absl::string_view text;
};
// The subject of a certificate that TLS has verified.
struct ClientCertificate {
  absl::string_view subject;
};
// Views only: what they look at outlives the call.
using Credentials = std::variant<NoCredentials, SignedRequest, BearerText, ClientCertificate>;

// What a request shows. An Authorization header counts before the certificate, so that a proxy with a
// certificate of its own does not lend it to callers who show a key. `certificate_subject` is "" where
// there is none.
Credentials OfHttp(const SignedRequest& request, absl::string_view certificate_subject);
// `authorization` is the metadata of that name, "" where there is none.
Credentials OfGrpc(absl::string_view authorization, absl::string_view certificate_subject);

// Thread-safe; never blocks.
class Authenticator {
 public:
  struct Settings {
    SignatureV4::Settings signatures;
    CertificateRules certificates;
    // What callers without credentials may do, in this namespace ("" = all of them). Without a
    // policy they are refused.
    Policies anonymous;
    std::string anonymous_ns;
  };

  // `keys` and `provider` may be null, and outlive it.
  Authenticator(Settings settings, const AccessKeys* keys, TokenProvider* provider);

  // Unauthenticated (refusal.h) for whoever is not known.
  absl::StatusOr<PrincipalRef> Authenticate(const Credentials& credentials, absl::Time now) const;

 private:
  absl::StatusOr<PrincipalRef> Anonymous() const;
  absl::StatusOr<PrincipalRef> BySignature(const SignedRequest& request, absl::Time now) const;
  absl::StatusOr<PrincipalRef> ByBearer(absl::string_view text, absl::Time now) const;

  const CertificateRules certificates_;
  const SignatureV4 signatures_;
  const PrincipalRef anonymous_;  // null: refused
  const AccessKeys* const keys_;
  TokenProvider* const provider_;
};

}  // namespace pawl::auth
