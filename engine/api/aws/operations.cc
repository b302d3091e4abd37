#include "engine/api/aws/operations.h"

#include <array>

namespace pawl::api::aws_json {
namespace {

struct Entry {
  absl::string_view name;
  OperationHandler handler;
};

constexpr std::array kOperations = {
    Entry{"CreateActivity", CreateActivity},
    Entry{"CreateStateMachine", CreateStateMachine},
    Entry{"CreateStateMachineAlias", CreateStateMachineAlias},
    Entry{"DeleteActivity", DeleteActivity},
    Entry{"DeleteStateMachine", DeleteStateMachine},
    Entry{"DeleteStateMachineAlias", DeleteStateMachineAlias},
    Entry{"DeleteStateMachineVersion", DeleteStateMachineVersion},
    Entry{"DescribeActivity", DescribeActivity},
    Entry{"DescribeExecution", DescribeExecution},
    Entry{"DescribeMapRun", DescribeMapRun},
    Entry{"DescribeStateMachine", DescribeStateMachine},
    Entry{"DescribeStateMachineAlias", DescribeStateMachineAlias},
    Entry{"DescribeStateMachineForExecution", DescribeStateMachineForExecution},
    Entry{"GetActivityTask", GetActivityTask},
    Entry{"GetExecutionHistory", GetExecutionHistory},
    Entry{"ListActivities", ListActivities},
    Entry{"ListExecutions", ListExecutions},
    Entry{"ListMapRuns", ListMapRuns},
    Entry{"ListStateMachineAliases", ListStateMachineAliases},
    Entry{"ListStateMachineVersions", ListStateMachineVersions},
    Entry{"ListStateMachines", ListStateMachines},
    Entry{"ListTagsForResource", ListTagsForResource},
    Entry{"PublishStateMachineVersion", PublishStateMachineVersion},
    Entry{"RedriveExecution", RedriveExecution},
    Entry{"SendTaskFailure", SendTaskFailure},
    Entry{"SendTaskHeartbeat", SendTaskHeartbeat},
    Entry{"SendTaskSuccess", SendTaskSuccess},
    Entry{"StartExecution", StartExecution},
    Entry{"StartSyncExecution", StartSyncExecution},
    Entry{"StopExecution", StopExecution},
    Entry{"TagResource", TagResource},
    Entry{"TestState", TestState},
    Entry{"UntagResource", UntagResource},
    Entry{"UpdateMapRun", UpdateMapRun},
    Entry{"UpdateStateMachine", UpdateStateMachine},
    Entry{"UpdateStateMachineAlias", UpdateStateMachineAlias},
    Entry{"ValidateStateMachineDefinition", ValidateStateMachineDefinition},
};

}  // namespace

OperationHandler FindHandler(absl::string_view operation) {
  for (const Entry& entry : kOperations) {
    if (entry.name == operation) return entry.handler;
  }
  return nullptr;
}

}  // namespace pawl::api::aws_json
