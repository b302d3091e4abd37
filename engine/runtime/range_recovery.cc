// Taking the range, loading what it owes, parking what has nothing to do, and losing it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/child_executions.h"
#include "engine/runtime/log.h"
#include "engine/runtime/range_runner.h"
#include "engine/value/check.h"

namespace pawl::runtime {
namespace {

constexpr int kPageSize = 500;
constexpr absl::Duration kTakeRetryDelay = absl::Milliseconds(500);
// Parked executions are loaded a little before their time, so that they are in memory when it
// comes.
constexpr absl::Duration kDueLead = absl::Seconds(1);
// Beyond any wake-up time that a Wait can have, and below "never".
constexpr absl::Duration kHorizon = absl::Hours(24 * 366 * 300);

}  // namespace

std::string RangeRunner::Slots() const {
  return absl::StrCat(range_.slots.first, "-", range_.slots.last);
}

void RangeRunner::Open(std::function<void(absl::Status)> ready) {
  deps_.strand->Post([this, ready = std::move(ready)]() mutable {
    ready_ = std::move(ready);
    mode_ = Mode::kOpening;
    opened_at_ = Now();
    TakeRange();
  });
}

void RangeRunner::TakeRange() {
  recovered_ = 0;
  auto taken =
      std::make_shared<absl::StatusOr<persistence::RangeState>>(absl::UnavailableError("not read"));
  deps_.world.store->Read(
      [this, taken, slots = range_.slots](persistence::Store& store) {
        *taken = store.TakeRange(slots, deps_.options->node_name, deps_.options->node_address,
                                 deps_.options->lease);
      },
      deps_.strand,
      [this, taken, generation = generation_] {
        if (generation != generation_ || mode_ != Mode::kOpening) return;
        if (taken->ok()) {
          if ((*taken)->batch_seq < range_.batch_seq) {
            // The database has lost commits that it had acknowledged, as after a failover to a
            // standby that lagged. Saying so is all that can be done; what it still has is the
            // truth now.
            Log(LogLevel::kError,
                "DATA LOSS: the database has lost commits that it had acknowledged; going on from "
                "what it has",
                {{"slots", Slots()},
                 {"batch_seq_was", absl::StrCat(range_.batch_seq)},
                 {"batch_seq_is", absl::StrCat((*taken)->batch_seq)}});
          }
          range_ = **taken;
          next_id_ = 1;
          return LoadPage(persistence::ExecutionRef{range_.slots.first, 0});
        }
        // Another owner's lease runs, or the database is away: both pass. Said once in a while.
        if (Now() - last_complaint_ >= absl::Seconds(10)) {
          last_complaint_ = Now();
          Log(LogLevel::kWarning, "slots cannot be taken yet; trying on",
              {{"slots", Slots()}, {"why", std::string(taken->status().message())}});
        }
        if (!absl::IsUnavailable(taken->status()) && !absl::IsAborted(taken->status())) {
          if (ready_) std::exchange(ready_, nullptr)(taken->status());
        }
        deps_.strand->PostAt(Now() + kTakeRetryDelay, [this, generation] {
          if (generation == generation_ && mode_ == Mode::kOpening) TakeRange();
        });
      });
}

void RangeRunner::LoadPage(persistence::ExecutionRef after) {
  struct Page {
    absl::Status status;
    std::vector<std::unique_ptr<LiveExecution>> executions;
    std::vector<std::string> unreadable;
    persistence::ExecutionRef last;
    bool is_last = false;
  };
  auto page = std::make_shared<Page>();
  deps_.world.store->Read(
      [this, page, after, slots = range_.slots](persistence::Store& store) {
        absl::StatusOr<std::vector<persistence::ExecutionRow>> rows =
            store.ListResident(slots, after, kPageSize);
        if (!rows.ok()) {
          page->status = rows.status();
          return;
        }
        std::vector<persistence::ExecutionRef> refs;
        for (const persistence::ExecutionRow& row : *rows) refs.push_back(row.ref);
        page->is_last = static_cast<int>(rows->size()) < kPageSize;
        if (refs.empty()) return;
        page->last = refs.back();
        absl::StatusOr<std::vector<persistence::StoredHistory>> histories =
            store.LoadHistories(refs);
        if (!histories.ok()) {
          page->status = histories.status();
          return;
        }
        for (size_t i = 0; i < rows->size(); ++i) {
          absl::StatusOr<std::unique_ptr<LiveExecution>> live =
              Load(arns(), deps_.machines, &store, (*rows)[i], (*histories)[i],
                   deps_.options->verify_replay);
          if (!live.ok() && !absl::IsDataLoss(live.status())) {
            page->status = live.status();
            return;
          }
          if (!live.ok()) {
            // One unreadable execution must not keep the others from running. It stays as it is.
            page->unreadable.push_back(std::string(live.status().message()));
            continue;
          }
          page->executions.push_back(*std::move(live));
        }
      },
      deps_.strand,
      [this, page, after, generation = generation_] {
        if (generation != generation_ || mode_ != Mode::kOpening) return;
        if (!page->status.ok()) {
          deps_.strand->PostAt(Now() + kTakeRetryDelay, [this, generation, after] {
            if (generation == generation_ && mode_ == Mode::kOpening) LoadPage(after);
          });
          return;
        }
        for (const std::string& why : page->unreadable) {
          Log(LogLevel::kError, "an execution cannot be read and stays as it is", {{"why", why}});
        }
        for (auto& loaded : page->executions) {
          ++recovered_;
          Insert(std::move(loaded));
        }
        if (page->is_last) return FindNextWake();
        LoadPage(page->last);
      });
}

void RangeRunner::FindNextWake() {
  auto rows = std::make_shared<absl::StatusOr<std::vector<persistence::ExecutionRow>>>(
      absl::UnavailableError("not read"));
  deps_.world.store->Read(
      [rows, slots = range_.slots, until = Now() + kHorizon](persistence::Store& store) {
        *rows = store.ListDue(slots, until, 1);
      },
      deps_.strand,
      [this, rows, generation = generation_] {
        if (generation != generation_ || mode_ != Mode::kOpening) return;
        if (!rows->ok()) {
          deps_.strand->PostAt(Now() + kTakeRetryDelay, [this, generation] {
            if (generation == generation_ && mode_ == Mode::kOpening) FindNextWake();
          });
          return;
        }
        next_parked_wake_ =
            (*rows)->empty() ? absl::InfiniteFuture() : (*rows)->front().wake_at - kDueLead;
        StartServing();
      });
}

void RangeRunner::StartServing() {
  mode_ = Mode::kServing;
  last_commit_ = Now();
  std::vector<persistence::ExecutionRef> refs(by_activity_.begin(), by_activity_.end());
  for (const persistence::ExecutionRef& ref : refs) {
    LiveExecution* live = FindLive(ref);
    Dispatch(live, /*is_recovery=*/true);
    Arm(live);
    if (live->state.wants_continue()) Enqueue(live, core::Continue{}, nullptr);
    for (const core::ChildRef& child : live->state.TakeAbandoned()) {
      deps_.children->Stop(*live, child);
    }
    deps_.children->CheckParent(*live);
  }
  WakeAt(next_parked_wake_);
  deps_.metrics->RangeRecovered(Now() - opened_at_, recovered_);
  ParkIdle();
  RenewLease();
  if (ready_) std::exchange(ready_, nullptr)(absl::OkStatus());
}

// A commit whose outcome is not certain, or another owner: what memory holds may not be what is
// stored.
void RangeRunner::LoseOwnership(const std::string& why) {
  Log(LogLevel::kWarning, "ownership is lost; recovering", {{"slots", Slots()}, {"why", why}});
  deps_.metrics->OwnershipLost();
  ++generation_;
  mode_ = Mode::kOpening;
  opened_at_ = Now();
  is_commit_in_flight_ = false;
  const absl::Status unknown =
      absl::UnavailableError("the engine lost its range; the outcome is not known, send it again");
  Batch batches[] = {std::exchange(in_flight_, Batch()), std::exchange(filling_, Batch()), Batch()};
  batches[2].transitions = std::exchange(unrecorded_, {});
  auto live = std::exchange(live_, {});
  auto loading = std::exchange(loading_, {});
  auto starts = std::exchange(waiting_starts_, {});
  open_names_.clear();
  by_activity_.clear();
  to_decide_.clear();
  timers_.clear();
  heartbeats_.clear();
  next_wake_ = absl::InfiniteFuture();
  next_parked_wake_ = absl::InfiniteFuture();
  is_loading_due_ = false;
  pending_commands_ = 0;
  deps_.queues->RemoveRange(range_.slots);
  for (Batch& batch : batches) {
    for (Transition& transition : batch.transitions) {
      if (transition.start_done) transition.start_done(unknown);
      for (PendingCommand& command : transition.commands) {
        if (command.done) command.done(unknown);
      }
    }
  }
  for (auto& [ref, execution] : live) {
    for (PendingCommand& command : execution->queue) {
      if (command.done) command.done(unknown);
    }
    for (InspectCallback& view : execution->after_commit) Inspect(ref, std::move(view));
  }
  for (auto& [ref, waiters] : loading) {
    for (auto& waiter : waiters) waiter(unknown);
  }
  for (auto& [request, done] : starts) done(unknown);
  TakeRange();
}

// Calls `then` with the execution in memory; with nullptr where it has ended.
void RangeRunner::WithLive(persistence::ExecutionRef ref,
                           absl::AnyInvocable<void(absl::StatusOr<LiveExecution*>)> then) {
  if (LiveExecution* live = FindLive(ref)) return then(live);
  auto& waiters = loading_[ref];
  waiters.push_back(std::move(then));
  if (waiters.size() > 1) return;
  auto loaded = std::make_shared<absl::StatusOr<std::unique_ptr<LiveExecution>>>(nullptr);
  deps_.world.store->Read(
      [this, ref, loaded](persistence::Store& store) {
        *loaded = ReadAndLoad(arns(), deps_.machines, &store, ref, deps_.options->verify_replay);
      },
      deps_.strand,
      [this, ref, loaded, generation = generation_] {
        if (generation != generation_) return;  // LoseOwnership has answered
        auto waiting = std::move(loading_[ref]);
        loading_.erase(ref);
        LiveExecution* live = FindLive(ref);
        if (live == nullptr && loaded->ok() && !(**loaded)->state.is_closed()) {
          live = Insert(*std::move(*loaded));
          Dispatch(live, /*is_recovery=*/true);
          Arm(live);
          deps_.children->CheckParent(*live);
        }
        for (auto& waiter : waiting) {
          if (!loaded->ok()) {
            waiter(loaded->status());
          } else {
            waiter(FindLive(ref));
          }
        }
      });
}

void RangeRunner::LoadParked(persistence::ExecutionRef ref) {
  WithLive(ref, [this](const absl::StatusOr<LiveExecution*>& live) {
    if (live.ok() || absl::IsDataLoss(live.status())) return;
    // The database is away for a moment; the execution is still due.
    next_parked_wake_ = std::min(next_parked_wake_, Now() + kTakeRetryDelay);
    WakeAt(next_parked_wake_);
  });
}

void RangeRunner::LoadDue() {
  if (is_loading_due_) return;
  is_loading_due_ = true;
  next_parked_wake_ = absl::InfiniteFuture();
  auto rows = std::make_shared<absl::StatusOr<std::vector<persistence::ExecutionRow>>>(
      absl::UnavailableError("not read"));
  deps_.world.store->Read(
      [rows, slots = range_.slots, until = Now() + kHorizon](persistence::Store& store) {
        *rows = store.ListDue(slots, until, kPageSize);
      },
      deps_.strand,
      [this, rows, generation = generation_] {
        if (generation != generation_ || mode_ != Mode::kServing) return;
        is_loading_due_ = false;
        const absl::Time now = Now();
        absl::Time next = absl::InfiniteFuture();
        if (!rows->ok()) next = now + kTakeRetryDelay;
        if (rows->ok()) {
          for (const persistence::ExecutionRow& row : **rows) {
            if (row.wake_at - kDueLead > now) {
              next = row.wake_at - kDueLead;
              break;
            }
            // Loaded and armed; a row that is in memory already is unparked by its next transition.
            if (FindLive(row.ref) == nullptr) LoadParked(row.ref);
          }
          if (next == absl::InfiniteFuture() && static_cast<int>((*rows)->size()) == kPageSize) {
            next = now + kTakeRetryDelay;
          }
        }
        next_parked_wake_ = std::min(next_parked_wake_, next);
        WakeAt(next_parked_wake_);
      });
}

// --- parking
// --------------------------------------------------------------------------------------

namespace {

// Whether a parent waits for it, or it for children.
bool HasRelatives(const LiveExecution& live) {
  const absl::optional<core::ParentLink>& parent = live.state.parent();
  return (parent.has_value() && parent->is_awaited) ||
         !core::Outstanding(live.state).children.empty();
}

}  // namespace

// Whoever lost its slots in the moment that it had something to tell will not tell it again.
void RangeRunner::CheckRelatives(LiveExecution* live, absl::Time now) {
  if (live->next_relatives_check > now || live->is_in_flight) return;
  live->next_relatives_check = now + live->relatives_pause;
  live->relatives_pause = std::min(2 * live->relatives_pause, deps_.options->relatives_check);
  deps_.children->CheckParent(*live);
  for (const core::ChildToStart& child : core::Outstanding(live->state).children) {
    deps_.children->Start(*live, child);
  }
}

bool RangeRunner::CanPark(const LiveExecution& live, absl::Time now) const {
  // An EXPRESS execution is in memory only; a Map Run is always at work.
  if (live.recording != Recording::kAll || !live.state.map_runs().empty()) return false;
  if (live.is_in_flight || !live.queue.empty() || live.state.wants_continue()) return false;
  for (const auto& [scheduled, attempt] : live.attempts) {
    // A worker may come for it, or heartbeats are counted in memory.
    if (!attempt.is_awaiting_token || attempt.heartbeat_due != absl::InfiniteFuture()) return false;
  }
  return live.armed > now + deps_.options->park_after;
}

void RangeRunner::ParkIdle() {
  if (mode_ != Mode::kServing) return;
  const absl::Time now = Now();
  const absl::Time idle_since = now - deps_.options->park_after;
  while (!by_activity_.empty() && !IsBatchFull()) {
    LiveExecution* live = FindLive(by_activity_.front());
    if (live->active_at > idle_since) break;
    Touch(live);
    CheckRelatives(live, now);
    if (!CanPark(*live, now)) continue;
    const absl::Time latest =
        HasRelatives(*live) ? now + deps_.options->relatives_check : absl::InfiniteFuture();
    const absl::Time earliest = std::min(live->armed, now + deps_.options->park_after);
    if (live->row.parked && live->row.wake_at >= earliest &&
        live->row.wake_at <= std::min(live->armed, latest)) {
      Erase(live->row.ref);  // its row says so already
      continue;
    }
    live->row.parked = true;
    live->row.wake_at = std::min(live->armed, latest);  // loading it asks its relatives
    live->is_parking = true;
    live->is_in_flight = true;
    filling_.rows->updates.push_back(persistence::ExecutionUpdate{
        live->row.ref, live->row.status, live->row.stop_time, true, live->row.wake_at});
    next_parked_wake_ = std::min(next_parked_wake_, live->row.wake_at - kDueLead);
    Transition transition;
    transition.ref = live->row.ref;
    filling_.transitions.push_back(std::move(transition));
  }
  WakeAt(next_parked_wake_);
  if (!filling_.empty()) RequestFlush();
  deps_.strand->PostAt(now + std::max(deps_.options->park_after / 4, absl::Milliseconds(100)),
                       [this, generation = generation_] {
                         if (generation == generation_) ParkIdle();
                       });
}

// --- lease
// ----------------------------------------------------------------------------------------

// Every commit extends the lease; an idle range has to ask.
void RangeRunner::RenewLease() {
  if (mode_ != Mode::kServing) return;
  const absl::Duration interval = deps_.options->lease / 3;
  if (Now() - last_commit_ >= interval) {
    auto status = std::make_shared<absl::Status>();
    deps_.world.store->Read(
        [this, status, slots = range_.slots, epoch = range_.epoch](persistence::Store& store) {
          *status = store.RenewLease(slots, epoch, deps_.options->lease);
        },
        deps_.strand,
        [this, status, generation = generation_] {
          if (generation != generation_ || mode_ != Mode::kServing) return;
          if (absl::IsAborted(*status)) LoseOwnership("another owner has taken the range");
        });
  }
  deps_.strand->PostAt(Now() + interval, [this, generation = generation_] {
    if (generation == generation_) RenewLease();
  });
}

void RangeRunner::Close(std::function<void()> closed) {
  deps_.strand->Post([this, closed = std::move(closed)]() mutable {
    if (closed) closed_ = std::move(closed);
    if (mode_ == Mode::kServing) mode_ = Mode::kClosing;
    if (is_commit_in_flight_ || !filling_.empty() || !waiting_starts_.empty())
      return RequestFlush();
    if (mode_ == Mode::kClosed) {
      if (closed_) std::exchange(closed_, nullptr)();
      return;
    }
    const bool is_owner = mode_ == Mode::kClosing;
    mode_ = Mode::kClosed;
    ++generation_;
    deps_.world.store->Read(
        [this, is_owner, slots = range_.slots, epoch = range_.epoch](persistence::Store& store) {
          if (!is_owner) return;
          // Best effort: a lease that is not released runs out.
          const absl::Status status = store.ReleaseRange(slots, epoch);
          if (!status.ok()) {
            Log(LogLevel::kWarning, "slots could not be given up; their lease will run out",
                {{"slots", Slots()}, {"why", status.ToString()}});
          }
        },
        deps_.strand,
        [this] {
          if (closed_) std::exchange(closed_, nullptr)();
        });
  });
}

}  // namespace pawl::runtime
