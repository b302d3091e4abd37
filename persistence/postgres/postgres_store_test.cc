// What the PostgreSQL store has beyond the contract: broken connections, several nodes, settings of
// the server. Skipped without PAWL_TEST_POSTGRES.
#include "persistence/postgres/postgres_store.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "persistence/postgres/postgres_store_fixture.h"

namespace pawl::persistence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(PostgresStoreTest, CommitRecoversFromALostConnection) {
  for (const size_t rows : {size_t{1}, size_t{20}}) {  // in one round trip, and in steps
    ASSERT_EQ(Commit(Batch(rows)), Kind::kCommitted);
    TerminateOthers();
    EXPECT_EQ(Commit(Batch(rows)), Kind::kNotCommitted);
    EXPECT_EQ(Commit(Batch(rows)), Kind::kCommitted) << "on a new connection";
  }
}

TEST_F(PostgresStoreTest, ReadsDoNotNoticeALostConnection) {
  ASSERT_TRUE(store_->ListRanges().ok());
  TerminateOthers();
  const auto ranges = store_->ListRanges();
  EXPECT_TRUE(ranges.ok()) << ranges.status();
}

TEST_F(PostgresStoreTest, ConnectionLostInsideATransactionWritesNothing) {
  // An outsider holds the row that the third statement needs, so that the batch stands in the
  // middle.
  CommitBatch start = Batch(0);
  ExecutionRow row;
  row.ref = {Slot(1), 1};
  start.starts = {row};
  ASSERT_EQ(Commit(start), Kind::kCommitted);
  Admin("BEGIN; SELECT 1 FROM @.executions FOR UPDATE");
  CommitBatch batch = Batch(20);
  batch.updates = {{.ref = {Slot(1), 1}, .parked = true}};
  Kind kind = Kind::kCommitted;
  std::thread committer([&] { kind = store_->Commit(batch).kind; });
  const int64_t pid = WaitForBlocked("%UPDATE @.executions%");
  Admin(absl::StrCat("SELECT pg_terminate_backend(", pid, ", 5000)"));
  committer.join();
  EXPECT_EQ(kind, Kind::kNotCommitted);
  Admin("ROLLBACK");
  EXPECT_TRUE(store_->ReadHistory({Slot(1), 5}, 1, 9, false)->empty());
  EXPECT_EQ(Commit(batch), Kind::kCommitted);
}

TEST_F(PostgresStoreTest, LostAnswerToCommitIsUnknown) {
  // A constraint that is checked at COMMIT ends its own connection there: COMMIT has left, and no
  // answer comes.
  Admin(
      "CREATE FUNCTION @.die() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; "
      "END';"
      "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON @.history DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION @.die()");
  EXPECT_EQ(Commit(Batch(1)), Kind::kUnknown);
  EXPECT_EQ(Commit(Batch(20)), Kind::kUnknown);
  Admin("DROP TRIGGER die ON @.history");
  EXPECT_EQ(store_->TakeRange(kAll, {"node-1", "", absl::Hours(1)})->batch_seq, 0);
}

TEST_F(PostgresStoreTest, WarningInAnswerToCommitIsUnknown) {
  Admin(
      "CREATE FUNCTION @.warn() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN RAISE WARNING ''might not have been replicated''; RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON @.history DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION @.warn()");
  EXPECT_EQ(Commit(Batch(1)), Kind::kUnknown);
  EXPECT_EQ(store_->ListRanges()->front().batch_seq, 1) << "it was committed all the same";
}

TEST_F(PostgresStoreTest, SerializationFailureAtCommitIsNotCommitted) {
  Admin(
      "CREATE FUNCTION @.fail() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''40001''; END';"
      "CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON @.history DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION @.fail()");
  EXPECT_EQ(Commit(Batch(1)), Kind::kNotCommitted);
  Admin("DROP TRIGGER fail ON @.history");
  EXPECT_EQ(Commit(Batch(1)), Kind::kCommitted);
}

TEST_F(PostgresStoreTest, RefusedRowIsFoundAmongAThousand) {
  Admin("ALTER TABLE @.history ADD CHECK (length(record) < 10)");
  CommitBatch batch = Batch(1000);
  batch.history[617].record = "a record that this database refuses";
  const CommitOutcome outcome = store_->Commit(batch);
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  ASSERT_TRUE(outcome.rejected.has_value());
  EXPECT_EQ(outcome.rejected->id, 618);
  EXPECT_THAT(outcome.message, HasSubstr("23514"));
  EXPECT_THAT(outcome.message, Not(HasSubstr("a record that"))) << "no payload in messages";
  batch.history.erase(batch.history.begin() + 617);
  EXPECT_EQ(Commit(batch), Kind::kCommitted);
}

TEST_F(PostgresStoreTest, TakeoverWaitsForTheOldOwnersTransaction) {
  // The zombie: its fence has passed, its COMMIT is yet to come.
  Admin(absl::StrCat("BEGIN; UPDATE @.ranges SET batch_seq = 1 WHERE epoch = ", range_.epoch));
  absl::StatusOr<RangeState> taken = absl::UnknownError("still waiting");
  std::thread taker([&] { taken = store_->TakeRange(kAll, {"node-1", "", absl::Hours(1)}); });
  EXPECT_NE(WaitForBlocked("UPDATE @.ranges%"), 0);
  Admin("COMMIT");
  taker.join();
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->batch_seq, 1) << "it sees what the zombie has committed";
}

TEST_F(PostgresStoreTest, ManyNodesMayCreateTheTablesAtOnce) {
  const std::string schema = UniqueSchema();
  std::vector<std::thread> nodes;
  for (int i = 0; i < 8; ++i) {
    nodes.emplace_back([&] {
      const auto store = OpenPostgresStore(TestPostgresUrl(), {.schema = schema});
      EXPECT_TRUE(store.ok()) << store.status();
      if (!store.ok()) return;
      EXPECT_EQ((*store)->ListRanges()->size(), 1u);
    });
  }
  for (std::thread& node : nodes) node.join();
  DropSchema(schema);
}

TEST_F(PostgresStoreTest, TablesOfANewerBuildAreRefusedWithARemedy) {
  Admin("UPDATE @.schema_version SET version = 1000");
  const auto store = OpenPostgresStore(TestPostgresUrl(), {.schema = schema_});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("newer Pawl"));
}

TEST_F(PostgresStoreTest, SettingsThatLoseCommitsAreWarnedOf) {
  std::vector<std::string> warnings = {"old"};
  ASSERT_TRUE(
      OpenPostgresStore(TestPostgresUrl(), {.schema = schema_, .warnings = &warnings}).ok());
  EXPECT_TRUE(warnings.empty());
  const std::string url = absl::StrCat(TestPostgresUrl(), "?options=-c%20synchronous_commit%3Doff");
  ASSERT_TRUE(OpenPostgresStore(url, {.schema = schema_, .warnings = &warnings}).ok());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("synchronous_commit"));
}

TEST_F(PostgresStoreTest, DescriptionAndErrorsHoldNoPassword) {
  EXPECT_THAT(store_->description(), HasSubstr("PostgreSQL 1"));
  for (const char* url : {"postgresql://u:s3cret@127.0.0.1:1/db", "postgresql://u:s3cret@[::1/db",
                          "host=127.0.0.1 port=x password=s3cret"}) {
    const auto refused = OpenPostgresStore(url);
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(refused.status().message()), Not(HasSubstr("s3cret")));
  }
  EXPECT_EQ(OpenPostgresStore(TestPostgresUrl(), {.schema = "Bad-Name"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(PostgresStoreTest, SmallAndLargeBatchesTakeOneStatementPerTable) {
  const int64_t before = store_->stats().statements;
  ASSERT_EQ(Commit(Batch(1)), Kind::kCommitted);
  EXPECT_EQ(store_->stats().statements - before, 4) << "BEGIN, fence, history, COMMIT";
  ASSERT_EQ(Commit(Batch(500)), Kind::kCommitted);
  EXPECT_EQ(store_->stats().statements - before, 8);
}

}  // namespace
}  // namespace pawl::persistence
