#include "engine/runtime/range/retention.h"

#include <memory>

#include "engine/runtime/world/log.h"

namespace pawl::runtime {
namespace {

constexpr int kPage = 200;
constexpr absl::Duration kPause = absl::Milliseconds(200);  // between two pages
constexpr absl::Duration kInterval = absl::Minutes(1);      // once nothing is left

}  // namespace

void Retention::Run() {
  if (options_.retention == absl::InfiniteDuration()) return;
  ++generation_;
  DeletePage();
}

void Retention::DeletePage() {
  auto deleted = std::make_shared<absl::StatusOr<int64_t>>(absl::UnavailableError("not asked"));
  world_.store->Read(
      ReadLane::kBulk,
      [deleted, slots = ownership_->slots(), epoch = ownership_->epoch(),
       before = world_.clock->Now() - options_.retention](persistence::Store& store) {
        *deleted = store.DeleteClosed(slots, epoch, before, kPage);
      },
      strand_,
      [this, deleted, generation = generation_] {
        if (generation != generation_) return;
        if (!deleted->ok()) {
          Log(LogLevel::kWarning, "ended executions could not be deleted; trying again later",
              {{"slots", ownership_->SlotsText()}, {"why", deleted->status().ToString()}});
        }
        const int64_t count = deleted->ok() ? **deleted : 0;
        deleted_ += count;
        strand_->PostAfter(count == kPage ? kPause : kInterval, [this, generation] {
          if (generation == generation_) DeletePage();
        });
      });
}

}  // namespace pawl::runtime
