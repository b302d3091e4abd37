// Clocks that step, and timers that are due together. Each test failed before its cause was mended.
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/runtime/hardening_fixture.h"
#include "gtest/gtest.h"

namespace pawl::runtime {
namespace {

// --- time

constexpr char kWait[] =
    R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":3,"Next":"B"},"B":{"Type":"Wait","Seconds":3,"End":true}}})";

TEST_F(Hardening, AWallClockThatStepsBackDelaysNoWait) {
  Create("m", kWait);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  engine_->world().StepWallClock(-absl::Hours(1));
  engine_->RunFor(absl::Seconds(6));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Hardening, AWallClockThatStepsForwardHurriesNoTimeout) {
  Create(
      "m",
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":60,"End":true}}})");
  auto worker = std::make_shared<Worker>();
  Connect(worker, 1);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  engine_->world().StepWallClock(absl::Hours(1));
  engine_->RunFor(absl::Seconds(30));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
  engine_->RunFor(absl::Seconds(40));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kFailed);
}

TEST_F(Hardening, AWaitUntilAMomentFollowsTheWallClock) {
  options_.runtime.park_after = absl::Seconds(20);
  Restart();
  Create("m", R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[
      {"StartAt":"W","States":{"W":{"Type":"Wait","TimestampPath":"$.at","Next":"S"},"S":{"Type":"Pass","End":true}}},
      {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}}]}}})");
  const std::string at = absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ",
                                          engine_->now() + absl::Minutes(30), absl::UTCTimeZone());
  auto ref = engine_->Start("m", "e", absl::StrCat("{\"at\":\"", at, "\"}"));
  engine_->RunFor(absl::Seconds(1));
  engine_->world().StepWallClock(absl::Hours(1));
  engine_->RunFor(absl::Seconds(30));
  auto live = engine_->Load(*ref);
  EXPECT_TRUE((*live)->state.timers().empty()) << "the moment has passed";
}

TEST_F(Hardening, ManyParkedTimersDueAtOnceAllFireSoon) {
  options_.runtime.park_after = absl::Seconds(1);
  Restart();
  Create("m", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}})");
  constexpr int kCount = 3'000;
  int started = 0;
  for (int i = 0; i < kCount; ++i) {
    engine_->node().Start({kAccount, "m"}, absl::StrCat("e", i), *Payload::FromText("{}"),
                          [&](const absl::StatusOr<StartResult>& r) { started += r.ok() ? 1 : 0; });
  }
  engine_->RunFor(absl::Minutes(1));
  ASSERT_EQ(started, kCount);
  ASSERT_EQ(engine_->node().RangeOf(persistence::Slot(0)).health().resident, 0);
  engine_->RunFor(absl::Minutes(59) - absl::Seconds(1));
  engine_->RunFor(absl::Seconds(2));
  const auto open = memory_.CountOpen(persistence::SlotRange());
  EXPECT_EQ(open->parked + open->resident, 0);
}

TEST_F(Hardening, AWakeUpWhileTheParkingIsCommittedIsNotLost) {
  options_.runtime.park_after = absl::Seconds(20);
  Restart();
  Create("m", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}})");
  auto ref = engine_->Start("m", "e", "{}");
  int held_up = 0;
  script_.on_commit = [&](const persistence::CommitBatch& batch) {
    if (batch.updates.empty()) return Fault{};
    ++held_up;
    return Fault{Fault::Kind::kNotCommitted, 0};
  };
  engine_->RunFor(absl::Minutes(1));
  ASSERT_GT(held_up, 0) << "on its way to be parked";
  engine_->world().StepWallClock(absl::Hours(2));
  engine_->RunFor(absl::Minutes(1));
  EXPECT_FALSE(memory_.GetExecution(*ref)->parked);
  script_.on_commit = nullptr;
  engine_->RunFor(absl::Hours(2));
  EXPECT_EQ(memory_.GetExecution(*ref)->status, persistence::Status::kSucceeded);
}

}  // namespace
}  // namespace pawl::runtime
