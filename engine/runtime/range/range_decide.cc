// Decisions, on the strand and away from it, and what follows their commit. Nothing in this file
// leaves the process before the commit that it follows from.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"
#include "engine/runtime/child_executions.h"
#include "engine/runtime/express_log.h"
#include "engine/runtime/log.h"
#include "engine/runtime/range/range_runner.h"
#include "engine/runtime/slots.h"
#include "engine/value/check.h"

namespace pawl::runtime {
namespace {

// What one turn of the strand decides: then what was posted meanwhile has its turn.
constexpr int64_t kMaxFlushEvents = 20'000;
// The rows that are read to fold an execution stay few in bytes as in number.
constexpr size_t kCheckpointBytes = size_t{16} * 1024 * 1024;
constexpr absl::Duration kRefusedRetry = absl::Seconds(1);

persistence::Status StoredStatus(core::ExecutionStatus status) {
  return static_cast<persistence::Status>(status);  // both enums have AWS's order
}
static_assert(static_cast<int>(persistence::Status::kAborted) ==
              static_cast<int>(core::ExecutionStatus::kAborted));

absl::Time ToStored(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

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

bool IsContinue(const PendingCommand& pending) {
  return std::holds_alternative<core::Continue>(pending.command);
}

}  // namespace

struct RangeRunner::Decision {
  std::shared_ptr<LiveExecution> live;
  std::vector<core::Command> commands;
  Transition transition;
  absl::Time now;
  uint64_t seed = 0;
  int64_t generation = 0;
  core::Decision result;
  bool is_slow = false;   // it took longer than a strand can spare
  bool has_left = false;  // it went on away from the strand
};

void RangeRunner::Enqueue(LiveExecution* live, core::Command command, CommandCallback done) {
  // Who stops an execution does not wait for what it would have done next.
  if (std::holds_alternative<core::StopExecution>(command)) {
    const auto first = std::remove_if(live->queue.begin(), live->queue.end(), IsContinue);
    pending_commands_ -= live->queue.end() - first;
    live->queue.erase(first, live->queue.end());
  }
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

void RangeRunner::Flush() {
  if (mode_ != Mode::kServing && mode_ != Mode::kClosing) return;
  flushed_events_ = 0;
  while (!to_decide_.empty() && !pipeline_.IsFull() && flushed_events_ < kMaxFlushEvents) {
    LiveExecution* live = resident_.Find(to_decide_.front());
    to_decide_.pop_front();
    if (live == nullptr || !live->is_scheduled) continue;
    live->is_scheduled = false;
    if (!DecideOne(live)) return;
  }
  while (!waiting_starts_.empty() && !pipeline_.IsFull() && flushed_events_ < kMaxFlushEvents) {
    auto [request, done] = std::move(waiting_starts_.front());
    waiting_starts_.pop_front();
    waiting_bytes_.Remove(request.input.held_bytes());
    if (!StartNow(std::move(request), std::move(done))) return;
  }
  pipeline_.Send();
  // Nothing of these is stored, so their effects need not wait for a commit.
  for (Transition& transition : std::exchange(unrecorded_, {})) AfterCommit(std::move(transition));
  const bool has_more = !to_decide_.empty() || !waiting_starts_.empty();
  if (has_more && !pipeline_.IsFull()) RequestFlush();
  FinishClose();
}

bool RangeRunner::StartNow(StartRequest request, StartCallback done) {
  const persistence::MachineRevision& info = request.machine->info;
  const auto same_name = resident_.FindOpen(info.ns, info.name, request.name);
  if (same_name.has_value()) {
    AnswerExisting(*same_name, std::move(request.input), request.parent, std::move(done));
    return true;
  }
  const absl::optional<int64_t> id = NextId();
  if (!id.has_value()) {
    done(absl::UnavailableError("the ids of this epoch are used up; send it again"));
    deps_.strand->Post(IfStillOwner([this] { LoseOwnership("the ids of this epoch are used up"); }));
    return true;
  }
  persistence::ExecutionRow row;
  row.ref.slot = SlotOf(info.ns, info.name, request.name);
  row.ref.id = *id;
  row.ns = info.ns;
  row.machine = info.name;
  row.name = request.name;
  row.revision = info.revision;
  // Stored to the microsecond: kept so from the start, or a fold would differ from what it folds.
  row.start_time = ToStored(Now());
  core::ExecutionHeader header = MakeHeader(arns(), row, info);
  const persistence::ExecutionRef ref = row.ref;
  LiveExecution* live = resident_.Insert(
      std::make_unique<LiveExecution>(std::move(row), request.machine, std::move(header)),
      deps_.world.clock->Steady());
  live->recording = request.recording;
  live->on_end = std::move(request.on_end);
  ++pending_commands_;
  auto decision = std::make_shared<Decision>();
  decision->live = resident_.Share(ref);
  decision->commands.push_back(core::StartExecution{std::move(request.input), request.parent});
  decision->transition.start_done = std::move(done);
  return RunDecision(std::move(decision));
}

bool RangeRunner::DecideOne(LiveExecution* live) {
  if (mode_ == Mode::kClosing) {
    // Whoever owns the range next goes on.
    const auto first = std::remove_if(live->queue.begin(), live->queue.end(), IsContinue);
    pending_commands_ -= live->queue.end() - first;
    live->queue.erase(first, live->queue.end());
  }
  if (live->queue.empty()) return true;
  auto decision = std::make_shared<Decision>();
  decision->live = resident_.Share(live->row.ref);
  const absl::Time now = std::max(Now(), live->fired_due);
  for (PendingCommand& pending : live->queue) {
    effects_.FillStarted(*live, now, &pending.command);
    decision->commands.push_back(std::move(pending.command));
    pending.command = core::Continue{};
    decision->transition.commands.push_back(std::move(pending));
  }
  live->queue.clear();
  live->is_firing = false;
  return RunDecision(std::move(decision));
}

bool RangeRunner::RunDecision(std::shared_ptr<Decision> decision) {
  LiveExecution* live = decision->live.get();
  decision->transition.ref = live->row.ref;
  // A timer that the steady clock says is due is due, wherever the wall clock stands.
  decision->now = ToStored(std::max(Now(), live->fired_due));
  decision->seed = deps_.world.seed();
  decision->generation = generation_;
  live->is_in_flight = true;
  if (live->slow_decisions > 0 && deps_.world.slow != nullptr) {
    RunAway(std::move(decision));
    return true;
  }
  Compute(decision.get(), [this, live, decision = decision.get()] {
    decision->is_slow = true;
    live->is_away = true;
    ++away_;
    RequestFlush();
    decision->has_left = deps_.strand->Leave();
    if (decision->has_left) return;
    live->is_away = false;
    --away_;
  });
  if (!decision->has_left) {
    FinishDecision(std::move(decision));
    return true;
  }
  Strand* strand = deps_.strand;
  strand->Post([this, decision = std::move(decision)]() mutable {
    --away_;
    FinishDecision(std::move(decision));
    FinishClose();
  });
  return false;
}

// What was slow before is not tried on the strand again.
void RangeRunner::RunAway(std::shared_ptr<Decision> decision) {
  decision->live->is_away = true;
  ++away_;
  deps_.world.slow->Run(
      [this, decision] { Compute(decision.get(), [&] { decision->is_slow = true; }); },
      deps_.strand, [this, decision]() mutable {
        --away_;
        FinishDecision(std::move(decision));
        FinishClose();
      });
}

// Touches the execution and what never changes, nothing else.
void RangeRunner::Compute(Decision* decision, std::function<void()> on_slow) const {
  Minter minter(*deps_.tokens, *decision->live);
  expr::RandomSource random(decision->seed);
  core::World world;
  world.now = decision->now;
  world.random = &random;
  world.tokens = &minter;
  world.limits = deps_.options->limits;
  world.listener = deps_.world.listener;
  world.on_slow = std::move(on_slow);
  decision->result = core::Decide(&decision->live->state, decision->commands, world);
}

void RangeRunner::FinishDecision(std::shared_ptr<Decision> decision) {
  Transition& transition = decision->transition;
  if (decision->generation != generation_) {
    const absl::Status unknown = absl::UnavailableError(
        "the engine lost its range; the outcome is not known, send it again");
    if (transition.start_done) transition.start_done(unknown);
    for (PendingCommand& command : transition.commands) {
      if (command.done) command.done(unknown);
    }
    return;
  }
  LiveExecution* live = decision->live.get();
  live->is_away = false;
  live->fired_due = absl::InfinitePast();
  if (decision->is_slow && ++live->slow_decisions == kSlowed) {
    ++slowed_;
    Log(LogLevel::kWarning, "an execution's expressions take long; it is slowed",
        {{"execution", live->state.header().arn}});
  } else if (!decision->is_slow && std::exchange(live->slow_decisions, 0) >= kSlowed) {
    --slowed_;
  }
  transition.outcomes = std::move(decision->result.outcomes);
  for (size_t i = 0; i < decision->commands.size(); ++i) {
    if (transition.outcomes[i] != core::CommandOutcome::kApplied) continue;
    if (const core::EventId scheduled = AnsweredBy(decision->commands[i])) {
      transition.answered.insert(scheduled);
    }
  }
  flushed_events_ += static_cast<int64_t>(decision->result.events.size()) + 1;
  resident_.Weigh(live);
  if (!decision->result.events.empty()) {
    return AddToBatch(live, std::move(transition), decision->result.events);
  }
  // Nothing changed, so what memory says is what the store has.
  live->is_in_flight = false;
  pending_commands_ -= static_cast<int64_t>(transition.commands.size());
  deadlines_.Arm(live);
  for (auto& then : std::exchange(live->after_commit, {})) then(live);
  for (size_t i = 0; i < transition.commands.size(); ++i) {
    if (transition.commands[i].done) transition.commands[i].done(transition.outcomes[i]);
  }
  Schedule(live);
}

void RangeRunner::AddToBatch(LiveExecution* live, Transition transition,
                             const std::vector<core::Event>& events) {
  transition.abandoned = live->state.TakeAbandoned();
  const bool is_start = live->sequence == 0;
  const bool is_recorded =
      live->recording == Recording::kAll || (live->recording == Recording::kStart && is_start);
  if (live->recording != Recording::kAll) {
    LogExpressEvents(deps_.options->express_log, live->state, events);
  }
  if (is_start && is_recorded) pipeline_.AddStart(live->row);
  if (is_recorded) {
    AddRows(live, &transition, events);
  } else {
    ++live->sequence;
    transition.events = static_cast<int64_t>(events.size());
  }
  const bool is_closed = live->state.is_closed();
  if (is_closed || live->row.parked) {
    live->row.parked = false;
    live->row.wake_at = absl::InfiniteFuture();
    live->row.status = StoredStatus(live->state.status());
    live->row.stop_time = live->state.stop_time();
    if (live->recording != Recording::kNothing) {
      persistence::ExecutionUpdate update{live->row.ref, live->row.status, live->row.stop_time,
                                          false, absl::InfiniteFuture()};
      // Nobody goes on from it any more.
      update.drops_checkpoint = is_closed && live->has_checkpoint;
      pipeline_.AddUpdate(std::move(update));
    }
  }
  resident_.Touch(live, deps_.world.clock->Steady());
  const bool has_rows = is_recorded || (live->recording == Recording::kStart && is_closed);
  if (!has_rows) {
    unrecorded_.push_back(std::move(transition));
  } else {
    pipeline_.AddTransition(std::move(transition));
  }
  RequestFlush();
}

// The history row, and a checkpoint where one is due.
void RangeRunner::AddRows(LiveExecution* live, Transition* transition,
                          const std::vector<core::Event>& events) {
  persistence::HistoryRow row;
  row.ref = live->row.ref;
  row.sequence = ++live->sequence;
  row.record = core::EncodeTransition(events);
  for (const core::Event& event : events) {
    if (event.is_numbered()) {
      if (row.first_event == 0) row.first_event = event.id;
      ++row.event_count;
    } else {
      if (event.type == core::EventType::kRetryScheduled) ++transition->retries;
    }
  }
  transition->events = row.event_count;
  live->events_since_checkpoint += static_cast<int64_t>(events.size());
  live->bytes_since_checkpoint += row.record.size();
  if (deps_.options->verify_replay) {
    live->verify_records.push_back(row.record);
    VerifyReplay(*live);
  }
  pipeline_.AddHistory(std::move(row));
  const bool is_due = live->events_since_checkpoint >= deps_.options->checkpoint_events ||
                      live->bytes_since_checkpoint >=
                          std::max(kCheckpointBytes, 2 * live->state.ApproximateBytes());
  if (is_due && !live->state.is_closed()) AddCheckpoint(live);
}

void RangeRunner::AddCheckpoint(LiveExecution* live) {
  live->events_since_checkpoint = 0;
  live->bytes_since_checkpoint = 0;
  live->has_checkpoint = true;
  std::string state = core::EncodeCheckpoint(live->state);
  if (deps_.options->verify_replay) {
    live->verify_checkpoint = state;
    live->verify_records.clear();
  }
  pipeline_.AddCheckpoint(
      persistence::CheckpointRow{live->row.ref, live->sequence, std::move(state)});
}

void RangeRunner::AfterCommit(Transition transition) {
  LiveExecution* live = resident_.Find(transition.ref);
  PAWL_CHECK(live != nullptr);
  live->is_in_flight = false;
  deps_.metrics->Events(transition.events);
  for (int64_t i = 0; i < transition.retries; ++i) deps_.metrics->RetryScheduled();
  pending_commands_ -= static_cast<int64_t>(transition.commands.size());
  effects_.EndAttempts(live, transition.answered);
  effects_.Dispatch(live, /*is_recovery=*/false);
  deadlines_.Arm(live);
  if (transition.start_done) {
    --pending_commands_;
    deps_.metrics->ExecutionStarted();
    transition.start_done(
        StartResult{live->row.ref, live->state.header().arn, live->row.start_time, true});
  }
  for (size_t i = 0; i < transition.commands.size(); ++i) {
    if (transition.commands[i].done) transition.commands[i].done(transition.outcomes[i]);
  }
  // Memory and store agree now, and only now.
  for (auto& then : std::exchange(live->after_commit, {})) then(live);
  TellRelatives(live, transition);
  deps_.watchers->Notify(transition.ref, live->state.is_closed());
  if (live->is_parking) {
    live->is_parking = false;
    // Something may have arrived meanwhile; then it stays, and its next transition unparks the row.
    if (live->queue.empty()) return Erase(live);
  }
  if (live->state.is_closed()) return CloseLive(live);
  if (live->state.wants_continue()) return Continue(live);
  Schedule(live);
}

void RangeRunner::TellRelatives(LiveExecution* live, const Transition& transition) {
  for (const core::ChildRef& child : transition.abandoned) deps_.children->Stop(*live, child);
  if (live->state.is_closed()) deps_.children->Ended(*live);
}

void RangeRunner::CloseLive(LiveExecution* live) {
  if (live->on_end) live->on_end(live->state);
  if (live->recording != Recording::kAll) LogExpressEnd(deps_.options->express_log, live->state);
  deps_.metrics->ExecutionEnded(live->state.status());
  for (PendingCommand& pending : std::exchange(live->queue, {})) {
    --pending_commands_;
    if (pending.done) pending.done(core::CommandOutcome::kClosed);
  }
  Erase(live);
}

// A transition was cut short. Whoever keeps exceeding what a strand can spare waits longer and
// longer, so that the threads for slow decisions serve others too.
void RangeRunner::Continue(LiveExecution* live) {
  if (mode_ == Mode::kClosing) return Schedule(live);  // whoever owns the range next goes on
  if (live->slow_decisions < kSlowed) return Enqueue(live, core::Continue{}, nullptr);
  Schedule(live);
  const int doublings = std::min(live->slow_decisions - kSlowed, 7);
  deps_.strand->PostAfter(absl::Milliseconds(10) * (1 << doublings),
                          IfStillOwner([this, ref = live->row.ref] {
                            LiveExecution* slow = resident_.Find(ref);
                            if (slow == nullptr || slow->is_in_flight) return;
                            if (slow->state.wants_continue()) {
                              Enqueue(slow, core::Continue{}, nullptr);
                            }
                          }));
}

// The store will never take its rows. Its memory is ahead of the store, so it is dropped, folded
// again and ended by a record that is small.
void RangeRunner::OnRejected(Transition transition, const std::string& why) {
  LiveExecution* live = resident_.Find(transition.ref);
  PAWL_CHECK(live != nullptr);
  const persistence::ExecutionRow row = live->row;
  Log(LogLevel::kError, "the store refuses what an execution wrote",
      {{"execution", live->state.header().arn}, {"why", why}});
  const bool was_given_up = live->is_given_up;
  std::vector<PendingCommand> commands = std::move(transition.commands);
  std::deque<PendingCommand> waiting = std::move(live->queue);
  auto views = std::exchange(live->after_commit, {});
  effects_.DropAttempts(*live);
  Erase(live);
  pending_commands_ -= static_cast<int64_t>(commands.size() + waiting.size());
  for (PendingCommand& command : waiting) {
    if (command.done) command.done(absl::UnavailableError("try again"));
  }
  for (auto& then : views) then(nullptr);
  if (transition.start_done) {
    --pending_commands_;
    return transition.start_done(absl::InvalidArgumentError(
        absl::StrCat("the store refuses this execution's rows, nothing was started: ", why)));
  }
  if (!was_given_up) return EndRefused(row, std::move(commands), why);
  loader_.Quarantine(row, absl::StrCat("the store refuses its rows: ", why));
  PublishHealth();
  for (PendingCommand& command : commands) {
    if (command.done) command.done(absl::DataLossError("the execution is in quarantine"));
  }
}

void RangeRunner::EndRefused(persistence::ExecutionRow row, std::vector<PendingCommand> commands,
                             const std::string& why) {
  const persistence::ExecutionRef ref = row.ref;
  auto shared = std::make_shared<std::vector<PendingCommand>>(std::move(commands));
  const auto answer = [shared](const absl::StatusOr<core::CommandOutcome>& outcome) {
    for (PendingCommand& command : *shared) {
      // Its execution has ended; nothing of the command was recorded.
      if (command.done && outcome.ok()) command.done(core::CommandOutcome::kClosed);
      if (command.done && !outcome.ok()) command.done(outcome.status());
    }
    shared->clear();
  };
  loader_.With(ref, [this, row, why, shared, answer](absl::StatusOr<LiveExecution*> live) {
    if (absl::IsUnavailable(live.status())) {
      return deps_.strand->PostAfter(kRefusedRetry, IfStillOwner([this, row, why, shared] {
                                       EndRefused(row, std::move(*shared), why);
                                     }));
    }
    if (!live.ok()) return answer(live.status());
    if (*live == nullptr) return answer(core::CommandOutcome::kClosed);
    (*live)->is_given_up = true;
    core::FailExecution command{
        Failure{"States.Runtime", absl::StrCat("What the execution led to cannot be stored: ", why)}};
    Enqueue(*live, std::move(command), answer);
  });
}

}  // namespace pawl::runtime
