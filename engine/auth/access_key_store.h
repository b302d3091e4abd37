// Access keys in the store: making, revoking, reading them. Everything here blocks; who is calling is
// decided by AccessKeys, from memory.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/auth/access_key.h"
#include "engine/auth/master_keys.h"
#include "persistence/store.h"

namespace pawl::auth {

struct NewAccessKey {
  std::string name;
  std::string ns;  // "" = all namespaces
  std::vector<std::string> policies;
  absl::Time expire_time = absl::InfiniteFuture();
};

// Thread-safe.
class AccessKeyStore {
 public:
  static constexpr size_t kMaxKeys = 10'000;  // of the installation
  // That are valid and have one name: one, and the one that is to replace it.
  static constexpr int kMaxValidOfName = 2;

  // `store` outlives it.
  AccessKeyStore(persistence::Store* store, MasterKeys master_keys);

  // A new key, stored, with its secret. InvalidArgument for a name, a policy or a time that breaks a
  // rule; ResourceExhausted at one of the limits; the store's errors.
  struct Created {
    StoredAccessKey stored;
    std::string secret;
  };
  absl::StatusOr<Created> Create(const NewAccessKey& wanted, absl::Time now);

  // The key as it is then: revoked before, it stays as it was. NotFound; Aborted where somebody else
  // changes it at the same time.
  absl::StatusOr<StoredAccessKey> Revoke(const std::string& id, absl::Time now);

  // FailedPrecondition while the key is valid. NotFound, Aborted.
  absl::Status Delete(const std::string& id, absl::Time now);

  // Stores the time of the last use. Aborted where somebody else was first. The key as it is then.
  absl::StatusOr<StoredAccessKey> PutLastUse(StoredAccessKey stored, absl::Time last_use);

  // The documents of all of them, by id.
  absl::StatusOr<std::vector<persistence::Document>> List();

  // FailedPrecondition or DataLoss, as MasterKeys::Open.
  absl::StatusOr<std::string> OpenSecret(const StoredAccessKey& stored) const;

 private:
  absl::StatusOr<StoredAccessKey> Get(const std::string& id);
  absl::Status CheckRoom(const NewAccessKey& wanted, absl::Time now);
  absl::StatusOr<StoredAccessKey> Put(StoredAccessKey stored);

  persistence::Store* const store_;
  const MasterKeys master_keys_;
};

}  // namespace pawl::auth
