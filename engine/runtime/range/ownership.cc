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
    : world_(world), options_(options), strand_(strand), handlers_(std::move(handlers)) {
  state_.slots = slots;
}

std::string Ownership::SlotsText() const {
  return absl::StrCat(state_.slots.first, "-", state_.slots.last);
}

bool Ownership::IsCertain() const {
  return is_owner_ && absl::ToInt64Nanoseconds(world_.clock->Steady()) < certain_until_ns_;
}

void Ownership::Take() {
  ++generation_;
  is_owner_ = false;
  is_lapsed_ = is_renewing_ = false;
  said_.clear();
  TryTake();
}

void Ownership::Stop() {
  ++generation_;
  is_owner_ = false;
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
  certain_until_ns_ = 0;
  renewed_at_ = absl::ZeroDuration();
  Extend(sent);
  Tick();
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
  Extend(sent);
}

void Ownership::Extend(absl::Duration sent) {
  renewed_at_ = std::max(renewed_at_, sent);
  // A tenth is kept back for clocks that run at different speeds and threads that are held up.
  certain_until_ns_ =
      std::max<int64_t>(certain_until_ns_, absl::ToInt64Nanoseconds(sent + options_.lease * 0.9));
  if (!is_lapsed_ || !IsCertain()) return;
  is_lapsed_ = false;
  Log(LogLevel::kInfo, "the lease is renewed; serving again", {{"slots", SlotsText()}});
  handlers_.regained();
}

// Every commit extends the lease; an idle range has to ask.
void Ownership::Tick() {
  const absl::Duration now = world_.clock->Steady();
  if (!is_lapsed_ && !IsCertain()) {
    is_lapsed_ = true;
    const std::string why = last_error_.empty() ? "the store does not answer" : last_error_;
    Log(LogLevel::kError, "the lease could not be renewed in time; not serving until it is",
        {{"slots", SlotsText()}, {"why", why}});
    handlers_.lapsed(why);
  }
  if (now - renewed_at_ >= options_.lease / 3 && !is_renewing_) Renew();
  strand_->PostAfter(options_.lease / 12, IfCurrent([this] { Tick(); }));
}

void Ownership::Renew() {
  is_renewing_ = true;
  auto status = std::make_shared<absl::Status>();
  const absl::Duration sent = world_.clock->Steady();
  world_.store->Read(
      ReadLane::kOwnership,
      [this, status, slots = state_.slots, epoch = state_.epoch](persistence::Store& store) {
        *status = store.RenewLease(slots, epoch, options_.lease);
      },
      strand_, IfCurrent([this, status, sent] {
        is_renewing_ = false;
        if (absl::IsAborted(*status)) {
          Stop();
          return handlers_.lost("another owner has taken the range");
        }
        last_error_ = std::string(status->message());
        if (status->ok()) Extend(sent);
      }));
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
