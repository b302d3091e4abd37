// What the memory store and the fault decorator have beyond the contract.
#include "persistence/memory/memory_store.h"

#include <gmock/gmock.h>

#include <deque>

#include "persistence/memory/fault_store.h"

namespace pawl::persistence {
namespace {

using Kind = CommitOutcome::Kind;

constexpr SlotRange kAll = {};

CommitBatch StartBatch(int64_t epoch, int64_t batch_seq) {
  CommitBatch batch;
  batch.range = kAll;
  batch.epoch = epoch;
  batch.batch_seq = batch_seq;
  ExecutionRow row;
  row.ref = {Slot(1), batch_seq};
  row.name = "n" + std::to_string(batch_seq);
  batch.starts = {row};
  batch.history = {{.ref = row.ref, .sequence = 1, .record = "r"}};
  batch.checkpoints = {{{Slot(1), 1}, batch_seq, "state " + std::to_string(batch_seq)}};
  return batch;
}

TEST(MemoryStore, LeaseEndsByTheInjectedClock) {
  absl::Time now = absl::FromUnixSeconds(1000);
  MemoryStore store({.now = [&] { return now; }});
  ASSERT_TRUE(store.TakeRange(kAll, {"a", "", absl::Seconds(10)}).ok());
  now += absl::Seconds(10);
  EXPECT_EQ(store.TakeRange(kAll, {"b", "", absl::Seconds(10)}).status().code(),
            absl::StatusCode::kUnavailable);
  ASSERT_EQ(store.Commit(StartBatch(1, 1)).kind, Kind::kCommitted);
  now += absl::Seconds(10);
  EXPECT_FALSE(store.TakeRange(kAll, {"b", "", absl::Seconds(10)}).ok())
      << "the commit extended it";
  now += absl::Microseconds(1);
  EXPECT_TRUE(store.TakeRange(kAll, {"b", "", absl::Seconds(10)}).ok());
}

TEST(MemoryStore, RewindLosesTheLastBatchesAndTheTakeoversAfterThem) {
  MemoryStore store;
  ASSERT_TRUE(store.TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  for (int64_t seq = 1; seq <= 3; ++seq) {
    ASSERT_EQ(store.Commit(StartBatch(1, seq)).kind, Kind::kCommitted);
  }
  ASSERT_EQ(store.TakeRange(kAll, {"a", "", absl::Hours(1)})->epoch, 2);
  EXPECT_EQ(store.Rewind(2), 2);
  const RangeState range = store.ListRanges()->front();
  EXPECT_EQ(range.epoch, 1);
  EXPECT_EQ(range.batch_seq, 1);
  EXPECT_TRUE(store.GetExecution({Slot(1), 1}).ok());
  EXPECT_FALSE(store.GetExecution({Slot(1), 2}).ok());
  EXPECT_TRUE(store.ReadHistory({Slot(1), 3}, 1, 9, false)->empty());
  EXPECT_EQ(store.LoadHistories({{Slot(1), 1}}, 1)->front().checkpoint->state, "state 1");
  EXPECT_EQ(store.Commit(StartBatch(2, 4)).kind, Kind::kFenced);
  EXPECT_EQ(store.Commit(StartBatch(1, 2)).kind, Kind::kCommitted) << "the names are free again";
  EXPECT_EQ(store.Rewind(100), 2) << "no more than there were";
  EXPECT_TRUE(store.ListExecutions({}, absl::nullopt, 9)->empty());
  EXPECT_EQ(store.CountOpen(kAll)->resident, 0);
}

class Script final : public FaultPlan {
 public:
  CommitFault OnCommit(const CommitBatch& /*batch*/) override {
    if (faults.empty()) return {};
    const CommitFault fault = faults.front();
    faults.pop_front();
    return fault;
  }
  absl::Status BeforeCall(absl::string_view call) override {
    return call == before ? absl::UnavailableError("injected") : absl::OkStatus();
  }
  absl::Status AfterCall(absl::string_view call) override {
    return call == after ? absl::UnavailableError("injected") : absl::OkStatus();
  }

  std::deque<CommitFault> faults;
  std::string before;
  std::string after;
};

TEST(FaultStore, CommitFaultsWriteOrDoNotAsTheySay) {
  using Fault = CommitFault::Kind;
  struct Case {
    Fault fault;
    Kind reported;
    bool is_written;
  };
  const std::vector<Case> cases = {
      {Fault::kNone, Kind::kCommitted, true},
      {Fault::kNotCommitted, Kind::kNotCommitted, false},
      {Fault::kUnknownCommitted, Kind::kUnknown, true},
      {Fault::kUnknownNotCommitted, Kind::kUnknown, false},
      {Fault::kFenced, Kind::kFenced, false},
      {Fault::kRejected, Kind::kRejected, false},
  };
  for (const Case& c : cases) {
    MemoryStore memory;
    Script script;
    FaultStore store(&memory, &script);
    ASSERT_TRUE(store.TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
    script.faults = {{.kind = c.fault}};
    EXPECT_EQ(store.Commit(StartBatch(1, 1)).kind, c.reported);
    EXPECT_EQ(memory.GetExecution({Slot(1), 1}).ok(), c.is_written);
  }
}

TEST(FaultStore, RewindIsNoticedByTheFence) {
  MemoryStore memory;
  Script script;
  FaultStore store(&memory, &script, [&](int batches) { memory.Rewind(batches); });
  ASSERT_TRUE(store.TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  ASSERT_EQ(store.Commit(StartBatch(1, 1)).kind, Kind::kCommitted);
  script.faults = {{.kind = CommitFault::Kind::kRewind, .rewind_batches = 1}};
  EXPECT_EQ(store.Commit(StartBatch(1, 2)).kind, Kind::kFenced);
  EXPECT_EQ(store.ListRanges()->front().batch_seq, 0);
}

TEST(FaultStore, CallsFailBeforeOrAfterTheyAreMade) {
  MemoryStore memory;
  Script script;
  FaultStore store(&memory, &script);
  script.before = "TakeRange";
  EXPECT_EQ(store.TakeRange(kAll, {"a", "", absl::Hours(1)}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(memory.ListRanges()->front().epoch, 0);
  script.before = "";
  script.after = "TakeRange";
  EXPECT_FALSE(store.TakeRange(kAll, {"a", "", absl::Hours(1)}).ok());
  EXPECT_EQ(memory.ListRanges()->front().epoch, 1);
  EXPECT_TRUE(store.ListRanges().ok());
}

}  // namespace
}  // namespace pawl::persistence
