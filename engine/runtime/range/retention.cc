#include "engine/runtime/range/retention.h"

#include <algorithm>
#include <memory>

#include "engine/runtime/world/log.h"

namespace pawl::runtime {
namespace {

constexpr int kPage = 200;
constexpr absl::Duration kPause = absl::Milliseconds(200);  // between two pages
constexpr absl::Duration kInterval = absl::Minutes(1);      // once nothing is left

}  // namespace

void Retention::Run() {
  // Neither now nor later.
  if (options_.retention == absl::InfiniteDuration() &&
      options_.configuration_refresh == absl::InfiniteDuration()) {
    return;
  }
  ++generation_;
  DeletePage();
}

std::vector<Retention::Sweep> Retention::Sweeps() const {
  const std::vector<Namespace> all = namespaces_->All();
  const bool is_one_for_all = std::all_of(all.begin(), all.end(), [](const Namespace& ns) {
    return !ns.settings.retention.has_value();
  });
  std::vector<Sweep> sweeps;
  if (is_one_for_all) {
    sweeps.push_back({absl::nullopt, options_.retention});
  } else {
    for (const Namespace& ns : all) {
      sweeps.push_back({ns.account, ns.settings.retention.value_or(options_.retention)});
    }
  }
  sweeps.erase(std::remove_if(
                   sweeps.begin(), sweeps.end(),
                   [](const Sweep& sweep) { return sweep.retention == absl::InfiniteDuration(); }),
               sweeps.end());
  return sweeps;
}

void Retention::DeletePage() {
  // How many executions one sweep has deleted at most: a full page means that there are more.
  struct Deleted {
    absl::Status status;
    int64_t all = 0;
    bool is_full = false;
  };
  auto deleted = std::make_shared<Deleted>();
  world_.store->Read(
      ReadLane::kBulk,
      [deleted, slots = ownership_->slots(), epoch = ownership_->epoch(), sweeps = Sweeps(),
       now = world_.clock->Now()](persistence::Store& store) {
        for (const Sweep& sweep : sweeps) {
          const auto page =
              store.DeleteClosed(slots, epoch, now - sweep.retention, kPage, sweep.ns);
          deleted->status.Update(page.status());
          if (!page.ok()) continue;
          deleted->all += *page;
          deleted->is_full = deleted->is_full || *page == kPage;
        }
      },
      strand_,
      [this, deleted, generation = generation_] {
        if (generation != generation_) return;
        if (!deleted->status.ok()) {
          Log(LogLevel::kWarning, "ended executions could not be deleted; trying again later",
              {{"slots", ownership_->SlotsText()}, {"why", deleted->status.ToString()}});
        }
        deleted_ += deleted->all;
        strand_->PostAfter(deleted->is_full ? kPause : kInterval, [this, generation] {
          if (generation == generation_) DeletePage();
        });
      });
}

}  // namespace pawl::runtime
