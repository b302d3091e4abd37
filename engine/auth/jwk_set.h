// The public keys of a token provider (RFC 7517), and the two signatures that they check: RS256 and
// ES256 (RFC 7518). The algorithm is the key's; nothing that a token says can choose another one.
//
// Directly over OpenSSL, which parses no input of strangers here but numbers. The JWT library of
// Debian 12 (libjwt 1.10) reads no key sets, and its callers have to see to it themselves that a
// token does not choose the algorithm, which is most of what it would do for us.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace pawl::auth {

// Immutable, thread-safe.
class JwkSet {
 public:
  static constexpr size_t kMaxBytes = 256 * 1024;  // of text
  static constexpr size_t kMaxKeys = 100;

  class Key {
   public:
    // "RS256" or "ES256".
    absl::string_view algorithm() const { return is_rsa_ ? "RS256" : "ES256"; }
    // Whether `signature`, bytes as JOSE has them, is this key's over `text`.
    bool Verify(absl::string_view text, absl::string_view signature) const;

   private:
    friend class JwkSet;
    std::string id_;
    bool is_rsa_ = false;
    std::shared_ptr<evp_pkey_st> key_;
  };

  // Keys that are not for signatures, or of other kinds than RSA of 2048 to 8192 bits and P-256, are
  // left out. InvalidArgument for what is no key set, or has no key that is left.
  static absl::StatusOr<JwkSet> Parse(absl::string_view json);

  // The key of that id; for "" the only key, if there is but one. Else null.
  const Key* Find(absl::string_view id) const;

 private:
  std::vector<Key> keys_;
};

}  // namespace pawl::auth
