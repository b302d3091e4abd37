#include "engine/runtime/range/local_ranges.h"

#include <algorithm>
#include <utility>

#include "engine/runtime/range/slots.h"
#include "engine/value/check.h"

namespace pawl::runtime {

RangeRunner& LocalRanges::Of(persistence::Slot slot) const {
  const auto it = std::find_if(ranges_.begin(), ranges_.end(),
                               [slot](const auto& range) { return slot <= range->slots().last; });
  // Ranges cover all slots, and slots come from our hash or from a token of ours.
  PAWL_CHECK(it != ranges_.end());
  return **it;
}

void LocalRanges::Start(persistence::Slot slot, StartRequest request, StartCallback done) {
  Of(slot).Start(std::move(request), std::move(done));
}

void LocalRanges::Submit(persistence::ExecutionRef ref, core::Command command,
                         CommandCallback done) {
  Of(ref.slot).Submit(ref, std::move(command), std::move(done));
}

void LocalRanges::StopByName(aws::ExecutionId id, core::StopExecution command) {
  Of(SlotOf(id.ns, id.machine, id.name)).StopByName(std::move(id), std::move(command));
}

void LocalRanges::TaskStarted(AttemptKey key) { Of(key.ref.slot).TaskStarted(key); }

void LocalRanges::Heartbeat(AttemptKey key, std::string details,
                            absl::AnyInvocable<void(absl::Status)> done) {
  Of(key.ref.slot).Heartbeat(key, std::move(details), std::move(done));
}

void LocalRanges::View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) {
  Of(ref.slot).View(ref, std::move(parts), std::move(done));
}

}  // namespace pawl::runtime
