// The operations of the API: each converts a request's members to a call of engine/service and its
// result to an answer.
#pragma once

#include "absl/strings/string_view.h"
#include "engine/api/aws/call.h"

namespace pawl::api::aws_json {

using OperationHandler = void (*)(const CallPtr& call);

// nullptr where the engine has no such operation.
OperationHandler FindHandler(absl::string_view operation);

// machine_operations.cc
void CreateStateMachine(const CallPtr& call);
void UpdateStateMachine(const CallPtr& call);
void DescribeStateMachine(const CallPtr& call);
void DescribeStateMachineForExecution(const CallPtr& call);
void ListStateMachines(const CallPtr& call);
void DeleteStateMachine(const CallPtr& call);
void ValidateStateMachineDefinition(const CallPtr& call);

// version_operations.cc
void CreateStateMachineAlias(const CallPtr& call);
void DeleteStateMachineAlias(const CallPtr& call);
void DeleteStateMachineVersion(const CallPtr& call);
void DescribeStateMachineAlias(const CallPtr& call);
void ListStateMachineAliases(const CallPtr& call);
void ListStateMachineVersions(const CallPtr& call);
void PublishStateMachineVersion(const CallPtr& call);
void UpdateStateMachineAlias(const CallPtr& call);

// activity_operations.cc
void CreateActivity(const CallPtr& call);
void DeleteActivity(const CallPtr& call);
void DescribeActivity(const CallPtr& call);
void GetActivityTask(const CallPtr& call);
void ListActivities(const CallPtr& call);
void ListTagsForResource(const CallPtr& call);
void TagResource(const CallPtr& call);
void UntagResource(const CallPtr& call);

// execution_operations.cc
void StartExecution(const CallPtr& call);
void StartSyncExecution(const CallPtr& call);
void DescribeExecution(const CallPtr& call);
void ListExecutions(const CallPtr& call);
void RedriveExecution(const CallPtr& call);
void StopExecution(const CallPtr& call);

// history_operations.cc
void GetExecutionHistory(const CallPtr& call);

// map_run_operations.cc
void DescribeMapRun(const CallPtr& call);
void ListMapRuns(const CallPtr& call);
void UpdateMapRun(const CallPtr& call);

// task_operations.cc
void SendTaskSuccess(const CallPtr& call);
void SendTaskFailure(const CallPtr& call);
void SendTaskHeartbeat(const CallPtr& call);

// test_state_operations.cc
void TestState(const CallPtr& call);

}  // namespace pawl::api::aws_json
