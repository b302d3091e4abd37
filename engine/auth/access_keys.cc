#include "engine/auth/access_keys.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "engine/auth/built_in_policies.h"
#include "engine/auth/crypto.h"
#include "engine/auth/refusal.h"
#include "engine/aws/error.h"

namespace pawl::auth {

AccessKeys::AccessKeys(persistence::Store* store, MasterKeys master_keys)
    : store_(store, std::move(master_keys)) {}

std::shared_ptr<AccessKeys::Entry> AccessKeys::EntryOf(StoredAccessKey stored) const {
  auto entry = std::make_shared<Entry>();
  auto principal = std::make_shared<Principal>();
  principal->kind = Principal::Kind::kKey;
  principal->name = absl::StrCat("key/", stored.key.name);
  principal->ns = stored.key.ns;
  auto secret = store_.OpenSecret(stored);
  auto policies = CompilePolicies(stored.key.policies);
  if (!secret.ok()) {
    entry->damage = std::string(secret.status().message());
  } else if (!policies.ok()) {
    entry->damage = std::string(policies.status().message());
  } else {
    entry->secret = *std::move(secret);
    principal->policies = *std::move(policies);
  }
  entry->principal = std::move(principal);
  entry->stored = std::move(stored);
  return entry;
}

AccessKeys::EntryRef AccessKeys::Find(absl::string_view id, absl::Time now) const {
  EntryRef entry;
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return nullptr;
    entry = found->second;
  }
  if (!entry->stored.key.IsValid(now) || entry->secret.empty()) return nullptr;
  return entry;
}

absl::optional<std::string> AccessKeys::FindSecret(absl::string_view id, absl::Time now) const {
  const EntryRef entry = Find(id, now);
  if (entry == nullptr) return absl::nullopt;
  return entry->secret;
}

PrincipalRef AccessKeys::FindPrincipal(absl::string_view id, absl::Time now) const {
  const EntryRef entry = Find(id, now);
  if (entry == nullptr) return nullptr;
  entry->last_use_us.store(absl::ToUnixMicros(now), std::memory_order_relaxed);
  return entry->principal;
}

absl::StatusOr<PrincipalRef> AccessKeys::VerifyBearer(absl::string_view text,
                                                      absl::Time now) const {
  constexpr size_t kCharacters = kAccessKeyIdCharacters + 1 + kSecretCharacters;
  if (text.size() != kCharacters) return RefuseUnknownClient();
  const char separator = text[kAccessKeyIdCharacters];
  const absl::string_view id = text.substr(0, kAccessKeyIdCharacters);
  const absl::optional<std::string> secret = FindSecret(id, now);
  if (!secret.has_value() || (separator != '.' && separator != ':') ||
      !IsEqualInConstantTime(*secret, text.substr(kAccessKeyIdCharacters + 1))) {
    return RefuseUnknownClient();
  }
  PrincipalRef principal = FindPrincipal(id, now);
  if (principal == nullptr) return RefuseUnknownClient();  // revoked this moment
  return principal;
}

std::vector<AccessKeyInfo> AccessKeys::List() const {
  std::vector<AccessKeyInfo> all;
  {
    absl::ReaderMutexLock lock(&mutex_);
    for (const auto& [id, entry] : entries_) {
      AccessKeyInfo& info = all.emplace_back();
      info.key = entry->stored.key;
      info.damage = entry->damage;
      const int64_t used = entry->last_use_us.load(std::memory_order_relaxed);
      if (used != 0) {
        info.key.last_use_time = std::max(info.key.last_use_time, absl::FromUnixMicros(used));
      }
    }
  }
  std::sort(all.begin(), all.end(),
            [](const AccessKeyInfo& a, const AccessKeyInfo& b) { return a.key.id < b.key.id; });
  return all;
}

void AccessKeys::Install(std::shared_ptr<Entry> entry, bool is_own) {
  absl::MutexLock lock(&mutex_);
  if (is_own) entry->change = ++changes_;
  EntryRef& place = entries_[entry->stored.key.id];
  if (place != nullptr) {
    // A listing that was made before a revocation must not undo it.
    if (place->stored.revision >= entry->stored.revision) return;
    entry->last_use_us = place->last_use_us.load();
  }
  place = std::move(entry);
}

std::vector<std::shared_ptr<AccessKeys::Entry>> AccessKeys::ReadChanged(
    const std::vector<persistence::Document>& documents) const {
  std::vector<std::shared_ptr<Entry>> changed;
  for (const persistence::Document& document : documents) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      const auto found = entries_.find(document.name);
      if (found != entries_.end() && found->second->stored.revision >= document.revision) continue;
    }
    auto stored = FromDocument(document);
    if (stored.ok()) {
      changed.push_back(EntryOf(*std::move(stored)));
      continue;
    }
    auto damaged = std::make_shared<Entry>();
    damaged->stored.key.id = document.name;
    damaged->stored.revision = document.revision;
    damaged->damage = std::string(stored.status().message());
    changed.push_back(std::move(damaged));
  }
  return changed;
}

absl::Status AccessKeys::Refresh(absl::Time now) {
  int64_t changes_before = 0;
  {
    absl::ReaderMutexLock lock(&mutex_);
    changes_before = changes_;
  }
  const auto documents = store_.List();
  if (!documents.ok()) return documents.status();
  for (auto& entry : ReadChanged(*documents)) Install(std::move(entry), /*is_own=*/false);
  absl::flat_hash_set<absl::string_view> ids;
  for (const persistence::Document& document : *documents) ids.insert(document.name);
  {
    absl::MutexLock lock(&mutex_);
    // What was made here meanwhile need not stand in the listing.
    absl::erase_if(entries_, [&](const auto& item) {
      return !ids.contains(item.first) && item.second->change <= changes_before;
    });
  }
  return WriteLastUses(now);
}

absl::Status AccessKeys::WriteLastUses(absl::Time now) {
  std::vector<EntryRef> due;
  {
    absl::ReaderMutexLock lock(&mutex_);
    for (const auto& [id, entry] : entries_) {
      const int64_t used = entry->last_use_us.load(std::memory_order_relaxed);
      if (used != 0 &&
          absl::FromUnixMicros(used) >= entry->stored.key.last_use_time + kLastUseInterval) {
        due.push_back(entry);
      }
    }
  }
  for (const EntryRef& entry : due) {
    const absl::Time used = std::min(now, absl::FromUnixMicros(entry->last_use_us.load()));
    auto stored = store_.PutLastUse(entry->stored, used);
    if (absl::IsAborted(stored.status())) continue;  // another node has changed the record
    if (!stored.ok()) return stored.status();
    Install(EntryOf(*std::move(stored)), /*is_own=*/true);
  }
  return absl::OkStatus();
}

absl::StatusOr<CreatedAccessKey> AccessKeys::Create(const NewAccessKey& wanted, absl::Time now) {
  auto created = store_.Create(wanted, now);
  if (!created.ok()) return created.status();
  CreatedAccessKey result{created->stored.key, std::move(created->secret)};
  Install(EntryOf(std::move(created->stored)), /*is_own=*/true);
  return result;
}

absl::Status AccessKeys::Revoke(const std::string& id, absl::Time now) {
  auto revoked = store_.Revoke(id, now);
  // The time of the last use may have been written in between.
  if (absl::IsAborted(revoked.status())) revoked = store_.Revoke(id, now);
  if (!revoked.ok()) return revoked.status();
  Install(EntryOf(*std::move(revoked)), /*is_own=*/true);
  return absl::OkStatus();
}

absl::Status AccessKeys::Delete(const std::string& id, absl::Time now) {
  absl::Status status = store_.Delete(id, now);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  entries_.erase(id);
  return absl::OkStatus();
}

}  // namespace pawl::auth
