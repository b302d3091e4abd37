// When the executions of one range have something due, and which heartbeats are owed. Everything is
// measured by the steady clock: a wall clock that steps neither delays nor hurries what was meant
// as an interval. What was meant as a moment (a Wait until a timestamp) is armed anew after a step.
// One alarm wakes the strand, however often deadlines move. Touched only from the range's strand.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "absl/time/time.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/tasks/task_token.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Deadlines {
 public:
  struct Handlers {
    std::function<void(persistence::ExecutionRef)> timer;  // a timer of its state is due
    std::function<void(AttemptKey)> heartbeat;             // none came in time
    std::function<void()> parked;                          // a parked execution is due soon
  };

  Deadlines(const Clock* clock, Strand* strand, Handlers handlers);

  // By the first timer of its state. Again whenever that may have changed.
  void Arm(LiveExecution* live);
  // The attempt owes a heartbeat within `interval` from now, counted in `attempt`, and its end by
  // `attempt->ends_at`.
  void ExpectHeartbeat(AttemptKey key, LiveAttempt* attempt, absl::Duration interval);
  void ForgetHeartbeat(AttemptKey key, LiveAttempt* attempt);
  // It leaves memory.
  void Forget(LiveExecution* live);
  // The earliest wake-up of a parked execution, by the wall clock; InfiniteFuture: none.
  void SetParkedWake(absl::Time wake);
  // The same, if it is earlier than what is set.
  void AddParkedWake(absl::Time wake);
  // Nothing fires any more until the next Arm.
  void Clear();
  // Looks whether the wall clock has stepped, and arms anew what goes by it. Now and then.
  void WatchWallClock(const std::function<LiveExecution*(persistence::ExecutionRef)>& find);

  // How long until the execution's first timer; InfiniteDuration where there is none.
  absl::Duration UntilTimer(const LiveExecution& live) const;
  absl::Time parked_wake() const { return parked_wake_; }

 private:
  void Wake();
  void SetAlarm();

  const Clock* clock_;
  const Handlers handlers_;
  std::unique_ptr<Alarm> alarm_;
  absl::Duration alarm_at_ = absl::InfiniteDuration();
  absl::Duration wall_offset_;  // of the wall clock to the steady one, when last looked at
  std::set<std::pair<absl::Duration, persistence::ExecutionRef>> timers_;
  std::set<std::pair<absl::Duration, AttemptKey>> heartbeats_;
  std::set<persistence::ExecutionRef> by_wall_clock_;  // of `timers_`
  absl::Time parked_wake_ = absl::InfiniteFuture();
  absl::Duration parked_at_ = absl::InfiniteDuration();
};

}  // namespace pawl::runtime
