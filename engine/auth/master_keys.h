// Encrypts the secrets that the store holds, by AES-256-GCM through OpenSSL. Who has the database
// alone has no secret.
//
//   auto keys = MasterKeys::Load("/etc/pawl/master-key");
//   auto sealed = keys->Seal("the secret", "what it belongs to");
//   keys->Open(*sealed, "what it belongs to");
//
// To make a key: openssl rand -hex 32.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl::auth {

struct Sealed {
  std::string key_id;  // of the master key
  std::string bytes;   // nonce, ciphertext, tag
};

// Immutable, thread-safe.
class MasterKeys {
 public:
  static constexpr size_t kKeyBytes = 32;
  static constexpr size_t kMaxKeys = 16;

  // One key a line, of 32 bytes in hexadecimal or base64; lines that begin with '#' are left out. The
  // first one seals; all of them open, so that a new one may be put before the old. InvalidArgument
  // for anything else; messages repeat nothing of the text.
  static absl::StatusOr<MasterKeys> Parse(absl::string_view text);
  // The same from a file of at most 64 KiB. Blocks.
  static absl::StatusOr<MasterKeys> Load(const std::string& path);

  // `context` is not stored and must be the same to open it. Internal where OpenSSL fails.
  absl::StatusOr<Sealed> Seal(absl::string_view plain, absl::string_view context) const;
  // The same under a key of `branch`'s own, which is derived from the first one: random nonces are
  // good for 2^32 texts a key, so what has more is divided into branches. Open with the same branch.
  absl::StatusOr<Sealed> SealIn(absl::string_view branch, absl::string_view plain,
                                absl::string_view context) const;
  // FailedPrecondition where the master key is none of these; DataLoss where the bytes or the
  // context are not those of Seal.
  absl::StatusOr<std::string> Open(const Sealed& sealed, absl::string_view context) const;
  absl::StatusOr<std::string> OpenIn(absl::string_view branch, const Sealed& sealed,
                                     absl::string_view context) const;

  // Of the key that seals, and of all of them.
  const std::string& sealing_id() const { return keys_.front().id; }
  bool Has(absl::string_view key_id) const;

 private:
  struct Key {
    std::string id;  // says which one it is and nothing about it
    std::string bytes;
  };

  const Key* Find(absl::string_view key_id) const;

  std::vector<Key> keys_;
};

}  // namespace pawl::auth
