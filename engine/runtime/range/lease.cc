#include "engine/runtime/range/lease.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/world/log.h"

namespace pawl::runtime {
namespace {

void RaiseTo(std::atomic<int64_t>* value, int64_t to) {
  int64_t is = *value;
  while (is < to && !value->compare_exchange_weak(is, to)) {
  }
}

}  // namespace

struct Lease::Term : std::enable_shared_from_this<Lease::Term> {
  Clock* clock = nullptr;
  StoreAccess* store = nullptr;
  Strand* leases = nullptr;
  Strand* range_strand = nullptr;
  std::shared_ptr<const Handlers> handlers;
  absl::Duration lease;
  persistence::SlotRange slots;
  int64_t epoch = 0;
  std::atomic<bool> is_over{false};
  std::atomic<int64_t> renewed_at_ns{0};
  std::atomic<int64_t> certain_until_ns{0};
  std::atomic<bool> is_lapsed{false};
  // --- touched on `leases` only
  bool is_renewing = false;
  std::string last_error;

  bool IsCertain() const {
    return !is_over && absl::ToInt64Nanoseconds(clock->Steady()) < certain_until_ns;
  }

  void Extend(absl::Duration sent) {
    RaiseTo(&renewed_at_ns, absl::ToInt64Nanoseconds(sent));
    // A tenth is kept back for clocks that run at different speeds and threads that are held up.
    RaiseTo(&certain_until_ns, absl::ToInt64Nanoseconds(sent + lease * 0.9));
  }

  // Runs `tell` on the range's strand, while this is its lease.
  void Tell(std::function<void(const Handlers&)> tell) {
    range_strand->Post([self = shared_from_this(), tell = std::move(tell)] {
      if (!self->is_over) tell(*self->handlers);
    });
  }

  std::string SlotsText() const {
    return absl::StrCat(slots.first.value(), "-", slots.last.value());
  }

  // Every commit extends the lease; an idle range has to ask.
  void Tick() {
    if (is_over) return;
    if (!is_lapsed && !IsCertain()) {
      is_lapsed = true;
      const std::string why = last_error.empty() ? "the store does not answer" : last_error;
      Log(LogLevel::kError, "the lease could not be renewed in time; not serving until it is",
          {{"slots", SlotsText()}, {"why", why}});
      Tell([why](const Handlers& h) { h.lapsed(why); });
    }
    NoteRegained();
    const int64_t now_ns = absl::ToInt64Nanoseconds(clock->Steady());
    if (now_ns - renewed_at_ns >= absl::ToInt64Nanoseconds(lease / 3) && !is_renewing) Renew();
    leases->PostAfter(lease / 12, [self = shared_from_this()] { self->Tick(); });
  }

  void NoteRegained() {
    if (!is_lapsed || !IsCertain()) return;
    is_lapsed = false;
    Log(LogLevel::kInfo, "the lease is renewed; serving again", {{"slots", SlotsText()}});
    Tell([](const Handlers& h) { h.regained(); });
  }

  void Renew() {
    is_renewing = true;
    auto status = std::make_shared<absl::Status>();
    const absl::Duration sent = clock->Steady();
    store->Read(
        ReadLane::kOwnership,
        [self = shared_from_this(), status](persistence::Store& s) {
          *status = s.RenewLease(self->slots, self->epoch, self->lease);
        },
        leases, [self = shared_from_this(), status, sent] { self->OnRenewed(*status, sent); });
  }

  void OnRenewed(const absl::Status& status, absl::Duration sent) {
    is_renewing = false;
    if (is_over) return;
    if (absl::IsAborted(status)) {
      certain_until_ns = 0;
      return Tell([self = shared_from_this()](const Handlers& h) {
        self->is_over = true;
        h.lost("another owner has taken the range");
      });
    }
    last_error = std::string(status.message());
    if (!status.ok()) return;
    Extend(sent);
    NoteRegained();
  }
};

Lease::Lease(const WorldRef& world, absl::Duration lease, Strand* strand, Handlers handlers)
    : world_(world),
      lease_(lease),
      strand_(strand),
      handlers_(std::make_shared<const Handlers>(std::move(handlers))) {}

Lease::~Lease() { End(); }

std::shared_ptr<Lease::Term> Lease::term() const {
  const absl::MutexLock lock(&mutex_);
  return term_;
}

void Lease::Begin(persistence::SlotRange slots, int64_t epoch, absl::Duration sent) {
  End();
  auto term = std::make_shared<Term>();
  term->clock = world_.clock;
  term->store = world_.store;
  term->leases = world_.leases;
  term->range_strand = strand_;
  term->handlers = handlers_;
  term->lease = lease_;
  term->slots = slots;
  term->epoch = epoch;
  term->Extend(sent);
  {
    const absl::MutexLock lock(&mutex_);
    term_ = term;
  }
  world_.leases->Post([term] { term->Tick(); });
}

void Lease::End() {
  const absl::MutexLock lock(&mutex_);
  if (term_ != nullptr) term_->is_over = true;
  term_ = nullptr;
}

void Lease::Extend(absl::Duration sent) {
  const std::shared_ptr<Term> term = this->term();
  if (term == nullptr) return;
  term->Extend(sent);
  if (term->is_lapsed) term->leases->Post([term] { term->NoteRegained(); });
}

bool Lease::IsCertain() const {
  const absl::MutexLock lock(&mutex_);
  return term_ != nullptr && term_->IsCertain();
}

}  // namespace pawl::runtime
