#include "engine/auth/access_key_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/auth/built_in_policies.h"
#include "engine/auth/crypto.h"
#include "engine/aws/error.h"

namespace pawl::auth {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr int kPageSize = 500;
constexpr size_t kRandomIdCharacters = 17;
constexpr size_t kSecretBytes = 30;  // 40 characters of base64

absl::Status Invalid(absl::string_view rule) {
  return aws::MakeError(aws::Error::kValidation, rule);
}

bool IsNameCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-' || c == '@' || c == '+';
}

absl::Status CheckNew(const NewAccessKey& wanted, absl::Time now) {
  if (wanted.name.empty() || wanted.name.size() > kMaxNameBytes ||
      !std::all_of(wanted.name.begin(), wanted.name.end(), IsNameCharacter)) {
    return Invalid("the name of a key must have 1 to 64 letters, digits or any of ._-@+");
  }
  if (wanted.ns.size() > kMaxNameBytes ||
      !std::all_of(wanted.ns.begin(), wanted.ns.end(), IsNameCharacter)) {
    return Invalid("the namespace of a key must be an account");
  }
  if (wanted.policies.empty()) return Invalid("a key needs a policy");
  if (wanted.expire_time <= now) return Invalid("the key would have expired already");
  return CompilePolicies(wanted.policies).status();
}

// An id that nobody has; 85 random bits.
absl::StatusOr<std::string> NewId() {
  constexpr absl::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const absl::StatusOr<std::string> bytes = RandomBytes(kRandomIdCharacters);
  if (!bytes.ok()) return bytes.status();
  std::string id = "PWL";
  for (const char byte : *bytes) id.push_back(kAlphabet[static_cast<unsigned char>(byte) % 32]);
  return id;
}

// Without characters that a shell or an URL would take for something else.
absl::StatusOr<std::string> NewSecret() {
  const absl::StatusOr<std::string> bytes = RandomBytes(kSecretBytes);
  if (!bytes.ok()) return bytes.status();
  return absl::WebSafeBase64Escape(*bytes);
}

absl::Status NoKey(absl::string_view id) {
  return aws::MakeError(aws::Error::kResourceNotFound,
                        absl::StrCat("there is no access key ", absl::CHexEscape(id)));
}

}  // namespace

AccessKeyStore::AccessKeyStore(persistence::Store* store, MasterKeys master_keys)
    : store_(store), master_keys_(std::move(master_keys)) {}

absl::StatusOr<std::vector<persistence::Document>> AccessKeyStore::List() {
  std::vector<persistence::Document> all;
  std::string after;
  // Nodes that create at the same time may pass the limit by a few; twice of it is a damaged store.
  while (all.size() <= 2 * kMaxKeys) {
    auto page = store_->ListDocuments("", kKeyDocument, after, kPageSize);
    if (!page.ok()) return page.status();
    if (page->empty()) return all;
    after = page->back().name;
    std::move(page->begin(), page->end(), std::back_inserter(all));
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("the store has more than twice the limit of ", kMaxKeys, " access keys"));
}

absl::Status AccessKeyStore::CheckRoom(const NewAccessKey& wanted, absl::Time now) {
  const auto all = List();
  if (!all.ok()) return all.status();
  if (all->size() >= kMaxKeys) {
    return aws::MakeError(aws::Error::kServiceQuotaExceeded,
                          absl::StrCat("there are ", kMaxKeys,
                                       " access keys, which is the limit: delete revoked ones"));
  }
  int count = 0;
  for (const persistence::Document& document : *all) {
    const auto stored = FromDocument(document);
    if (!stored.ok()) continue;  // damaged: it counts for the limit of all keys only
    const AccessKey& key = stored->key;
    if (key.name == wanted.name && key.ns == wanted.ns && key.IsValid(now)) ++count;
  }
  if (count < kMaxValidOfName) return absl::OkStatus();
  return aws::MakeError(
      aws::Error::kServiceQuotaExceeded,
      absl::StrCat("there are ", kMaxValidOfName, " valid keys of this name: revoke one first"));
}

absl::StatusOr<AccessKeyStore::Created> AccessKeyStore::Create(const NewAccessKey& wanted,
                                                               absl::Time now) {
  absl::Status status = CheckNew(wanted, now);
  if (status.ok()) status = CheckRoom(wanted, now);
  if (!status.ok()) return status;
  auto id = NewId();
  auto secret = NewSecret();
  if (!id.ok()) return id.status();
  if (!secret.ok()) return secret.status();
  StoredAccessKey stored;
  stored.key.id = *std::move(id);
  stored.key.name = wanted.name;
  stored.key.ns = wanted.ns;
  stored.key.policies = wanted.policies;
  // As they come back from the store.
  stored.key.create_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  if (wanted.expire_time != absl::InfiniteFuture()) {
    stored.key.expire_time = absl::FromUnixMicros(absl::ToUnixMicros(wanted.expire_time));
  }
  auto sealed = master_keys_.Seal(*secret, SealingContext(stored.key));
  if (!sealed.ok()) return sealed.status();
  stored.secret = *std::move(sealed);
  auto put = Put(std::move(stored));
  if (!put.ok()) return put.status();
  return Created{*std::move(put), *std::move(secret)};
}

absl::StatusOr<StoredAccessKey> AccessKeyStore::Put(StoredAccessKey stored) {
  absl::Status status = store_->PutDocument(ToDocument(stored));
  if (!status.ok()) return status;
  ++stored.revision;
  return stored;
}

absl::StatusOr<StoredAccessKey> AccessKeyStore::Get(const std::string& id) {
  // Nothing else is looked up, whatever a caller sends.
  if (id.size() != kAccessKeyIdCharacters) return NoKey(id.substr(0, kAccessKeyIdCharacters));
  const auto document = store_->GetDocument("", kKeyDocument, id);
  if (absl::IsNotFound(document.status())) return NoKey(id);
  if (!document.ok()) return document.status();
  return FromDocument(*document);
}

absl::StatusOr<StoredAccessKey> AccessKeyStore::Revoke(const std::string& id, absl::Time now) {
  auto stored = Get(id);
  if (!stored.ok() || stored->key.is_revoked()) return stored;
  stored->key.revoke_time = now;
  return Put(*std::move(stored));
}

absl::Status AccessKeyStore::Delete(const std::string& id, absl::Time now) {
  if (id.size() != kAccessKeyIdCharacters) return NoKey(id.substr(0, kAccessKeyIdCharacters));
  const auto document = store_->GetDocument("", kKeyDocument, id);
  if (absl::IsNotFound(document.status())) return NoKey(id);
  if (!document.ok()) return document.status();
  const auto stored = FromDocument(*document);
  if (stored.ok() && stored->key.IsValid(now)) {
    return absl::FailedPreconditionError(
        absl::StrCat("access key ", id, " is valid: revoke it first"));
  }
  return store_->DeleteDocument("", kKeyDocument, id, document->revision);
}

absl::StatusOr<StoredAccessKey> AccessKeyStore::PutLastUse(StoredAccessKey stored,
                                                           absl::Time last_use) {
  stored.key.last_use_time = last_use;
  return Put(std::move(stored));
}

absl::StatusOr<std::string> AccessKeyStore::OpenSecret(const StoredAccessKey& stored) const {
  return master_keys_.Open(stored.secret, SealingContext(stored.key));
}

}  // namespace pawl::auth
