#include "engine/runtime/range/commit_pipeline.h"

#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/world/log.h"
#include "engine/runtime/world/virtual_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::runtime {
namespace {

using ::testing::ElementsAre;
using Fault = persistence::CommitFault;

constexpr persistence::SlotRange kAll = {};

class Faults final : public persistence::FaultPlan {
 public:
  Fault OnCommit(const persistence::CommitBatch&) override {
    if (next.empty()) return {};
    Fault fault;
    fault.kind = next.front();
    next.erase(next.begin());
    return fault;
  }
  absl::Status BeforeCall(absl::string_view) override { return absl::OkStatus(); }
  absl::Status AfterCall(absl::string_view) override { return absl::OkStatus(); }
  std::vector<Fault::Kind> next;
};

class CommitPipelineTest : public ::testing::Test {
 protected:
  CommitPipelineTest() {
    SetLogLevel(LogLevel::kError);
    options_.max_batch_transitions = 3;
    ownership_.Take();
    Run();
  }
  void Run(absl::Duration span = absl::Milliseconds(1)) {
    const absl::Time until = virtual_.now() + span;
    virtual_.RunUntil([] { return false; }, until);
    virtual_.AdvanceTo(until);
  }
  // The start of an execution.
  void Add(int64_t id, const std::string& name, size_t bytes = 10) {
    persistence::ExecutionRow row;
    row.ref = {persistence::Slot(1), ownership_.epoch() << 32 | id};
    row.ns = "ns";
    row.machine = "m";
    row.name = name;
    row.start_time = virtual_.now();
    TransitionRows rows;
    rows.start = row;
    rows.history = persistence::HistoryRow{row.ref, 1, 1, 1, std::string(bytes, 'x')};
    Transition transition;
    transition.ref = row.ref;
    pipeline_.Add(std::move(rows), std::move(transition));
    names_[row.ref] = name;
  }

  persistence::MemoryStore memory_{{[this] { return virtual_.now(); }}};
  Faults faults_;
  persistence::FaultStore store_{&memory_, &faults_};
  VirtualWorld virtual_{&store_, 1};
  WorldRef world_ = virtual_.ref();
  Options options_;
  Metrics metrics_;
  std::map<persistence::ExecutionRef, std::string> names_;
  std::vector<std::string> told_;
  Ownership ownership_{kAll,
                       world_,
                       options_,
                       virtual_.strand(),
                       {[] {}, [](const std::string&) {}, [](const std::string&) {}, [] {},
                        [](const absl::Status&) {}}};
  CommitPipeline pipeline_{
      world_,
      options_,
      virtual_.strand(),
      &ownership_,
      &metrics_,
      {[this](const Transition& t) { told_.push_back("committed " + names_[t.ref]); },
       [this](const Transition& t, const persistence::ExecutionRow& row) {
         told_.push_back("taken " + names_[t.ref] + " " + row.name);
       },
       [this](const Transition& t, const std::string&) {
         told_.push_back("rejected " + names_[t.ref]);
       },
       [this](const std::string&) { told_.push_back("lost"); }, [] {}, [] {}}};
};

TEST_F(CommitPipelineTest, TheNextBatchFillsWhileOneCommits) {
  Add(1, "a");
  pipeline_.Send();
  Add(2, "b");
  Add(3, "c");
  pipeline_.Send();  // one is on its way
  EXPECT_TRUE(told_.empty());
  Run();
  EXPECT_THAT(told_, ElementsAre("committed a", "committed b", "committed c"));
  EXPECT_EQ(memory_.stats().commits, 2);
  EXPECT_TRUE(pipeline_.IsIdle());
}

TEST_F(CommitPipelineTest, IsFullByNumberAndByBytes) {
  Add(1, "a");
  Add(2, "b");
  EXPECT_FALSE(pipeline_.IsFull());
  Add(3, "c");
  EXPECT_TRUE(pipeline_.IsFull());
  pipeline_.Send();
  EXPECT_FALSE(pipeline_.IsFull());
  Run();
  Add(4, "d", options_.max_batch_bytes);
  EXPECT_TRUE(pipeline_.IsFull());
}

TEST_F(CommitPipelineTest, ASmallOneWaitsForOneLargeOneAtMost) {
  options_.max_batch_transitions = 100;
  const size_t large = CommitPipeline::kLargeBatchBytes;
  for (int i = 1; i <= 3; ++i) Add(i, absl::StrCat("large", i), large);
  Add(4, "small4");
  Add(5, "small5");
  Add(6, "large6", CommitPipeline::kLargeBytes + 1);
  EXPECT_EQ(pipeline_.TakeAll().size(), 6u);

  for (int i = 11; i <= 13; ++i) Add(i, absl::StrCat("large", i), large);
  pipeline_.Send();
  Add(14, "small14");
  Add(15, "small15");
  Run();
  EXPECT_THAT(told_, ElementsAre("committed large11", "committed small14", "committed small15",
                                 "committed large12", "committed large13"));
  EXPECT_EQ(memory_.stats().commits, 4);
  EXPECT_TRUE(pipeline_.IsIdle());
  EXPECT_EQ(pipeline_.filling_events(), 0);
}

TEST_F(CommitPipelineTest, ATakenNameHurtsNoOtherOfItsBatch) {
  Add(1, "a");
  pipeline_.Send();
  Run();
  told_.clear();
  Add(2, "b");
  Add(3, "a");
  pipeline_.Send();
  Run();
  EXPECT_THAT(told_, ElementsAre("taken a a", "committed b"));
}

TEST_F(CommitPipelineTest, WhatTheStoreRefusesHurtsNoOtherOfItsBatch) {
  faults_.next = {Fault::Kind::kRejected};
  Add(1, "a");
  Add(2, "b");
  pipeline_.Send();
  Run();
  EXPECT_THAT(told_, ElementsAre("rejected a", "committed b"));
}

TEST_F(CommitPipelineTest, WhatWasCertainlyNotWrittenGoesAgainAndIsSaid) {
  faults_.next = {Fault::Kind::kNotCommitted, Fault::Kind::kNotCommitted};
  Add(1, "a");
  pipeline_.Send();
  Run();
  EXPECT_TRUE(told_.empty());
  EXPECT_TRUE(absl::IsUnavailable(pipeline_.trouble())) << pipeline_.trouble();
  Run(absl::Seconds(2));
  EXPECT_THAT(told_, ElementsAre("committed a"));
  EXPECT_TRUE(pipeline_.trouble().ok());
}

TEST_F(CommitPipelineTest, AnUnknownOutcomeIsNeverTriedAgain) {
  faults_.next = {Fault::Kind::kUnknownCommitted};
  Add(1, "a");
  pipeline_.Send();
  Add(2, "b");
  Run();
  EXPECT_THAT(told_, ElementsAre("lost"));
  EXPECT_EQ(pipeline_.TakeAll().size(), 2u);
  Run(absl::Minutes(1));
  EXPECT_EQ(memory_.stats().commits, 1);
}

}  // namespace
}  // namespace pawl::runtime
