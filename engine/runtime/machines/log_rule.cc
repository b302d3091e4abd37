#include "engine/runtime/machines/log_rule.h"

#include "engine/aws/log_group.h"
#include "engine/runtime/machines/machine_settings.h"

namespace pawl::runtime {

absl::StatusOr<std::shared_ptr<const LogRule>> LogRuleOf(const std::string& settings) {
  if (settings.empty()) return nullptr;
  const absl::StatusOr<MachineSettings> decoded = DecodeSettings(settings);
  if (!decoded.ok()) return decoded.status();
  const LoggingConfiguration& logging = decoded->logging;
  const auto level = core::EventLogLevelOf(logging.level);
  if (!level.has_value()) {
    return absl::DataLossError(
        "the settings of a state machine have a level of logging that this version does not know");
  }
  const bool has_group = logging.log_groups.has_value() && !logging.log_groups->empty();
  if (*level == core::EventLogLevel::kOff || !has_group) return nullptr;
  auto rule = std::make_shared<LogRule>();
  rule->level = *level;
  rule->includes_execution_data = logging.includes_execution_data;
  rule->group = aws::LogGroupOf(logging.log_groups->front());
  return std::shared_ptr<const LogRule>(std::move(rule));
}

}  // namespace pawl::runtime
