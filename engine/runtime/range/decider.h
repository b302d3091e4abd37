// Makes decisions: on the strand where they are quick, away from it where they are not. An
// expression that takes longer than a strand can spare leaves the strand in the middle of its
// evaluation, and whatever else the range has to do goes on meanwhile; what was slow once is
// decided by threads of its own from the beginning. Touched only from the range's strand, but for
// the computation itself, which touches one execution and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/runtime/machines/activity_registry.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/commit_pipeline.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/tasks/task_token.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

// One decision at work.
struct Decision {
  std::shared_ptr<LiveExecution> live;
  std::vector<core::Command> commands;
  Transition transition;   // who waits for it
  int64_t generation = 0;  // of the ownership that it was begun under
  core::Decision result;
  bool is_slow = false;   // it took longer than a strand can spare
  bool has_left = false;  // it went on away from the strand
  absl::Time now;
  uint64_t seed = 0;
};

class Decider {
 public:
  // On the strand, with the result.
  using Done = std::function<void(std::shared_ptr<Decision>)>;
  // Decisions in a row that took long before an execution is slowed and shown.
  static constexpr int kSlowed = 3;

  // All arguments outlive the decider. `left` is called when a decision leaves the strand.
  Decider(const WorldRef& world, const Options& options, const TaskTokens* tokens,
          const ActivityRegistry* activities, Strand* strand, std::function<void()> left, Done done)
      : world_(world),
        options_(options),
        tokens_(tokens),
        activities_(activities),
        strand_(strand),
        left_(std::move(left)),
        done_(std::move(done)) {}

  // Marks the execution as in flight, decides and calls `done`. False where the decision has left
  // the strand, and this thread with it: the caller must return at once and touch nothing.
  [[nodiscard]] bool Run(std::shared_ptr<Decision> decision);

  // Decisions that are being computed away from the strand.
  int64_t away() const { return away_; }

 private:
  void RunAway(std::shared_ptr<Decision> decision);
  void Compute(Decision* decision, std::function<void()> on_slow) const;
  void ComeBack(std::shared_ptr<Decision> decision);

  const WorldRef& world_;
  const Options& options_;
  const TaskTokens* const tokens_;
  const ActivityRegistry* const activities_;
  Strand* const strand_;
  const std::function<void()> left_;
  const Done done_;
  int64_t away_ = 0;
};

}  // namespace pawl::runtime
