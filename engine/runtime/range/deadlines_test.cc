#include "engine/runtime/range/deadlines.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/asl/compile.h"
#include "engine/runtime/range/resident_set.h"
#include "engine/runtime/world/memory_budget.h"
#include "engine/runtime/world/virtual_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

using ::testing::ElementsAre;

class DeadlinesTest : public ::testing::Test {
 protected:
  DeadlinesTest() {
    auto machine = std::make_shared<CompiledMachine>();
    std::vector<asl::Diagnostic> diagnostics;
    machine->machine = asl::Compile(
        R"({"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$","End":true}}})", {},
        &diagnostics);
    machine_ = machine;
  }
  // An execution that waits for so many seconds.
  LiveExecution* Waiting(int64_t id, int seconds) {
    persistence::ExecutionRow row;
    row.ref = {persistence::Slot(1), id};
    row.name = std::to_string(id);
    core::ExecutionHeader header;
    header.start_time = world_.now();
    LiveExecution* live = resident_.Insert(
        std::make_unique<LiveExecution>(std::move(row), machine_, std::move(header)),
        absl::ZeroDuration());
    core::World world;
    expr::RandomSource random(1);
    world.now = world_.now();
    world.random = &random;
    const core::Command start =
        core::StartExecution{*Payload::FromText(std::to_string(seconds)), absl::nullopt};
    core::Decide(&live->state, {&start, 1}, world);
    deadlines_.Arm(live);
    return live;
  }
  void Run(absl::Duration span) {
    const absl::Time until = world_.now() + span;
    world_.RunUntil([] { return false; }, until);
    world_.AdvanceTo(until);
  }

  persistence::MemoryStore store_{{[this] { return world_.now(); }}};
  VirtualWorld world_{&store_, 1};
  WorldRef ref_ = world_.ref();
  MachinePtr machine_;
  MemoryBudget memory_{size_t{1} << 30};
  NodeLoad load_;
  ResidentSet resident_{&memory_, &load_};
  std::vector<int64_t> fired_;
  std::vector<core::EventId> beats_lost_;
  int parked_ = 0;
  Deadlines deadlines_{
      ref_.clock,
      world_.strand(),
      {[this](persistence::ExecutionRef ref) {
         resident_.Find(ref)->armed = absl::InfiniteDuration();
         fired_.push_back(ref.id);
       },
       [this](AttemptKey key) { beats_lost_.push_back(key.scheduled); }, [this] { ++parked_; }}};
};

TEST_F(DeadlinesTest, FireInTheirOrderWhateverTheOrderOfArming) {
  for (int i = 20; i > 0; --i) Waiting(i, i);
  Run(absl::Seconds(4.5));
  EXPECT_THAT(fired_, ElementsAre(1, 2, 3, 4));
}

TEST_F(DeadlinesTest, AStepOfTheWallClockChangesNoInterval) {
  Waiting(1, 3);
  world_.StepWallClock(-absl::Hours(1));
  Waiting(2, 4);
  world_.StepWallClock(absl::Hours(2));
  Run(absl::Seconds(2));
  EXPECT_TRUE(fired_.empty());
  Run(absl::Seconds(3));
  EXPECT_THAT(fired_, ElementsAre(1, 2));
}

TEST_F(DeadlinesTest, ABeatMovesItsDeadline) {
  LiveExecution* live = Waiting(1, 1000);
  LiveAttempt& attempt = live->attempts[core::EventId(7)];
  const AttemptKey key{live->row.ref, core::EventId(7)};
  deadlines_.ExpectHeartbeat(key, &attempt, absl::Seconds(10));
  for (int i = 0; i < 3; ++i) {
    Run(absl::Seconds(9));
    deadlines_.ExpectHeartbeat(key, &attempt, absl::Seconds(10));
  }
  EXPECT_TRUE(beats_lost_.empty());
  Run(absl::Seconds(11));
  EXPECT_THAT(beats_lost_, ElementsAre(core::EventId(7)));
}

TEST_F(DeadlinesTest, WhatIsForgottenDoesNotFire) {
  LiveExecution* live = Waiting(1, 3);
  deadlines_.ExpectHeartbeat({live->row.ref, core::EventId(7)}, &live->attempts[core::EventId(7)],
                             absl::Seconds(2));
  deadlines_.Forget(live);
  Run(absl::Minutes(1));
  EXPECT_TRUE(fired_.empty());
  EXPECT_TRUE(beats_lost_.empty());
}

TEST_F(DeadlinesTest, TheEarliestParkedExecutionIsLookedForInTime) {
  deadlines_.AddParkedWake(world_.now() + absl::Seconds(60));
  deadlines_.AddParkedWake(world_.now() + absl::Seconds(30));
  deadlines_.AddParkedWake(world_.now() + absl::Seconds(90));
  Run(absl::Seconds(29));
  EXPECT_EQ(parked_, 0);
  Run(absl::Seconds(2));
  EXPECT_EQ(parked_, 1);
}

TEST_F(DeadlinesTest, MoreThanATurnCanTakeFireInSeveral) {
  for (int i = 0; i < 5'000; ++i) Waiting(i + 1, 2);
  Run(absl::Seconds(1.9));
  EXPECT_TRUE(fired_.empty());
  Run(absl::Seconds(0.2));
  EXPECT_EQ(fired_.size(), 5'000u);
}

TEST_F(DeadlinesTest, ResidentExecutionsWeigh) {
  const size_t before = memory_.used();
  LiveExecution* live = Waiting(1, 1);
  EXPECT_GT(memory_.used(), before);
  live->state.AddBytes(1'000'000);
  resident_.Weigh(live);
  resident_.Erase(live->row.ref);
  EXPECT_EQ(memory_.used(), before);
}

}  // namespace
}  // namespace pawl::runtime
