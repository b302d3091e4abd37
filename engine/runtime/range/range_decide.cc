// What is decided when: commands wait at their execution, executions in a list, starts for a batch
// with room.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/range/range_runner.h"
#include "engine/runtime/range/slots.h"
#include "engine/runtime/world/log.h"
#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

// What one turn of the strand decides: then what was posted meanwhile has its turn.
constexpr int64_t kMaxFlushEvents = 20'000;

// Executions that never wait, loops of Pass states for one, join a batch only while it has fewer
// events than this: everybody else's next commit stays short, and so does the turn before it.
constexpr int64_t kMaxContinuedEvents = 2'000;

absl::Time ToStored(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

// The attempt that its own worker ends by this command; kNoEvent where it is none. Such a worker
// need not be told that the attempt is over.
core::EventId AnsweredBy(const core::Command& command) {
  if (const auto* c = std::get_if<core::CompleteTask>(&command)) {
    return c->by_token ? core::kNoEvent : c->scheduled;
  }
  if (const auto* c = std::get_if<core::FailTask>(&command)) {
    return c->by_token ? core::kNoEvent : c->scheduled;
  }
  return core::kNoEvent;
}

bool IsContinue(const PendingCommand& pending) {
  return std::holds_alternative<core::Continue>(pending.command);
}

}  // namespace

void RangeRunner::Enqueue(LiveExecution* live, core::Command command, CommandCallback done) {
  // Who stops an execution does not wait for what it would have done next.
  if (std::holds_alternative<core::StopExecution>(command)) {
    const auto first = std::remove_if(live->queue.begin(), live->queue.end(), IsContinue);
    pending_.Remove(live->queue.end() - first);
    live->queue.erase(first, live->queue.end());
  }
  pending_.Add(1);
  live->queue.push_back(PendingCommand{std::move(command), std::move(done)});
  Schedule(live);
}

void RangeRunner::Schedule(LiveExecution* live) {
  if (live->is_in_flight || live->is_scheduled || live->queue.empty()) return;
  live->is_scheduled = true;
  const bool only_continues = live->queue.size() == 1 && IsContinue(live->queue.front());
  (only_continues ? to_continue_ : to_decide_).push_back(live->row.ref);
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
    if (!DecideFirst(&to_decide_)) return;
  }
  while (!waiting_starts_.empty() && !pipeline_.IsFull() && flushed_events_ < kMaxFlushEvents) {
    auto [request, done] = waiting_starts_.Pop();
    if (!StartNow(std::move(request), std::move(done))) return;
  }
  while (!to_continue_.empty() && HasRoomToContinue() && flushed_events_ < kMaxContinuedEvents) {
    if (!DecideFirst(&to_continue_)) return;
  }
  pipeline_.Send();
  // Nothing of these is stored, so their effects need not wait for a commit.
  for (Transition& transition : std::exchange(unrecorded_, {})) AfterCommit(std::move(transition));
  const bool has_more = !to_decide_.empty() || !waiting_starts_.empty();
  if (has_more && !pipeline_.IsFull()) RequestFlush();
  // Otherwise the pipeline asks again once its batch is on the way.
  if (!to_continue_.empty() && HasRoomToContinue()) RequestFlush();
  FinishClose();
}

bool RangeRunner::HasRoomToContinue() const {
  return !pipeline_.IsFull() && pipeline_.filling_events() < kMaxContinuedEvents;
}

bool RangeRunner::DecideFirst(std::deque<persistence::ExecutionRef>* list) {
  LiveExecution* live = resident_.Find(list->front());
  list->pop_front();
  if (live == nullptr || !live->is_scheduled) return true;
  live->is_scheduled = false;
  return DecideOne(live);
}

bool RangeRunner::StartNow(StartRequest request, StartCallback done) {
  const persistence::MachineRevision& info = request.target.machine->info;
  const auto same_name = resident_.FindOpen(info.ns, info.name, request.name);
  if (same_name.has_value()) {
    AnswerExisting(*same_name, std::move(request.input), request.parent, std::move(done));
    return true;
  }
  const absl::optional<int64_t> id = NextId();
  if (!id.has_value()) {
    done(absl::UnavailableError("the ids of this epoch are used up; send it again"));
    deps_.strand->Post(
        IfStillOwner([this] { LoseOwnership("the ids of this epoch are used up"); }));
    return true;
  }
  persistence::ExecutionRow row;
  row.ref.slot = SlotOf(info.ns, info.name, request.name);
  row.ref.id = *id;
  row.ns = info.ns;
  row.machine = info.name;
  row.name = request.name;
  row.revision = info.revision;
  row.version = request.target.version;
  row.alias = request.target.alias;
  // Stored to the microsecond: kept so from the start, or a fold would differ from what it folds.
  row.start_time = ToStored(Now());
  core::ExecutionHeader header = MakeHeader(arns(), row, info);
  const persistence::ExecutionRef ref = row.ref;
  LiveExecution* live = resident_.Insert(
      std::make_unique<LiveExecution>(std::move(row), request.target.machine, std::move(header)),
      deps_.world.clock->Steady());
  live->recording = request.recording;
  live->on_end = std::move(request.on_end);
  pending_.Add(1);
  auto decision = std::make_shared<Decision>();
  decision->live = resident_.Share(ref);
  decision->commands.push_back(core::StartExecution{std::move(request.input), request.parent});
  decision->transition.start_done = std::move(done);
  decision->generation = generation_;
  return decider_.Run(std::move(decision));
}

bool RangeRunner::DecideOne(LiveExecution* live) {
  if (mode_ == Mode::kClosing) {
    // Whoever owns the range next goes on.
    const auto first = std::remove_if(live->queue.begin(), live->queue.end(), IsContinue);
    pending_.Remove(live->queue.end() - first);
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
  decision->generation = generation_;
  return decider_.Run(std::move(decision));
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
  live->fired_due = absl::InfinitePast();
  if (decision->is_slow && ++live->slow_decisions == Decider::kSlowed) {
    ++slowed_;
    Log(LogLevel::kWarning, "an execution's expressions take long; it is slowed",
        {{"execution", live->state.header().arn}});
    PublishHealth();
  } else if (!decision->is_slow && std::exchange(live->slow_decisions, 0) >= Decider::kSlowed) {
    --slowed_;
    PublishHealth();
  }
  transition.outcomes = std::move(decision->result.outcomes);
  for (size_t i = 0; i < decision->commands.size(); ++i) {
    if (transition.outcomes[i] != core::CommandOutcome::kApplied) continue;
    const core::EventId scheduled = AnsweredBy(decision->commands[i]);
    if (scheduled != core::kNoEvent) transition.answered.insert(scheduled);
  }
  flushed_events_ += static_cast<int64_t>(decision->result.events.size()) + 1;
  resident_.Weigh(live);
  if (!decision->result.events.empty()) {
    resident_.Touch(live, deps_.world.clock->Steady());
    if (IsPlanted(PlantedFault::kTasksBeforeTheCommit)) effects_.Dispatch(live, false);
    if (IsPlanted(PlantedFault::kStartAcknowledgedBeforeTheCommit) && transition.start_done) {
      transition.start_done(
          StartResult{live->row.ref, live->state.header().arn, live->row.start_time, true});
      transition.start_done = [](const absl::StatusOr<StartResult>&) {};
    }
    if (deps_.log != nullptr && live->machine->log != nullptr) {
      transition.log = LoggedOf(*live, decision->result.events, deps_.options->region);
    }
    auto unrecorded = writer_.Write(live, std::move(transition), decision->result.events);
    if (unrecorded.has_value()) unrecorded_.push_back(*std::move(unrecorded));
    return RequestFlush();
  }
  // Nothing changed, so what memory says is what the store has.
  live->is_in_flight = false;
  pending_.Remove(static_cast<int64_t>(transition.commands.size()));
  deadlines_.Arm(live);
  for (auto& then : std::exchange(live->after_commit, {})) then(live);
  for (size_t i = 0; i < transition.commands.size(); ++i) {
    if (transition.commands[i].done) transition.commands[i].done(transition.outcomes[i]);
  }
  Schedule(live);
}

}  // namespace pawl::runtime
