// Workers that are lost, deaf or poisoned, and queues without bound. Each test failed before its cause was mended.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/runtime/hardening_fixture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::runtime {
namespace {

using ::testing::HasSubstr;

// --- workers

constexpr char kHeartbeat[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","HeartbeatSeconds":10,"End":true}}})";

TEST_F(Hardening, HeartbeatsAreOwedAgainAfterAReconnect) {
  Create("m", kHeartbeat);
  auto ref = engine_->Start("m", "e", "{}");
  auto first = std::make_shared<Worker>();
  Connect(first, 1);
  engine_->RunFor(absl::Milliseconds(10));
  ASSERT_EQ(first->tasks.size(), 1u);
  Restart();
  // The worker comes back with the task that it holds, and is never heard of again.
  Connect(std::make_shared<Worker>(), 1, {first->tasks[0]->key});
  engine_->RunFor(absl::Seconds(9));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
  engine_->RunFor(absl::Seconds(2));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kFailed);
}

TEST_F(Hardening, LostOwnershipDoublesNoTaskOfALivingWorker) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  auto worker = std::make_shared<Worker>();
  const SessionId id = Connect(worker, 1);
  engine_->RunFor(absl::Milliseconds(10));
  ASSERT_EQ(worker->tasks.size(), 1u);
  engine_->node().TaskReceived(id, worker->tasks[0]->key);
  LoseOwnership();
  auto second = std::make_shared<Worker>();
  Connect(second, 9);
  engine_->RunFor(absl::Minutes(10));
  EXPECT_TRUE(second->tasks.empty()) << "the first worker is at it still";
  EXPECT_TRUE(worker->cancelled.empty());
  EXPECT_EQ(*Complete(worker->tasks[0]->token, "1"), core::CommandOutcome::kApplied);
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Hardening, WhatNeverArrivedIsGivenOutAgainAfterLostOwnership) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  auto deaf = std::make_shared<Worker>();
  Connect(deaf, 1);
  engine_->RunFor(absl::Milliseconds(10));
  ASSERT_EQ(deaf->tasks.size(), 1u);  // and no receipt
  LoseOwnership();
  auto second = std::make_shared<Worker>();
  Connect(second, 1);
  engine_->RunFor(absl::Seconds(30));
  ASSERT_EQ(second->tasks.size(), 1u);
  EXPECT_EQ(*Complete(second->tasks[0]->token, "1"), core::CommandOutcome::kApplied);
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kSucceeded);
}

TEST_F(Hardening, LostOwnershipCancelsWhatHasEndedMeanwhile) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  auto worker = std::make_shared<Worker>();
  Connect(worker, 1);
  engine_->RunFor(absl::Milliseconds(10));
  // Its stop is committed, and the answer lost.
  script_.on_commit = [&](const persistence::CommitBatch&) {
    script_.on_commit = nullptr;
    return Fault{Fault::Kind::kUnknownCommitted, 0};
  };
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [](const absl::StatusOr<core::CommandOutcome>&) {});
  engine_->RunFor(absl::Seconds(5));
  EXPECT_EQ(worker->cancelled.size(), 1u);
}

TEST_F(Hardening, WhoWatchesIsToldOfAnEndWhoseCommitWasNotAnswered) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  bool is_closed = false;
  engine_->node().watchers().Add(*ref, [&](bool closed) { is_closed = is_closed || closed; });
  script_.on_commit = [&](const persistence::CommitBatch&) {
    script_.on_commit = nullptr;
    return Fault{Fault::Kind::kUnknownCommitted, 0};
  };
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [](const absl::StatusOr<core::CommandOutcome>&) {});
  engine_->RunFor(absl::Seconds(5));
  EXPECT_TRUE(is_closed);
}

TEST_F(Hardening, ATaskThatKillsItsWorkersFailsAndRetryDecides) {
  Create("m", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true,
      "Retry":[{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}]}}})");
  auto ref = engine_->Start("m", "e", "{}");
  int deliveries = 0;
  for (int i = 0; i < 30 && StatusOf(*ref) == core::ExecutionStatus::kRunning; ++i) {
    auto worker = std::make_shared<Worker>();
    const SessionId id = Connect(worker, 1);
    engine_->RunFor(absl::Seconds(1));
    deliveries += static_cast<int>(worker->tasks.size());
    for (const auto& task : worker->tasks) engine_->node().TaskReceived(id, task->key);
    Queues().Disconnect(id);  // killed by it
    engine_->RunFor(absl::Seconds(6));
  }
  EXPECT_EQ(deliveries, 10) << "five for each of two attempts";
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.error(), "States.TaskFailed");
  EXPECT_THAT(*(*live)->state.cause(), HasSubstr("--max-lost-deliveries"));
}

TEST_F(Hardening, ADeafWorkerIsNotHeldAgainstTheTask) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  Connect(std::make_shared<Worker>(), 100);  // takes it and never says so
  engine_->RunFor(absl::Minutes(1));
  EXPECT_EQ(StatusOf(*ref), core::ExecutionStatus::kRunning);
}

TEST_F(Hardening, QueuesThatNobodyUsesAreForgotten) {
  options_.runtime.max_queues_per_worker = 100'000;
  Restart();
  std::vector<AttemptKey> unknown;
  const SessionId id = Queues().Connect(std::make_shared<Worker>(), "000000000000", "w", {}, &unknown);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(Queues().AddCredit(id, absl::StrCat("q", i), 1).ok());
  }
  EXPECT_EQ(Queues().Stats().size(), 10'000u);
  Queues().Disconnect(id);
  EXPECT_TRUE(Queues().Stats().empty());
}

TEST_F(Hardening, AWorkerServesABoundedNumberOfQueues) {
  options_.runtime.max_queues_per_worker = 3;
  Restart();
  std::vector<AttemptKey> unknown;
  const SessionId id = Queues().Connect(std::make_shared<Worker>(), "000000000000", "w", {}, &unknown);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Queues().AddCredit(id, absl::StrCat("q", i), 1).ok());
  const absl::Status refused = Queues().AddCredit(id, "one-more", 1);
  EXPECT_TRUE(absl::IsResourceExhausted(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("--max-queues-per-worker"));
  EXPECT_TRUE(Queues().AddCredit(id, "q0", 1).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Queues().AddCredit(id, "", 1)));
}

}  // namespace
}  // namespace pawl::runtime
