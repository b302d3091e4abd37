// What the PostgreSQL store has beyond the contract: broken connections, several nodes, settings of
// the server. Skipped without PAWL_TEST_POSTGRES.
#include "persistence/postgres/postgres_store.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "persistence/postgres/session.h"
#include "persistence/test_places.h"

namespace pawl::persistence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Kind = CommitOutcome::Kind;

constexpr SlotRange kAll = {0, kSlotCount - 1};

class PostgresStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (TestPostgresUrl().empty()) GTEST_SKIP() << "PAWL_TEST_POSTGRES is not set";
    store_ = Open();
    ASSERT_NE(store_, nullptr);
    auto session = Session::Connect(TestPostgresUrl(), Session::Purpose::kRead);
    ASSERT_TRUE(session.ok()) << session.status();
    admin_ = *std::move(session);
    range_ = *store_->TakeRange(kAll, {"node-1", "", absl::Hours(1)});
  }
  void TearDown() override {
    store_.reset();
    if (admin_ != nullptr) DropSchema(schema_);
  }

  std::unique_ptr<Store> Open(const std::string& application = "pawl") {
    auto store = OpenPostgresStore(
        absl::StrCat(TestPostgresUrl(), "?application_name=", application), {.schema = schema_});
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  void Admin(const std::string& sql, SqlRows* rows = nullptr) {
    const auto failure = admin_->Run(absl::StrReplaceAll(sql, {{"@", schema_}}), rows);
    ASSERT_FALSE(failure.has_value()) << failure->message;
  }
  CommitBatch Batch(size_t rows) const {
    CommitBatch batch;
    batch.range = kAll;
    batch.epoch = range_.epoch;
    batch.batch_seq = range_.batch_seq + 1;
    for (size_t i = 0; i < rows; ++i) {
      batch.history.push_back(
          {.ref = {1, static_cast<int64_t>(i + 1)}, .sequence = batch.batch_seq, .record = "r"});
    }
    return batch;
  }
  Kind Commit(const CommitBatch& batch) {
    const CommitOutcome outcome = store_->Commit(batch);
    if (outcome.kind == Kind::kCommitted) range_.batch_seq = batch.batch_seq;
    return outcome.kind;
  }
  // Ends all connections of this server but our own.
  void TerminateOthers() {
    Admin(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE application_name = 'pawl' AND pid <> pg_backend_pid()");
  }

  // The backend that waits for a lock in a query like `pattern`; 0 if none does in some seconds. It
  // asks on a connection of its own: inside a transaction pg_stat_activity stands still.
  int64_t WaitForBlocked(const std::string& pattern, int count = 1) {
    auto watcher = Session::Connect(TestPostgresUrl(), Session::Purpose::kRead);
    if (!watcher.ok()) return 0;
    const std::string sql = absl::StrCat(
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '",
        absl::StrReplaceAll(pattern, {{"@", schema_}}), "'");
    for (int attempt = 0; attempt < 20'000; ++attempt) {
      SqlRows rows;
      if ((*watcher)->Run(sql, &rows).has_value()) break;
      if (rows.size() == count) return rows.Int(0, 0);
    }
    ADD_FAILURE() << "nothing waits for a lock in " << pattern;
    return 0;
  }

  const std::string schema_ = UniqueSchema();
  std::unique_ptr<Store> store_;
  std::unique_ptr<Session> admin_;
  RangeState range_;
};

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
  row.ref = {1, 1};
  start.starts = {row};
  ASSERT_EQ(Commit(start), Kind::kCommitted);
  Admin("BEGIN; SELECT 1 FROM @.executions FOR UPDATE");
  CommitBatch batch = Batch(20);
  batch.updates = {{.ref = {1, 1}, .parked = true}};
  Kind kind = Kind::kCommitted;
  std::thread committer([&] { kind = store_->Commit(batch).kind; });
  const int64_t pid = WaitForBlocked("%UPDATE @.executions%");
  Admin(absl::StrCat("SELECT pg_terminate_backend(", pid, ", 5000)"));
  committer.join();
  EXPECT_EQ(kind, Kind::kNotCommitted);
  Admin("ROLLBACK");
  EXPECT_TRUE(store_->ReadHistory({1, 5}, 1, 9, false)->empty());
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
  EXPECT_TRUE(store->GetExecution({1, 1}).ok()) << "a call has a limit of its own";
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
  EXPECT_EQ(store_->ReadHistory({1, 1}, 1, 9, false).status().code(), absl::StatusCode::kDataLoss);
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
  row.ref = {1, 1};
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
  EXPECT_TRUE(store_->GetExecution({1, 1}).ok());
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
