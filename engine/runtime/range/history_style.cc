#include "engine/runtime/range/history_style.h"

#include "engine/aws/arn.h"

namespace pawl::runtime {

core::HistoryStyle StyleOf(const persistence::ExecutionRow& row, const std::string& role_arn,
                           const std::string& region) {
  core::HistoryStyle style;
  style.role_arn = role_arn;
  style.region = region;
  const aws::ArnContext arns{region, row.ns};
  if (row.version > 0) style.version_arn = aws::VersionArn(arns, row.machine, row.version);
  if (!row.alias.empty()) style.alias_arn = aws::AliasArn(arns, row.machine, row.alias);
  return style;
}

}  // namespace pawl::runtime
