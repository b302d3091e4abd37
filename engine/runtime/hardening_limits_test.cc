// Leases, stores and memory that run out, and executions that take long. Each test failed before its cause was mended.
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/runtime/hardening_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::runtime {
namespace {

using ::testing::HasSubstr;

// --- ownership and the store

TEST_F(Hardening, ALeaseThatCannotBeRenewedEndsServingBeforeItRunsOut) {
  engine_ = nullptr;
  Options options;
  options.lease = absl::Seconds(10);
  options.park_after = absl::Seconds(10);
  // Not by way of InProcessEngine, which has no leases.
  VirtualWorld world(&store_, 1);
  Metrics metrics;
  Node node(options, world.ref(), [&](persistence::SlotRange) { return world.strand(); }, &metrics);
  bool is_open = false;
  node.Open([&](const absl::Status& status) { is_open = status.ok(); });
  const auto run = [&](absl::Duration span) {
    const absl::Time until = world.now() + span;
    world.RunUntil([] { return false; }, until);
    world.AdvanceTo(until);
  };
  run(absl::Seconds(1));
  ASSERT_TRUE(is_open);
  EXPECT_TRUE(node.readiness().is_ready);
  script_.before_call = [](absl::string_view) {
    return absl::UnavailableError("the database is away");
  };
  script_.on_commit = [](const persistence::CommitBatch&) {
    return Fault{Fault::Kind::kNotCommitted, 0};
  };
  run(absl::Seconds(10));
  EXPECT_FALSE(node.readiness().is_ready);
  EXPECT_THAT(node.readiness().why, HasSubstr("the database is away"));
  absl::Status view = absl::OkStatus();
  node.View({persistence::Slot(1), 1}, {},
            [&](const absl::StatusOr<ExecutionView>& live) { view = live.status(); });
  run(absl::Seconds(1));
  EXPECT_TRUE(absl::IsUnavailable(view)) << view;
  script_.before_call = nullptr;
  script_.on_commit = nullptr;
  run(absl::Seconds(5));
  EXPECT_TRUE(node.readiness().is_ready) << "back by itself: " << node.readiness().why;
}

TEST_F(Hardening, WhileCommitsFailStartsAreRefusedWithTheReason) {
  Create("m", kTask);
  script_.on_commit = [](const persistence::CommitBatch&) {
    return Fault{Fault::Kind::kNotCommitted, 0};
  };
  bool is_answered = false;
  engine_->node().Start({kAccount, "m"}, "first", *Payload::FromText("{}"),
                        [&](const absl::StatusOr<StartResult>&) { is_answered = true; });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_FALSE(is_answered) << "it may still be committed";
  const absl::Status refused = engine_->Start("m", "second", "{}").status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("injected fault"));
  EXPECT_FALSE(engine_->node().readiness().is_ready);
  script_.on_commit = nullptr;
  engine_->RunFor(absl::Seconds(5));
  EXPECT_TRUE(is_answered);
  EXPECT_TRUE(engine_->Start("m", "third", "{}").ok());
  EXPECT_TRUE(engine_->node().readiness().is_ready);
}

// --- retention

TEST_F(Hardening, WhatHasEndedLongAgoIsDeletedAndNothingElse) {
  options_.runtime.retention = absl::Hours(24);
  Restart();
  Create("m", kTask);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(engine_->Start("m", absl::StrCat("e", i), "{}").ok());
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("1");
  });
  engine_->RunFor(absl::Hours(23));
  persistence::ListFilter filter;
  filter.ns = kAccount;
  EXPECT_EQ(memory_.ListExecutions(filter, absl::nullopt, 1'000)->size(), 500u);
  Create("long", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1000000,"End":true}}})");
  auto open = engine_->Start("long", "open", "{}");
  engine_->RunFor(absl::Hours(2));
  const auto left = memory_.ListExecutions(filter, absl::nullopt, 1'000);
  ASSERT_EQ(left->size(), 1u);
  EXPECT_EQ(left->front().ref, *open);
  EXPECT_FALSE(memory_.ReadHistory(*open, 1, 10, false)->empty());
}

// --- memory

TEST_F(Hardening, StartsAreRefusedWhereMemoryIsFull) {
  options_.runtime.memory_limit = 6'000'000;  // a payload weighs as text and as a value
  Restart();
  Create("m", kTask);
  const std::string large = "\"" + std::string(500'000, 'x') + "\"";
  int started = 0;
  absl::Status refused;
  for (int i = 0; i < 20 && refused.ok(); ++i) {
    refused = engine_->Start("m", absl::StrCat("e", i), large).status();
    started += refused.ok() ? 1 : 0;
  }
  EXPECT_GE(started, 5);
  EXPECT_LE(started, 7);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--memory-limit"));
  // Room again as executions end.
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("1");
  });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(engine_->Start("m", "again", large).ok());
}

TEST_F(Hardening, ARecoveryLoadsNoMoreThanMemoryHolds) {
  Create("m", kTask);
  const std::string large = "\"" + std::string(500'000, 'x') + "\"";
  constexpr int kCount = 60;
  for (int i = 0; i < kCount; ++i)
    ASSERT_TRUE(engine_->Start("m", absl::StrCat("e", i), large).ok());
  options_.runtime.memory_limit = 12'000'000;
  options_.runtime.park_after = absl::Seconds(4);
  Restart();
  EXPECT_LT(engine_->node().RangeOf(persistence::Slot(0)).health().resident, kCount);
  EXPECT_LT(engine_->node().memory().used(), 30'000'000u);
  // Each comes in its turn, as others end.
  engine_->Serve("q", [](const QueuedTask&, const InProcessEngine::Responder& respond) {
    respond.Succeed("1");
  });
  engine_->RunFor(absl::Minutes(5));
  EXPECT_EQ(memory_.CountOpen(persistence::SlotRange())->resident, 0);
}

// --- busy executions

TEST_F(Hardening, ABusyExecutionIsDescribedBetweenItsTransitions) {
  options_.runtime.limits.max_events_per_transition = 10;
  Restart();
  Create("m", R"({"StartAt":"A","States":{
      "A":{"Type":"Pass","Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Variable":"$.end","IsPresent":true,"Next":"C"}],"Default":"A"},
      "C":{"Type":"Succeed"}}})");
  absl::StatusOr<persistence::ExecutionRef> ref = absl::UnknownError("");
  engine_->node().Start({kAccount, "m"}, "e", *Payload::FromText("{}"),
                        [&](const absl::StatusOr<StartResult>& r) { ref = r->ref; });
  for (int i = 0; i < 200 && !ref.ok(); ++i) engine_->world().RunOne();
  ASSERT_TRUE(ref.ok());
  bool is_answered = false;
  engine_->node().View(*ref, {},
                       [&](const absl::StatusOr<ExecutionView>& live) { is_answered = live.ok(); });
  for (int i = 0; i < 50 && !is_answered; ++i) engine_->world().RunOne();
  EXPECT_TRUE(is_answered);
  bool is_stopped = false;
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [&](const absl::StatusOr<core::CommandOutcome>&) { is_stopped = true; });
  for (int i = 0; i < 50 && !is_stopped; ++i) engine_->world().RunOne();
  EXPECT_TRUE(is_stopped);
}

// --- slow expressions

TEST_F(Hardening, WhatLeavesTheStrandComesBackWithItsResult) {
  options_.runtime.limits.slow_expression_steps = 1'000;
  Restart();
  engine_->world().AllowLeaving(true);
  Create("m", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
      "A":{"Type":"Pass","Output":"{% $sum([1..5000]) %}","Next":"T"},
      "T":{"Type":"Task","Resource":"pawl:q","Next":"B"},
      "B":{"Type":"Pass","Output":"{% $sum([1..4000]) %}","End":true}}})J");
  engine_->Serve("q", [](const QueuedTask& task, const InProcessEngine::Responder& respond) {
    respond.Succeed(task.task.input.text());
  });
  auto ref = engine_->Start("m", "e", "{}");
  ASSERT_TRUE(ref.ok()) << ref.status();
  ASSERT_TRUE(engine_->RunUntilClosed(*ref, absl::Minutes(1)));
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.output().text(), "8002000");
}

TEST_F(Hardening, AnExecutionThatKeepsBeingSlowIsSlowedAndShownAndStopsAtOnce) {
  options_.runtime.limits.slow_expression_steps = 1'000;
  options_.runtime.limits.max_transition_steps = 2'000;
  Restart();
  engine_->world().AllowLeaving(true);
  Create("m", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
      "A":{"Type":"Pass","Output":"{% $sum([1..5000]) %}","Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Condition":"{% $states.input < 0 %}","Next":"C"}],"Default":"A"},
      "C":{"Type":"Succeed"}}})J");
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(2));
  EXPECT_EQ(engine_->node().RangeOf(persistence::Slot(0)).health().slowed, 1);
  EXPECT_LT(engine_->History(*ref)->size(), 300u) << "its turns come ever more rarely";
  EXPECT_GT(engine_->History(*ref)->size(), 10u);
  bool is_stopped = false;
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [&](const absl::StatusOr<core::CommandOutcome>&) { is_stopped = true; });
  engine_->RunFor(absl::Milliseconds(1));
  EXPECT_TRUE(is_stopped) << "without waiting for its turn";
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kAborted);
}

}  // namespace
}  // namespace pawl::runtime
