// The fixture of the PostgreSQL store's own tests: a schema, a store that owns all slots, and a
// connection behind its back.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "persistence/postgres/postgres_store.h"
#include "persistence/postgres/session.h"
#include "persistence/test_places.h"

namespace pawl::persistence {

// Skipped without PAWL_TEST_POSTGRES.
class PostgresStoreTest : public ::testing::Test {
 protected:
  using Kind = CommitOutcome::Kind;
  static constexpr SlotRange kAll = {};

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
      batch.history.push_back({.ref = {Slot(1), static_cast<int64_t>(i + 1)},
                               .sequence = batch.batch_seq,
                               .record = "r"});
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

}  // namespace pawl::persistence
