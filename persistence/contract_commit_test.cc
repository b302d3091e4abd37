// The contract of Commit: the fence, names, atomicity, refusals.
#include <gmock/gmock.h>

#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

using Kind = CommitOutcome::Kind;
using ::testing::ElementsAre;

TEST_P(StoreContract, CommittedBatchCanBeReadBack) {
  Own();
  const ExecutionRow execution = Execution(1, "first");
  Start(execution);
  const auto stored = store().GetExecution(execution.ref);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_TRUE(*stored == execution);
  const auto history = store().ReadHistory(execution.ref, 1, 10, false);
  ASSERT_TRUE(history.ok()) << history.status();
  ASSERT_EQ(history->size(), 1u);
  EXPECT_TRUE(history->front() == Transition(execution, 1));
  EXPECT_EQ(StoredRange().batch_seq, 1);
}

TEST_P(StoreContract, CommittedBatchSurvivesReopening) {
  Own();
  const ExecutionRow execution = Execution(1, "first");
  Start(execution);
  Reopen();
  EXPECT_TRUE(store().GetExecution(execution.ref).ok());
  EXPECT_EQ(StoredRange().batch_seq, 1);
}

TEST_P(StoreContract, EmptyBatchMovesOnlyTheFence) {
  Own();
  EXPECT_EQ(TryCommit(Batch()), Kind::kCommitted);
  EXPECT_EQ(StoredRange().batch_seq, 1);
}

TEST_P(StoreContract, FenceRefusesStaleEpochWrongSequenceAndUnknownRange) {
  Own();
  const ExecutionRow execution = Execution(1, "zombie");
  CommitBatch sound = Batch();
  sound.starts = {execution};
  sound.history = {Transition(execution, 1)};
  CommitBatch gap = sound;
  ++gap.batch_seq;
  CommitBatch repeated = sound;
  --repeated.batch_seq;
  CommitBatch newer_epoch = sound;
  ++newer_epoch.epoch;
  CommitBatch other_range = sound;
  other_range.range = {Slot(0), Slot(99)};
  for (const CommitBatch& batch : {gap, repeated, newer_epoch, other_range}) {
    EXPECT_EQ(TryCommit(batch), Kind::kFenced);
  }
  EXPECT_EQ(store().GetExecution(execution.ref).status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store().ReadHistory(execution.ref, 1, 10, false)->empty());
  EXPECT_EQ(TryCommit(sound), Kind::kCommitted);
  EXPECT_EQ(TryCommit(sound), Kind::kFenced) << "the same batch a second time";
}

TEST_P(StoreContract, ZombieCannotWriteAfterATakeover) {
  Own();
  CommitBatch zombie = Batch();
  zombie.starts = {Execution(1, "zombie")};
  ASSERT_TRUE(store().ReleaseRange(kAll, range().epoch).ok());
  EXPECT_EQ(TryCommit(zombie), Kind::kFenced) << "after the release";
  Own(kAll, "node-2");
  EXPECT_EQ(TryCommit(zombie), Kind::kFenced) << "after the takeover";
  Start(Execution(1, "rightful"));
}

TEST_P(StoreContract, TakenNameLeavesNothingBehind) {
  Own();
  Start(Execution(1, "order-1"));
  CommitBatch batch = Batch();
  batch.starts = {Execution(2, "order-2"), Execution(3, "order-1")};
  batch.history = {Transition(batch.starts[0], 1), Transition(batch.starts[1], 1)};
  batch.checkpoints = {{batch.starts[0].ref, 1, "state"}};
  const CommitOutcome outcome = store().Commit(batch);
  EXPECT_EQ(outcome.kind, Kind::kNameTaken);
  EXPECT_THAT(outcome.taken, ElementsAre(ExecutionRef{Slot(7), 3}));
  EXPECT_FALSE(store().GetExecution({Slot(7), 2}).ok());
  EXPECT_TRUE(store().ReadHistory({Slot(7), 2}, 1, 10, false)->empty());
  EXPECT_EQ(StoredRange().batch_seq, 1);
  batch.starts.pop_back();
  batch.history.pop_back();
  EXPECT_EQ(TryCommit(batch), Kind::kCommitted) << "the rest, under the same number";
}

TEST_P(StoreContract, SecondUseOfANameInsideABatchIsTaken) {
  Own();
  CommitBatch batch = Batch();
  batch.starts = {Execution(1, "twin"), Execution(2, "twin"), Execution(3, "other")};
  const CommitOutcome outcome = store().Commit(batch);
  EXPECT_EQ(outcome.kind, Kind::kNameTaken);
  EXPECT_THAT(outcome.taken, ElementsAre(ExecutionRef{Slot(7), 2}));
}

TEST_P(StoreContract, NameIsUniquePerMachineAndNamespaceOnly) {
  Own();
  ExecutionRow other_machine = Execution(2, "same");
  other_machine.machine = "Refunds";
  ExecutionRow other_namespace = Execution(3, "same");
  other_namespace.ns = "111111111111";
  CommitBatch batch = Batch();
  batch.starts = {Execution(1, "same"), other_machine, other_namespace, Execution(4, "SAME")};
  EXPECT_EQ(TryCommit(batch), Kind::kCommitted);
}

TEST_P(StoreContract, NameOfAClosedExecutionStaysTaken) {
  Own();
  ExecutionRow closed = Execution(1, "once");
  closed.status = Status::kSucceeded;
  closed.stop_time = closed.start_time + absl::Seconds(1);
  Start(closed);
  CommitBatch again = Batch();
  again.starts = {Execution(2, "once")};
  EXPECT_EQ(TryCommit(again), Kind::kNameTaken);
}

TEST_P(StoreContract, RejectedBatchLeavesNothingAndNamesTheExecution) {
  Own();
  const ExecutionRow first = Execution(1, "a");
  Start(first);
  struct Case {
    std::string what;
    std::function<void(CommitBatch&)> spoil;
  };
  const ExecutionRow guilty = Execution(5, "guilty");
  const std::vector<Case> cases = {
      {"an update of nothing", [&](auto& b) { b.updates = {{.ref = guilty.ref}}; }},
      {"a transition twice",
       [&](auto& b) {
         b.history.push_back(Transition(guilty, 1));
         b.history.push_back(Transition(guilty, 1, "other"));
       }},
      {"an id twice",
       [&](auto& b) {
         b.starts.push_back(guilty);
         b.starts.push_back(Execution(5, "other name"));
       }},
      {"a NUL in the name", [&](auto& b) { b.starts = {Execution(5, std::string("a\0b", 3))}; }},
      {"no UTF-8", [&](auto& b) { b.starts = {Execution(5, "\xC3\x28")}; }},
      {"a slot outside the range",
       [&](auto& b) { b.checkpoints = {{{Slot(kSlotCount), 5}, 1, "x"}}; }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    CommitBatch batch = Batch();
    for (int64_t id = 10; id < 17; ++id) {
      batch.starts.push_back(Execution(id, "innocent-" + std::to_string(id)));
      batch.history.push_back(Transition(batch.starts.back(), 1));
    }
    c.spoil(batch);
    const CommitOutcome outcome = store().Commit(batch);
    EXPECT_EQ(outcome.kind, Kind::kRejected) << outcome.message;
    ASSERT_TRUE(outcome.rejected.has_value());
    EXPECT_EQ(outcome.rejected->id, 5);
    EXPECT_FALSE(store().GetExecution({Slot(7), 10}).ok());
    EXPECT_EQ(StoredRange().batch_seq, 1);
  }
  CommitBatch stored_transition = Batch();
  stored_transition.history = {Transition(first, 1, "rewritten")};
  EXPECT_EQ(TryCommit(stored_transition), Kind::kRejected) << "history is never changed";
  EXPECT_EQ(store().ReadHistory(first.ref, 1, 1, false)->front().record, "record");
}

TEST_P(StoreContract, UpdateClosesParksAndUnparks) {
  Own();
  const ExecutionRow row = Execution(1, "one");
  Start(row);
  const absl::Time wake = absl::FromUnixMicros(1'800'000'000'000'001);
  CommitBatch batch;
  batch.updates = {{.ref = row.ref, .parked = true, .wake_at = wake}};
  Commit(batch);
  auto stored = store().GetExecution(row.ref);
  EXPECT_TRUE(stored->parked);
  EXPECT_EQ(stored->wake_at, wake);
  batch.updates = {{.ref = row.ref, .parked = true}};
  Commit(batch);
  stored = store().GetExecution(row.ref);
  EXPECT_TRUE(stored->parked);
  EXPECT_EQ(stored->wake_at, absl::InfiniteFuture());
  batch.updates = {{.ref = row.ref}};
  Commit(batch);
  EXPECT_FALSE(store().GetExecution(row.ref)->parked);
  batch.updates = {{.ref = row.ref, .status = Status::kFailed, .stop_time = wake}};
  Commit(batch);
  stored = store().GetExecution(row.ref);
  EXPECT_EQ(stored->status, Status::kFailed);
  EXPECT_EQ(stored->stop_time, wake);
  EXPECT_FALSE(stored->parked);
}

TEST_P(StoreContract, LastUpdateAndCheckpointOfAnExecutionInABatchCount) {
  Own();
  const ExecutionRow row = Execution(1, "one");
  CommitBatch batch;
  batch.starts = {row};
  batch.updates = {{.ref = row.ref, .parked = true},
                   {.ref = row.ref, .status = Status::kAborted, .stop_time = row.start_time}};
  batch.checkpoints = {{row.ref, 1, "old"}, {row.ref, 2, "new"}};
  Commit(batch);
  EXPECT_EQ(store().GetExecution(row.ref)->status, Status::kAborted);
  EXPECT_EQ(store().LoadHistories({row.ref}, kNoLimit)->front().checkpoint->state, "new");
}

TEST_P(StoreContract, TimesAreKeptToTheMicrosecondRoundedDown) {
  Own();
  ExecutionRow row = Execution(1, "one");
  row.start_time = absl::FromUnixNanos(1'700'000'000'123'456'789);
  Start(row);
  EXPECT_EQ(store().GetExecution(row.ref)->start_time, absl::FromUnixMicros(1'700'000'000'123'456));
}

TEST_P(StoreContract, OddTextAndBytesComeBackUnchanged) {
  Own();
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes.push_back(static_cast<char>(i));
  const std::vector<std::string> names = {"it's \"quoted\"",
                                          "back\\slash \\x00 \\N",
                                          "{a,b}",
                                          "%_$1 ?1 :x @y",
                                          " \t\r\n ",
                                          "\xC3\xA9\xE2\x82\xAC\xF0\x9F\xA6\x8A",
                                          "NULL",
                                          "e\xCC\x81"};
  CommitBatch batch;
  int64_t id = 0;
  for (const std::string& name : names) {
    ExecutionRow row = Execution(++id, name);
    row.ns = "n" + name;
    row.machine = "m" + name;
    batch.starts.push_back(row);
    batch.history.push_back(Transition(row, 1, bytes + name));
    batch.checkpoints.push_back({row.ref, 0, std::string(1, '\0') + name + bytes});
  }
  batch.history.push_back(Transition(batch.starts[0], 2, ""));
  Commit(batch);
  for (const ExecutionRow& row : batch.starts) {
    const auto found = store().FindExecution(row.ref.slot, row.ns, row.machine, row.name);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(*found == row);
    const auto loaded = store().LoadHistories({row.ref}, kNoLimit);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->front().rows[0].record, bytes + row.name);
    EXPECT_EQ(loaded->front().checkpoint->state, std::string(1, '\0') + row.name + bytes);
  }
  EXPECT_EQ(store().ReadHistory(batch.starts[0].ref, 2, 1, false)->front().record, "");
}

TEST_P(StoreContract, RecordOfEightMebibytesIsKept) {
  Own();
  const ExecutionRow row = Execution(1, "big");
  std::string big(size_t{8} << 20, 'x');
  for (size_t i = 0; i < big.size(); i += 3) big[i] = static_cast<char>(i * 31);
  CommitBatch batch;
  batch.starts = {row};
  batch.history = {Transition(row, 1, big), Transition(row, 2, big)};
  Commit(batch);
  const auto history = store().ReadHistory(row.ref, 1, 2, false);
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_TRUE((*history)[0].record == big);
  EXPECT_TRUE((*history)[1].record == big);
}

TEST_P(StoreContract, BatchOfAThousandRowsOfEachKind) {
  Own();
  CommitBatch batch;
  std::vector<ExecutionRef> refs;
  for (int64_t id = 1; id <= 1000; ++id) {
    const ExecutionRow row = Execution(id, "n" + std::to_string(id), Slot(id % 50));
    refs.push_back(row.ref);
    batch.starts.push_back(row);
    batch.history.push_back(Transition(row, 1, std::string(300, static_cast<char>(id))));
    batch.updates.push_back({.ref = row.ref, .parked = true});
    batch.checkpoints.push_back({row.ref, 0, "state"});
  }
  Commit(batch);
  EXPECT_EQ(store().CountOpen(kAll)->parked, 1000);
  const auto loaded = store().LoadHistories(refs, kNoLimit);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->size(), 1000u);
  for (size_t i = 0; i < refs.size(); ++i) {
    EXPECT_EQ((*loaded)[i].ref, refs[i]);
    ASSERT_EQ((*loaded)[i].rows.size(), 1u);
    EXPECT_TRUE((*loaded)[i].rows[0] == batch.history[i]);
  }
}

TEST_P(StoreContract, StatsCountCommitsRowsAndReads) {
  Own();
  const Store::Stats before = store().stats();
  Start(Execution(1, "one"));
  ASSERT_TRUE(store().GetExecution({Slot(7), 1}).ok());
  ASSERT_TRUE(store().ListResident(kAll, {}, 10).ok());
  const Store::Stats after = store().stats();
  EXPECT_EQ(after.commits - before.commits, 1);
  EXPECT_EQ(after.history_rows - before.history_rows, 1);
  EXPECT_EQ(after.statements - before.statements, 5) << "BEGIN, fence, start, history, COMMIT";
  EXPECT_EQ(after.reads - before.reads, 2);
  EXPECT_FALSE(store().description().empty());
}

}  // namespace
}  // namespace pawl::persistence
