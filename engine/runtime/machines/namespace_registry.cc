#include "engine/runtime/machines/namespace_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "pawl/storage/v1/configuration.pb.h"

namespace pawl::runtime {
namespace {

constexpr int kPage = 1'000;
constexpr int kAttempts = 20;
constexpr size_t kMaxDescriptionBytes = 4'096;
constexpr size_t kMaxRates = 100;
constexpr absl::Duration kMinRetention = absl::Hours(1);
constexpr absl::Duration kMaxRetention = absl::Hours(24 * 366 * 100);

absl::Status Invalid(absl::string_view rule) {
  return aws::MakeError(aws::Error::kValidation, rule);
}

absl::Status Check(const NamespaceSettings& settings) {
  if (settings.description.size() > kMaxDescriptionBytes) {
    return Invalid(absl::StrCat("the description of a namespace has at most ", kMaxDescriptionBytes,
                                " bytes"));
  }
  if (settings.rate_limits.size() > kMaxRates) {
    return Invalid(absl::StrCat("a namespace has at most ", kMaxRates, " rate limits"));
  }
  if (settings.retention.has_value() &&
      (*settings.retention < kMinRetention || *settings.retention > kMaxRetention)) {
    return Invalid("the retention of a namespace is from one hour to 100 years");
  }
  return absl::OkStatus();
}

absl::Status CheckAccount(absl::string_view account) {
  if (account.size() == 12 && std::all_of(account.begin(), account.end(), absl::ascii_isdigit)) {
    return absl::OkStatus();
  }
  return Invalid("a namespace is named by an account of 12 digits");
}

absl::Status NoNamespace() {
  return aws::MakeError(aws::Error::kResourceNotFound, "there is no such namespace");
}

std::string Encode(const Namespace& ns) {
  storage::v1::NamespaceRecord record;
  record.set_description(ns.settings.description);
  if (ns.settings.retention.has_value()) {
    record.set_retention_us(absl::ToInt64Microseconds(*ns.settings.retention));
  }
  for (const std::string& rate : ns.settings.rate_limits) record.add_rate_limits(rate);
  if (ns.create_time.has_value()) record.set_create_time_us(absl::ToUnixMicros(*ns.create_time));
  return record.SerializeAsString();
}

absl::StatusOr<Namespace> Decode(const persistence::Document& document) {
  storage::v1::NamespaceRecord record;
  if (!record.ParseFromString(document.record)) {
    return absl::DataLossError(
        absl::StrCat("the record of the namespace ", document.name, " cannot be read"));
  }
  Namespace ns;
  ns.account = document.name;
  ns.settings.description = record.description();
  if (record.retention_us() > 0) {
    ns.settings.retention = absl::Microseconds(record.retention_us());
  }
  ns.settings.rate_limits = {record.rate_limits().begin(), record.rate_limits().end()};
  if (record.create_time_us() != 0) {
    ns.create_time = absl::FromUnixMicros(record.create_time_us());
  }
  return ns;
}

}  // namespace

NamespaceRegistry::NamespaceRegistry(std::string default_account)
    : default_account_(std::move(default_account)) {
  absl::MutexLock lock(&mutex_);
  all_[default_account_].account = default_account_;
}

absl::Status NamespaceRegistry::Refresh(persistence::Store* store) {
  int64_t changes = 0;
  {
    absl::MutexLock lock(&mutex_);
    changes = changes_;
  }
  absl::btree_map<std::string, Namespace> found;
  found[default_account_].account = default_account_;
  for (std::string after;;) {
    const auto page = store->ListDocuments("", kNamespaceDocument, after, kPage);
    if (!page.ok()) return page.status();
    for (const persistence::Document& document : *page) {
      absl::StatusOr<Namespace> ns = Decode(document);
      if (!ns.ok()) return ns.status();
      found[document.name] = *std::move(ns);
    }
    if (page->size() < static_cast<size_t>(kPage)) break;
    after = page->back().name;
  }
  absl::MutexLock lock(&mutex_);
  if (changes == changes_) all_ = std::move(found);  // otherwise the next refresh sees both
  return absl::OkStatus();
}

absl::optional<Namespace> NamespaceRegistry::Find(absl::string_view account) const {
  absl::MutexLock lock(&mutex_);
  const auto found = all_.find(account);
  if (found == all_.end()) return absl::nullopt;
  return found->second;
}

bool NamespaceRegistry::Has(absl::string_view account) const {
  absl::MutexLock lock(&mutex_);
  return all_.contains(account);
}

std::vector<Namespace> NamespaceRegistry::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<Namespace> all;
  for (const auto& [account, ns] : all_) all.push_back(ns);
  return all;
}

absl::StatusOr<Namespace> NamespaceRegistry::Put(persistence::Store* store, Namespace changed,
                                                 int64_t revision) {
  absl::Status status =
      store->PutDocument({"", kNamespaceDocument, changed.account, revision, Encode(changed)});
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  ++changes_;
  all_[changed.account] = changed;
  return changed;
}

absl::StatusOr<Namespace> NamespaceRegistry::Create(persistence::Store* store,
                                                    const std::string& account,
                                                    const NamespaceSettings& settings,
                                                    absl::Time now) {
  absl::Status status = CheckAccount(account);
  if (status.ok()) status = Check(settings);
  if (!status.ok()) return status;
  const auto exists = [] {
    return aws::MakeError(aws::Error::kNamespaceAlreadyExists, "the namespace exists already");
  };
  if (Has(account)) return exists();
  {
    absl::MutexLock lock(&mutex_);
    if (all_.size() >= kMaxNamespaces) {
      return aws::MakeError(aws::Error::kServiceQuotaExceeded,
                            absl::StrCat("there are ", kMaxNamespaces, " namespaces already"));
    }
  }
  // As it comes back from the store.
  auto created = Put(store, {account, settings, absl::FromUnixMicros(absl::ToUnixMicros(now))}, 1);
  return absl::IsAborted(created.status()) ? exists() : created;  // another node was first
}

absl::StatusOr<Namespace> NamespaceRegistry::Update(persistence::Store* store,
                                                    const std::string& account,
                                                    const Change& change) {
  absl::StatusOr<Namespace> updated = NoNamespace();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto document = store->GetDocument("", kNamespaceDocument, account);
    Namespace ns;
    ns.account = account;
    if (document.ok()) {
      absl::StatusOr<Namespace> read = Decode(*document);
      if (!read.ok()) return read.status();
      ns = *std::move(read);
    } else if (!absl::IsNotFound(document.status())) {
      return document.status();
    } else if (account != default_account_) {
      return NoNamespace();
    }
    if (change.description.has_value()) ns.settings.description = *change.description;
    if (change.retention.has_value()) ns.settings.retention = *change.retention;
    if (change.rate_limits.has_value()) ns.settings.rate_limits = *change.rate_limits;
    if (absl::Status status = Check(ns.settings); !status.ok()) return status;
    updated = Put(store, std::move(ns), document.ok() ? document->revision + 1 : 1);
    if (!absl::IsAborted(updated.status())) return updated;
  }
  return updated;
}

}  // namespace pawl::runtime
