// Tokens of an OIDC provider: JWTs (RFC 7519) that it has signed.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/auth/jwks.h"
#include "engine/value/value.h"

namespace pawl::auth {

struct JwtRules {
  std::string issuer;                        // `iss`, exactly
  std::string audience;                      // `aud`, or one of them
  absl::Duration leeway = absl::Minutes(1);  // of clocks, for `exp` and `nbf`
};

inline constexpr size_t kMaxJwtBytes = 16 * 1024;

struct VerifiedToken {
  std::string subject;  // `sub`
  Value claims;
};

// The token, if a key of the provider has signed it, and its issuer, audience and times are as they
// must be. `exp` and `sub` have to be there. Unauthenticated (refusal.h) otherwise; what is wrong is
// said, what the token holds is not. Does not block: a key that is not known is noted, so that the
// next Refresh of `keys` reads them.
absl::StatusOr<VerifiedToken> VerifyJwt(absl::string_view token, const JwtRules& rules, Jwks* keys,
                                        absl::Time now);

}  // namespace pawl::auth
