#include "engine/auth/built_in_policies.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/aws/error.h"
#include "engine/value/json.h"

namespace pawl::auth {
namespace {

struct BuiltIn {
  absl::string_view name;
  absl::string_view document;
};

constexpr BuiltIn kBuiltIns[] = {
    {"admin", R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})"},
    {"developer", R"({"Statement": {"Effect": "Allow", "Resource": "*", "Action": [
        "states:*", "pawl:CompleteTask", "pawl:DescribeCluster", "pawl:DescribeNamespace",
        "pawl:FollowHistory", "pawl:HeartbeatTask", "pawl:ListTaskQueues", "pawl:PollTask",
        "pawl:StartAndWait", "pawl:WatchExecution", "pawl:WorkOnQueue"]}})"},
    {"metrics", R"({"Statement": {"Effect": "Allow", "Action": "pawl:GetMetrics",
        "Resource": "*"}})"},
    {"operator", R"({"Statement": {"Effect": "Allow", "Resource": "*", "Action": [
        "states:Describe*", "states:GetExecutionHistory", "states:List*",
        "states:RedriveExecution", "states:StopExecution", "states:UpdateMapRun",
        "states:ValidateStateMachineDefinition",
        "pawl:DescribeCluster", "pawl:DescribeNamespace", "pawl:ExportExecution",
        "pawl:FollowHistory", "pawl:GetMetrics", "pawl:ListNamespaces", "pawl:ListQuarantined",
        "pawl:ListTaskQueues", "pawl:RetryQuarantined", "pawl:WatchExecution"]}})"},
    {"reader", R"({"Statement": {"Effect": "Allow", "Resource": "*", "Action": [
        "states:Describe*", "states:GetExecutionHistory", "states:List*",
        "states:ValidateStateMachineDefinition",
        "pawl:DescribeCluster", "pawl:DescribeNamespace", "pawl:FollowHistory",
        "pawl:ListTaskQueues", "pawl:WatchExecution"]}})"},
};

absl::StatusOr<std::shared_ptr<const Policy>> Shared(absl::StatusOr<Policy> policy) {
  if (!policy.ok()) return policy.status();
  return std::make_shared<const Policy>(*std::move(policy));
}

// A worker gets tasks of its queues only. What it says of a task needs no resource: the task's token,
// which nobody can make up, is the permission.
absl::StatusOr<std::shared_ptr<const Policy>> WorkerPolicy(absl::string_view queues) {
  std::string resources;
  for (const absl::string_view queue : absl::StrSplit(queues, ',')) {
    if (queue.empty()) {
      return aws::MakeError(aws::Error::kValidation,
                            "policy worker: name its queues: worker:QUEUE,...");
    }
    if (!resources.empty()) resources += ",";
    AppendJsonString(absl::StrCat("arn:aws:states:*:*:activity:", queue), &resources);
  }
  return Shared(Policy::Parse(absl::StrCat(
      R"({"Statement": [{"Effect": "Allow",
          "Action": ["states:GetActivityTask", "pawl:PollTask", "pawl:WorkOnQueue"],
          "Resource": [)",
      resources, R"(]}, {"Effect": "Allow", "Resource": "*",
          "Action": ["states:SendTask*", "pawl:CompleteTask", "pawl:HeartbeatTask"]}]})")));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Policy>> CompilePolicy(absl::string_view text) {
  if (absl::StartsWith(text, "{")) return Shared(Policy::Parse(text));
  for (const BuiltIn& built_in : kBuiltIns) {
    if (text == built_in.name) return Shared(Policy::Parse(built_in.document));
  }
  if (absl::ConsumePrefix(&text, "worker:")) return WorkerPolicy(text);
  if (text == "worker") return WorkerPolicy("");
  return aws::MakeError(aws::Error::kValidation,
                        "a policy must be a JSON document or one of admin, developer, metrics, "
                        "operator, reader, worker:QUEUE,...");
}

absl::StatusOr<Policies> CompilePolicies(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxPolicies) {
    return aws::MakeError(aws::Error::kValidation,
                          absl::StrCat("at most ", kMaxPolicies, " policies"));
  }
  Policies policies;
  for (const std::string& text : texts) {
    auto policy = CompilePolicy(text);
    if (!policy.ok()) return policy.status();
    policies.push_back(*std::move(policy));
  }
  return policies;
}

}  // namespace pawl::auth
