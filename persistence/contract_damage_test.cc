// The contract of damage: a stored row that cannot be read fails itself and nothing else. The rows
// are written by SQL behind the store's back, so the memory store has none.
#include <gmock/gmock.h>

#include "persistence/row_checks.h"
#include "persistence/store_contract.h"

namespace pawl::persistence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreDamage : public StoreContract {
 protected:
  // Three executions, of which the one in the middle is about to be damaged.
  void SetUp() override {
    StoreContract::SetUp();
    if (!home_->RunSql("SELECT 1")) GTEST_SKIP() << "no SQL";
    Own();
    for (const char* name : {"one", "two", "three"}) {
      const ExecutionRow row = Execution(++id_, name);
      CommitBatch batch;
      batch.starts = {row};
      batch.history = {Transition(row, 1), Transition(row, 2)};
      batch.checkpoints = {{row.ref, 0, "state"}};
      Commit(batch);
    }
  }
  // All reads of all executions work, and only "two" is damaged, by `what`.
  void ExpectDamage(const std::string& what) {
    ListFilter filter;
    filter.ns = "000000000000";
    const auto listed = store().ListExecutions(filter, absl::nullopt, 10);
    ASSERT_TRUE(listed.ok()) << listed.status();
    Expect(*listed, what);
    const auto resident = store().ListResident(kAll, {}, 10);
    ASSERT_TRUE(resident.ok()) << resident.status();
    Expect(*resident, what);
    const auto row = store().GetExecution({Slot(7), 2});
    ASSERT_TRUE(row.ok()) << row.status();
    EXPECT_THAT(row->damage, HasSubstr(what));
  }
  void Expect(const std::vector<ExecutionRow>& rows, const std::string& what) {
    ASSERT_EQ(rows.size(), 3u);
    for (const ExecutionRow& row : rows) {
      if (row.ref.id == 2) {
        EXPECT_THAT(row.damage, HasSubstr(what));
      } else {
        EXPECT_EQ(row.damage, "");
      }
    }
  }
  int64_t id_ = 0;
};

TEST_P(StoreDamage, UnknownStatus) {
  for (const int status : {0, 6, -1, 1'000'000}) {
    home_->RunSql("UPDATE @.executions SET status = " + std::to_string(status) + " WHERE id = 2");
    ExpectDamage("status is " + std::to_string(status));
  }
}

TEST_P(StoreDamage, NullInTheRow) {
  for (const char* column : {"status", "revision", "start_time", "stop_time"}) {
    home_->AllowNull("executions", column);
  }
  Reopen();
  home_->RunSql("UPDATE @.executions SET status = NULL, revision = NULL WHERE id = 2");
  ExpectDamage("status is not a number");
  ExpectDamage("revision is not a number");
}

TEST_P(StoreDamage, NegativeNumbers) {
  home_->RunSql("UPDATE @.executions SET revision = -3 WHERE id = 2");
  ExpectDamage("revision is -3");
}

TEST_P(StoreDamage, SlotOutsideTheTable) {
  home_->RunSql("UPDATE @.executions SET slot = -5 WHERE id = 2");
  ListFilter filter;
  filter.ns = "000000000000";
  const auto listed = store().ListExecutions(filter, absl::nullopt, 10);
  ASSERT_TRUE(listed.ok()) << listed.status();
  Expect(*listed, "slot is -5");
  EXPECT_THAT(NamesOf(*store().ListResident(kAll, {}, 10)), ElementsAre("one", "three"));
}

TEST_P(StoreDamage, TextThatIsNotUtf8) {
  if (GetParam().name != "Sqlite") GTEST_SKIP() << "the server refuses it";
  home_->RunSql("UPDATE executions SET name = CAST(x'74FF6F' AS TEXT) WHERE id = 2");
  ExpectDamage("name is not UTF-8");
  EXPECT_EQ(store().GetExecution({Slot(7), 2})->name, "t\xEF\xBF\xBDo") << "it can be sent on";
  home_->RunSql("UPDATE executions SET name = x'FF', start_time = 'soon' WHERE id = 2");
  ExpectDamage("name is not text, start_time is not a number");
}

TEST_P(StoreDamage, DueRow) {
  home_->RunSql("UPDATE @.executions SET wake_at = 5, status = 77 WHERE id = 2");
  const auto due = store().ListDue(kAll, {}, absl::Now(), 10);
  ASSERT_TRUE(due.ok()) << due.status();
  ASSERT_EQ(due->size(), 1u);
  EXPECT_THAT(due->front().damage, HasSubstr("77"));
}

TEST_P(StoreDamage, HistoryAndCheckpoint) {
  home_->AllowNull("history", "record");
  home_->AllowNull("checkpoints", "state");
  Reopen();
  const std::vector<ExecutionRef> refs = {{Slot(7), 1}, {Slot(7), 2}, {Slot(7), 3}};
  for (const char* sql : {"UPDATE @.history SET record = NULL WHERE execution_id = 2",
                          "UPDATE @.history SET record = '', event_count = -1, "
                          "sequence = sequence - 1 WHERE execution_id = 2 AND sequence = 1",
                          "UPDATE @.checkpoints SET state = NULL WHERE execution_id = 2"}) {
    SCOPED_TRACE(sql);
    home_->RunSql(sql);
    const auto loaded = store().LoadHistories(refs, kNoLimit);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    ASSERT_EQ(loaded->size(), 3u);
    EXPECT_TRUE((*loaded)[0].status.ok());
    EXPECT_EQ((*loaded)[1].status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE((*loaded)[2].status.ok());
    EXPECT_EQ((*loaded)[2].rows.size(), 2u);
  }
}

TEST_P(StoreDamage, ReadableFrontOfAHistoryIsRead) {
  home_->AllowNull("history", "record");
  Reopen();
  home_->RunSql("UPDATE @.history SET record = NULL WHERE execution_id = 2 AND sequence = 2");
  const auto front = store().ReadHistory({Slot(7), 2}, 1, 10, false);
  ASSERT_TRUE(front.ok()) << front.status();
  EXPECT_EQ(front->size(), 1u);
  EXPECT_EQ(store().ReadHistory({Slot(7), 2}, 2, 10, false).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_P(StoreDamage, Machine) {
  const std::string ns = "000000000000";
  for (const char* name : {"A", "B", "C"}) {
    MachineRevision revision;
    revision.ns = ns;
    revision.name = name;
    revision.revision = 1;
    revision.definition = "{}";
    revision.type = "STANDARD";
    ASSERT_TRUE(store().AddRevision(revision).ok());
  }
  home_->AllowNull("machine_revisions", "type");
  Reopen();
  const struct {
    const char* sql;
    const char* damage;
  } cases[] = {
      {"UPDATE @.machine_revisions SET type = NULL WHERE name = 'B'",
       "the stored row: type is not text"},
      {"DELETE FROM @.machine_revisions WHERE name = 'B'", "role_arn is not text"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.sql);
    ASSERT_TRUE(home_->RunSql(c.sql));
    const auto listed = store().ListMachines(ns, "", 10);
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->size(), 3u);
    EXPECT_EQ((*listed)[1].name, "B");
    EXPECT_EQ((*listed)[1].revision, 1);
    EXPECT_THAT((*listed)[1].damage, HasSubstr(c.damage));
    EXPECT_EQ((*listed)[0].damage + (*listed)[2].damage, "");
    const absl::Status status = store().GetMachine(ns, "B").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("revision 1 of state machine B"));
    EXPECT_TRUE(store().GetMachine(ns, "C").ok());
  }
}

TEST_P(StoreDamage, MachineThatCannotBeNamed) {
  if (GetParam().name != "Sqlite") GTEST_SKIP() << "the server refuses it";
  const std::string ns = "000000000000";
  for (const char* name : {"A", "B", "C"}) {
    MachineRevision revision;
    revision.ns = ns;
    revision.name = name;
    revision.revision = 1;
    revision.type = "STANDARD";
    ASSERT_TRUE(store().AddRevision(revision).ok());
  }
  home_->RunSql("UPDATE machines SET name = CAST(x'41FF' AS TEXT) WHERE name = 'B'");
  const auto listed = store().ListMachines(ns, "", 2);
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ((*listed)[1].name, "C");
}

TEST_P(StoreDamage, RangeRow) {
  home_->RunSql("DELETE FROM @.ranges");
  EXPECT_EQ(store().TakeRange(kAll, {"node-1", "", absl::Hours(1)}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_TRUE(store().ListRanges()->empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreDamage, ::testing::ValuesIn(AllStoreKinds()),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(RepairedText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(RepairedText("plain \xC3\xA9"), "plain \xC3\xA9");
  EXPECT_EQ(RepairedText("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_TRUE(IsStorableText(RepairedText(std::string("\0\xED\xA0\x80", 4))));
}

}  // namespace
}  // namespace pawl::persistence
