// Task tokens: they name one attempt, and nobody can make one up.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/core/event.h"
#include "persistence/types.h"

namespace pawl::runtime {

// What a token names. The Scheduled event's id is the attempt: every retry has one of its own.
struct AttemptKey {
  persistence::ExecutionRef ref;
  core::EventId scheduled;
  friend auto operator<=>(const AttemptKey&, const AttemptKey&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const AttemptKey& k) {
    return H::combine(std::move(h), k.ref, k.scheduled);
  }
};

// Signs and checks tokens: base64url(version, slot, id, scheduled, HMAC-SHA-256 over namespace and
// these, cut to 16 bytes). Bound to the attempt and not to an owner, so a token outlives every
// change of owner. Immutable, thread-safe.
class TaskTokens {
 public:
  // `key`: at least 32 random bytes, the same on all nodes (Store::GetOrCreateSetting).
  explicit TaskTokens(std::string key);

  std::string Mint(absl::string_view ns, const AttemptKey& attempt) const;
  // InvalidArgument for anything that Mint did not make for this namespace.
  absl::StatusOr<AttemptKey> Verify(absl::string_view ns, absl::string_view token) const;

 private:
  std::string Sign(absl::string_view ns, absl::string_view body) const;
  std::string key_;
};

}  // namespace pawl::runtime
