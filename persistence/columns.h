// How the values of types.h stand in the columns of every store: times are int64 microseconds since
// the Unix epoch, infinity is INT64_MAX, and one nullable column says where an open execution is.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

// Where a walk over resident or due executions begins, strictly after; with all other bounds in it.
ExecutionRef BeforeFirst(const SlotRange& range);
struct WakeBound {
  int64_t wake_at = 0;
  ExecutionRef ref;
};
WakeBound FirstDueAfter(const DueCursor& after);  // never before a parked one

// DataLoss for a number that no build has ever written.
absl::StatusOr<Status> StatusFromColumn(int64_t column);

// The columns of an `executions` row as they came; no value where there is NULL or another type.
struct ExecutionColumns {
  absl::optional<int64_t> slot, id, revision, version, status, start_time, stop_time;
  absl::optional<int64_t> redrive_count, redrive_time;
  absl::optional<int64_t> wake_at;
  bool is_wake_odd = false;  // neither a number nor NULL
  absl::optional<std::string> ns, machine, name, alias;
};
// Never fails: what cannot be read is said in the row's `damage`.
ExecutionRow ExecutionFromColumns(ExecutionColumns columns);

// The columns of a `history` row; DataLoss, naming the execution, where one cannot be read.
struct HistoryColumns {
  absl::optional<int64_t> sequence, first_event, event_count;
  absl::optional<std::string> record;
};
absl::StatusOr<HistoryRow> HistoryFromColumns(ExecutionRef ref, HistoryColumns columns);

// The columns of a machine's revision; no value where there is NULL or another type.
struct MachineColumns {
  absl::optional<int64_t> revision, create_time, revision_time;
  absl::optional<std::string> ns, name, definition, role_arn, type, settings;
};
// Never fails: what cannot be read is said in the revision's `damage`.
MachineRevision MachineFromColumns(MachineColumns columns);
// DataLoss where `revision` is damaged; `place` names the store.
absl::StatusOr<MachineRevision> Undamaged(MachineRevision revision, absl::string_view place);

}  // namespace pawl::persistence
