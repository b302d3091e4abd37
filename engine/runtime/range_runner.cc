#include "engine/runtime/range_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"
#include "engine/runtime/child_executions.h"
#include "engine/runtime/slots.h"
#include "engine/value/check.h"

namespace pawl::runtime {
namespace {

std::string NameKey(const std::string& ns, const std::string& machine, const std::string& name) {
  return absl::StrCat(ns, "/", machine, "/", name);
}

// Tokens of one execution's attempts.
class Minter final : public core::TokenMinter {
 public:
  Minter(const TaskTokens& tokens, const LiveExecution& live) : tokens_(tokens), live_(live) {}
  std::string Mint(const core::Execution&, core::EventId scheduled) const override {
    return tokens_.Mint(live_.row.ns, AttemptKey{live_.row.ref, scheduled});
  }

 private:
  const TaskTokens& tokens_;
  const LiveExecution& live_;
};

// The attempt that its own worker ends by this command; 0 where it is none. Such a worker need not
// be told that the attempt is over.
core::EventId AnsweredBy(const core::Command& command) {
  if (const auto* c = std::get_if<core::CompleteTask>(&command))
    return c->by_token ? 0 : c->scheduled;
  if (const auto* c = std::get_if<core::FailTask>(&command)) return c->by_token ? 0 : c->scheduled;
  return 0;
}

}  // namespace

RangeRunner::RangeRunner(persistence::SlotRange slots, RangeDeps deps) : deps_(std::move(deps)) {
  range_.slots = slots;
}

absl::Status RangeRunner::CheckServing() const {
  // What was accepted before a stop is still carried out.
  if (mode_ == Mode::kServing || mode_ == Mode::kClosing) return absl::OkStatus();
  return absl::UnavailableError(mode_ == Mode::kOpening
                                    ? "the engine is recovering; try again shortly"
                                    : "the engine is stopping; try again shortly");
}

LiveExecution* RangeRunner::FindLive(persistence::ExecutionRef ref) {
  const auto it = live_.find(ref);
  return it == live_.end() ? nullptr : it->second.get();
}

LiveExecution* RangeRunner::Insert(std::unique_ptr<LiveExecution> live) {
  LiveExecution* raw = live.get();
  raw->active_at = Now();
  raw->by_activity = by_activity_.insert(by_activity_.end(), raw->row.ref);
  open_names_[NameKey(raw->row.ns, raw->row.machine, raw->row.name)] = raw->row.ref;
  live_[raw->row.ref] = std::move(live);
  return raw;
}

void RangeRunner::Erase(persistence::ExecutionRef ref) {
  const auto it = live_.find(ref);
  if (it == live_.end()) return;
  const LiveExecution& live = *it->second;
  if (live.armed != absl::InfiniteFuture()) timers_.erase({live.armed, ref});
  for (const auto& [scheduled, attempt] : live.attempts) {
    heartbeats_.erase({attempt.heartbeat_due, AttemptKey{ref, scheduled}});
  }
  by_activity_.erase(live.by_activity);
  open_names_.erase(NameKey(live.row.ns, live.row.machine, live.row.name));
  live_.erase(it);
}

void RangeRunner::Touch(LiveExecution* live) {
  live->active_at = Now();
  by_activity_.splice(by_activity_.end(), by_activity_, live->by_activity);
}

void RangeRunner::Start(StartRequest request, StartCallback done) {
  deps_.strand->Post([this, request = std::move(request), done = std::move(done)]() mutable {
    StartOnStrand(std::move(request), std::move(done));
  });
}

void RangeRunner::StartOnStrand(StartRequest request, StartCallback done) {
  const absl::Status serving = CheckServing();
  if (!serving.ok()) return done(serving);
  const Options& options = *deps_.options;
  const persistence::MachineRevision& info = request.machine->info;
  const auto same_name = open_names_.find(NameKey(info.ns, info.name, request.name));
  if (same_name != open_names_.end()) {
    // The other start may not be durable yet: its answer, and so ours, comes after its commit.
    return AnswerExisting(same_name->second, std::move(request.input), request.parent,
                          std::move(done));
  }
  const auto waiting = static_cast<int64_t>(waiting_starts_.size());
  if (static_cast<int64_t>(live_.size()) + waiting >= options.max_resident_executions ||
      pending_commands_ + waiting >= options.max_pending_commands) {
    deps_.metrics->StartRefused();
    return done(absl::ResourceExhaustedError(
        absl::StrCat("too many open executions in memory (", live_.size(),
                     ", flag --max-resident-executions) or ", "commands that wait for a commit (",
                     pending_commands_, ", flag --max-pending-commands); ",
                     "nothing was started, try again later")));
  }
  if (IsBatchFull()) {
    waiting_starts_.emplace_back(std::move(request), std::move(done));
    return;  // Flush takes it into the next batch
  }
  persistence::ExecutionRow row;
  row.ref.slot = SlotOf(info.ns, info.name, request.name);
  row.ref.id = range_.epoch << 32 | next_id_++;
  row.ns = info.ns;
  row.machine = info.name;
  row.name = request.name;
  row.revision = info.revision;
  // Stored to the microsecond: kept so from the start, or a fold would differ from what it folds.
  row.start_time = absl::FromUnixMicros(absl::ToUnixMicros(Now()));
  core::ExecutionHeader header = MakeHeader(arns(), row, info);
  LiveExecution* live =
      Insert(std::make_unique<LiveExecution>(std::move(row), request.machine, std::move(header)));
  live->recording = request.recording;
  live->on_end = std::move(request.on_end);

  Minter minter(*deps_.tokens, *live);
  expr::RandomSource random(deps_.world.seed());
  core::World world = MakeWorld(&minter, &random);
  const core::Command command = core::StartExecution{std::move(request.input), request.parent};
  core::Decision decision = core::Decide(&live->state, {&command, 1}, world);
  Transition transition;
  transition.ref = live->row.ref;
  transition.start_done = std::move(done);
  if (live->recording != Recording::kNothing) filling_.rows->starts.push_back(live->row);
  ++pending_commands_;
  AddToBatch(live, std::move(transition), decision.events);
  RequestFlush();
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

void RangeRunner::Submit(persistence::ExecutionRef ref, core::Command command,
                         CommandCallback done) {
  deps_.strand->Post([this, ref, command = std::move(command), done = std::move(done)]() mutable {
    SubmitOnStrand(ref, std::move(command), std::move(done));
  });
}

void RangeRunner::SubmitOnStrand(persistence::ExecutionRef ref, core::Command command,
                                 CommandCallback done) {
  const absl::Status serving = CheckServing();
  if (!serving.ok()) return done(serving);
  if (LiveExecution* live = FindLive(ref)) {
    return Enqueue(live, std::move(command), std::move(done));
  }
  WithLive(ref, [this, command = std::move(command),
                 done = std::move(done)](absl::StatusOr<LiveExecution*> live) mutable {
    if (!live.ok()) return done(live.status());
    if (*live == nullptr) return done(core::CommandOutcome::kClosed);
    Enqueue(*live, std::move(command), std::move(done));
  });
}

void RangeRunner::StopByName(ExecutionId id, core::StopExecution command) {
  deps_.strand->Post([this, id = std::move(id), command = std::move(command)]() mutable {
    const auto ignore = [](const absl::StatusOr<core::CommandOutcome>&) {};
    const auto open = open_names_.find(NameKey(id.ns, id.machine, id.name));
    if (open != open_names_.end()) return SubmitOnStrand(open->second, command, ignore);
    auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
        absl::UnavailableError("not read"));
    deps_.world.store->Read(
        [id, found](persistence::Store& store) {
          *found =
              store.FindExecution(SlotOf(id.ns, id.machine, id.name), id.ns, id.machine, id.name);
        },
        deps_.strand,
        [this, found, command = std::move(command), ignore]() mutable {
          if (!found->ok() || (*found)->status != persistence::Status::kRunning) return;
          SubmitOnStrand((*found)->ref, std::move(command), ignore);
        });
  });
}

void RangeRunner::Enqueue(LiveExecution* live, core::Command command, CommandCallback done) {
  ++pending_commands_;
  live->queue.push_back(PendingCommand{std::move(command), std::move(done)});
  Schedule(live);
}

void RangeRunner::Schedule(LiveExecution* live) {
  if (live->is_in_flight || live->is_scheduled || live->queue.empty()) return;
  live->is_scheduled = true;
  to_decide_.push_back(live->row.ref);
  RequestFlush();
}

// Posted, not called: commands that stand in the strand's queue already get into the same batch.
void RangeRunner::RequestFlush() {
  if (is_flush_posted_) return;
  is_flush_posted_ = true;
  deps_.strand->Post([this] {
    is_flush_posted_ = false;
    Flush();
  });
}

bool RangeRunner::IsBatchFull() const {
  return filling_.transitions.size() >= deps_.options->max_batch_transitions ||
         filling_.bytes >= deps_.options->max_batch_bytes;
}

void RangeRunner::Flush() {
  if (mode_ != Mode::kServing && mode_ != Mode::kClosing) return;
  while (!to_decide_.empty() && !IsBatchFull()) {
    LiveExecution* live = FindLive(to_decide_.front());
    to_decide_.pop_front();
    if (live == nullptr) continue;
    live->is_scheduled = false;
    DecideOne(live);
  }
  while (!waiting_starts_.empty() && !IsBatchFull()) {
    auto [request, done] = std::move(waiting_starts_.front());
    waiting_starts_.pop_front();
    StartOnStrand(std::move(request), std::move(done));
  }
  SendBatch();
  // Nothing of these is stored, so their effects need not wait for a commit.
  for (Transition& transition : std::exchange(unrecorded_, {})) AfterCommit(std::move(transition));
}

core::World RangeRunner::MakeWorld(const core::TokenMinter* minter,
                                   expr::RandomSource* random) const {
  core::World world;
  world.now = absl::FromUnixMicros(absl::ToUnixMicros(Now()));
  world.random = random;
  world.tokens = minter;
  world.limits = deps_.options->limits;
  world.listener = deps_.world.listener;
  return world;
}

// "Started" is recorded with the end of an attempt: who has it is known to the queues only.
void RangeRunner::FillStarted(const LiveExecution& live, absl::Time now,
                              core::Command* command) const {
  const auto started_of = [&](core::EventId scheduled) {
    return deps_.queues->StartedOf(AttemptKey{live.row.ref, scheduled});
  };
  auto* complete = std::get_if<core::CompleteTask>(command);
  if (complete != nullptr && !complete->started.has_value()) {
    complete->started = started_of(complete->scheduled);
  }
  auto* fail = std::get_if<core::FailTask>(command);
  if (fail != nullptr && !fail->started.has_value()) fail->started = started_of(fail->scheduled);
  if (auto* c = std::get_if<core::LoseHeartbeat>(command)) c->started = started_of(c->scheduled);
  if (auto* c = std::get_if<core::FireTimers>(command)) {
    for (const core::Timer& timer : live.state.timers()) {
      if (timer.due > now) break;
      if (timer.kind != core::Timer::Kind::kTask) continue;
      const core::EventId scheduled = live.state.FindFrame(timer.frame)->task->scheduled;
      if (auto started = started_of(scheduled)) c->started[scheduled] = *started;
    }
  }
}

void RangeRunner::DecideOne(LiveExecution* live) {
  Minter minter(*deps_.tokens, *live);
  expr::RandomSource random(deps_.world.seed());
  const core::World world = MakeWorld(&minter, &random);
  Transition transition;
  transition.ref = live->row.ref;
  std::vector<core::Command> commands;
  for (PendingCommand& pending : live->queue) {
    FillStarted(*live, world.now, &pending.command);
    commands.push_back(pending.command);
    transition.commands.push_back(std::move(pending));
  }
  live->queue.clear();
  live->is_firing = false;
  core::Decision decision = core::Decide(&live->state, commands, world);
  transition.outcomes = std::move(decision.outcomes);
  for (size_t i = 0; i < commands.size(); ++i) {
    if (transition.outcomes[i] != core::CommandOutcome::kApplied) continue;
    if (const core::EventId scheduled = AnsweredBy(commands[i]))
      transition.answered.insert(scheduled);
  }
  if (decision.events.empty()) {
    // Nothing changed, so what memory says is what the store has.
    pending_commands_ -= static_cast<int64_t>(commands.size());
    Arm(live);
    for (size_t i = 0; i < transition.commands.size(); ++i) {
      if (transition.commands[i].done) transition.commands[i].done(transition.outcomes[i]);
    }
    return;
  }
  AddToBatch(live, std::move(transition), decision.events);
}

// --- timers
// ---------------------------------------------------------------------------------------

void RangeRunner::Arm(LiveExecution* live) {
  absl::Time due = absl::InfiniteFuture();
  if (!live->state.timers().empty()) due = live->state.timers().begin()->due;
  if (due == live->armed) return WakeAt(due);
  if (live->armed != absl::InfiniteFuture()) timers_.erase({live->armed, live->row.ref});
  live->armed = due;
  if (due == absl::InfiniteFuture()) return;
  timers_.insert({due, live->row.ref});
  WakeAt(due);
}

void RangeRunner::WakeAt(absl::Time time) {
  if (time >= next_wake_) return;
  next_wake_ = time;
  deps_.strand->PostAt(time, [this, generation = generation_] {
    if (generation == generation_) OnWake();
  });
}

void RangeRunner::OnWake() {
  next_wake_ = absl::InfiniteFuture();
  if (mode_ != Mode::kServing) return;
  const absl::Time now = Now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    LiveExecution* live = FindLive(timers_.begin()->second);
    timers_.erase(timers_.begin());
    PAWL_CHECK(live != nullptr);
    live->armed = absl::InfiniteFuture();
    if (live->is_firing) continue;
    live->is_firing = true;
    Enqueue(live, core::FireTimers{}, nullptr);
  }
  while (!heartbeats_.empty() && heartbeats_.begin()->first <= now) {
    const AttemptKey key = heartbeats_.begin()->second;
    heartbeats_.erase(heartbeats_.begin());
    LiveExecution* live = FindLive(key.ref);
    PAWL_CHECK(live != nullptr);
    live->attempts[key.scheduled].heartbeat_due = absl::InfiniteFuture();
    core::LoseHeartbeat command;
    command.scheduled = key.scheduled;
    Enqueue(live, std::move(command), nullptr);
  }
  if (next_parked_wake_ <= now) LoadDue();
  if (!timers_.empty()) WakeAt(timers_.begin()->first);
  if (!heartbeats_.empty()) WakeAt(heartbeats_.begin()->first);
  WakeAt(next_parked_wake_);
}

void RangeRunner::Heartbeat(AttemptKey key, std::string details,
                            absl::AnyInvocable<void(absl::Status)> done) {
  deps_.strand->Post([this, key, details = std::move(details), done = std::move(done)]() mutable {
    const absl::Status serving = CheckServing();
    if (!serving.ok()) return done(serving);
    WithLive(key.ref, [this, key, details = std::move(details),
                       done = std::move(done)](absl::StatusOr<LiveExecution*> found) mutable {
      if (!found.ok()) return done(found.status());
      LiveExecution* live = *found;
      const core::Frame* frame = live == nullptr ? nullptr : live->state.FindTask(key.scheduled);
      const auto it = live == nullptr ? decltype(live->attempts)::iterator()
                                      : live->attempts.find(key.scheduled);
      if (frame == nullptr || it == live->attempts.end()) {
        return done(absl::FailedPreconditionError("Task Timed Out: the task is no longer open"));
      }
      LiveAttempt& attempt = it->second;
      if (!details.empty()) attempt.heartbeat_details = std::move(details);
      if (frame->task->heartbeat_seconds.has_value()) {
        heartbeats_.erase({attempt.heartbeat_due, key});
        attempt.heartbeat_due = Now() + absl::Seconds(*frame->task->heartbeat_seconds);
        heartbeats_.insert({attempt.heartbeat_due, key});
        WakeAt(attempt.heartbeat_due);
      }
      done(absl::OkStatus());
    });
  });
}

// --- views
// ----------------------------------------------------------------------------------------

void RangeRunner::View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) {
  deps_.strand->Post([this, ref, parts, done = std::move(done)]() mutable {
    Inspect(ref, [this, parts, done = std::move(done)](
                     const absl::StatusOr<const LiveExecution*>& found) mutable {
      if (!found.ok()) return done(found.status());
      done(MakeView(**found, parts, *deps_.queues));
    });
  });
}

void RangeRunner::Inspect(persistence::ExecutionRef ref, InspectCallback done) {
  LiveExecution* live = mode_ == Mode::kServing ? FindLive(ref) : nullptr;
  if (live != nullptr && !live->is_in_flight) return done(live);
  if (live != nullptr) {
    // Its memory is ahead of the store: what is not durable is not shown. AfterCommit answers,
    // before the next transition is decided, so that a busy execution can be looked at too.
    live->after_commit.push_back(std::move(done));
    return;
  }
  auto result = std::make_shared<absl::StatusOr<std::unique_ptr<LiveExecution>>>(nullptr);
  deps_.world.store->Read(
      [this, ref, result](persistence::Store& store) {
        *result = ReadAndLoad(arns(), deps_.machines, &store, ref, false);
      },
      deps_.strand,
      [result, done = std::move(done)]() mutable {
        if (!result->ok()) return done(result->status());
        done((*result)->get());
      });
}

}  // namespace pawl::runtime
