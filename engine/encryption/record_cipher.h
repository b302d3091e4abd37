// Payloads at rest: records of histories and checkpoints, sealed with AES-256-GCM.
//
// A sealed record is: 0x00 (with which no record begins that is not sealed: no field of a message has
// the number 0), 0x01 (the form), the length of the key's id, the id, nonce, ciphertext, tag. It is
// bound to its place, so that rows that were exchanged do not open. Each execution has a key of its
// own, derived from the one in the file.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/auth/master_keys.h"
#include "persistence/types.h"

namespace pawl::encryption {

// Where a record stands. `sequence` is 0 for the checkpoint.
struct Place {
  persistence::ExecutionRef ref;
  int64_t sequence = 0;
};

// Immutable, thread-safe.
class RecordCipher {
 public:
  explicit RecordCipher(auth::MasterKeys keys) : keys_(std::move(keys)) {}

  static bool IsSealed(absl::string_view record) { return !record.empty() && record[0] == '\0'; }

  absl::StatusOr<std::string> Seal(const Place& place, absl::string_view plain) const;
  // A record that is not sealed comes back as it is: it was written before the store was encrypted.
  // DataLoss for one that does not open, or whose key is not there; the message names the key.
  absl::StatusOr<std::string> Open(const Place& place, absl::string_view record) const;

  // Whether it is sealed under the key that seals now.
  bool IsCurrent(absl::string_view record) const;
  const auth::MasterKeys& keys() const { return keys_; }

 private:
  const auth::MasterKeys keys_;
};

}  // namespace pawl::encryption
