// Which executions leave memory, and until when: those that have had nothing to do for a while, or,
// where memory is short, nothing to do at all. Touched only from the range's strand.
#pragma once

#include <functional>

#include "engine/runtime/options.h"
#include "engine/runtime/range/commit_pipeline.h"
#include "engine/runtime/range/deadlines.h"
#include "engine/runtime/range/effects.h"
#include "engine/runtime/range/resident_set.h"
#include "engine/runtime/range/transition_writer.h"
#include "engine/runtime/world/memory_budget.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Parking {
 public:
  struct Deps {
    const Clock* clock = nullptr;
    const Options* options = nullptr;
    const MemoryBudget* memory = nullptr;
    ResidentSet* resident = nullptr;
    Deadlines* deadlines = nullptr;
    Effects* effects = nullptr;
    CommitPipeline* pipeline = nullptr;
    TransitionWriter* writer = nullptr;
    std::function<void(LiveExecution*)> erase;  // its row says that it is parked already
  };
  // Parked executions are loaded a little before their time, so that they are in memory when it
  // comes.
  static constexpr absl::Duration kDueLead = absl::Seconds(1);

  explicit Parking(Deps deps) : deps_(std::move(deps)) {}

  // Now and then. What is parked is in the next batch.
  void ParkIdle();

 private:
  bool CanPark(const LiveExecution& live) const;
  void Consider(LiveExecution* live);

  const Deps deps_;
};

}  // namespace pawl::runtime
