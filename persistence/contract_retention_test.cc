// The contract of DeleteClosed.
#include <gmock/gmock.h>

#include "persistence/retention.h"
#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

using ::testing::ElementsAre;

const absl::Time kBase = absl::FromUnixSeconds(1'700'000'000);

// Of an execution `id` that stopped `seconds` after kBase.
ExecutionRow Closed(ExecutionRow row, int64_t seconds) {
  row.status = Status::kSucceeded;
  row.stop_time = kBase + absl::Seconds(seconds);
  return row;
}

TEST_P(StoreContract, ClosedExecutionsAreDeletedWithAllThatIsTheirs) {
  Own();
  CommitBatch batch;
  ExecutionRow parked = Execution(4, "parked");
  parked.parked = true;
  batch.starts = {Closed(Execution(1, "second"), 2), Closed(Execution(2, "first", Slot(9)), 1),
                  Execution(3, "open"), parked, Closed(Execution(5, "young"), 10)};
  for (const ExecutionRow& row : batch.starts) {
    batch.history.push_back(Transition(row, 1));
    batch.checkpoints.push_back({row.ref, 1, "state"});
  }
  Commit(batch);
  const auto delete_closed = [&](int64_t seconds, int limit) {
    const auto deleted =
        store().DeleteClosed(kAll, range().epoch, kBase + absl::Seconds(seconds), limit);
    EXPECT_TRUE(deleted.ok()) << deleted.status();
    return deleted.value_or(-1);
  };
  EXPECT_EQ(delete_closed(1, 10), 0) << "the bound itself stays";
  EXPECT_EQ(delete_closed(5, 1), 1);
  EXPECT_FALSE(store().GetExecution({Slot(9), 2}).ok()) << "the one that stopped first goes first";
  EXPECT_TRUE(store().GetExecution({Slot(7), 1}).ok());
  EXPECT_EQ(delete_closed(5, 10), 1);
  EXPECT_EQ(delete_closed(5, 10), 0);
  for (const ExecutionRef& ref : {ExecutionRef{Slot(7), 1}, ExecutionRef{Slot(9), 2}}) {
    EXPECT_EQ(store().GetExecution(ref).status().code(), absl::StatusCode::kNotFound);
    EXPECT_TRUE(store().ReadHistory(ref, 1, 9, false)->empty());
    EXPECT_FALSE(store().LoadHistories({ref}, kNoLimit)->front().checkpoint.has_value());
  }
  for (const int64_t id : {3, 4, 5}) {
    EXPECT_TRUE(store().GetExecution({Slot(7), id}).ok());
    EXPECT_EQ(store().ReadHistory({Slot(7), id}, 1, 9, false)->size(), 1u);
  }
  ListFilter filter;
  filter.ns = "000000000000";
  EXPECT_THAT(NamesOf(*store().ListExecutions(filter, absl::nullopt, 10)),
              ElementsAre("young", "parked", "open"));
  Start(Execution(6, "first", Slot(9)));  // the name is free again
}

TEST_P(StoreContract, DeletingNeedsTheCurrentEpochAndDeletesNothingWithoutIt) {
  Own();
  Start(Closed(Execution(1, "old"), 1));
  const int64_t zombie = range().epoch;
  Own(kAll, "node-1");
  const absl::Time now = kBase + absl::Hours(1);
  EXPECT_EQ(store().DeleteClosed(kAll, zombie, now, 10).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_TRUE(store().GetExecution({Slot(7), 1}).ok());
  EXPECT_EQ(store().ReadHistory({Slot(7), 1}, 1, 9, false)->size(), 1u);
  EXPECT_EQ(*store().DeleteClosed(kAll, range().epoch, now, 10), 1);
  EXPECT_EQ(store().DeleteClosed(kAll, zombie, now, 10).status().code(), absl::StatusCode::kAborted)
      << "also where nothing is left to delete";
}

TEST_P(StoreContract, DeletingStaysInsideItsRange) {
  store_.reset();
  home_ = GetParam().make_home();
  store_ = *home_->Open(/*initial_ranges=*/4);
  Own({Slot(0), Slot(1023)}, "node-1");
  Start(Closed(Execution(1, "one", Slot(7)), 1));
  Own({Slot(1024), Slot(2047)}, "node-1");
  Start(Closed(Execution(1, "two", Slot(1030)), 1));
  EXPECT_EQ(
      *store().DeleteClosed({Slot(1024), Slot(2047)}, range().epoch, kBase + absl::Hours(1), 10),
      1);
  EXPECT_TRUE(store().GetExecution({Slot(7), 1}).ok());
  EXPECT_FALSE(store().GetExecution({Slot(1030), 1}).ok());
}

TEST_P(StoreContract, OneNamespaceMayBeDeletedFromAlone) {
  Own();
  CommitBatch batch;
  for (int64_t id = 1; id <= 8; ++id) {
    ExecutionRow row = Closed(Execution(id, absl::StrCat("e", id)), id);
    row.ns = id % 2 == 0 ? "000000000000" : "111111111111";
    // All ends count.
    row.status = kClosedStatuses[(id / 2) % 4];
    batch.starts.push_back(row);
    batch.history.push_back(Transition(row, 1));
  }
  ExecutionRow open = Execution(9, "open");
  open.ns = "111111111111";
  batch.starts.push_back(open);
  Commit(batch);
  const auto delete_of = [&](const std::string& ns, int64_t seconds, int limit) {
    const auto deleted =
        store().DeleteClosed(kAll, range().epoch, kBase + absl::Seconds(seconds), limit, ns);
    EXPECT_TRUE(deleted.ok()) << deleted.status();
    return deleted.value_or(-1);
  };
  EXPECT_EQ(delete_of("111111111111", 4, 10), 2) << "1 and 3: those that stopped before";
  EXPECT_EQ(delete_of("111111111111", 100, 1), 1);
  EXPECT_EQ(delete_of("111111111111", 100, 10), 1);
  EXPECT_EQ(delete_of("111111111111", 100, 10), 0) << "what is open stays";
  EXPECT_TRUE(store().GetExecution({Slot(7), 9}).ok());
  for (const int64_t id : {2, 4, 6, 8}) {
    EXPECT_EQ(store().ReadHistory({Slot(7), id}, 1, 9, false)->size(), 1u) << id;
  }
  EXPECT_EQ(delete_of("222222222222", 100, 10), 0);
}

TEST_P(StoreContract, LongHistoriesAreDeletedInPieces) {
  Own();
  CommitBatch batch;
  batch.starts = {Closed(Execution(1, "long"), 1), Closed(Execution(2, "short"), 2)};
  for (int64_t sequence = 1; sequence <= 3 * kRetentionRows + 5; ++sequence) {
    batch.history.push_back(Transition(batch.starts[0], sequence, "r"));
  }
  batch.history.push_back(Transition(batch.starts[1], 1));
  Commit(batch);
  EXPECT_EQ(*store().DeleteClosed(kAll, range().epoch, kBase + absl::Hours(1), 1), 1);
  EXPECT_TRUE(store().ReadHistory({Slot(7), 1}, 1, 9, false)->empty());
  EXPECT_TRUE(store().GetExecution({Slot(7), 2}).ok());
}

TEST(Retention, StepsAreBoundedByRowsAndCutWhatIsLongerThanOne) {
  const ExecutionRef a{Slot(1), 1}, b{Slot(1), 2}, c{Slot(1), 3};
  RetentionStep step = PlanRetention({{a, 10}, {b, kRetentionRows - 10}, {c, 1}});
  EXPECT_THAT(step.whole, ElementsAre(a, b));
  EXPECT_FALSE(step.cut.has_value());
  step = PlanRetention({{a, 2 * kRetentionRows + 3}, {b, 1}});
  EXPECT_TRUE(step.whole.empty());
  ASSERT_TRUE(step.cut.has_value());
  EXPECT_EQ(step.cut->keep, kRetentionRows + 3) << "the end goes first";
  step = PlanRetention({{a, 1}, {b, 2 * kRetentionRows}});
  EXPECT_THAT(step.whole, ElementsAre(a)) << "a long one waits for its turn";
  EXPECT_TRUE(PlanRetention({}).whole.empty());
}

}  // namespace
}  // namespace pawl::persistence
