#include "persistence/retention.h"

#include <algorithm>

namespace pawl::persistence {

RetentionStep PlanRetention(const std::vector<Expired>& expired) {
  RetentionStep step;
  int64_t rows = 0;
  for (const Expired& execution : expired) {
    rows += execution.last_sequence;
    if (rows > kRetentionRows && !step.whole.empty()) break;
    if (execution.last_sequence > kRetentionRows) {
      step.cut = RetentionStep::Cut{execution.ref, execution.last_sequence - kRetentionRows};
      break;
    }
    step.whole.push_back(execution.ref);
  }
  return step;
}

absl::StatusOr<int64_t> DeleteInSteps(
    int limit, const std::function<absl::StatusOr<RetentionStep>(int at_most)>& step) {
  int64_t deleted = 0;
  while (deleted < limit) {
    const auto at_most = static_cast<int>(std::min<int64_t>(limit - deleted, kRetentionExecutions));
    const absl::StatusOr<RetentionStep> done = step(at_most);
    if (!done.ok()) return done.status();
    if (done->whole.empty() && !done->cut.has_value()) break;
    deleted += static_cast<int64_t>(done->whole.size());
  }
  return deleted;
}

}  // namespace pawl::persistence
