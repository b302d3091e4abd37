#include "engine/aws/log_group.h"

#include <vector>

#include "absl/strings/str_split.h"

namespace pawl::aws {

std::string LogGroupOf(absl::string_view arn) {
  const std::vector<absl::string_view> parts = absl::StrSplit(arn, absl::MaxSplits(':', 6));
  if (parts.size() < 7 || parts[0] != "arn" || parts[2] != "logs" || parts[5] != "log-group") {
    return std::string(arn);
  }
  return std::string(parts[6].substr(0, parts[6].find(':')));
}

}  // namespace pawl::aws
