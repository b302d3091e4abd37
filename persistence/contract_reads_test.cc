// The contract of reads: histories, recovery, listings.
#include <gmock/gmock.h>

#include <algorithm>

#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int64_t> SequencesOf(const absl::StatusOr<std::vector<HistoryRow>>& rows) {
  EXPECT_TRUE(rows.ok()) << rows.status();
  std::vector<int64_t> sequences;
  if (!rows.ok()) return sequences;
  for (const HistoryRow& row : *rows) sequences.push_back(row.sequence);
  return sequences;
}

std::vector<std::string> NamesIn(const absl::StatusOr<std::vector<ExecutionRow>>& rows) {
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() ? NamesOf(*rows) : std::vector<std::string>();
}

ListFilter Filter(const std::string& ns, const std::string& machine = "",
                  const std::string& name_prefix = "") {
  ListFilter filter;
  filter.ns = ns;
  filter.machine = machine;
  filter.name_prefix = name_prefix;
  return filter;
}

TEST_P(StoreContract, HistoryIsReadInPagesBothWays) {
  Own();
  const ExecutionRow row = Execution(1, "one");
  CommitBatch batch;
  batch.starts = {row, Execution(2, "neighbour")};
  batch.history = {Transition(batch.starts[1], 1)};
  for (int64_t sequence = 1; sequence <= 7; ++sequence) {
    batch.history.push_back(Transition(row, sequence));
  }
  Commit(batch);
  EXPECT_THAT(SequencesOf(store().ReadHistory(row.ref, 1, 3, false)), ElementsAre(1, 2, 3));
  EXPECT_THAT(SequencesOf(store().ReadHistory(row.ref, 6, 3, false)), ElementsAre(6, 7));
  EXPECT_THAT(SequencesOf(store().ReadHistory(row.ref, 8, 3, false)), IsEmpty());
  const int64_t end = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(SequencesOf(store().ReadHistory(row.ref, end, 3, true)), ElementsAre(7, 6, 5));
  EXPECT_THAT(SequencesOf(store().ReadHistory(row.ref, 2, 3, true)), ElementsAre(2, 1));
  EXPECT_THAT(SequencesOf(store().ReadHistory(row.ref, 0, 3, true)), IsEmpty());
}

TEST_P(StoreContract, PageOfHistoryEndsByItsBytes) {
  Own();
  const ExecutionRow row = Execution(1, "one");
  CommitBatch batch;
  batch.starts = {row};
  for (int64_t sequence = 1; sequence <= 5; ++sequence) {
    batch.history.push_back(Transition(row, sequence, std::string(1'000, 'r')));
  }
  Commit(batch);
  const auto read = [&](int64_t from, bool reverse, size_t bytes) {
    return SequencesOf(store().ReadHistory(row.ref, from, 10, reverse, bytes));
  };
  EXPECT_THAT(read(1, false, 2'001), ElementsAre(1, 2, 3));
  EXPECT_THAT(read(1, false, 2'000), ElementsAre(1, 2));
  EXPECT_THAT(read(1, false, 1), ElementsAre(1));
  EXPECT_THAT(read(2, false, 0), ElementsAre(2)) << "one at least";
  EXPECT_THAT(read(5, true, 1'500), ElementsAre(5, 4));
  EXPECT_THAT(read(1, false, kNoLimit), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(read(6, false, 0), IsEmpty());
}

TEST_P(StoreContract, HistoriesOfEverySizeAreLoadedWhole) {
  Own();
  CommitBatch batch;
  std::vector<ExecutionRef> refs;
  // Long ones, large ones, small ones and empty ones beside one another, across every portion.
  for (int64_t id = 1; id <= 40; ++id) {
    const ExecutionRow row = Execution(id, "e" + std::to_string(id));
    batch.starts.push_back(row);
    refs.push_back(row.ref);
    const int64_t rows = id % 10 == 3 ? 1'500 : id % 4;
    const size_t bytes = id % 10 == 7 ? 3'000'000 : 50;
    for (int64_t sequence = 1; sequence <= rows; ++sequence) {
      batch.history.push_back(Transition(row, sequence, std::string(bytes, 'r')));
    }
    if (id % 5 == 0) batch.checkpoints.push_back({row.ref, rows / 2, std::string(2'000'000, 'c')});
  }
  Commit(batch);
  const auto loaded = store().LoadHistories(refs, kNoLimit);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->size(), refs.size());
  for (int64_t id = 1; id <= 40; ++id) {
    SCOPED_TRACE(id);
    const StoredHistory& history = (*loaded)[static_cast<size_t>(id - 1)];
    EXPECT_TRUE(history.status.ok()) << history.status;
    EXPECT_EQ(history.ref.id, id);
    const int64_t rows = id % 10 == 3 ? 1'500 : id % 4;
    EXPECT_EQ(history.checkpoint.has_value(), id % 5 == 0);
    EXPECT_EQ(static_cast<int64_t>(history.rows.size()), id % 5 == 0 ? rows - rows / 2 : rows);
  }
  const auto some = store().LoadHistories(refs, 1'000'000);
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_LT(some->size(), refs.size());
  for (const StoredHistory& history : *some) EXPECT_TRUE(history.status.ok()) << history.status;
}

TEST_P(StoreContract, LoadReturnsTheCheckpointAndOnlyWhatFollowsIt) {
  Own();
  const ExecutionRow with = Execution(1, "with");
  const ExecutionRow without = Execution(2, "without", Slot(9));
  CommitBatch batch;
  batch.starts = {with, without};
  for (int64_t sequence = 1; sequence <= 5; ++sequence) {
    batch.history.push_back(Transition(with, sequence));
    batch.history.push_back(Transition(without, sequence));
  }
  batch.checkpoints = {{with.ref, 2, "early"}};
  Commit(batch);
  CommitBatch later;
  later.checkpoints = {{with.ref, 3, std::string("la\0ter", 6)}};
  Commit(later);
  const ExecutionRef unknown{Slot(8), 99};
  const auto loaded =
      store().LoadHistories({without.ref, unknown, with.ref, without.ref}, kNoLimit);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->size(), 4u);
  EXPECT_EQ((*loaded)[0].ref, without.ref);
  EXPECT_FALSE((*loaded)[0].checkpoint.has_value());
  EXPECT_THAT(SequencesOf((*loaded)[0].rows), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ((*loaded)[1].ref, unknown);
  EXPECT_TRUE((*loaded)[1].rows.empty());
  ASSERT_TRUE((*loaded)[2].checkpoint.has_value());
  EXPECT_EQ((*loaded)[2].checkpoint->sequence, 3);
  EXPECT_EQ((*loaded)[2].checkpoint->state, std::string("la\0ter", 6));
  EXPECT_THAT(SequencesOf((*loaded)[2].rows), ElementsAre(4, 5));
  EXPECT_THAT(SequencesOf((*loaded)[3].rows), ElementsAre(1, 2, 3, 4, 5)) << "asked for twice";
  EXPECT_TRUE(store().LoadHistories({}, kNoLimit)->empty());
}

TEST_P(StoreContract, LoadReportsAGapAsLostDataOfThatExecution) {
  Own();
  const ExecutionRow row = Execution(1, "one"), whole = Execution(2, "two");
  CommitBatch batch;
  batch.starts = {row, whole};
  batch.history = {Transition(row, 1), Transition(row, 3), Transition(whole, 1)};
  Commit(batch);
  const auto loaded = store().LoadHistories({row.ref, whole.ref}, kNoLimit);
  ASSERT_EQ(loaded->size(), 2u);
  EXPECT_EQ((*loaded)[0].status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE((*loaded)[1].status.ok());
  EXPECT_EQ((*loaded)[1].rows.size(), 1u);
}

TEST_P(StoreContract, LoadStopsByBytes) {
  Own();
  CommitBatch batch;
  std::vector<ExecutionRef> refs;
  for (int i = 0; i < 600; ++i) {
    const ExecutionRow row = Execution(1 + i, "e" + std::to_string(i));
    batch.starts.push_back(row);
    batch.history.push_back(Transition(row, 1));
    batch.history.back().record = std::string(1'000, 'r');
    refs.push_back(row.ref);
  }
  Commit(batch);
  const auto some = store().LoadHistories(refs, 10'000);
  EXPECT_GE(some->size(), 1u);
  EXPECT_LT(some->size(), refs.size());
  EXPECT_EQ(store().LoadHistories(refs, 0)->front().ref, refs.front()) << "one at least";
  EXPECT_EQ(store().LoadHistories(refs, kNoLimit)->size(), refs.size());
}

TEST_P(StoreContract, DueExecutionsArePagedByTheirTime) {
  Own();
  CommitBatch batch;
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  for (int i = 0; i < 7; ++i) {
    ExecutionRow row = Execution(1 + i, "e" + std::to_string(i));
    row.parked = true;
    row.wake_at = now - absl::Seconds(i / 3);  // some at the same time
    batch.starts.push_back(row);
  }
  Commit(batch);
  std::vector<std::string> names;
  DueCursor after;
  for (int page = 0; page < 10; ++page) {
    const auto rows = store().ListDue(kAll, after, now, 2);
    ASSERT_TRUE(rows.ok()) << rows.status();
    if (rows->empty()) break;
    for (const ExecutionRow& row : *rows) names.push_back(row.name);
    after = DueCursor{rows->back().wake_at, rows->back().ref};
  }
  EXPECT_THAT(names, ElementsAre("e6", "e3", "e4", "e5", "e0", "e1", "e2"));
}

TEST_P(StoreContract, ClosingDropsTheCheckpoint) {
  Own();
  const ExecutionRow row = Execution(1, "one"), other = Execution(2, "two");
  CommitBatch batch;
  batch.starts = {row, other};
  batch.history = {Transition(row, 1), Transition(other, 1)};
  batch.checkpoints = {{row.ref, 1, "state"}, {other.ref, 1, "state"}};
  Commit(batch);
  CommitBatch end;
  end.updates = {{row.ref, Status::kSucceeded, absl::FromUnixSeconds(2), false,
                  absl::InfiniteFuture(), /*drops_checkpoint=*/true}};
  Commit(end);
  EXPECT_FALSE(store().LoadHistories({row.ref}, kNoLimit)->front().checkpoint.has_value());
  EXPECT_TRUE(store().LoadHistories({other.ref}, kNoLimit)->front().checkpoint.has_value());
}

TEST_P(StoreContract, OpenExecutionsAreListedAsResidentOrDue) {
  Own();
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  CommitBatch batch;
  batch.starts = {Execution(1, "resident-7-1", Slot(7)), Execution(2, "resident-7-2", Slot(7)),
                  Execution(1, "resident-20", Slot(20)), Execution(4, "closed", Slot(7)),
                  Execution(5, "due-second", Slot(7)),   Execution(6, "due-first", Slot(20)),
                  Execution(7, "later", Slot(7)),        Execution(8, "forever", Slot(7))};
  batch.updates = {
      {.ref = {Slot(7), 4}, .status = Status::kSucceeded, .stop_time = now},
      {.ref = {Slot(7), 5}, .parked = true, .wake_at = now},
      {.ref = {Slot(20), 6}, .parked = true, .wake_at = now - absl::Seconds(1)},
      {.ref = {Slot(7), 7}, .parked = true, .wake_at = now + absl::Microseconds(1)},
      {.ref = {Slot(7), 8}, .parked = true},
  };
  Commit(batch);
  EXPECT_THAT(NamesIn(store().ListResident(kAll, {}, 10)),
              ElementsAre("resident-7-1", "resident-7-2", "resident-20"));
  EXPECT_THAT(NamesIn(store().ListResident(kAll, {}, 2)),
              ElementsAre("resident-7-1", "resident-7-2"));
  EXPECT_THAT(NamesIn(store().ListResident(kAll, {Slot(7), 2}, 2)), ElementsAre("resident-20"));
  EXPECT_THAT(NamesIn(store().ListResident({Slot(8), Slot(4095)}, {}, 9)),
              ElementsAre("resident-20"));
  EXPECT_THAT(NamesIn(store().ListDue(kAll, {}, now, 10)), ElementsAre("due-first", "due-second"));
  EXPECT_THAT(NamesIn(store().ListDue(kAll, {}, now, 1)), ElementsAre("due-first"));
  EXPECT_THAT(NamesIn(store().ListDue({Slot(0), Slot(7)}, {}, now, 10)), ElementsAre("due-second"));
  const auto counts = store().CountOpen(kAll);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->resident, 3);
  EXPECT_EQ(counts->parked, 4);
  EXPECT_EQ(store().CountOpen({Slot(8), Slot(4095)})->parked, 1);
}

TEST_P(StoreContract, ExecutionsAreFoundByNameAndByRef) {
  Own();
  const ExecutionRow row = Execution(1, "one");
  Start(row);
  const auto found = store().FindExecution(Slot(7), row.ns, row.machine, row.name);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(*found == row);
  const auto code = [](const auto& result) { return result.status().code(); };
  const auto not_found = absl::StatusCode::kNotFound;
  EXPECT_EQ(code(store().FindExecution(Slot(8), row.ns, row.machine, row.name)), not_found);
  EXPECT_EQ(code(store().FindExecution(Slot(7), row.ns, row.machine, "on")), not_found);
  EXPECT_EQ(code(store().FindExecution(Slot(7), row.ns, row.machine, std::string("one\0x", 5))),
            not_found);
  EXPECT_EQ(code(store().FindExecution(Slot(7), row.ns, row.machine, "\xFF")), not_found);
  EXPECT_EQ(code(store().GetExecution({Slot(7), 2})), not_found);
}

TEST_P(StoreContract, ListingIsNewestFirstFilteredAndPaged) {
  Own();
  CommitBatch batch;
  const absl::Time base = absl::FromUnixSeconds(1'700'000'000);
  for (int64_t id = 1; id <= 6; ++id) {
    ExecutionRow row = Execution(id, "order-" + std::to_string(id), Slot(id % 3));
    row.start_time = base + absl::Seconds((id + 1) / 2);  // pairs start together
    if (id == 2) row.status = Status::kFailed;
    if (id == 2) row.stop_time = base + absl::Seconds(9);
    batch.starts.push_back(row);
  }
  ExecutionRow other = Execution(7, "ORDER-7");
  other.machine = "Refunds";
  other.start_time = base;
  ExecutionRow foreign = Execution(8, "foreign");
  foreign.ns = "111111111111";
  foreign.start_time = base;
  batch.starts.push_back(other);
  batch.starts.push_back(foreign);
  Commit(batch);

  const auto list = [&](const ListFilter& filter) {
    return NamesIn(store().ListExecutions(filter, absl::nullopt, 10));
  };
  const std::string ns = "000000000000";
  // Ties by ref, descending: id 5 is in slot 2, id 6 in slot 0.
  EXPECT_THAT(list(Filter(ns, "Orders")),
              ElementsAre("order-5", "order-6", "order-4", "order-3", "order-2", "order-1"));
  EXPECT_THAT(list(Filter(ns)), ElementsAre("order-5", "order-6", "order-4", "order-3", "order-2",
                                            "order-1", "ORDER-7"));
  EXPECT_EQ(list({}).size(), 8u) << "an empty filter filters nothing";
  EXPECT_THAT(list(Filter(ns, "Order")), IsEmpty());
  EXPECT_THAT(list(Filter(ns, "", "ORD")), ElementsAre("ORDER-7"));
  EXPECT_THAT(list(Filter(ns, "", "order_")), IsEmpty());
  ListFilter failed = Filter(ns);
  failed.status = Status::kFailed;
  EXPECT_THAT(list(failed), ElementsAre("order-2"));
  ListFilter started = Filter(ns);
  started.started_from = base + absl::Seconds(1);
  started.started_before = base + absl::Seconds(2);
  EXPECT_THAT(list(started), ElementsAre("order-2", "order-1"));

  std::vector<std::string> paged;
  absl::optional<ListCursor> after;
  while (paged.size() < 20) {
    const auto page = store().ListExecutions(Filter(ns), after, 2);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const std::string& name : NamesOf(*page)) paged.push_back(name);
    if (page->size() < 2) break;
    after = ListCursor{page->back().start_time, page->back().ref};
  }
  EXPECT_EQ(paged, list(Filter(ns)));
}

TEST_P(StoreContract, FiltersOfAListingCombine) {
  Own();
  CommitBatch batch;
  const absl::Time base = absl::FromUnixSeconds(1'700'000'000);
  std::vector<ExecutionRow> all;
  for (int64_t id = 1; id <= 120; ++id) {
    ExecutionRow row = Execution(id, std::string(id % 2 == 0 ? "a" : "b") + std::to_string(id));
    row.machine = "machine-" + std::to_string(id % 3);
    row.start_time = base + absl::Seconds(id / 4);
    row.status = static_cast<Status>(1 + id % 5);
    if (row.status != Status::kRunning) row.stop_time = row.start_time;
    batch.starts.push_back(row);
    all.push_back(row);
  }
  Commit(batch);
  std::reverse(all.begin(), all.end());
  for (int mask = 0; mask < 32; ++mask) {
    SCOPED_TRACE(mask);
    ListFilter filter = Filter("000000000000");
    if (mask & 1) filter.machine = "machine-1";
    if (mask & 2) filter.name_prefix = "a";
    if (mask & 4) filter.status = Status::kFailed;
    if (mask & 8) filter.started_from = base + absl::Seconds(5);
    if (mask & 16) filter.started_before = base + absl::Seconds(25);
    std::vector<std::string> expected;
    for (const ExecutionRow& row : all) {
      if (!filter.machine.empty() && row.machine != filter.machine) continue;
      if (row.name.rfind(filter.name_prefix, 0) != 0) continue;
      if (filter.status.has_value() && row.status != *filter.status) continue;
      if (row.start_time < filter.started_from || row.start_time >= filter.started_before) continue;
      expected.push_back(row.name);
    }
    ASSERT_FALSE(expected.empty());
    std::vector<std::string> listed;
    absl::optional<ListCursor> after;
    while (listed.size() <= expected.size()) {
      const auto page = store().ListExecutions(filter, after, 3);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const std::string& name : NamesOf(*page)) listed.push_back(name);
      if (page->size() < 3) break;
      after = ListCursor{page->back().start_time, page->back().ref};
    }
    EXPECT_EQ(listed, expected);
  }
}

TEST_P(StoreContract, ListingByPrefixTakesSpecialCharactersAsTheyAre) {
  Own();
  CommitBatch batch;
  batch.starts = {Execution(1, "50%_a"), Execution(2, "50xya"), Execution(3, "\xC3\xA9t\xC3\xA9"),
                  Execution(4, "it's")};
  Commit(batch);
  const auto list = [&](const std::string& prefix) {
    return NamesIn(store().ListExecutions(Filter("", "", prefix), absl::nullopt, 10));
  };
  EXPECT_THAT(list("50%"), ElementsAre("50%_a"));
  EXPECT_THAT(list("\xC3\xA9t"), ElementsAre("\xC3\xA9t\xC3\xA9"));
  EXPECT_THAT(list("it's"), ElementsAre("it's"));
}

}  // namespace
}  // namespace pawl::persistence
