// Names of child executions. The name of a Map Run's child is a UUID that tells where it comes
// from, so no table leads from a Map Run's ARN to its execution, and starting a child again meets
// the first one by its name.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::core {

// Of a Map Run, or of one of its children.
struct MapRunId {
  static constexpr int64_t kRunItself = 0xFFFFFFFF;

  uint32_t slot = 0;           // 12 bits
  uint64_t execution_id = 0;   // persistence's: epoch (24 bits used) << 32 | counter
  int64_t ordinal = 0;         // 22 bits
  int64_t index = kRunItself;  // of the child, 32 bits
};

// A version 8 UUID (RFC 9562) that holds exactly these numbers.
std::string MapRunUuid(const MapRunId& id);
// So many characters at its beginning are those of all children of a Map Run.
inline constexpr size_t kMapRunUuidPrefix = 28;
absl::optional<MapRunId> ParseMapRunUuid(absl::string_view uuid);

// The name of an execution that a task starts without naming it: the same for the same attempt.
std::string ChildUuid(absl::string_view execution_arn, int64_t scheduled);

}  // namespace pawl::core
