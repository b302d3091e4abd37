// What stores refuse or cannot read back. Each test failed before its cause was mended.
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/core/record_codec.h"
#include "engine/runtime/hardening_fixture.h"
#include "engine/runtime/range/slots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::runtime {
namespace {

using ::testing::HasSubstr;

// --- what the store refuses

TEST_F(Hardening, WhatTheStoreRefusesEndsTheExecutionWithARecordedFailure) {
  Create("m", kTask);
  auto worker = std::make_shared<Worker>();
  Connect(worker, 1);
  auto ref = engine_->Start("m", "e", "{}");
  engine_->RunFor(absl::Seconds(1));
  ASSERT_EQ(worker->tasks.size(), 1u);
  script_.on_commit = [&](const persistence::CommitBatch& batch) {
    // As a row that is too large: refused each time, however it comes.
    for (const persistence::HistoryRow& row : batch.history) {
      if (row.ref == *ref && row.record.find("huge") != std::string::npos) {
        return Fault{Fault::Kind::kRejected, 0};
      }
    }
    return Fault{};
  };
  const auto outcome = Complete(worker->tasks[0]->token, "\"huge\"");
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(*outcome, core::CommandOutcome::kClosed) << "the worker need not send it again";
  auto live = engine_->Load(*ref);
  EXPECT_EQ((*live)->state.status(), core::ExecutionStatus::kFailed);
  EXPECT_EQ((*live)->state.error(), "States.Runtime");
  EXPECT_THAT(*(*live)->state.cause(), HasSubstr("cannot be stored"));
}

TEST_F(Hardening, WhatCannotEvenBeFailedIsQuarantined) {
  Create("m", kTask);
  auto ref = engine_->Start("m", "e", "{}");
  script_.on_commit = [&](const persistence::CommitBatch& batch) {
    return batch.history.empty() ? Fault{} : Fault{Fault::Kind::kRejected, 0};
  };
  absl::StatusOr<core::CommandOutcome> answer = absl::UnknownError("not answered");
  engine_->node().Stop(*ref, absl::nullopt, absl::nullopt,
                       [&](absl::StatusOr<core::CommandOutcome> o) { answer = o; });
  engine_->RunFor(absl::Seconds(5));
  EXPECT_TRUE(absl::IsDataLoss(answer.status())) << answer.status();
  EXPECT_EQ(engine_->node().RangeOf(persistence::Slot(0)).health().quarantined, 1);
}

// --- rows that cannot be read

class Damaged : public Hardening {
 protected:
  // An execution whose stored history is `records`.
  persistence::ExecutionRef Plant(const std::string& name, std::vector<std::string> records,
                                  int64_t revision = 1) {
    const persistence::RangeState range =
        *memory_.TakeRange({}, {"planter", "", absl::Seconds(1), Options().incarnation});
    persistence::CommitBatch batch;
    batch.range = range.slots;
    batch.epoch = range.epoch;
    batch.batch_seq = range.batch_seq + 1;
    persistence::ExecutionRow row;
    row.ref = {SlotOf(kAccount, "m", name), range.epoch << 32 | 7};
    row.ns = kAccount;
    row.machine = "m";
    row.name = name;
    row.revision = revision;
    row.start_time = absl::FromUnixSeconds(1'700'000'000);
    batch.starts.push_back(row);
    int64_t sequence = 0;
    for (std::string& record : records) {
      batch.history.push_back({row.ref, ++sequence, 0, 0, std::move(record)});
    }
    EXPECT_EQ(memory_.Commit(batch).kind, persistence::CommitOutcome::Kind::kCommitted);
    EXPECT_TRUE(memory_.ReleaseRange(range.slots, range.epoch).ok());
    return row.ref;
  }
  // The records of an execution that waits for its task.
  std::vector<std::string> GoodRecords() {
    Create("m", kTask);
    auto ref = engine_->Start("m", "good", "{}");
    std::vector<std::string> records;
    const auto rows = memory_.ReadHistory(*ref, 1, 10, false);
    for (const persistence::HistoryRow& row : *rows) records.push_back(row.record);
    return records;
  }
};

TEST_F(Damaged, OneUnreadableExecutionKeepsNoOtherFromRunning) {
  const std::vector<std::string> good = GoodRecords();
  std::vector<core::Event> events = *core::DecodeTransition(good[0]);
  const auto altered = [&](const std::function<void(std::vector<core::Event>*)>& change) {
    std::vector<core::Event> copy = events;
    change(&copy);
    return core::EncodeTransition(copy);
  };
  engine_ = nullptr;
  std::vector<persistence::ExecutionRef> bad;
  bad.push_back(Plant("garbage", {"\x07\xFFnot a record"}));
  bad.push_back(Plant("nothing", {}));
  bad.push_back(Plant("wrong-state", {altered([](auto* e) {
                        std::get<core::StateEntered>((*e)[1].details).state = "Nowhere";
                      })}));
  bad.push_back(Plant("wrong-frame", {altered([](auto* e) { (*e)[2].frame = core::FrameId(9); })}));
  bad.push_back(Plant("cut-short", {altered([](auto* e) { e->pop_back(); })}));
  bad.push_back(Plant("no-text", {altered([](auto* e) {
                        std::get<core::ExecutionStarted>((*e)[0].details).input =
                            Payload::FromTrustedText("\"\xFF\xFE\"");
                      })}));
  bad.push_back(Plant("no-revision", good, 99));
  Restart();
  EXPECT_EQ(engine_->node().RangeOf(persistence::Slot(0)).health().quarantined,
            static_cast<int64_t>(bad.size()));
  EXPECT_TRUE(engine_->node().readiness().is_ready);
  for (const persistence::ExecutionRef& ref : bad) {
    EXPECT_TRUE(absl::IsDataLoss(ViewStatus(ref))) << ViewStatus(ref);
  }
  std::vector<Quarantined> listed;
  engine_->node().RangeOf(persistence::Slot(0)).ListQuarantined([&](std::vector<Quarantined> l) {
    listed = l;
  });
  engine_->RunFor(absl::Milliseconds(1));
  ASSERT_EQ(listed.size(), bad.size());
  for (const Quarantined& entry : listed) EXPECT_FALSE(entry.why.empty());
  // The others go on.
  auto worker = std::make_shared<Worker>();
  Connect(worker, 9);
  engine_->RunFor(absl::Seconds(6));
  ASSERT_EQ(worker->tasks.size(), 1u);
  EXPECT_EQ(*Complete(worker->tasks[0]->token, "1"), core::CommandOutcome::kApplied);
}

TEST_F(Damaged, WhatCanBeReadAgainLeavesTheQuarantine) {
  const std::vector<std::string> good = GoodRecords();
  engine_ = nullptr;
  const persistence::ExecutionRef ref = Plant("late", good, 2);
  Restart();
  EXPECT_EQ(engine_->node().RangeOf(persistence::Slot(0)).health().quarantined, 1);
  // The definition that was missing comes back.
  persistence::MachineRevision next = *memory_.GetMachine(kAccount, "m");
  next.revision = 2;
  ASSERT_TRUE(memory_.AddRevision(next).ok());
  absl::Status answer = absl::UnknownError("not answered");
  engine_->node().RangeOf(ref.slot).RetryQuarantined(ref, [&](absl::Status s) { answer = s; });
  engine_->RunFor(absl::Seconds(1));
  EXPECT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(engine_->node().RangeOf(persistence::Slot(0)).health().quarantined, 0);
  auto worker = std::make_shared<Worker>();
  Connect(worker, 9);
  engine_->RunFor(absl::Seconds(6));
  std::set<AttemptKey> keys;
  for (const auto& task : worker->tasks) keys.insert(task->key);
  EXPECT_EQ(keys.size(), 2u);
}

}  // namespace
}  // namespace pawl::runtime
