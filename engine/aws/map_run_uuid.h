// The UUIDs of Map Runs and of their children, as they stand in ARNs and names. The name of a child is a UUID that tells where it comes
// from, so no table leads from a Map Run's ARN to its execution, and starting a child again meets
// the first one by its name.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::aws {

// A Map Run, or one of its children.
struct MapRunId {
  static constexpr int64_t kRunItself = 0xFFFFFFFF;

  uint32_t slot = 0;           // 12 bits
  uint64_t execution_id = 0;   // persistence's: epoch (24 bits used) << 32 | counter
  int64_t ordinal = 0;         // 22 bits
  int64_t index = kRunItself;  // of the child, 32 bits
};

// A version 8 UUID (RFC 9562) that holds exactly these numbers.
std::string MapRunUuid(const MapRunId& id);
// Leading characters that a Map Run's UUID shares with those of all its children.
inline constexpr size_t kMapRunUuidPrefix = 28;
absl::optional<MapRunId> ParseMapRunUuid(absl::string_view uuid);

// A version 8 UUID out of the first 30 digits of a digest in lower-case hexadecimal.
std::string UuidOfDigest(absl::string_view hex);

}  // namespace pawl::aws
