// Limits of the strings that callers and workers send. Where AWS has a limit it is AWS's
// (sfn-service-2.json: SensitiveError, SensitiveCause, Arn, LongArn, Name, PageToken).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace pawl::service {

inline constexpr size_t kMaxErrorCharacters = 256;
inline constexpr size_t kMaxCauseCharacters = 32'768;
inline constexpr size_t kMaxArnCharacters = 2'000;  // of an execution or a machine
inline constexpr size_t kMaxRoleArnCharacters = 256;
inline constexpr size_t kMaxNameCharacters = 80;
inline constexpr size_t kMaxPageTokenCharacters = 1'024;
inline constexpr size_t kMaxClientTokenCharacters = 64;
inline constexpr size_t kMaxTaskTokenCharacters = 2'048;
// Pawl's own. A queue is named by a Resource, at AWS up to 140 characters with a version.
inline constexpr size_t kMaxQueueCharacters = 256;
inline constexpr size_t kMaxWorkerNameCharacters = 256;
inline constexpr size_t kMaxHeartbeatBytes = 32 * 1'024;
inline constexpr size_t kMaxQueuesOfWorker = 1'000;

// Characters of UTF-8 text.
size_t CountCharacters(absl::string_view text);

// ValidationException in AWS's words if `text` has more than `max` characters.
absl::Status CheckLength(absl::string_view member, absl::string_view text, size_t max);
// Error and cause as callers of the API give them.
absl::Status CheckFailure(const absl::optional<std::string>& error,
                          const absl::optional<std::string>& cause);
// 1 to kMaxQueueCharacters characters, none of them a control character.
absl::Status CheckQueue(absl::string_view queue);
absl::Status CheckWorkerName(absl::string_view name);
// "" or JSON text of at most kMaxHeartbeatBytes.
absl::Status CheckHeartbeatDetails(const std::string& details);

// A worker's error or cause cut to `max` characters, the cut marked by "…": a worker cannot do
// better by sending it again, so it is not refused.
absl::optional<std::string> Shorten(absl::optional<std::string> text, size_t max);

}  // namespace pawl::service
