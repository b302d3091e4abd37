// Namespaces (accounts) with their settings, in memory: who calls is put into one before anything
// else, and that cannot wait for the store. What another node changes is known here after kTrust.
#pragma once

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "persistence/store.h"

namespace pawl::runtime {

// The kind of a namespace's document, which itself belongs to no namespace.
inline constexpr char kNamespaceDocument[] = "namespace";

struct NamespaceSettings {
  std::string description;
  absl::optional<absl::Duration> retention;  // nullopt: as Options::retention
  // "OPERATION=BURST/RATE", for all callers of the namespace together.
  std::vector<std::string> rate_limits;
};

struct Namespace {
  std::string account;
  NamespaceSettings settings;
  absl::optional<absl::Time> create_time;  // nullopt for the default one, which nobody has created
};

// Thread-safe.
class NamespaceRegistry {
 public:
  static constexpr absl::Duration kTrust = absl::Seconds(5);
  static constexpr size_t kMaxNamespaces = 10'000;

  // `default_account` is always there, with settings once somebody has given it some.
  explicit NamespaceRegistry(std::string default_account);

  // Reads all of them (blocks).
  absl::Status Refresh(persistence::Store* store);

  absl::optional<Namespace> Find(absl::string_view account) const;
  bool Has(absl::string_view account) const;
  // By account.
  std::vector<Namespace> All() const;

  // --- block
  // AlreadyExists; kServiceQuotaExceeded at kMaxNamespaces; kValidation for an account that is not 12
  // digits, or settings that break a rule.
  absl::StatusOr<Namespace> Create(persistence::Store* store, const std::string& account,
                                   const NamespaceSettings& settings, absl::Time now);
  // What is given replaces what was there. kResourceNotFound.
  struct Change {
    absl::optional<std::string> description;
    absl::optional<absl::optional<absl::Duration>> retention;
    absl::optional<std::vector<std::string>> rate_limits;
  };
  absl::StatusOr<Namespace> Update(persistence::Store* store, const std::string& account,
                                   const Change& change);

 private:
  absl::StatusOr<Namespace> Put(persistence::Store* store, Namespace changed, int64_t revision);

  const std::string default_account_;
  mutable absl::Mutex mutex_;
  absl::btree_map<std::string, Namespace> all_ ABSL_GUARDED_BY(mutex_);
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // by Put: a refresh that began before is stale
};

}  // namespace pawl::runtime
