// Map Runs: Distributed Map states at work, or that were.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/range/execution_view.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

struct MapRun {
  runtime::MapRunView run;
  std::string execution_arn;
  std::string machine_arn;  // of the parent
};

struct MapRunChange {
  absl::optional<int64_t> max_concurrency;      // 0 to 10,000
  absl::optional<int64_t> tolerated_count;      // 0 or more
  absl::optional<double> tolerated_percentage;  // 0 to 100
};

// Thread-safe. ResourceNotFound where there is no such Map Run.
class MapRuns {
 public:
  explicit MapRuns(Deps deps) : deps_(deps) {}

  void Describe(const CallContext& context, const std::string& arn, Done<MapRun> done);
  // Newest first.
  void List(const CallContext& context, const std::string& execution,
            Done<std::vector<MapRun>> done);
  // FailedPrecondition where it has ended; ValidationException for a number out of its range.
  void Update(const CallContext& context, const std::string& arn, const MapRunChange& change,
              Done<Empty> done);

 private:
  absl::StatusOr<aws::MapRunRef> Parse(const CallContext& context, absl::string_view operation,
                                       const std::string& arn) const;

  const Deps deps_;
};

}  // namespace pawl::service
