// An OIDC provider whose tokens the engine accepts, and what their claims allow.
//
//   {
//     "issuer": "https://login.example.com/",
//     "audience": "pawl",
//     "keys": "https://login.example.com/.well-known/jwks.json",
//     "namespace": "000000000000",
//     "rules": [
//       {"claim": "groups", "value": "pawl-admins", "policies": ["admin"]},
//       {"claim": "/realm_access/roles", "value": "team-*", "policies": ["developer"]}
//     ]
//   }
//
// A token gets the policies of every rule that it meets; one that meets none is known and may do
// nothing. `keys` is a file or an https URL. `namespace` is "*" for all of them. A `claim` is a name,
// or a JSON pointer if it begins with '/'; it meets the rule if it is a string that matches `value`,
// or an array with such a string. '*' in a value is any text, '?' one character. The words of `scope`
// and `scp` are looked at one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/auth/glob.h"
#include "engine/auth/jwks.h"
#include "engine/auth/jwt.h"
#include "engine/auth/principal.h"
#include "engine/value/value.h"

namespace pawl::auth {

struct ClaimRule {
  std::string claim;
  Glob value;
  Policies policies;

  bool IsMetBy(const Value& claims) const;
};

struct TokenProviderConfig {
  static constexpr size_t kMaxRules = 200;

  JwtRules jwt;
  std::string keys;  // path or URL
  std::string ns;    // "" = all of them
  std::vector<ClaimRule> rules;

  bool has_key_url() const;

  // InvalidArgument says where (a JSON pointer) which rule is broken.
  static absl::StatusOr<TokenProviderConfig> Parse(absl::string_view json);
};

// Thread-safe.
class TokenProvider {
 public:
  // `keys` is where config.keys leads: JwksFile or JwksUrl.
  TokenProvider(TokenProviderConfig config, std::unique_ptr<JwksSource> keys);

  // The principal "token/SUBJECT". Does not block. Errors as at VerifyJwt.
  absl::StatusOr<PrincipalRef> Verify(absl::string_view token, absl::Time now);
  // As Jwks::Refresh.
  absl::Status Refresh(absl::Time now) { return keys_.Refresh(now); }

 private:
  const TokenProviderConfig config_;
  Jwks keys_;
};

}  // namespace pawl::auth
