#include "engine/runtime/range/decider.h"

#include <algorithm>
#include <utility>

namespace pawl::runtime {
namespace {

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

// Activities of one namespace.
class Activities final : public core::ActivityLookup {
 public:
  Activities(const ActivityRegistry& registry, const std::string& ns)
      : registry_(registry), ns_(ns) {}
  bool IsRegistered(absl::string_view activity) const override {
    return registry_.IsRegistered(ns_, activity);
  }

 private:
  const ActivityRegistry& registry_;
  const std::string& ns_;
};

}  // namespace

bool Decider::Run(std::shared_ptr<Decision> decision) {
  LiveExecution* live = decision->live.get();
  decision->transition.ref = live->row.ref;
  // A timer that the steady clock says is due is due, wherever the wall clock stands. Times are
  // stored to the microsecond.
  decision->now =
      absl::FromUnixMicros(absl::ToUnixMicros(std::max(world_.clock->Now(), live->fired_due)));
  decision->seed = world_.seed();
  live->is_in_flight = true;
  if (live->slow_decisions > 0 && world_.slow != nullptr) {
    RunAway(std::move(decision));
    return true;
  }
  Compute(decision.get(), [this, live, decision = decision.get()] {
    decision->is_slow = true;
    // The strand's own affairs first: once it has been left, nothing of it may be touched.
    live->is_away = true;
    ++away_;
    left_();
    decision->has_left = strand_->Leave();
    if (decision->has_left) return;
    live->is_away = false;
    --away_;
  });
  if (!decision->has_left) {
    done_(std::move(decision));
    return true;
  }
  strand_->Post(
      [this, decision = std::move(decision)]() mutable { ComeBack(std::move(decision)); });
  return false;
}

// What was slow before is not tried on the strand again.
void Decider::RunAway(std::shared_ptr<Decision> decision) {
  decision->live->is_away = true;
  ++away_;
  world_.slow->Run([this, decision] { Compute(decision.get(), [&] { decision->is_slow = true; }); },
                   strand_, [this, decision]() mutable { ComeBack(std::move(decision)); });
}

void Decider::Compute(Decision* decision, std::function<void()> on_slow) const {
  Minter minter(*tokens_, *decision->live);
  expr::RandomSource random(decision->seed);
  core::World world;
  world.now = decision->now;
  world.random = &random;
  world.tokens = &minter;
  const Activities activities(*activities_, decision->live->row.ns);
  if (!options_.open_activities) world.activities = &activities;
  world.limits = options_.limits;
  world.listener = world_.listener;
  world.on_slow = std::move(on_slow);
  decision->result = core::Decide(&decision->live->state, decision->commands, world);
}

void Decider::ComeBack(std::shared_ptr<Decision> decision) {
  --away_;
  decision->live->is_away = false;
  done_(std::move(decision));
}

}  // namespace pawl::runtime
