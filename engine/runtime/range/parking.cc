#include "engine/runtime/range/parking.h"

#include <algorithm>

namespace pawl::runtime {

bool Parking::CanPark(const LiveExecution& live) const {
  // An EXPRESS execution is in memory only; a Map Run is always at work.
  if (live.recording != Recording::kAll || live.is_in_flight || !live.queue.empty()) return false;
  if (!live.state.map_runs().empty() || live.state.wants_continue()) return false;
  for (const auto& [scheduled, attempt] : live.attempts) {
    // A worker may come for it, or heartbeats are counted in memory.
    if (!attempt.is_awaiting_token || attempt.heartbeat_due != absl::InfiniteDuration()) {
      return false;
    }
  }
  return deps_.deadlines->UntilTimer(live) > deps_.options->park_after;
}

void Parking::ParkIdle() {
  const absl::Duration now = deps_.clock->Steady();
  // Where memory is short, nobody stays for comfort.
  const absl::Duration pause =
      deps_.memory->IsTight() ? absl::ZeroDuration() : deps_.options->park_after;
  for (size_t left = deps_.resident->size(); left > 0 && !deps_.pipeline->IsFull(); --left) {
    LiveExecution* live = deps_.resident->LongestIdle();
    if (live->active_at > now - pause) break;
    deps_.resident->Touch(live, now);
    if (live->is_in_flight) continue;
    deps_.effects->CheckRelatives(live);
    if (CanPark(*live)) Consider(live);
  }
}

void Parking::Consider(LiveExecution* live) {
  const absl::Time now = deps_.clock->Now();
  const absl::optional<core::ParentLink>& parent = live->state.parent();
  const bool has_relatives = (parent.has_value() && parent->is_awaited) ||
                             !core::Outstanding(live->state).children.empty();
  // Loading it asks its relatives.
  const absl::Time latest =
      has_relatives ? now + deps_.options->relatives_check : absl::InfiniteFuture();
  const absl::Time earliest = std::min(live->due, now + deps_.options->park_after);
  const absl::Time wake_at = std::min(live->due, latest);
  if (live->row.parked && live->row.wake_at >= earliest && live->row.wake_at <= wake_at) {
    deps_.deadlines->AddParkedWake(live->row.wake_at - kDueLead);
    return deps_.erase(live);
  }
  deps_.writer->WritePark(live, wake_at);
}

}  // namespace pawl::runtime
