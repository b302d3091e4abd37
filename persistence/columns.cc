#include "persistence/columns.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"

namespace pawl::persistence {
namespace {

constexpr int64_t kInfinity = std::numeric_limits<int64_t>::max();

}  // namespace

int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }

absl::Time FromMicros(int64_t micros) {
  if (micros == kInfinity) return absl::InfiniteFuture();
  if (micros == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixMicros(micros);
}

absl::optional<int64_t> WakeColumn(Status status, bool parked, absl::Time wake_at) {
  if (status != Status::kRunning) return absl::nullopt;
  if (!parked) return kResidentWake;
  return std::max(kResidentWake + 1, ToMicros(wake_at));
}

void SetFromWakeColumn(absl::optional<int64_t> column, ExecutionRow* row) {
  row->parked = column.has_value() && *column > kResidentWake;
  row->wake_at = row->parked ? FromMicros(*column) : absl::InfiniteFuture();
}

absl::StatusOr<Status> StatusFromColumn(int64_t column) {
  if (column < static_cast<int64_t>(Status::kRunning) ||
      column > static_cast<int64_t>(Status::kAborted)) {
    return absl::DataLossError(absl::StrCat("unknown execution status ", column, " in the store"));
  }
  return static_cast<Status>(column);
}

}  // namespace pawl::persistence
