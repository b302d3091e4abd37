#include "persistence/store_contract.h"

#include <tuple>
#include <utility>

namespace pawl::persistence {

void StoreContract::SetUp() {
  home_ = GetParam().make_home();
  auto store = home_->Open(/*initial_ranges=*/1);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

void StoreContract::Reopen() {
  store_.reset();
  auto store = home_->Open(/*initial_ranges=*/1);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

void StoreContract::Own(SlotRange range, const std::string& owner) {
  const auto taken = store().TakeRange(range, {owner, owner + ":1", absl::Hours(1)});
  ASSERT_TRUE(taken.ok()) << taken.status();
  range_ = *taken;
}

CommitBatch StoreContract::Batch() const {
  CommitBatch batch;
  batch.range = range_.slots;
  batch.epoch = range_.epoch;
  batch.batch_seq = range_.batch_seq + 1;
  return batch;
}

CommitOutcome::Kind StoreContract::TryCommit(const CommitBatch& batch) {
  const CommitOutcome outcome = store().Commit(batch);
  if (outcome.kind == CommitOutcome::Kind::kCommitted) range_.batch_seq = batch.batch_seq;
  return outcome.kind;
}

void StoreContract::Commit(CommitBatch batch) {
  batch.range = range_.slots;
  batch.epoch = range_.epoch;
  batch.batch_seq = range_.batch_seq + 1;
  const CommitOutcome outcome = store().Commit(batch);
  ASSERT_EQ(outcome.kind, CommitOutcome::Kind::kCommitted) << outcome.message;
  range_.batch_seq = batch.batch_seq;
}

RangeState StoreContract::StoredRange() {
  const auto ranges = store().ListRanges();
  EXPECT_TRUE(ranges.ok()) << ranges.status();
  for (const RangeState& range : *ranges) {
    if (range.slots == range_.slots) return range;
  }
  ADD_FAILURE() << "the range is not listed";
  return {};
}

ExecutionRow StoreContract::Execution(int64_t id, const std::string& name, Slot slot) {
  ExecutionRow row;
  row.ref = {slot, id};
  row.ns = "000000000000";
  row.machine = "Orders";
  row.name = name;
  row.revision = 3;
  row.start_time = absl::FromUnixMicros(1'700'000'000'000'000 + id);
  return row;
}

HistoryRow StoreContract::Transition(const ExecutionRow& execution, int64_t sequence,
                                     std::string record) {
  HistoryRow row;
  row.ref = execution.ref;
  row.sequence = sequence;
  row.first_event = sequence * 3 - 2;
  row.event_count = 3;
  row.record = std::move(record);
  return row;
}

void StoreContract::Start(const ExecutionRow& execution) {
  CommitBatch batch;
  batch.starts = {execution};
  batch.history = {Transition(execution, 1)};
  Commit(std::move(batch));
}

bool operator==(const ExecutionRow& a, const ExecutionRow& b) {
  const auto members = [](const ExecutionRow& row) {
    return std::tie(row.ref, row.ns, row.machine, row.name, row.revision, row.version, row.alias,
                    row.status, row.start_time, row.stop_time, row.parked, row.wake_at,
                    row.redrive_count, row.redrive_time);
  };
  return members(a) == members(b);
}

bool operator==(const HistoryRow& a, const HistoryRow& b) {
  return std::tie(a.ref, a.sequence, a.first_event, a.event_count, a.record) ==
         std::tie(b.ref, b.sequence, b.first_event, b.event_count, b.record);
}

std::vector<std::string> NamesOf(const std::vector<ExecutionRow>& rows) {
  std::vector<std::string> names;
  for (const ExecutionRow& row : rows) names.push_back(row.name);
  return names;
}

}  // namespace pawl::persistence
