// Which calls of the store fail, while the storm lasts: single ones, and for a while all of them, as
// where a disk is full or a database is away.
#pragma once

#include <set>

#include "engine/expr/expression.h"
#include "persistence/memory/fault_store.h"

namespace pawl::simulation {

struct FaultCounts {
  int64_t commits = 0;
  int64_t unknown = 0;
  int64_t reads = 0;
  int64_t refused = 0;
};

class Plan;

// One engine's way to the store, which may be cut for good.
class Link final : public persistence::FaultPlan {
 public:
  explicit Link(Plan* plan) : plan_(plan) {}
  persistence::CommitFault OnCommit(const persistence::CommitBatch& batch) override;
  absl::Status BeforeCall(absl::string_view call) override;
  absl::Status AfterCall(absl::string_view call) override;

  bool is_cut = false;

 private:
  Plan* const plan_;
};

class Plan final : public persistence::FaultPlan {
 public:
  Plan(expr::RandomSource* random, double probability)
      : random_(*random), probability_(probability) {}

  persistence::CommitFault OnCommit(const persistence::CommitBatch& batch) override;
  absl::Status BeforeCall(absl::string_view) override { return Maybe(); }
  absl::Status AfterCall(absl::string_view) override { return Maybe(); }

  bool is_on = false;
  bool is_down = false;  // nothing is committed, nothing is read
  // Executions whose rows may be refused for good.
  std::set<persistence::ExecutionRef> doomed;
  FaultCounts counts;

 private:
  absl::Status Maybe();
  bool Chance(double probability) { return random_.NextUnit() < probability; }

  expr::RandomSource& random_;
  const double probability_;
};

}  // namespace pawl::simulation
