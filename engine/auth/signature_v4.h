// Verifies AWS's signature version 4, as clients of AWS sign their requests.
//
//   SignatureV4 signatures({.region = "us-east-1"});
//   auto key_id = signatures.Verify(request, [&](absl::string_view id) { return SecretOf(id); },
//                                   clock->Now());
//
// Signatures stand in the Authorization header. Presigned URLs, SigV4A and temporary credentials
// (no key of ours has a session token) are refused. A request may be sent again as long as its time
// is in the window, as at AWS.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
#pragma once

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/auth/authorization_header.h"
#include "engine/auth/signed_request.h"

namespace pawl::auth {

// The secret of an access key that may be used now; nullopt for any other. Must not block.
using SecretLookup = std::function<absl::optional<std::string>(absl::string_view access_key_id)>;

// Thread-safe.
class SignatureV4 {
 public:
  // A request's time may differ so much from ours, either way.
  static constexpr absl::Duration kWindow = absl::Minutes(5);

  struct Settings {
    std::string region;
    std::string service = "states";
    // X-Amz-Content-Sha256 may be UNSIGNED-PAYLOAD: then the signature says nothing of the body.
    bool accepts_unsigned_payload = false;
    // X-Forwarded-Host, where there is one, is the host that was signed. Only behind a proxy that
    // sets it.
    bool trusts_forwarded_host = false;
  };

  explicit SignatureV4(Settings settings);

  // The access key id of whoever has signed the request. Unauthenticated (refusal.h) otherwise.
  // The body is hashed only for a known key.
  absl::StatusOr<std::string> Verify(const SignedRequest& request, const SecretLookup& lookup,
                                     absl::Time now) const;

 private:
  struct SigningKey {
    std::string secret;
    std::string day;
    std::string key;
  };

  absl::Status CheckScope(const AuthorizationHeader& header, absl::string_view timestamp,
                          absl::Time now) const;
  absl::StatusOr<std::string> HashPayload(const SignedRequest& request) const;
  std::string KeyOf(const AuthorizationHeader& header, const std::string& secret) const;

  const Settings settings_;
  mutable absl::Mutex mutex_;
  // The last one of each access key: deriving it costs more than all else here.
  mutable absl::flat_hash_map<std::string, SigningKey> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::auth
