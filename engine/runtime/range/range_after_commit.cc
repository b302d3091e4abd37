// What follows a commit, and what follows where the store refuses one. Nothing in this file leaves
// the process before the commit that it follows from.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/runtime/range/express_log.h"
#include "engine/runtime/range/range_runner.h"
#include "engine/runtime/world/log.h"
#include "engine/value/check.h"
#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

constexpr absl::Duration kRefusedRetry = absl::Seconds(1);

}  // namespace

void RangeRunner::AfterCommit(Transition transition) {
  LiveExecution* live = resident_.Find(transition.ref);
  PAWL_CHECK(live != nullptr);
  live->is_in_flight = false;
  deps_.metrics->Events(transition.events);
  if (transition.log != nullptr) deps_.log->Write(std::move(*transition.log));
  for (int64_t i = 0; i < transition.retries; ++i) deps_.metrics->RetryScheduled();
  pending_.Remove(static_cast<int64_t>(transition.commands.size()));
  effects_.EndAttempts(live, transition.answered);
  effects_.Dispatch(live, /*is_recovery=*/false);
  deadlines_.Arm(live);
  if (transition.start_done) {
    pending_.Remove(1);
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
    if (live->queue.empty()) {
      // Only now: a wake-up that comes while the commit is on its way passes over what is in memory.
      deadlines_.AddParkedWake(live->row.wake_at - Parking::kDueLead);
      return Erase(live);
    }
  }
  if (live->state.is_closed()) return CloseLive(live);
  if (live->state.wants_continue()) return Continue(live);
  Schedule(live);
}

void RangeRunner::TellRelatives(LiveExecution* live, const Transition& transition) {
  for (const core::ChildRef& child : transition.abandoned) deps_.relatives->Stop(*live, child);
  if (live->state.is_closed()) deps_.relatives->Ended(*live);
}

void RangeRunner::CloseLive(LiveExecution* live) {
  if (live->on_end) live->on_end(live->state);
  if (live->recording != Recording::kAll) LogExpressEnd(deps_.options->express_log, live->state);
  deps_.metrics->ExecutionEnded(live->state.status());
  for (PendingCommand& pending : std::exchange(live->queue, {})) {
    pending_.Remove(1);
    if (pending.done) pending.done(core::CommandOutcome::kClosed);
  }
  Erase(live);
}

// A transition was cut short. Whoever keeps exceeding what a strand can spare waits longer and
// longer, so that the threads for slow decisions serve others too.
void RangeRunner::Continue(LiveExecution* live) {
  if (mode_ == Mode::kClosing) return Schedule(live);  // whoever owns the range next goes on
  if (live->slow_decisions < Decider::kSlowed) return Enqueue(live, core::Continue{}, nullptr);
  Schedule(live);
  const int doublings = std::min(live->slow_decisions - Decider::kSlowed, 7);
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
  pending_.Remove(static_cast<int64_t>(commands.size() + waiting.size()));
  for (PendingCommand& command : waiting) {
    if (command.done) command.done(absl::UnavailableError("try again"));
  }
  for (auto& then : views) then(nullptr);
  if (transition.start_done) {
    pending_.Remove(1);
    return transition.start_done(absl::InvalidArgumentError(
        absl::StrCat("the store refuses this execution's rows, nothing was started: ", why)));
  }
  if (IsPlanted(PlantedFault::kRefusedRowsDropped)) {
    for (PendingCommand& command : commands) {
      if (command.done) command.done(absl::InternalError("refused"));
    }
    return;
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
    core::FailExecution command{Failure{
        "States.Runtime", absl::StrCat("What the execution led to cannot be stored: ", why)}};
    Enqueue(*live, std::move(command), answer);
  });
}

}  // namespace pawl::runtime
