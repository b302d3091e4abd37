// What the executions of a revision log, and where: its loggingConfiguration, ready to be used.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/core/aws_log.h"

namespace pawl::runtime {

struct LogRule {
  core::EventLogLevel level = core::EventLogLevel::kOff;
  bool includes_execution_data = false;
  std::string group;  // the name of the log group: text from outside
};

// By the `settings` of a persistence::MachineRevision; nullptr where nothing is logged. DataLoss
// where they cannot be read.
absl::StatusOr<std::shared_ptr<const LogRule>> LogRuleOf(const std::string& settings);

}  // namespace pawl::runtime
