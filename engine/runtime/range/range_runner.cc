#include "engine/runtime/range/range_runner.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "engine/runtime/range/slots.h"
#include "engine/runtime/world/log.h"
#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

void IgnoreOutcome(const absl::StatusOr<core::CommandOutcome>&) {}

absl::Status OutcomeUnknown() {
  return absl::UnavailableError(
      "the engine lost its range; the outcome is not known, send it again");
}

}  // namespace

RangeRunner::RangeRunner(persistence::SlotRange slots, RangeDeps deps)
    : slots_(slots),
      deps_(std::move(deps)),
      resident_(deps_.memory, deps_.load),
      ownership_(slots, deps_.world, *deps_.options, deps_.strand,
                 {[this] { loader_.LoadResident(); },
                  [this](const std::string& why) { LoseOwnership(why); },
                  [this](const std::string& why) {
                    trouble_ = why;
                    PublishHealth();
                    if (deps_.unserved) deps_.unserved(why);
                  },
                  [this] {
                    trouble_.clear();
                    deps_.queues->ResumeRange(slots_);
                    PublishHealth();
                  },
                  [this](const absl::Status& why) {
                    trouble_ = std::string(why.message());
                    Log(LogLevel::kWarning, "slots cannot be taken yet; trying on",
                        {{"slots", ownership_.SlotsText()}, {"why", trouble_}});
                    PublishHealth();
                    if (deps_.unserved) deps_.unserved(trouble_);
                  }}),
      pipeline_(
          deps_.world, *deps_.options, deps_.strand, &ownership_, deps_.metrics,
          {[this](Transition transition) { AfterCommit(std::move(transition)); },
           [this](Transition transition, const persistence::ExecutionRow& row) {
             AnswerTakenName(std::move(transition), row);
           },
           [this](Transition transition, const std::string& why) {
             OnRejected(std::move(transition), why);
           },
           [this](const std::string& why) { LoseOwnership(why); }, [this] { PublishHealth(); },
           [this] {
             RequestFlush();
             FinishClose();
           }}),
      deadlines_(deps_.world.clock, deps_.strand,
                 {[this](persistence::ExecutionRef ref) { OnTimer(ref); },
                  [this](AttemptKey key) { OnHeartbeatLost(key); }, [this] { loader_.LoadDue(); }}),
      loader_(
          slots, deps_.world, *deps_.options, deps_.machines, deps_.memory, deps_.strand,
          &resident_,
          {[this](std::unique_ptr<LiveExecution> live) { return Adopt(std::move(live)); },
           [this] { OnLoaded(); }, [this](absl::Time wake) { deadlines_.AddParkedWake(wake); }}),
      effects_({deps_.world.clock, deps_.options, deps_.queues, deps_.tokens, deps_.metrics,
                deps_.relatives, deps_.map_files, &deadlines_,
                [this](persistence::ExecutionRef ref) -> std::function<void(core::Command)> {
                  return [this, ref, generation = generation_](core::Command command) {
                    deps_.strand->Post(
                        [this, ref, generation, command = std::move(command)]() mutable {
                          if (generation != generation_) return;
                          SubmitOnStrand(ref, std::move(command), IgnoreOutcome);
                        });
                  };
                }}),
      retention_(deps_.world, *deps_.options, deps_.strand, &ownership_, deps_.namespaces),
      writer_(*deps_.options, &pipeline_),
      parking_({deps_.world.clock, deps_.options, deps_.memory, &resident_, &deadlines_, &effects_,
                &pipeline_, &writer_, [this](LiveExecution* live) { Erase(live); }}),
      decider_(
          deps_.world, *deps_.options, deps_.tokens, deps_.activities, deps_.strand,
          [this] { RequestFlush(); },
          [this](std::shared_ptr<Decision> decision) {
            FinishDecision(std::move(decision));
            FinishClose();
          }),
      waiting_starts_(deps_.memory, deps_.load),
      pending_(&deps_.load->pending) {}

RangeRunner::~RangeRunner() = default;

// --- life of the range

void RangeRunner::Open(std::function<void()> ready) {
  deps_.strand->Post([this, ready = std::move(ready)]() mutable {
    ready_ = std::move(ready);
    mode_ = Mode::kOpening;
    opened_at_ = deps_.world.clock->Steady();
    PublishHealth();
    ownership_.Take();
  });
}

void RangeRunner::OnLoaded() {
  mode_ = Mode::kServing;
  trouble_.clear();
  next_id_ = 1;
  deps_.metrics->RangeRecovered(deps_.world.clock->Steady() - opened_at_, loader_.loaded());
  Log(LogLevel::kInfo, "range is served",
      {{"slots", ownership_.SlotsText()},
       {"epoch", absl::StrCat(ownership_.epoch())},
       {"executions", absl::StrCat(resident_.size())},
       {"quarantined", absl::StrCat(loader_.quarantine().size())}});
  PublishHealth();
  for (const persistence::ExecutionRef& ref : resident_.Refs()) Activate(resident_.Find(ref));
  deps_.queues->EndRecovery(slots_);
  // The answer to a last commit may have been lost: who watches is told what there is now.
  for (const persistence::ExecutionRef& ref : deps_.watchers->WatchedIn(slots_)) {
    if (IsPlanted(PlantedFault::kWatchersForgotten)) break;
    Inspect(ref, [this, ref](absl::StatusOr<const LiveExecution*> live) {
      deps_.watchers->Notify(ref, !live.ok() || (*live)->state.is_closed());
    });
  }
  Housekeep();
  retention_.Run();
  if (ready_) std::exchange(ready_, nullptr)();
}

// A commit whose outcome is not certain, or another owner: what memory holds may not be what is
// stored.
void RangeRunner::LoseOwnership(const std::string& why) {
  Log(LogLevel::kWarning, "ownership is lost; recovering",
      {{"slots", ownership_.SlotsText()},
       {"epoch", absl::StrCat(ownership_.epoch())},
       {"why", why}});
  deps_.metrics->OwnershipLost();
  ++generation_;
  const bool was_closing = mode_ == Mode::kClosing;
  mode_ = Mode::kOpening;
  trouble_ = why;
  opened_at_ = deps_.world.clock->Steady();
  ownership_.Stop();
  retention_.Stop();
  std::vector<Transition> transitions = pipeline_.TakeAll();
  for (Transition& transition : std::exchange(unrecorded_, {})) {
    transitions.push_back(std::move(transition));
  }
  std::vector<std::shared_ptr<LiveExecution>> live = resident_.TakeAll();
  std::deque<WaitingStarts::Start> starts = waiting_starts_.TakeAll();
  deadlines_.Clear();
  to_decide_.clear();
  to_continue_.clear();
  pending_.Clear();
  slowed_ = 0;
  deps_.queues->SuspendRange(slots_);
  PublishHealth();
  AnswerAll(std::move(transitions), OutcomeUnknown());
  for (const std::shared_ptr<LiveExecution>& execution : live) {
    for (PendingCommand& command : execution->queue) {
      if (command.done) command.done(OutcomeUnknown());
    }
    for (auto& waiting : std::exchange(execution->after_commit, {})) waiting(nullptr);
  }
  loader_.Stop(OutcomeUnknown());
  for (auto& [request, done] : starts) done(OutcomeUnknown());
  if (was_closing) {
    mode_ = Mode::kClosing;
    return FinishClose();
  }
  ownership_.Take();
}

void RangeRunner::AnswerAll(std::vector<Transition> transitions, const absl::Status& status) {
  for (Transition& transition : transitions) {
    if (transition.start_done) transition.start_done(status);
    for (PendingCommand& command : transition.commands) {
      if (command.done) command.done(status);
    }
  }
}

void RangeRunner::Close(std::function<void()> closed) {
  deps_.strand->Post([this, closed = std::move(closed)]() mutable {
    closed_.push_back(std::move(closed));
    if (mode_ == Mode::kServing || mode_ == Mode::kOpening) mode_ = Mode::kClosing;
    PublishHealth();
    RequestFlush();
    FinishClose();
  });
}

// Once nothing is on its way any more.
void RangeRunner::FinishClose() {
  if (closed_.empty() || decider_.away() > 0) return;
  const auto finish = [this] {
    for (auto& closed : std::exchange(closed_, {})) closed();
  };
  if (mode_ == Mode::kClosed) return finish();
  const bool has_work =
      ownership_.is_owner() && (!pipeline_.IsIdle() || !to_decide_.empty() ||
                                !to_continue_.empty() || !waiting_starts_.empty());
  if (has_work) return;
  mode_ = Mode::kClosed;
  ++generation_;
  deadlines_.Clear();
  retention_.Stop();
  loader_.Stop(absl::UnavailableError("the engine is stopping; try again shortly"));
  ownership_.Release(finish);
}

absl::Status RangeRunner::CheckServing() const {
  if (mode_ == Mode::kOpening) {
    return absl::UnavailableError(
        trouble_.empty() ? "the engine is recovering; try again shortly"
                         : absl::StrCat("the engine is recovering (", trouble_, "); try again"));
  }
  // What was accepted before a stop is still carried out.
  if (mode_ == Mode::kClosed) {
    return absl::UnavailableError("the engine is stopping; try again shortly");
  }
  const bool is_certain = ownership_.IsCertain() || IsPlanted(PlantedFault::kLapsedLeaseServes);
  if (is_certain) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "the engine cannot reach its store",
      trouble_.empty() ? "" : absl::StrCat(" (", trouble_, ")"), "; try again shortly"));
}

absl::Status RangeRunner::CheckTakesStarts() const {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return serving;
  if (!pipeline_.trouble().ok()) return pipeline_.trouble();
  const Options& options = *deps_.options;
  const NodeLoad& load = *deps_.load;
  if (load.resident >= options.max_resident_executions ||
      load.pending >= options.max_pending_commands) {
    return absl::ResourceExhaustedError(
        absl::StrCat("too many open executions in memory (", load.resident.load(),
                     ", flag --max-resident-executions) or commands that wait for a commit (",
                     load.pending.load(), ", flag --max-pending-commands); nothing was started, ",
                     "try again later"));
  }
  if (deps_.memory->IsFull()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("memory is full (", deps_.memory->used(), " bytes of payloads, flag ",
                     "--memory-limit); nothing was started, try again later"));
  }
  return absl::OkStatus();
}

void RangeRunner::PublishHealth() {
  RangeHealth health;
  health.is_serving = mode_ == Mode::kServing;
  health.why = !trouble_.empty()           ? trouble_
               : !pipeline_.trouble().ok() ? std::string(pipeline_.trouble().message())
               : mode_ == Mode::kOpening   ? "recovering"
               : mode_ == Mode::kServing   ? ""
                                           : "stopping";
  health.takes_starts = CheckTakesStarts().ok();
  health.resident = static_cast<int64_t>(resident_.size());
  health.quarantined = static_cast<int64_t>(loader_.quarantine().size());
  health.slowed = slowed_;
  const absl::MutexLock lock(&health_mutex_);
  health_ = std::move(health);
}

RangeHealth RangeRunner::health() const {
  RangeHealth health;
  {
    const absl::MutexLock lock(&health_mutex_);
    health = health_;
  }
  if (health.is_serving && !IsCertain()) {
    health.is_serving = health.takes_starts = false;
    if (health.why.empty()) health.why = "the lease could not be renewed in time";
  }
  return health;
}

// --- in memory, and out of it

LiveExecution* RangeRunner::Adopt(std::unique_ptr<LiveExecution> live) {
  LiveExecution* raw = resident_.Insert(std::move(live), deps_.world.clock->Steady());
  if (mode_ == Mode::kServing || mode_ == Mode::kClosing) Activate(raw);
  return raw;
}

// What it owes the world is asked for again.
void RangeRunner::Activate(LiveExecution* live) {
  effects_.Dispatch(live, /*is_recovery=*/true);
  deadlines_.Arm(live);
  if (live->state.wants_continue()) Enqueue(live, core::Continue{}, nullptr);
  for (const core::ChildRef& child : live->state.TakeAbandoned()) {
    deps_.relatives->Stop(*live, child);
  }
  deps_.relatives->CheckParent(*live);
}

void RangeRunner::Erase(LiveExecution* live) {
  deadlines_.Forget(live);
  if (live->slow_decisions >= Decider::kSlowed) --slowed_;
  resident_.Erase(live->row.ref);
}

void RangeRunner::OnTimer(persistence::ExecutionRef ref) {
  LiveExecution* live = resident_.Find(ref);
  if (live == nullptr) return;
  live->armed = absl::InfiniteDuration();
  live->fired_due = live->due;
  if (live->is_firing) return;
  live->is_firing = true;
  Enqueue(live, core::FireTimers{}, nullptr);
}

void RangeRunner::OnHeartbeatLost(AttemptKey key) {
  LiveExecution* live = resident_.Find(key.ref);
  if (live == nullptr) return;
  LiveAttempt& attempt = live->attempts[key.scheduled];
  attempt.heartbeat_due = absl::InfiniteDuration();
  core::ExpireTask command;
  command.scheduled = key.scheduled;
  command.is_heartbeat = deps_.world.clock->Steady() < attempt.ends_at;
  Enqueue(live, std::move(command), nullptr);
}

// Now and then.
void RangeRunner::Housekeep() {
  if (mode_ != Mode::kServing) return;
  deadlines_.WatchWallClock([this](persistence::ExecutionRef ref) {
    LiveExecution* live = resident_.Find(ref);
    return live != nullptr && live->is_away ? nullptr : live;
  });
  parking_.ParkIdle();
  if (!pipeline_.IsIdle()) RequestFlush();
  loader_.LoadMore();
  PublishHealth();
  deps_.strand->PostAfter(std::max(deps_.options->park_after / 4, absl::Milliseconds(100)),
                          IfStillOwner([this] { Housekeep(); }));
}

absl::optional<int64_t> RangeRunner::NextId() {
  if (next_id_ == std::numeric_limits<uint32_t>::max()) return absl::nullopt;
  return ownership_.epoch() << 32 | next_id_++;
}

}  // namespace pawl::runtime
