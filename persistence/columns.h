// How the values of types.h stand in the columns of every store: times are int64 microseconds since
// the Unix epoch, infinity is INT64_MAX, and one nullable column says where an open execution is.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "persistence/types.h"

namespace pawl::persistence {

// Rounds down to the microsecond, so that a parked execution may be woken early and never late.
int64_t ToMicros(absl::Time time);
absl::Time FromMicros(int64_t micros);

// The column `wake_at`: no value (NULL) for a closed execution, kResidentWake for an open resident
// one, above that the time until which it is parked. One partial index serves recovery and timers.
inline constexpr int64_t kResidentWake = 0;
absl::optional<int64_t> WakeColumn(Status status, bool parked, absl::Time wake_at);
void SetFromWakeColumn(absl::optional<int64_t> column, ExecutionRow* row);

// DataLoss for a number that no build has ever written.
absl::StatusOr<Status> StatusFromColumn(int64_t column);

}  // namespace pawl::persistence
