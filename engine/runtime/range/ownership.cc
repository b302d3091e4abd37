#include "engine/runtime/range/ownership.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/world/incarnation.h"
#include "engine/runtime/world/log.h"

namespace pawl::runtime {
namespace {

constexpr absl::Duration kTakeRetryDelay = absl::Milliseconds(500);

}  // namespace

Ownership::Ownership(persistence::SlotRange slots, const WorldRef& world, const Options& options,
                     Strand* strand, Handlers handlers)
    : world_(world),
      options_(options),
      strand_(strand),
      handlers_(std::move(handlers)),
      lease_(world, options.lease, strand,
             {[this](const std::string& why) {
                Stop();
                handlers_.lost(why);
              },
              handlers_.lapsed, handlers_.regained}) {
  state_.slots = slots;
}

std::string Ownership::SlotsText() const {
  return absl::StrCat(state_.slots.first.value(), "-", state_.slots.last.value());
}

void Ownership::Take() {
  Stop();
  said_.clear();
  TryTake();
}

void Ownership::Stop() {
  ++generation_;
  is_owner_ = false;
  lease_.End();
}

void Ownership::TryTake() {
  auto taken =
      std::make_shared<absl::StatusOr<persistence::RangeState>>(absl::UnavailableError("not read"));
  const absl::Duration sent = world_.clock->Steady();
  world_.store->Read(
      ReadLane::kOwnership,
      [this, taken, slots = state_.slots](persistence::Store& store) {
        persistence::Claim claim{options_.incarnation, options_.node_address, options_.lease, ""};
        *taken = store.TakeRange(slots, claim);
        if (taken->ok() || !absl::IsUnavailable(taken->status()) || !world_.is_dead) return;
        // Whoever holds the lease may be known to have ended; then nobody needs to wait for it.
        absl::StatusOr<std::vector<persistence::RangeState>> ranges = store.ListRanges();
        if (!ranges.ok()) return;
        for (const persistence::RangeState& range : *ranges) {
          if (range.slots != slots || range.owner.empty() || !world_.is_dead(range.owner)) continue;
          claim.dead_owner = range.owner;
          *taken = store.TakeRange(slots, claim);
        }
      },
      strand_, IfCurrent([this, taken, sent] { OnTaken(sent, std::move(*taken)); }));
}

void Ownership::OnTaken(absl::Duration sent, absl::StatusOr<persistence::RangeState> taken) {
  if (!taken.ok()) return Wait(taken.status());
  if (taken->batch_seq < state_.batch_seq) {
    // As after a failover to a standby that lagged. Saying so is all that can be done; what the
    // database still has is the truth now.
    Log(LogLevel::kError,
        "DATA LOSS: the database has lost commits that it had acknowledged; going on from what it "
        "has",
        {{"slots", SlotsText()},
         {"batch_seq_was", absl::StrCat(state_.batch_seq)},
         {"batch_seq_is", absl::StrCat(taken->batch_seq)}});
  }
  state_ = *std::move(taken);
  is_owner_ = true;
  lease_.Begin(state_.slots, state_.epoch, sent);
  handlers_.taken();
}

// Another owner's lease runs, or the database is away: both pass.
void Ownership::Wait(const absl::Status& why) {
  const std::string text(why.message());
  if (said_ != text) handlers_.waiting(why);
  said_ = text;
  strand_->PostAfter(kTakeRetryDelay, IfCurrent([this] { TryTake(); }));
}

void Ownership::Committed(int64_t batch_seq, absl::Duration sent) {
  state_.batch_seq = batch_seq;
  lease_.Extend(sent);
}

void Ownership::Release(Work done) {
  const bool was_owner = is_owner_;
  Stop();
  if (!was_owner) return done();
  world_.store->Read(
      ReadLane::kOwnership,
      [slots = state_.slots, epoch = state_.epoch, text = SlotsText()](persistence::Store& store) {
        const absl::Status status = store.ReleaseRange(slots, epoch);
        if (status.ok()) return;
        // Best effort: a lease that is not released runs out.
        Log(LogLevel::kWarning, "slots could not be given up; their lease will run out",
            {{"slots", text}, {"why", status.ToString()}});
      },
      strand_, std::move(done));
}

}  // namespace pawl::runtime
