// The fixture of the contract suite: one test text, run over every store. The tests are spread over
// contract_*_test.cc by subject; store_contract_test.cc names the stores.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "persistence/store.h"

namespace pawl::persistence {

// A place where one store lives, so that a test can close it and open it again.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  virtual absl::StatusOr<std::unique_ptr<Store>> Open(int initial_ranges) = 0;
  // Runs SQL behind the store's back, "@." in front of tables; false where there is no SQL.
  virtual bool RunSql(const std::string& /*sql*/) { return false; }
  // Lets a column take NULL.
  virtual void AllowNull(const std::string& /*table*/, const std::string& /*column*/) {}
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreHome>()> make_home;
};

// Memory, SQLite, and PostgreSQL where one is given (store_contract_test.cc).
std::vector<StoreKind> AllStoreKinds();

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  static constexpr SlotRange kAll = {};
  static constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

  void SetUp() override;
  // Closes the store and opens what it has left.
  void Reopen();
  Store& store() { return *store_; }

  // Takes a range for `owner`; its epoch and batch_seq feed Batch().
  void Own(SlotRange range = kAll, const std::string& owner = "node-1");
  // An empty batch that the fence lets pass.
  CommitBatch Batch() const;
  // Commits as the next batch, and expects that to succeed.
  void Commit(CommitBatch batch);
  CommitOutcome::Kind TryCommit(const CommitBatch& batch);
  const RangeState& range() const { return range_; }
  RangeState StoredRange();

  static ExecutionRow Execution(int64_t id, const std::string& name, Slot slot = Slot(7));
  static HistoryRow Transition(const ExecutionRow& execution, int64_t sequence,
                               std::string record = "record");
  // A start and its first transition.
  void Start(const ExecutionRow& execution);

  std::unique_ptr<StoreHome> home_;
  std::unique_ptr<Store> store_;
  RangeState range_;
};

// For tests of other folders and of the extras of a store.
bool operator==(const ExecutionRow& a, const ExecutionRow& b);
bool operator==(const HistoryRow& a, const HistoryRow& b);
std::vector<std::string> NamesOf(const std::vector<ExecutionRow>& rows);

}  // namespace pawl::persistence
