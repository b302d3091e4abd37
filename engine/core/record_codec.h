// Events and states to bytes and back: the `record` of a history row and the `state` of a
// checkpoint (proto/pawl/storage/v1/storage.proto; docs/architecture.md, "Storage format").
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/core/event.h"
#include "engine/core/execution.h"

namespace pawl::core {

// One transition's record. A payload that several events share (the same object,
// Payload::SharesWith) is stored once.
std::string EncodeTransition(const std::vector<Event>& events);

// DataLoss where the bytes are no record or hold an event type that this build does not know.
absl::StatusOr<std::vector<Event>> DecodeTransition(absl::string_view record);

std::string EncodeCheckpoint(const Execution& execution);

// The state as text that does not depend on how payloads are shared in memory: two executions are
// in the same state exactly when these are equal. For tests and for Options::verify_replay.
std::string CanonicalState(const Execution& execution);

// Into a fresh Execution (made with header and machine, nothing folded). DataLoss as above.
absl::Status RestoreCheckpoint(absl::string_view state, Execution* execution);

}  // namespace pawl::core
