#include "engine/auth/actions.h"

#include <algorithm>

namespace pawl::auth {
namespace {

using Kind = ResourceKind;

constexpr bool kAudited = true;
constexpr bool kReads = false;

constexpr Action kActions[] = {
    {"CompleteTask", "pawl:CompleteTask", Kind::kNothing, kAudited, "states:SendTaskSuccess"},
    {"CreateActivity", "states:CreateActivity", Kind::kActivity, kAudited},
    {"CreateKey", "pawl:CreateKey", Kind::kKey, kAudited},
    {"CreateNamespace", "pawl:CreateNamespace", Kind::kInstallation, kAudited},
    {"CreateStateMachine", "states:CreateStateMachine", Kind::kStateMachine, kAudited},
    {"CreateStateMachineAlias", "states:CreateStateMachineAlias", Kind::kStateMachine, kAudited},
    {"DeleteActivity", "states:DeleteActivity", Kind::kActivity, kAudited},
    {"DeleteKey", "pawl:DeleteKey", Kind::kKey, kAudited},
    {"DeleteStateMachine", "states:DeleteStateMachine", Kind::kStateMachine, kAudited},
    {"DeleteStateMachineAlias", "states:DeleteStateMachineAlias", Kind::kStateMachine, kAudited},
    {"DeleteStateMachineVersion", "states:DeleteStateMachineVersion", Kind::kStateMachine,
     kAudited},
    {"DescribeActivity", "states:DescribeActivity", Kind::kActivity, kReads},
    {"DescribeCluster", "pawl:DescribeCluster", Kind::kCluster, kReads},
    {"DescribeExecution", "states:DescribeExecution", Kind::kExecution, kReads},
    {"DescribeMapRun", "states:DescribeMapRun", Kind::kMapRun, kReads},
    {"DescribeNamespace", "pawl:DescribeNamespace", Kind::kNamespace, kReads},
    {"DescribeStateMachine", "states:DescribeStateMachine", Kind::kStateMachine, kReads},
    {"DescribeStateMachineAlias", "states:DescribeStateMachineAlias", Kind::kStateMachine, kReads},
    {"DescribeStateMachineForExecution", "states:DescribeStateMachineForExecution",
     Kind::kExecution, kReads},
    {"ExportExecution", "pawl:ExportExecution", Kind::kInstallation, kAudited},
    {"FollowHistory", "pawl:FollowHistory", Kind::kExecution, kReads, "states:GetExecutionHistory"},
    {"GetActivityTask", "states:GetActivityTask", Kind::kActivity, kAudited},
    {"GetExecutionHistory", "states:GetExecutionHistory", Kind::kExecution, kReads},
    {"GetMetrics", "pawl:GetMetrics", Kind::kInstallation, kReads},
    {"HeartbeatTask", "pawl:HeartbeatTask", Kind::kNothing, kReads, "states:SendTaskHeartbeat"},
    {"ListActivities", "states:ListActivities", Kind::kActivity, kReads},
    {"ListExecutions", "states:ListExecutions", Kind::kStateMachine, kReads},
    {"ListKeys", "pawl:ListKeys", Kind::kKey, kReads},
    {"ListMapRuns", "states:ListMapRuns", Kind::kExecution, kReads},
    {"ListNamespaces", "pawl:ListNamespaces", Kind::kInstallation, kReads},
    {"ListQuarantined", "pawl:ListQuarantined", Kind::kInstallation, kReads},
    {"ListStateMachineAliases", "states:ListStateMachineAliases", Kind::kStateMachine, kReads},
    {"ListStateMachineVersions", "states:ListStateMachineVersions", Kind::kStateMachine, kReads},
    {"ListStateMachines", "states:ListStateMachines", Kind::kStateMachine, kReads},
    {"ListTagsForResource", "states:ListTagsForResource", Kind::kTagged, kReads},
    {"ListTaskQueues", "pawl:ListTaskQueues", Kind::kActivity, kReads},
    {"PollTask", "pawl:PollTask", Kind::kActivity, kAudited, "states:GetActivityTask"},
    {"PublishStateMachineVersion", "states:PublishStateMachineVersion", Kind::kStateMachine,
     kAudited},
    {"RedriveExecution", "states:RedriveExecution", Kind::kExecution, kAudited},
    {"RetryQuarantined", "pawl:RetryQuarantined", Kind::kInstallation, kAudited},
    {"RevokeKey", "pawl:RevokeKey", Kind::kKey, kAudited},
    {"SendTaskFailure", "states:SendTaskFailure", Kind::kNothing, kAudited},
    {"SendTaskHeartbeat", "states:SendTaskHeartbeat", Kind::kNothing, kReads},
    {"SendTaskSuccess", "states:SendTaskSuccess", Kind::kNothing, kAudited},
    {"StartAndWait", "pawl:StartAndWait", Kind::kStateMachine, kAudited, "states:StartExecution"},
    {"StartExecution", "states:StartExecution", Kind::kStateMachine, kAudited},
    {"StartSyncExecution", "states:StartSyncExecution", Kind::kStateMachine, kAudited},
    {"StopExecution", "states:StopExecution", Kind::kExecution, kAudited},
    {"TagResource", "states:TagResource", Kind::kTagged, kAudited},
    {"TestState", "states:TestState", Kind::kNothing, kAudited},  // it may run a task
    {"UntagResource", "states:UntagResource", Kind::kTagged, kAudited},
    {"UpdateMapRun", "states:UpdateMapRun", Kind::kMapRun, kAudited},
    {"UpdateNamespace", "pawl:UpdateNamespace", Kind::kInstallation, kAudited},
    {"UpdateStateMachine", "states:UpdateStateMachine", Kind::kStateMachine, kAudited},
    {"UpdateStateMachineAlias", "states:UpdateStateMachineAlias", Kind::kStateMachine, kAudited},
    {"ValidateStateMachineDefinition", "states:ValidateStateMachineDefinition", Kind::kNothing,
     kReads},
    {"WatchExecution", "pawl:WatchExecution", Kind::kExecution, kReads, "states:DescribeExecution"},
    {"WorkOnQueue", "pawl:WorkOnQueue", Kind::kActivity, kAudited, "states:GetActivityTask"},
};

constexpr RpcOperation kRpcOperations[] = {
    {"AccessKeys.Create", "CreateKey"},
    {"AccessKeys.Delete", "DeleteKey"},
    {"AccessKeys.List", "ListKeys"},
    {"AccessKeys.Revoke", "RevokeKey"},
    {"Cluster.Describe", "DescribeCluster"},
    {"Cluster.ExportExecution", "ExportExecution"},
    {"Cluster.ListQuarantined", "ListQuarantined"},
    {"Cluster.RetryQuarantined", "RetryQuarantined"},
    {"Executions.Describe", "DescribeExecution"},
    {"Executions.DescribeMapRun", "DescribeMapRun"},
    {"Executions.FollowHistory", "FollowHistory"},
    {"Executions.GetHistory", "GetExecutionHistory"},
    {"Executions.List", "ListExecutions"},
    {"Executions.ListMapRuns", "ListMapRuns"},
    {"Executions.Redrive", "RedriveExecution"},
    {"Executions.SendTaskFailure", "SendTaskFailure"},
    {"Executions.SendTaskHeartbeat", "SendTaskHeartbeat"},
    {"Executions.SendTaskSuccess", "SendTaskSuccess"},
    {"Executions.Start", "StartExecution"},
    {"Executions.StartAndWait", "StartAndWait"},
    {"Executions.Stop", "StopExecution"},
    {"Executions.UpdateMapRun", "UpdateMapRun"},
    {"Namespaces.Create", "CreateNamespace"},
    {"Namespaces.Describe", "DescribeNamespace"},
    {"Namespaces.List", "ListNamespaces"},
    {"Namespaces.Update", "UpdateNamespace"},
    {"StateMachines.Create", "CreateStateMachine"},
    {"StateMachines.Delete", "DeleteStateMachine"},
    {"StateMachines.DeleteAlias", "DeleteStateMachineAlias"},
    {"StateMachines.DeleteVersion", "DeleteStateMachineVersion"},
    {"StateMachines.Describe", "DescribeStateMachine"},
    {"StateMachines.List", "ListStateMachines"},
    {"StateMachines.ListAliases", "ListStateMachineAliases"},
    {"StateMachines.ListVersions", "ListStateMachineVersions"},
    {"StateMachines.PublishVersion", "PublishStateMachineVersion"},
    {"StateMachines.SetAlias", "UpdateStateMachineAlias"},
    {"StateMachines.TestState", "TestState"},
    {"StateMachines.Update", "UpdateStateMachine"},
    {"StateMachines.Validate", "ValidateStateMachineDefinition"},
    {"Workers.CompleteTask", "CompleteTask"},
    {"Workers.HeartbeatTask", "HeartbeatTask"},
    {"Workers.PollTask", "PollTask"},
    {"Workers.Work", "WorkOnQueue"},
};

}  // namespace

absl::Span<const Action> Actions() { return kActions; }

const Action* FindAction(absl::string_view operation) {
  const Action* const found = std::lower_bound(
      std::begin(kActions), std::end(kActions), operation,
      [](const Action& action, absl::string_view wanted) { return action.operation < wanted; });
  return found != std::end(kActions) && found->operation == operation ? found : nullptr;
}

absl::Span<const RpcOperation> RpcOperations() { return kRpcOperations; }

absl::string_view OperationOfRpc(absl::string_view rpc) {
  for (const RpcOperation& known : kRpcOperations) {
    if (known.rpc == rpc) return known.operation;
  }
  return "";
}

}  // namespace pawl::auth
