// Time limits, lanes, and what the PostgreSQL store says while the server is full, read-only,
// damaged or away.
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "persistence/postgres/postgres_store_fixture.h"

namespace pawl::persistence {
namespace {

using ::testing::HasSubstr;

TEST_F(PostgresStoreTest, FrozenOwnersTransactionDoesNotBlockATakeoverForEver) {
  PostgresOptions options;
  options.schema = schema_;
  options.lock_limit = absl::Milliseconds(200);
  auto store = *OpenPostgresStore(TestPostgresUrl(), options);
  Admin("BEGIN; UPDATE @.ranges SET batch_seq = batch_seq");
  const auto refused = store->TakeRange(kAll, {"node-1", "", absl::Hours(1)});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable) << refused.status();
  Admin("ROLLBACK");
  EXPECT_TRUE(store->TakeRange(kAll, {"node-1", "", absl::Hours(1)}).ok());
}

TEST_F(PostgresStoreTest, CommitBehindALockedRangeEndsAndMayBeSentAgain) {
  PostgresOptions options;
  options.schema = schema_;
  options.commit_limit = absl::Milliseconds(200);
  store_ = *OpenPostgresStore(TestPostgresUrl(), options);
  for (const size_t rows : {size_t{1}, size_t{20}}) {
    Admin("BEGIN; UPDATE @.ranges SET batch_seq = batch_seq");
    const CommitOutcome outcome = store_->Commit(Batch(rows));
    EXPECT_EQ(outcome.kind, Kind::kNotCommitted);
    EXPECT_EQ(outcome.code, absl::StatusCode::kUnavailable);
    Admin("ROLLBACK");
    EXPECT_EQ(Commit(Batch(rows)), Kind::kCommitted);
  }
}

TEST_F(PostgresStoreTest, EveryConnectionHasItsLimits) {
  ASSERT_EQ(Commit(Batch(1)), Kind::kCommitted);
  // A transaction that its owner left open is ended by the server, well before the lease.
  auto session = *Session::Connect(TestPostgresUrl(), Session::Purpose::kCommit,
                                   {absl::Seconds(4), absl::Seconds(3), absl::Milliseconds(50)});
  SqlRows rows;
  ASSERT_FALSE(session
                   ->Run("SELECT current_setting('statement_timeout'), "
                         "current_setting('lock_timeout')",
                         &rows)
                   .has_value());
  EXPECT_EQ(rows.Text(0, 0), "4s");
  EXPECT_EQ(rows.Text(0, 1), "3s");
  ASSERT_FALSE(session->Run("BEGIN").has_value());
  absl::optional<SqlFailure> ended;
  Admin("SELECT pg_sleep(0.2)");
  ended = session->Run("SELECT 1");
  ASSERT_TRUE(ended.has_value());
  EXPECT_TRUE(ended->is_connection_lost);
  const PostgresOptions defaults;
  for (const absl::Duration limit :
       {defaults.commit_limit, defaults.idle_limit, defaults.lock_limit}) {
    EXPECT_LT(limit, absl::Seconds(10)) << "the default lease";
  }
  EXPECT_LT(defaults.idle_limit, defaults.lock_limit) << "a takeover outlasts a frozen owner";
}

TEST_F(PostgresStoreTest, SlowReadEndsAtTheLimitOfItsKindAlone) {
  // A view in the place of the table, each row of which takes its time.
  Admin(
      "ALTER TABLE @.executions RENAME TO hidden; INSERT INTO @.hidden SELECT 1, i, 'ns', 'm', 'e' "
      "|| i, 1, 1, i, 0, 0 FROM generate_series(1, 50) i; CREATE VIEW @.executions AS SELECT h.* "
      "FROM @.hidden h, LATERAL (SELECT pg_sleep(0.1) WHERE h.id > 0) slow");
  PostgresOptions options;
  options.schema = schema_;
  options.listing_limit = absl::Milliseconds(150);
  auto store = *OpenPostgresStore(TestPostgresUrl(), options);
  ListFilter filter;
  filter.ns = "ns";
  const auto listed = store->ListExecutions(filter, absl::nullopt, 50);
  EXPECT_EQ(listed.status().code(), absl::StatusCode::kDeadlineExceeded) << listed.status();
  EXPECT_THAT(std::string(listed.status().message()), HasSubstr("narrow"));
  EXPECT_TRUE(store->GetExecution({Slot(1), 1}).ok()) << "a call has a limit of its own";
}

TEST_F(PostgresStoreTest, NoKindOfReadWaitsForAConnectionOfAnother) {
  // All connections for listings wait for a lock; leases, calls and recovery go on.
  Admin("BEGIN; LOCK TABLE @.machines IN ACCESS EXCLUSIVE MODE");
  std::vector<std::thread> waiting;
  for (int i = 0; i < 4; ++i) {  // as many as there are connections for calls
    waiting.emplace_back([&] { EXPECT_TRUE(store_->ListMachines("ns", "", 10).ok()); });
  }
  EXPECT_NE(WaitForBlocked("%@.machines m%LIMIT%", 4), 0);
  EXPECT_TRUE(store_->RenewLease(kAll, range_.epoch, absl::Hours(1)).ok());
  EXPECT_TRUE(store_->ListResident(kAll, {}, 10).ok());
  EXPECT_TRUE(store_->ListExecutions({}, absl::nullopt, 10).ok());
  EXPECT_EQ(Commit(Batch(1)), Kind::kCommitted);
  Admin("COMMIT");
  for (std::thread& thread : waiting) thread.join();
}

TEST_F(PostgresStoreTest, FailuresOfTheServerAreSaidWithTheirRemedy) {
  struct Case {
    const char* state;
    absl::StatusCode code;
    const char* remedy;
  };
  for (const Case& c : {Case{"53100", absl::StatusCode::kResourceExhausted, "free space"},
                        Case{"25006", absl::StatusCode::kUnavailable, "primary"},
                        Case{"42501", absl::StatusCode::kUnavailable, "grant"}}) {
    Admin(absl::StrCat(
        "CREATE OR REPLACE FUNCTION @.fail() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''",
        c.state,
        "''; END';"
        "CREATE TRIGGER fail BEFORE INSERT ON @.history FOR EACH ROW EXECUTE FUNCTION @.fail()"));
    for (const size_t rows : {size_t{1}, size_t{20}}) {
      const CommitOutcome outcome = store_->Commit(Batch(rows));
      EXPECT_EQ(outcome.kind, Kind::kNotCommitted);
      EXPECT_EQ(outcome.code, c.code);
      EXPECT_THAT(outcome.message, HasSubstr(c.remedy));
    }
    Admin("DROP TRIGGER fail ON @.history");
    EXPECT_EQ(Commit(Batch(1)), Kind::kCommitted) << "by itself";
  }
}

TEST_F(PostgresStoreTest, MissingTableIsLostDataUntilItIsBack) {
  Admin("ALTER TABLE @.history RENAME TO lost");
  const CommitOutcome outcome = store_->Commit(Batch(20));
  EXPECT_EQ(outcome.kind, Kind::kNotCommitted);
  EXPECT_EQ(outcome.code, absl::StatusCode::kDataLoss);
  EXPECT_THAT(outcome.message, HasSubstr("restore a backup"));
  EXPECT_EQ(store_->ReadHistory({Slot(1), 1}, 1, 9, false).status().code(),
            absl::StatusCode::kDataLoss);
  Admin("ALTER TABLE @.lost RENAME TO history");
  EXPECT_EQ(Commit(Batch(20)), Kind::kCommitted);
}

TEST_F(PostgresStoreTest, AServerThatIsAwayIsUnavailable) {
  auto gone = OpenPostgresStore("postgresql://u@127.0.0.1:1/db");
  EXPECT_EQ(gone.status().code(), absl::StatusCode::kUnavailable);
  ASSERT_EQ(Commit(Batch(1)), Kind::kCommitted);
  TerminateOthers();
  const CommitOutcome outcome = store_->Commit(Batch(1));
  EXPECT_EQ(outcome.kind, Kind::kNotCommitted);
  EXPECT_EQ(outcome.code, absl::StatusCode::kUnavailable);
}

TEST_F(PostgresStoreTest, ZombieThatDeletesIsRolledBack) {
  CommitBatch batch = Batch(0);
  ExecutionRow row;
  row.ref = {Slot(1), 1};
  row.status = Status::kSucceeded;
  row.stop_time = absl::UnixEpoch();
  batch.starts = {row};
  ASSERT_EQ(Commit(batch), Kind::kCommitted);
  // The new owner takes the range while the zombie's transaction is under way.
  Admin("BEGIN; UPDATE @.ranges SET epoch = epoch + 1");
  absl::StatusOr<int64_t> deleted = int64_t{-1};
  std::thread zombie([&] { deleted = store_->DeleteClosed(kAll, range_.epoch, absl::Now(), 10); });
  EXPECT_NE(WaitForBlocked("%FROM @.ranges%FOR UPDATE"), 0);
  Admin("COMMIT");
  zombie.join();
  EXPECT_EQ(deleted.status().code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(store_->GetExecution({Slot(1), 1}).ok());
}

}  // namespace
}  // namespace pawl::persistence
