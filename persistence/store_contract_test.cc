// The stores that the contract suite runs over. PostgreSQL's is given by PAWL_TEST_POSTGRES
// (tools/with-postgres sets it).
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"
#include "persistence/postgres/postgres_store.h"
#include "persistence/postgres/session.h"
#include "persistence/sqlite/database.h"
#include "persistence/sqlite/sqlite_store.h"
#include "persistence/store_contract.h"
#include "persistence/test_places.h"

namespace pawl::persistence {
namespace {

class MemoryHome final : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open(int initial_ranges) override {
    if (memory_ == nullptr) {
      memory_ = std::make_unique<MemoryStore>(MemoryOptions{.initial_ranges = initial_ranges});
    }
    // What is closed and opened again is the decorator; the memory stays.
    return std::make_unique<FaultStore>(memory_.get(), &no_faults_);
  }

 private:
  class NoFaults final : public FaultPlan {
   public:
    CommitFault OnCommit(const CommitBatch& /*batch*/) override { return {}; }
    absl::Status BeforeCall(absl::string_view /*call*/) override { return absl::OkStatus(); }
    absl::Status AfterCall(absl::string_view /*call*/) override { return absl::OkStatus(); }
  };
  NoFaults no_faults_;
  std::unique_ptr<MemoryStore> memory_;
};

class SqliteHome final : public StoreHome {
 public:
  absl::StatusOr<std::unique_ptr<Store>> Open(int initial_ranges) override {
    SqliteOptions options;
    options.initial_ranges = initial_ranges;
    options.check_after_unclean_end = true;
    return OpenSqliteStore(folder_.path() + "/data", options);
  }
  bool RunSql(const std::string& sql) override {
    auto db = Database::Open(folder_.path() + "/data/pawl.db", SQLITE_OPEN_READWRITE);
    EXPECT_TRUE(db.ok()) << db.status();
    const absl::Status status = (*db)->Run(absl::StrReplaceAll(sql, {{"@.", ""}}));
    EXPECT_TRUE(status.ok()) << status;
    return true;
  }
  void AllowNull(const std::string& table, const std::string& column) override {
    for (const char* type : {" BLOB", " INTEGER", " TEXT"}) {
      const std::string nullable = column + type;
      RunSql(
          absl::StrCat("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '",
                       nullable, " NOT NULL', '", nullable, "') WHERE name = '", table,
                       "'; PRAGMA writable_schema = RESET"));
    }
  }

 private:
  TempFolder folder_;
};

class PostgresHome final : public StoreHome {
 public:
  ~PostgresHome() override { DropSchema(schema_); }
  absl::StatusOr<std::unique_ptr<Store>> Open(int initial_ranges) override {
    PostgresOptions options;
    options.schema = schema_;
    options.initial_ranges = initial_ranges;
    return OpenPostgresStore(TestPostgresUrl(), options);
  }
  bool RunSql(const std::string& sql) override {
    auto session = Session::Connect(TestPostgresUrl(), Session::Purpose::kRead);
    EXPECT_TRUE(session.ok()) << session.status();
    const auto failure = (*session)->Run(absl::StrReplaceAll(sql, {{"@.", schema_ + "."}}));
    EXPECT_FALSE(failure.has_value()) << failure->message;
    return true;
  }
  void AllowNull(const std::string& table, const std::string& column) override {
    RunSql(absl::StrCat("ALTER TABLE @.", table, " ALTER COLUMN ", column, " DROP NOT NULL"));
  }

 private:
  const std::string schema_ = UniqueSchema();
};

template <typename Home>
StoreKind KindOf(const std::string& name) {
  return {name, [] { return std::make_unique<Home>(); }};
}

}  // namespace

std::vector<StoreKind> AllStoreKinds() {
  std::vector<StoreKind> kinds = {KindOf<MemoryHome>("Memory"), KindOf<SqliteHome>("Sqlite")};
  if (!TestPostgresUrl().empty()) {
    kinds.push_back(KindOf<PostgresHome>("Postgres"));
  } else {
    static const bool said = [] {
      std::fputs(
          "PAWL_TEST_POSTGRES is not set: the PostgreSQL store is not tested. Run this through "
          "tools/with-postgres.\n",
          stderr);
      return true;
    }();
    (void)said;
  }
  return kinds;
}

namespace {

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::ValuesIn(AllStoreKinds()),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace pawl::persistence
