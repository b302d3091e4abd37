// That no listing scans a table: the plans of both databases for every combination of filters.
#include "persistence/listing_query.h"

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "persistence/postgres/binary_format.h"
#include "persistence/postgres/postgres_store.h"
#include "persistence/postgres/session.h"
#include "persistence/sqlite/database.h"
#include "persistence/sqlite/sqlite_store.h"
#include "persistence/sqlite/sqlite_store_impl.h"
#include "persistence/test_places.h"

namespace pawl::persistence {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  std::string what;
  ListingQuery query;
  std::string index;  // that the plan has to use
};

// Every combination of machine, status, prefix, start bounds and cursor.
std::vector<Case> Cases() {
  std::vector<Case> cases;
  const absl::Time base = absl::FromUnixSeconds(1'700'000'000);
  for (int mask = 0; mask < 32; ++mask) {
    ListFilter filter;
    filter.ns = "000000000000";
    absl::optional<ListCursor> after;
    if (mask & 1) filter.machine = "Orders";
    if (mask & 2) filter.status = Status::kFailed;
    if (mask & 4) filter.started_from = base;
    if (mask & 8) filter.started_before = base + absl::Hours(1);
    if (mask & 16) after = ListCursor{base + absl::Minutes(1), {Slot(3), 4}};
    const std::string by_start = mask & 1 ? "executions_machine_status" : "executions_status";
    cases.push_back(
        {absl::StrCat("by start ", mask), ListByStart(filter, after, 100, 100), by_start});
    filter.name_prefix = "order-";
    cases.push_back(
        {absl::StrCat("newest ", mask), ListByStart(filter, after, 100, 5'000), by_start});
    cases.push_back({absl::StrCat("by name ", mask), ListByName(filter, after, 100), "name"});
    cases.push_back({absl::StrCat("count ", mask), CountByName(filter, 20'000), "name"});
  }
  return cases;
}

TEST(Listing, SqliteUsesAnIndexForEveryFilter) {
  TempFolder folder;
  ASSERT_TRUE(OpenSqliteStore(folder.path()).ok());
  auto db = Database::Open(folder.path() + "/pawl.db", SQLITE_OPEN_READONLY);
  ASSERT_TRUE(db.ok()) << db.status();
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.what);
    auto plan = (*db)->Prepare(absl::StrCat("EXPLAIN QUERY PLAN ", SqliteText(c.query)));
    ASSERT_TRUE(plan.ok()) << plan.status();
    bool is_used = false;
    while (plan->Step() == SQLITE_ROW) {
      const std::string line = plan->Text(3);
      // Scans of what a common table expression or a walk has gathered are none of a table.
      EXPECT_THAT(line, Not(HasSubstr("SCAN executions")));
      EXPECT_THAT(line, Not(HasSubstr("SCAN e ")));
      is_used = is_used || absl::StrContains(line, c.index);
      const bool walks = absl::StrContains(line, "status=?");
      // The bounds of the start and the cursor narrow the walk itself.
      if (walks && absl::StrContains(c.what, "by start 16")) {
        EXPECT_THAT(line, HasSubstr("(start_time,slot,id)<"));
      }
      if (walks && absl::StrContains(c.what, "by start 4")) {
        EXPECT_THAT(line, HasSubstr("start_time>?"));
      }
    }
    EXPECT_TRUE(is_used) << c.index;
  }
}

TEST(Listing, SqliteSeeksResidentAndDueExecutions) {
  TempFolder folder;
  ASSERT_TRUE(OpenSqliteStore(folder.path()).ok());
  auto db = Database::Open(folder.path() + "/pawl.db", SQLITE_OPEN_READONLY);
  const auto plan = [&](const std::string& sql) {
    auto statement = (*db)->Prepare("EXPLAIN QUERY PLAN " + sql);
    EXPECT_TRUE(statement.ok()) << statement.status();
    EXPECT_EQ(statement->Step(), SQLITE_ROW);
    return statement->Text(3);
  };
  EXPECT_THAT(plan(absl::StrCat("SELECT name FROM executions", kSqliteResidentClauses)),
              HasSubstr("executions_wake (wake_at=? AND (slot,id)>(?,?) AND slot<?)"));
  EXPECT_THAT(plan(absl::StrCat("SELECT name FROM executions", kSqliteDueClauses)),
              HasSubstr("executions_wake ((wake_at,slot,id)>(?,?,?) AND wake_at<?)"));
}

class PostgresListing : public ::testing::Test {
 protected:
  void SetUp() override {
    if (TestPostgresUrl().empty()) GTEST_SKIP() << "PAWL_TEST_POSTGRES is not set";
    ASSERT_TRUE(OpenPostgresStore(TestPostgresUrl(), {.schema = schema_}).ok());
    session_ = *Session::Connect(TestPostgresUrl(), Session::Purpose::kRead);
    // Enough rows for plans that tell; statistics only where a test asks for them.
    Run("ALTER TABLE @.executions SET (autovacuum_enabled = false)");
    Run("INSERT INTO @.executions SELECT i % 4096, i, '000000000000', 'm' || i % 50, 'order-' || "
        "i, "
        "1, CASE WHEN i % 1000 = 0 THEN 1 WHEN i % 100 = 0 THEN 3 ELSE 2 END, "
        "1700000000000000 + i * 1000, 0, CASE WHEN i % 1000 = 0 THEN i % 2000 END "
        "FROM generate_series(1, 30000) i");
  }
  void TearDown() override {
    if (session_ != nullptr) DropSchema(schema_);
  }
  void Run(const std::string& sql) {
    const auto failure = session_->Run(absl::StrReplaceAll(sql, {{"@", schema_}}));
    ASSERT_FALSE(failure.has_value()) << failure->message;
  }
  std::string Plan(const std::string& sql, const std::vector<std::string>& parameters) {
    SqlRows rows;
    const auto failure = session_->RunPrepared(
        absl::StrCat("EXPLAIN ", absl::StrReplaceAll(sql, {{"@", schema_}})), parameters, &rows);
    EXPECT_FALSE(failure.has_value()) << failure->message;
    std::string plan;
    for (int row = 0; row < rows.size(); ++row) absl::StrAppend(&plan, rows.Text(row, 0), "\n");
    return plan;
  }

  const std::string schema_ = UniqueSchema();
  std::unique_ptr<Session> session_;
};

TEST_F(PostgresListing, UsesAnIndexForEveryFilter) {
  Run("ANALYZE @.executions");
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.what);
    std::vector<std::string> parameters;
    for (const ListingQuery::Parameter& p : c.query.parameters) {
      parameters.push_back(p.is_text ? BinaryText(p.text) : BinaryInt(p.number));
    }
    const std::string plan = Plan(c.query.sql, parameters);
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan"))) << plan;
    EXPECT_THAT(plan, HasSubstr(c.index)) << plan;
  }
}

TEST_F(PostgresListing, SeeksResidentDueAndExpiredExecutionsWithoutStatistics) {
  EXPECT_THAT(Plan("SELECT name FROM @.executions WHERE wake_at = 0 AND (slot, id) > ($1::int8, "
                   "$2::int8) AND slot <= $3::int8 ORDER BY slot, id LIMIT $4::int8",
                   {BinaryInt(5), BinaryInt(6), BinaryInt(4000), BinaryInt(10)}),
              AllOf(Not(HasSubstr("Bitmap")),
                    HasSubstr("Index Cond: ((wake_at = 0) AND (ROW(slot, id) > ROW(")));
  EXPECT_THAT(
      Plan("SELECT name FROM @.executions WHERE (wake_at, slot, id) > ($1::int8, $2::int8, "
           "$3::int8) AND wake_at <= $4::int8 ORDER BY wake_at, slot, id LIMIT $5::int8",
           {BinaryInt(5), BinaryInt(6), BinaryInt(7), BinaryInt(900), BinaryInt(10)}),
      AllOf(Not(HasSubstr("Bitmap")), HasSubstr("Index Cond: ((ROW(wake_at, slot, id) > ROW(")));
  EXPECT_THAT(Plan("SELECT name FROM @.executions WHERE wake_at IS NULL AND stop_time < $1::int8 "
                   "ORDER BY stop_time, slot, id LIMIT 10",
                   {BinaryInt(5)}),
              HasSubstr("executions_stop"));
}

TEST(PrefixEnd, IsTheLeastTextAfterAllThatBeginSo) {
  struct Example {
    std::string prefix;
    absl::optional<std::string> end;
  };
  const Example examples[] = {
      {"a", "b"},
      {"order-9", "order-:"},
      {"\x7F", "\xC2\x80"},
      {"\xC3\xBF", "\xC4\x80"},
      {"\xDF\xBF", "\xE0\xA0\x80"},
      {"\xED\x9F\xBF", "\xEE\x80\x80"},
      {"\xEF\xBF\xBF", "\xF0\x90\x80\x80"},
      {"a\xF4\x8F\xBF\xBF", "b"},
      {"\xF4\x8F\xBF\xBF", absl::nullopt},
      {"", absl::nullopt},
  };
  for (const Example& example : examples) EXPECT_EQ(PrefixEnd(example.prefix), example.end);
}

}  // namespace
}  // namespace pawl::persistence
