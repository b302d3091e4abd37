// The world of tests, of the simulation and of the SDK's in-process engine: one thread, and time
// that stands still until nothing is left to do at the present moment.
//
//   VirtualWorld world(&store, seed);
//   ... build the engine on world.ref() and world.strand() ...
//   world.RunUntilIdle();               // everything that can happen now
//   world.AdvanceTo(*world.next());     // to the next timer
//
// Everything that happens is a function of the seed.
#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <tuple>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/expr/expression.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class VirtualWorld {
 public:
  VirtualWorld(persistence::Store* store, uint64_t seed,
               absl::Time start = absl::FromUnixSeconds(1'700'000'000));
  ~VirtualWorld();

  // Both may be null.
  WorldRef ref(objects::ObjectStore* objects = nullptr, core::Listener* listener = nullptr);
  Strand* strand();
  // True time, which the wall clock shows but for its steps.
  absl::Time now() const { return now_; }
  // The engine's wall clock steps; nobody else's does.
  void StepWallClock(absl::Duration step) { wall_step_ += step; }
  absl::Duration wall_step() const { return wall_step_; }
  // From now on work may leave its strand, as it may with threads. It runs on at once; what it
  // posts comes after what was there already.
  void AllowLeaving(bool is_allowed) { may_leave_ = is_allowed; }

  // Runs the earliest piece of work that is due now; false where there is none.
  bool RunOne();
  // Until nothing is due now, or `max_steps` pieces of work have run (then false).
  bool RunUntilIdle(int64_t max_steps = 10'000'000);
  // When the next piece of work is due; nullopt where nothing is left at all.
  absl::optional<absl::Time> next() const;
  // Never backwards.
  void AdvanceTo(absl::Time time);
  // Runs and advances until `done` or nothing is left or virtual time passes `until`; whether
  // `done`.
  bool RunUntil(const std::function<bool()>& done, absl::Time until);

 private:
  class VirtualClock;
  class VirtualAlarm;
  class VirtualStrand;
  class VirtualStore;
  class VirtualBlocking;
  struct Item {
    absl::Time time;
    int64_t order;
    std::shared_ptr<Work> work;
    bool operator<(const Item& other) const {
      return std::tie(other.time, other.order) < std::tie(time, order);
    }
  };
  void Add(absl::Time time, Work work);

  absl::Time now_;
  const absl::Time start_;
  absl::Duration wall_step_;
  bool may_leave_ = false;
  int64_t next_order_ = 0;
  std::priority_queue<Item> items_;
  expr::RandomSource random_;
  std::unique_ptr<VirtualClock> clock_;
  std::unique_ptr<VirtualStrand> strand_;
  std::unique_ptr<VirtualStore> store_;
  std::unique_ptr<VirtualBlocking> blocking_;  // also of slow decisions
};

}  // namespace pawl::runtime
