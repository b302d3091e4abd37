#include "tests/simulation/plan.h"

#include "absl/strings/match.h"

namespace pawl::simulation {

persistence::CommitFault Plan::OnCommit(const persistence::CommitBatch& batch) {
  using Kind = persistence::CommitFault::Kind;
  persistence::CommitFault fault;
  for (const persistence::ExecutionRow& row : batch.starts) {
    if (row.machine == "doomed") doomed.insert(row.ref);
  }
  if (!is_on) return fault;
  if (is_down) {
    fault.kind = Kind::kNotCommitted;
    return fault;
  }
  // The store refuses the first execution of the batch.
  const bool is_doomed =
      batch.starts.empty() && !batch.history.empty() && doomed.count(batch.history.front().ref) > 0;
  if (is_doomed && Chance(0.2)) {
    fault.kind = Kind::kRejected;
    ++counts.refused;
    // The record that says so is small: it would be taken.
    doomed.erase(batch.history.front().ref);
    return fault;
  }
  if (!Chance(probability_)) return fault;
  constexpr Kind kinds[] = {Kind::kNotCommitted, Kind::kUnknownCommitted,
                            Kind::kUnknownNotCommitted, Kind::kFenced};
  fault.kind = kinds[random_.Next() % 4];
  ++counts.commits;
  if (fault.kind == Kind::kUnknownCommitted || fault.kind == Kind::kUnknownNotCommitted) {
    ++counts.unknown;
  }
  return fault;
}

persistence::CommitFault Link::OnCommit(const persistence::CommitBatch& batch) {
  if (!is_cut) return plan_->OnCommit(batch);
  persistence::CommitFault fault;
  fault.kind = persistence::CommitFault::Kind::kNotCommitted;
  return fault;
}

absl::Status Link::BeforeCall(absl::string_view call) {
  return is_cut ? absl::UnavailableError("cut off") : plan_->BeforeCall(call);
}

absl::Status Link::AfterCall(absl::string_view call) {
  return is_cut ? absl::UnavailableError("cut off") : plan_->AfterCall(call);
}

absl::Status Plan::Maybe() {
  if (!is_on || !(is_down || Chance(probability_ / 2))) return absl::OkStatus();
  ++counts.reads;
  return absl::UnavailableError("the database is away");
}

}  // namespace pawl::simulation
