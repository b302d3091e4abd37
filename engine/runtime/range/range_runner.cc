#include "engine/runtime/range/range_runner.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "engine/runtime/child_executions.h"
#include "engine/runtime/log.h"
#include "engine/runtime/slots.h"

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
      resident_(deps_.memory),
      ownership_(slots, deps_.world, *deps_.options, deps_.strand,
                 {[this] { loader_.LoadResident(); },
                  [this](const std::string& why) { LoseOwnership(why); },
                  [this](const std::string& why) {
                    trouble_ = why;
                    PublishHealth();
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
                  }}),
      pipeline_(deps_.world, *deps_.options, deps_.strand, &ownership_, deps_.metrics,
                {[this](Transition transition) { AfterCommit(std::move(transition)); },
                 [this](Transition transition, const persistence::ExecutionRow& row) {
                   AnswerTakenName(std::move(transition), row);
                 },
                 [this](Transition transition, const std::string& why) {
                   OnRejected(std::move(transition), why);
                 },
                 [this](const std::string& why) { LoseOwnership(why); },
                 [this] { PublishHealth(); },
                 [this] {
                   RequestFlush();
                   FinishClose();
                 }}),
      deadlines_(deps_.world.clock, deps_.strand,
                 {[this](persistence::ExecutionRef ref) { OnTimer(ref); },
                  [this](AttemptKey key) { OnHeartbeatLost(key); }, [this] { loader_.LoadDue(); }}),
      loader_(slots, deps_.world, *deps_.options, deps_.machines, deps_.memory, deps_.strand,
              &resident_,
              {[this](std::unique_ptr<LiveExecution> live) { return Adopt(std::move(live)); },
               [this] { OnLoaded(); },
               [this](absl::Time wake) { deadlines_.AddParkedWake(wake); }}),
      effects_({deps_.world.clock, deps_.options, deps_.queues, deps_.tokens, deps_.metrics,
                deps_.children, deps_.map_io, &deadlines_,
                [this](persistence::ExecutionRef ref) -> std::function<void(core::Command)> {
                  return [this, ref, generation = generation_](core::Command command) {
                    deps_.strand->Post([this, ref, generation, command = std::move(command)]() mutable {
                      if (generation != generation_) return;
                      SubmitOnStrand(ref, std::move(command), IgnoreOutcome);
                    });
                  };
                }}),
      waiting_bytes_(deps_.memory, MemoryBudget::Use::kWaiting) {}

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
    Inspect(ref, [this, ref](absl::StatusOr<const LiveExecution*> live) {
      deps_.watchers->Notify(ref, !live.ok() || (*live)->state.is_closed());
    });
  }
  Housekeep();
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
  std::vector<Transition> transitions = pipeline_.TakeAll();
  for (Transition& transition : std::exchange(unrecorded_, {})) {
    transitions.push_back(std::move(transition));
  }
  std::vector<std::shared_ptr<LiveExecution>> live = resident_.TakeAll();
  auto starts = std::exchange(waiting_starts_, {});
  waiting_bytes_.Remove(waiting_bytes_.bytes());
  deadlines_.Clear();
  to_decide_.clear();
  pending_commands_ = 0;
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
  if (closed_.empty() || away_ > 0) return;
  const auto finish = [this] {
    for (auto& closed : std::exchange(closed_, {})) closed();
  };
  if (mode_ == Mode::kClosed) return finish();
  const bool has_work = ownership_.is_owner() && (!pipeline_.IsIdle() || !to_decide_.empty() ||
                                                  !waiting_starts_.empty());
  if (has_work) return;
  mode_ = Mode::kClosed;
  ++generation_;
  deadlines_.Clear();
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
  if (ownership_.IsCertain()) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the engine cannot reach its store",
                   trouble_.empty() ? "" : absl::StrCat(" (", trouble_, ")"), "; try again shortly"));
}

absl::Status RangeRunner::CheckTakesStarts() const {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return serving;
  if (!pipeline_.trouble().ok()) return pipeline_.trouble();
  const Options& options = *deps_.options;
  const auto waiting = static_cast<int64_t>(waiting_starts_.size());
  if (static_cast<int64_t>(resident_.size()) + waiting >= options.max_resident_executions ||
      pending_commands_ + waiting >= options.max_pending_commands) {
    return absl::ResourceExhaustedError(
        absl::StrCat("too many open executions in memory (", resident_.size(),
                     ", flag --max-resident-executions) or ", "commands that wait for a commit (",
                     pending_commands_, ", flag --max-pending-commands); ",
                     "nothing was started, try again later"));
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
  health.why = !trouble_.empty()          ? trouble_
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

// --- what comes in

void RangeRunner::Start(StartRequest request, StartCallback done) {
  deps_.strand->Post([this, request = std::move(request), done = std::move(done)]() mutable {
    StartOnStrand(std::move(request), std::move(done));
  });
}

void RangeRunner::StartOnStrand(StartRequest request, StartCallback done) {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
  const persistence::MachineRevision& info = request.machine->info;
  const auto same_name = resident_.FindOpen(info.ns, info.name, request.name);
  if (same_name.has_value()) {
    // The other start may not be durable yet: its answer, and so ours, comes after its commit.
    return AnswerExisting(*same_name, std::move(request.input), request.parent, std::move(done));
  }
  if (const absl::Status takes = CheckTakesStarts(); !takes.ok()) {
    deps_.metrics->StartRefused();
    return done(takes);
  }
  if (mode_ == Mode::kClosing) {
    return done(absl::UnavailableError("the engine is stopping; try again shortly"));
  }
  if (pipeline_.IsFull()) {
    waiting_bytes_.Add(request.input.held_bytes());
    waiting_starts_.emplace_back(std::move(request), std::move(done));
    return;  // Flush takes it into the next batch
  }
  // Nothing may follow: the decision may have left the strand.
  static_cast<void>(StartNow(std::move(request), std::move(done)));
}

// AWS: the same name and input while it runs is the same start; anything else is refused.
// A parent that starts the child that it has started already finds it, ended or not.
void RangeRunner::AnswerExisting(persistence::ExecutionRef ref, Payload input,
                                 absl::optional<core::ParentLink> parent, StartCallback done) {
  Inspect(ref, [this, input = std::move(input), parent,
                     done = std::move(done)](absl::StatusOr<const LiveExecution*> found) mutable {
    if (absl::IsNotFound(found.status())) {
      return done(absl::UnavailableError(
          "another start under this name was lost before its commit; send yours again"));
    }
    if (!found.ok()) return done(found.status());
    const LiveExecution& existing = **found;
    const std::string& arn = existing.state.header().arn;
    if (parent.has_value() && existing.state.parent() == parent) {
      done(StartResult{existing.row.ref, arn, existing.row.start_time, /*is_new=*/false});
      if (existing.state.is_closed()) deps_.children->Ended(existing);
      return;
    }
    if (existing.state.is_closed()) {
      return done(absl::AlreadyExistsError(
          absl::StrCat("Execution Already Exists: '", arn, "' has ended; choose another name")));
    }
    if (existing.state.input().value() != input.value()) {
      return done(absl::AlreadyExistsError(absl::StrCat(
          "Execution Already Exists: '", arn, "' runs with another input; choose another name")));
    }
    done(StartResult{existing.row.ref, arn, existing.row.start_time, /*is_new=*/false});
  });
}

// The name belongs to an execution that this node does not have in memory: ended or parked.
void RangeRunner::AnswerTakenName(Transition transition, const persistence::ExecutionRow& row) {
  LiveExecution* live = resident_.Find(transition.ref);
  Payload input = live->state.input();
  const absl::optional<core::ParentLink> parent = live->state.parent();
  auto waiting = std::exchange(live->after_commit, {});
  std::deque<PendingCommand> queue = std::move(live->queue);
  pending_commands_ -= static_cast<int64_t>(queue.size()) + 1;
  effects_.DropAttempts(*live);
  Erase(live);
  for (PendingCommand& command : queue) {
    if (command.done) command.done(absl::UnavailableError("try again"));
  }
  for (auto& then : waiting) then(nullptr);
  auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
      absl::UnavailableError("not read"));
  deps_.world.store->Read(
      ReadLane::kCall,
      [row, found](persistence::Store& store) {
        *found = store.FindExecution(row.ref.slot, row.ns, row.machine, row.name);
      },
      deps_.strand,
      [this, found, input = std::move(input), parent,
       done = std::move(transition.start_done)]() mutable {
        if (!found->ok()) return done(found->status());
        AnswerExisting((*found)->ref, std::move(input), parent, std::move(done));
      });
}

void RangeRunner::Submit(persistence::ExecutionRef ref, core::Command command,
                         CommandCallback done) {
  deps_.strand->Post([this, ref, command = std::move(command), done = std::move(done)]() mutable {
    SubmitOnStrand(ref, std::move(command), std::move(done));
  });
}

void RangeRunner::SubmitOnStrand(persistence::ExecutionRef ref, core::Command command,
                                 CommandCallback done) {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
  if (pending_commands_ >= 2 * deps_.options->max_pending_commands) {
    return done(absl::UnavailableError(
        absl::StrCat("too many commands wait for a commit (", pending_commands_,
                     ", flag --max-pending-commands); send it again")));
  }
  loader_.With(ref, [this, command = std::move(command),
                     done = std::move(done)](absl::StatusOr<LiveExecution*> live) mutable {
    if (!live.ok()) return done(live.status());
    if (*live == nullptr) return done(core::CommandOutcome::kClosed);
    Enqueue(*live, std::move(command), std::move(done));
  });
}

void RangeRunner::StopByName(ExecutionId id, core::StopExecution command) {
  deps_.strand->Post([this, id = std::move(id), command = std::move(command)]() mutable {
    const auto open = resident_.FindOpen(id.ns, id.machine, id.name);
    if (open.has_value()) return SubmitOnStrand(*open, command, IgnoreOutcome);
    auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
        absl::UnavailableError("not read"));
    deps_.world.store->Read(
        ReadLane::kCall,
        [id, found](persistence::Store& store) {
          *found =
              store.FindExecution(SlotOf(id.ns, id.machine, id.name), id.ns, id.machine, id.name);
        },
        deps_.strand,
        [this, found, command = std::move(command)]() mutable {
          if (!found->ok() || (*found)->status != persistence::Status::kRunning) return;
          SubmitOnStrand((*found)->ref, std::move(command), IgnoreOutcome);
        });
  });
}

void RangeRunner::TaskStarted(AttemptKey key) {
  deps_.strand->Post([this, key] {
    LiveExecution* live = resident_.Find(key.ref);
    if (live == nullptr) return;
    if (!live->is_away) return effects_.TaskStarted(live, key.scheduled);
    live->after_commit.push_back([this, key](LiveExecution* then) {
      if (then != nullptr) effects_.TaskStarted(then, key.scheduled);
    });
  });
}

void RangeRunner::Heartbeat(AttemptKey key, std::string details,
                            absl::AnyInvocable<void(absl::Status)> done) {
  deps_.strand->Post([this, key, details = std::move(details), done = std::move(done)]() mutable {
    if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
    auto beat = [this, key, details = std::move(details),
                 done = std::move(done)](LiveExecution* live) mutable {
      if (live == nullptr) {
        return done(absl::FailedPreconditionError("Task Timed Out: the task is no longer open"));
      }
      done(effects_.Heartbeat(live, key.scheduled, std::move(details)));
    };
    loader_.With(key.ref, [beat = std::move(beat)](absl::StatusOr<LiveExecution*> live) mutable {
      if (!live.ok()) return beat(nullptr);
      if (*live != nullptr && (*live)->is_away) {
        (*live)->after_commit.push_back(std::move(beat));
      } else {
        beat(*live);
      }
    });
  });
}

void RangeRunner::View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) {
  deps_.strand->Post([this, ref, parts = std::move(parts), done = std::move(done)]() mutable {
    Inspect(ref, [this, parts = std::move(parts), done = std::move(done)](
                     const absl::StatusOr<const LiveExecution*>& found) mutable {
      if (!found.ok()) return done(found.status());
      done(MakeView(**found, parts, *deps_.queues));
    });
  });
}

// From memory, else folded from the store.
void RangeRunner::Inspect(persistence::ExecutionRef ref, InspectCallback done) {
  LiveExecution* live = CheckServing().ok() ? resident_.Find(ref) : nullptr;
  if (live != nullptr && !live->is_in_flight) return done(live);
  if (live != nullptr) {
    // Its memory is ahead of the store: what is not durable is not shown. It is right after the
    // commit, and before the next decision.
    live->after_commit.push_back([this, ref, done = std::move(done)](LiveExecution* then) mutable {
      if (then != nullptr) return done(then);
      // Its ownership was lost, or the store refused it: the store knows.
      deps_.strand->Post([this, ref, done = std::move(done)]() mutable {
        Inspect(ref, std::move(done));
      });
    });
    return;
  }
  auto result = std::make_shared<absl::StatusOr<std::unique_ptr<LiveExecution>>>(nullptr);
  deps_.world.store->Read(
      ReadLane::kBulk,
      [this, ref, result](persistence::Store& store) {
        *result = ReadAndLoad(arns(), deps_.machines, &store, ref, false);
      },
      deps_.strand,
      [result, done = std::move(done)]() mutable {
        if (!result->ok()) return done(result->status());
        done((*result)->get());
      });
}

void RangeRunner::RetryQuarantined(persistence::ExecutionRef ref,
                                   absl::AnyInvocable<void(absl::Status)> done) {
  deps_.strand->Post([this, ref, done = std::move(done)]() mutable {
    if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
    loader_.With(ref, [this, done = std::move(done)](absl::StatusOr<LiveExecution*> live) mutable {
      PublishHealth();
      done(live.status());
    });
  });
}

void RangeRunner::ListQuarantined(absl::AnyInvocable<void(std::vector<Quarantined>)> done) {
  deps_.strand->Post([this, done = std::move(done)]() mutable {
    std::vector<Quarantined> list;
    for (const auto& [ref, entry] : loader_.quarantine()) list.push_back(entry);
    done(std::move(list));
  });
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
    deps_.children->Stop(*live, child);
  }
  deps_.children->CheckParent(*live);
}

void RangeRunner::Erase(LiveExecution* live) {
  deadlines_.Forget(live);
  if (live->slow_decisions >= kSlowed) --slowed_;
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
  live->attempts[key.scheduled].heartbeat_due = absl::InfiniteDuration();
  core::LoseHeartbeat command;
  command.scheduled = key.scheduled;
  Enqueue(live, std::move(command), nullptr);
}

// Now and then.
void RangeRunner::Housekeep() {
  if (mode_ != Mode::kServing) return;
  deadlines_.WatchWallClock([this](persistence::ExecutionRef ref) {
    LiveExecution* live = resident_.Find(ref);
    return live != nullptr && live->is_away ? nullptr : live;
  });
  ParkIdle();
  loader_.LoadMore();
  PublishHealth();
  deps_.strand->PostAfter(std::max(deps_.options->park_after / 4, absl::Milliseconds(100)),
                          IfStillOwner([this] { Housekeep(); }));
}

bool RangeRunner::CanPark(const LiveExecution& live) const {
  // An EXPRESS execution is in memory only; a Map Run is always at work.
  if (live.recording != Recording::kAll || live.is_in_flight || !live.queue.empty()) return false;
  if (!live.state.map_runs().empty() || live.state.wants_continue()) return false;
  for (const auto& [scheduled, attempt] : live.attempts) {
    // A worker may come for it, or heartbeats are counted in memory.
    if (!attempt.is_awaiting_token || attempt.heartbeat_due != absl::InfiniteDuration()) {
      return false;
    }
  }
  return deadlines_.UntilTimer(live) > deps_.options->park_after;
}

void RangeRunner::ParkIdle() {
  const absl::Duration now = deps_.world.clock->Steady();
  // Where memory is short, nobody stays for comfort.
  const absl::Duration pause =
      deps_.memory->IsTight() ? absl::ZeroDuration() : deps_.options->park_after;
  for (size_t left = resident_.size(); left > 0 && !pipeline_.IsFull(); --left) {
    LiveExecution* live = resident_.LongestIdle();
    if (live->active_at > now - pause) break;
    resident_.Touch(live, now);
    if (live->is_in_flight) continue;
    effects_.CheckRelatives(live);
    if (!CanPark(*live)) continue;
    const absl::optional<core::ParentLink>& parent = live->state.parent();
    const bool has_relatives = (parent.has_value() && parent->is_awaited) ||
                               !core::Outstanding(live->state).children.empty();
    // Loading it asks its relatives.
    const absl::Time latest =
        has_relatives ? Now() + deps_.options->relatives_check : absl::InfiniteFuture();
    const absl::Time earliest = std::min(live->due, Now() + deps_.options->park_after);
    const absl::Time wake_at = std::min(live->due, latest);
    if (live->row.parked && live->row.wake_at >= earliest && live->row.wake_at <= wake_at) {
      deadlines_.AddParkedWake(live->row.wake_at - kDueLead);
      Erase(live);  // its row says so already
    } else {
      Park(live, wake_at);
    }
  }
  if (!pipeline_.IsIdle()) RequestFlush();
}

void RangeRunner::Park(LiveExecution* live, absl::Time wake_at) {
  live->row.parked = true;
  live->row.wake_at = wake_at;
  live->is_parking = true;
  live->is_in_flight = true;
  pipeline_.AddUpdate(persistence::ExecutionUpdate{live->row.ref, live->row.status,
                                                   live->row.stop_time, true, wake_at});
  deadlines_.AddParkedWake(wake_at - kDueLead);
  Transition transition;
  transition.ref = live->row.ref;
  pipeline_.AddTransition(std::move(transition));
}

absl::optional<int64_t> RangeRunner::NextId() {
  if (next_id_ == std::numeric_limits<uint32_t>::max()) return absl::nullopt;
  return ownership_.epoch() << 32 | next_id_++;
}

}  // namespace pawl::runtime
