#include "engine/core/child_id.h"

#include "absl/strings/str_cat.h"
#include "engine/aws/map_run_uuid.h"
#include "engine/expr/digest.h"

namespace pawl::core {

std::string ChildUuid(absl::string_view execution_arn, EventId scheduled) {
  return aws::UuidOfDigest(*expr::HexDigest(
      "SHA-256", absl::StrCat(std::string(execution_arn), "#", scheduled.value())));
}

}  // namespace pawl::core
