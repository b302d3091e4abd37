// An access key, and its record in the store. Its id is what AWS calls an access key id: it is no
// secret.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/auth/master_keys.h"
#include "persistence/types.h"

namespace pawl::auth {

// The kind of its document, which belongs to no namespace.
inline constexpr char kKeyDocument[] = "key";

inline constexpr size_t kAccessKeyIdCharacters = 20;
inline constexpr size_t kSecretCharacters = 40;

struct AccessKey {
  std::string id;                     // "PWL" and 17 of A-Z2-7
  std::string name;                   // what people call it
  std::string ns;                     // the namespace that it acts in; "" = all of them
  std::vector<std::string> policies;  // as CompilePolicy takes them
  absl::Time create_time;
  absl::Time expire_time = absl::InfiniteFuture();  // not valid from then on
  absl::Time last_use_time = absl::InfinitePast();  // InfinitePast: never
  absl::Time revoke_time = absl::InfiniteFuture();  // InfiniteFuture: it was not

  bool is_revoked() const { return revoke_time != absl::InfiniteFuture(); }
  bool IsValid(absl::Time now) const { return !is_revoked() && now < expire_time; }
};

// As it stands in the store.
struct StoredAccessKey {
  AccessKey key;
  Sealed secret;
  int64_t revision = 0;  // of the document; 0: not stored yet
};

// What a secret is sealed with: all that decides what its key may do and until when. So nobody who
// can only write to the database can give a key another policy.
std::string SealingContext(const AccessKey& key);

// The document of the next revision.
persistence::Document ToDocument(const StoredAccessKey& stored);
// DataLoss where the record cannot be read.
absl::StatusOr<StoredAccessKey> FromDocument(const persistence::Document& document);

}  // namespace pawl::auth
