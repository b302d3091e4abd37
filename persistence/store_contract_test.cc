// The stores that the contract suite runs over. PostgreSQL's is given by PAWL_TEST_POSTGRES
// (tools/with-postgres sets it).
#include <cstdio>
#include <memory>

#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"
#include "persistence/postgres/postgres_store.h"
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

 private:
  const std::string schema_ = UniqueSchema();
};

template <typename Home>
StoreKind KindOf(const std::string& name) {
  return {name, [] { return std::make_unique<Home>(); }};
}

std::vector<StoreKind> AllKinds() {
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

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::ValuesIn(AllKinds()),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace pawl::persistence
