// What `pawl watch` shows: a picture that is drawn anew on a terminal, or a line per change
// elsewhere. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/colour.h"
#include "pawl/v1/executions.pb.h"

namespace pawl::cli {

// Every execution with its open states, then a line of totals. At most `height` lines (0: no
// limit), each at most `width` columns (0: no limit); what has ended gives way first.
std::vector<std::string> DrawExecutions(
    const std::vector<v1::ExecutionsDescribeResponse>& executions, absl::Time now, int width,
    int height, const Palette& paint);

// "3 running, 12 succeeded, 1 failed".
std::string Totals(const std::vector<v1::ExecutionsDescribeResponse>& executions,
                   const Palette& paint);

// What changed since the last look at an execution, as lines for a log. Thread-compatible.
class ChangeLog {
 public:
  // With the time in front: "10:00:05  order/order-7  Charge  Task  runs at worker db-1:42".
  std::vector<std::string> Update(const v1::ExecutionsDescribeResponse& execution, absl::Time now,
                                  const Palette& paint);

 private:
  // By execution: its status, and by state (path and name) what it waited for.
  std::map<std::string, std::string> statuses_;
  std::map<std::string, std::map<std::string, std::string>> states_;
};

}  // namespace pawl::cli
