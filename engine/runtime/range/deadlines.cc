#include "engine/runtime/range/deadlines.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

// Between two looks the clocks may drift apart by less than this; a step is more.
constexpr absl::Duration kStep = absl::Seconds(1);
// In one turn of the strand.
constexpr int kMaxFired = 1'000;

// Whether the first timer is a moment rather than an interval.
bool IsMoment(const core::Execution& state, const core::Timer& timer) {
  if (timer.kind != core::Timer::Kind::kWait) return false;
  const core::Frame* frame = state.FindFrame(timer.frame);
  if (frame == nullptr) return false;
  const asl::State& waiting = state.machine().state(frame->state);
  return waiting.type == asl::StateType::kWait && !waiting.As<asl::WaitFields>().seconds.present();
}

}  // namespace

Deadlines::Deadlines(const Clock* clock, Strand* strand, Handlers handlers)
    : clock_(clock),
      handlers_(std::move(handlers)),
      alarm_(strand->NewAlarm([this] { Wake(); })),
      wall_offset_(clock->Now() - absl::UnixEpoch() - clock->Steady()) {}

void Deadlines::Arm(LiveExecution* live) {
  const persistence::ExecutionRef ref = live->row.ref;
  const std::set<core::Timer>& timers = live->state.timers();
  const absl::Time due = timers.empty() ? absl::InfiniteFuture() : timers.begin()->due;
  if (due == live->due && live->armed != absl::InfiniteDuration()) return;
  if (live->armed != absl::InfiniteDuration()) timers_.erase({live->armed, ref});
  by_wall_clock_.erase(ref);
  live->due = due;
  live->armed = absl::InfiniteDuration();
  if (due == absl::InfiniteFuture()) return;
  // An execution's time never runs backwards, so after a step back its own time is ahead of the
  // wall clock; an interval is counted from there.
  absl::Time now = std::max(clock_->Now(), live->state.last_event_time());
  if (IsPlanted(PlantedFault::kTimersByTheWallClock)) now = clock_->Now();
  live->armed = clock_->Steady() + std::max(due - now, absl::ZeroDuration());
  timers_.insert({live->armed, ref});
  if (IsMoment(live->state, *timers.begin())) by_wall_clock_.insert(ref);
  SetAlarm();
}

void Deadlines::ExpectHeartbeat(AttemptKey key, LiveAttempt* attempt, absl::Duration interval) {
  ForgetHeartbeat(key, attempt);
  attempt->heartbeat_due = std::min(clock_->Steady() + interval, attempt->ends_at);
  heartbeats_.insert({attempt->heartbeat_due, key});
  SetAlarm();
}

void Deadlines::ForgetHeartbeat(AttemptKey key, LiveAttempt* attempt) {
  if (attempt->heartbeat_due == absl::InfiniteDuration()) return;
  heartbeats_.erase({attempt->heartbeat_due, key});
  attempt->heartbeat_due = absl::InfiniteDuration();
}

void Deadlines::Forget(LiveExecution* live) {
  if (live->armed != absl::InfiniteDuration()) timers_.erase({live->armed, live->row.ref});
  live->armed = absl::InfiniteDuration();
  by_wall_clock_.erase(live->row.ref);
  for (auto& [scheduled, attempt] : live->attempts) {
    ForgetHeartbeat(AttemptKey{live->row.ref, scheduled}, &attempt);
  }
}

void Deadlines::SetParkedWake(absl::Time wake) {
  parked_wake_ = wake;
  parked_at_ = wake == absl::InfiniteFuture()
                   ? absl::InfiniteDuration()
                   : clock_->Steady() + std::max(wake - clock_->Now(), absl::ZeroDuration());
  SetAlarm();
}

void Deadlines::AddParkedWake(absl::Time wake) {
  if (wake < parked_wake_) SetParkedWake(wake);
}

void Deadlines::Clear() {
  timers_.clear();
  heartbeats_.clear();
  by_wall_clock_.clear();
  SetParkedWake(absl::InfiniteFuture());
}

void Deadlines::WatchWallClock(
    const std::function<LiveExecution*(persistence::ExecutionRef)>& find) {
  const absl::Duration offset = clock_->Now() - absl::UnixEpoch() - clock_->Steady();
  const absl::Duration step = offset - std::exchange(wall_offset_, offset);
  if (absl::AbsDuration(step) < kStep) return;
  SetParkedWake(parked_wake_);
  const std::vector<persistence::ExecutionRef> refs(by_wall_clock_.begin(), by_wall_clock_.end());
  for (const persistence::ExecutionRef& ref : refs) {
    LiveExecution* live = find(ref);
    if (live == nullptr) continue;
    timers_.erase({live->armed, ref});
    live->armed = absl::InfiniteDuration();
    Arm(live);
  }
}

absl::Duration Deadlines::UntilTimer(const LiveExecution& live) const {
  return live.armed == absl::InfiniteDuration() ? live.armed : live.armed - clock_->Steady();
}

void Deadlines::SetAlarm() {
  absl::Duration at = parked_at_;
  if (!timers_.empty()) at = std::min(at, timers_.begin()->first);
  if (!heartbeats_.empty()) at = std::min(at, heartbeats_.begin()->first);
  if (at == alarm_at_) return;
  // A later time is set when the earlier one has come: that costs one wake-up, not one for each
  // deadline that is taken back.
  if (at > alarm_at_) return;
  alarm_at_ = at;
  alarm_->Set(at);
}

void Deadlines::Wake() {
  alarm_at_ = absl::InfiniteDuration();
  const absl::Duration now = clock_->Steady();
  // The rest of a great number waits until what else was posted has run.
  int left = kMaxFired;
  while (!timers_.empty() && timers_.begin()->first <= now && left-- > 0) {
    const persistence::ExecutionRef ref = timers_.begin()->second;
    timers_.erase(timers_.begin());
    by_wall_clock_.erase(ref);
    handlers_.timer(ref);
  }
  while (!heartbeats_.empty() && heartbeats_.begin()->first <= now && left-- > 0) {
    const AttemptKey key = heartbeats_.begin()->second;
    heartbeats_.erase(heartbeats_.begin());
    handlers_.heartbeat(key);
  }
  if (parked_at_ <= now) {
    parked_wake_ = absl::InfiniteFuture();
    parked_at_ = absl::InfiniteDuration();
    handlers_.parked();
  }
  SetAlarm();
}

}  // namespace pawl::runtime
