// Who has which access key. The keys of the store are held in memory, so that callers are known at
// once and without the store.
//
//   AccessKeys keys(store, *MasterKeys::Load(path));
//   keys.Refresh(clock->Now());                          // at start, and every kRefreshInterval
//   auto created = keys.Create({"ci", "", {"developer"}}, clock->Now());
//   Show(created->key.id, created->secret);              // the secret is shown this once
//   keys.FindPrincipal(created->key.id, clock->Now())    // "key/ci", or null
//
// A key that is revoked on this node is refused here from then on, on other nodes after their next
// Refresh. While the store does not answer, what was read last goes on to count; keys expire by the
// clock all the same. To replace a key, create another one of its name, and revoke the old one when
// nobody uses it any more.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/auth/access_key.h"
#include "engine/auth/access_key_store.h"
#include "engine/auth/principal.h"

namespace pawl::auth {

// For listings; no secret.
struct AccessKeyInfo {
  AccessKey key;
  std::string damage;  // why it cannot be used though it is valid; "" where it can
};

struct CreatedAccessKey {
  AccessKey key;
  std::string secret;
};

// Thread-safe.
class AccessKeys {
 public:
  static constexpr absl::Duration kRefreshInterval = absl::Seconds(5);
  static constexpr absl::Duration kLastUseInterval = absl::Hours(1);

  // `store` outlives it.
  AccessKeys(persistence::Store* store, MasterKeys master_keys);

  // --- never block
  // Of a key that is valid and undamaged; nullopt or null for any other.
  absl::optional<std::string> FindSecret(absl::string_view id, absl::Time now) const;
  // Also takes down that the key was used.
  PrincipalRef FindPrincipal(absl::string_view id, absl::Time now) const;
  // By "ID.SECRET" or "ID:SECRET". aws::Error::kUnrecognizedClient.
  absl::StatusOr<PrincipalRef> VerifyBearer(absl::string_view text, absl::Time now) const;
  // All keys by id. Times of last use are those of this node where they are later.
  std::vector<AccessKeyInfo> List() const;

  // --- block; errors as at AccessKeyStore
  // Reads what has changed in the store, and writes there when keys were used last, at most once per
  // kLastUseInterval and key. The store's errors: what could not be read or written is so at the next
  // call. Not concurrently with itself.
  absl::Status Refresh(absl::Time now);
  absl::StatusOr<CreatedAccessKey> Create(const NewAccessKey& wanted, absl::Time now);
  absl::Status Revoke(const std::string& id, absl::Time now);
  absl::Status Delete(const std::string& id, absl::Time now);

 private:
  // Immutable but for the last use, so that it can be looked at without the lock.
  struct Entry {
    StoredAccessKey stored;
    std::string secret;  // "" where it is damaged
    PrincipalRef principal;
    std::string damage;
    int64_t change = 0;  // of changes_, for what this node has written; 0 for what it has read
    mutable std::atomic<int64_t> last_use_us{0};  // 0: never
  };
  using EntryRef = std::shared_ptr<const Entry>;

  std::shared_ptr<Entry> EntryOf(StoredAccessKey stored) const;
  EntryRef Find(absl::string_view id, absl::Time now) const;
  // Unless what is there is newer.
  void Install(std::shared_ptr<Entry> entry, bool is_own);
  std::vector<std::shared_ptr<Entry>> ReadChanged(
      const std::vector<persistence::Document>& documents) const;
  absl::Status WriteLastUses(absl::Time now);

  AccessKeyStore store_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, EntryRef> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // writes of this node, counted
};

}  // namespace pawl::auth
