#include "engine/auth/built_in_policies.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <vector>

#include "engine/auth/actions.h"

namespace pawl::auth {
namespace {

using ::testing::ElementsAre;

bool Allows(const std::string& policy, const Action& action, const std::string& resource) {
  const auto compiled = CompilePolicy(policy);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return (*compiled)->Decide({{action.name}, resource}) == Verdict::kAllowed;
}

// One line for each action: a for admin, d developer, m metrics, o operator, r reader, w worker.
const std::map<std::string, std::string> kExpected = {
    {"pawl:CompleteTask", "adw"},
    {"pawl:CreateKey", "a"},
    {"pawl:CreateNamespace", "a"},
    {"pawl:DeleteKey", "a"},
    {"pawl:DescribeCluster", "ador"},
    {"pawl:DescribeNamespace", "ador"},
    {"pawl:ExportExecution", "ao"},
    {"pawl:FollowHistory", "ador"},
    {"pawl:GetMetrics", "amo"},
    {"pawl:HeartbeatTask", "adw"},
    {"pawl:ListKeys", "a"},
    {"pawl:ListNamespaces", "ao"},
    {"pawl:ListQuarantined", "ao"},
    {"pawl:ListTaskQueues", "ador"},
    {"pawl:PollTask", "adw"},
    {"pawl:RetryQuarantined", "ao"},
    {"pawl:RevokeKey", "a"},
    {"pawl:StartAndWait", "ad"},
    {"pawl:UpdateNamespace", "a"},
    {"pawl:WatchExecution", "ador"},
    {"pawl:WorkOnQueue", "adw"},
    {"states:CreateActivity", "ad"},
    {"states:CreateStateMachine", "ad"},
    {"states:CreateStateMachineAlias", "ad"},
    {"states:DeleteActivity", "ad"},
    {"states:DeleteStateMachine", "ad"},
    {"states:DeleteStateMachineAlias", "ad"},
    {"states:DeleteStateMachineVersion", "ad"},
    {"states:DescribeActivity", "ador"},
    {"states:DescribeExecution", "ador"},
    {"states:DescribeMapRun", "ador"},
    {"states:DescribeStateMachine", "ador"},
    {"states:DescribeStateMachineAlias", "ador"},
    {"states:DescribeStateMachineForExecution", "ador"},
    {"states:GetActivityTask", "adw"},
    {"states:GetExecutionHistory", "ador"},
    {"states:ListActivities", "ador"},
    {"states:ListExecutions", "ador"},
    {"states:ListMapRuns", "ador"},
    {"states:ListStateMachineAliases", "ador"},
    {"states:ListStateMachineVersions", "ador"},
    {"states:ListStateMachines", "ador"},
    {"states:ListTagsForResource", "ador"},
    {"states:PublishStateMachineVersion", "ad"},
    {"states:RedriveExecution", "ado"},
    {"states:SendTaskFailure", "adw"},
    {"states:SendTaskHeartbeat", "adw"},
    {"states:SendTaskSuccess", "adw"},
    {"states:StartExecution", "ad"},
    {"states:StartSyncExecution", "ad"},
    {"states:StopExecution", "ado"},
    {"states:TagResource", "ad"},
    {"states:TestState", "ad"},
    {"states:UntagResource", "ad"},
    {"states:UpdateMapRun", "ado"},
    {"states:UpdateStateMachine", "ad"},
    {"states:UpdateStateMachineAlias", "ad"},
    {"states:ValidateStateMachineDefinition", "ador"},
};

TEST(BuiltInPolicies, AllowWhatTheirNamesSay) {
  const std::string kQueue = "arn:aws:states:us-east-1:000000000000:activity:q";
  std::map<std::string, std::string> actual;
  for (const Action& action : Actions()) {
    std::string& allowed = actual[std::string(action.name)];
    for (const char* policy : {"admin", "developer", "metrics", "operator", "reader", "worker:q"}) {
      if (Allows(policy, action, action.kind == ResourceKind::kNothing ? "*" : kQueue)) {
        allowed.push_back(*policy);
      }
    }
  }
  EXPECT_EQ(actual, kExpected);
}

TEST(BuiltInPolicies, WorkerWorksOnItsQueuesOnly) {
  const auto allows = [](const std::string& policy, const std::string& queue) {
    return Allows(policy, *FindAction("WorkOnQueue"),
                  "arn:aws:states:us-east-1:000000000000:activity:" + queue);
  };
  EXPECT_TRUE(allows("worker:a,b-*,sqs:sendMessage", "a"));
  EXPECT_TRUE(allows("worker:a,b-*,sqs:sendMessage", "b-1"));
  EXPECT_TRUE(allows("worker:a,b-*,sqs:sendMessage", "sqs:sendMessage"));
  EXPECT_FALSE(allows("worker:a,b-*,sqs:sendMessage", "c"));
  EXPECT_FALSE(allows("worker:a,b-*,sqs:sendMessage", "ab"));
  EXPECT_TRUE(allows("worker:*", "any"));
  for (const char* wrong : {"worker", "worker:", "worker:a,", "worker:,a"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CompilePolicy(wrong).status())) << wrong;
  }
}

TEST(BuiltInPolicies, UnknownNamesAndTooManyAreRefused) {
  for (const char* wrong : {"", "root", "Admin", "admin ", "[]"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CompilePolicy(wrong).status())) << wrong;
  }
  EXPECT_TRUE(CompilePolicies(std::vector<std::string>(kMaxPolicies, "reader")).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(
      CompilePolicies(std::vector<std::string>(kMaxPolicies + 1, "reader")).status()));
}

TEST(BuiltInPolicies, NameActionsThatThereAre) {
  for (const char* name : {"admin", "developer", "metrics", "operator", "reader", "worker:q"}) {
    EXPECT_THAT((*CompilePolicy(name))->warnings(), ElementsAre()) << name;
  }
}

}  // namespace
}  // namespace pawl::auth
