#include "cli/deploy/resource_values.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace pawl::deploy {
namespace {

constexpr RefForm kName = RefForm::kName;
constexpr RefForm kArn = RefForm::kArn;
constexpr RefForm kUrl = RefForm::kUrl;

// The types that definitions refer to. Source: "Return values" of AWS's resource reference.
constexpr ResourceKind kKinds[] = {
    {"AWS::Athena::WorkGroup", "Name", "athena", "workgroup/", "", kName, true, true, false},
    {"AWS::Batch::JobDefinition", "JobDefinitionName", "batch", "job-definition/", ":1", kArn, true,
     true, false},
    {"AWS::Batch::JobQueue", "JobQueueName", "batch", "job-queue/", "", kArn, true, true, false},
    {"AWS::CodeBuild::Project", "Name", "codebuild", "project/", "", kName, true, true, false},
    {"AWS::DynamoDB::GlobalTable", "TableName", "dynamodb", "table/", "", kName, true, true, false},
    {"AWS::DynamoDB::Table", "TableName", "dynamodb", "table/", "", kName, true, true, false},
    {"AWS::ECS::Cluster", "ClusterName", "ecs", "cluster/", "", kName, true, true, false},
    {"AWS::ECS::TaskDefinition", "Family", "ecs", "task-definition/", ":1", kArn, true, true,
     false},
    {"AWS::Events::Connection", "Name", "events", "connection/", "/1", kName, true, true, false},
    {"AWS::Events::EventBus", "Name", "events", "event-bus/", "", kName, true, true, false},
    {"AWS::Glue::Crawler", "Name", "glue", "crawler/", "", kName, true, true, false},
    {"AWS::Glue::Job", "Name", "glue", "job/", "", kName, true, true, false},
    {"AWS::IAM::Role", "RoleName", "iam", "role/", "", kName, false, true, false},
    {"AWS::Kinesis::Stream", "Name", "kinesis", "stream/", "", kName, true, true, false},
    {"AWS::Lambda::Function", "FunctionName", "lambda", "function:", "", kName, true, true, true},
    {"AWS::Logs::LogGroup", "LogGroupName", "logs", "log-group:", ":*", kName, true, true, false},
    {"AWS::S3::Bucket", "BucketName", "s3", "", "", kName, false, false, false},
    {"AWS::SNS::Topic", "TopicName", "sns", "", "", kArn, true, true, false},
    {"AWS::SQS::Queue", "QueueName", "sqs", "", "", kUrl, true, true, false},
    {"AWS::SSM::Parameter", "Name", "ssm", "parameter/", "", kName, true, true, false},
    {"AWS::SecretsManager::Secret", "Name", "secretsmanager", "secret:", "", kArn, true, true,
     false},
    {"AWS::Serverless::Function", "FunctionName", "lambda", "function:", "", kName, true, true,
     true},
    {"AWS::Serverless::SimpleTable", "TableName", "dynamodb", "table/", "", kName, true, true,
     false},
    {"AWS::Serverless::StateMachine", "Name", "states", "stateMachine:", "", kArn, true, true,
     true},
    {"AWS::StepFunctions::Activity", "Name", "states", "activity:", "", kArn, true, true, true},
    {"AWS::StepFunctions::StateMachine", "StateMachineName", "states", "stateMachine:", "", kArn,
     true, true, true},
};

std::string UrlOf(const Settings& settings, absl::string_view name) {
  return absl::StrCat("https://sqs.", settings.region, ".amazonaws.com/", settings.account, "/",
                      name);
}

}  // namespace

const ResourceKind* FindKind(absl::string_view type) {
  const auto* const found =
      std::find_if(std::begin(kKinds), std::end(kKinds),
                   [type](const ResourceKind& kind) { return type == kind.type; });
  return found == std::end(kKinds) ? nullptr : found;
}

std::string ArnOf(const ResourceKind& kind, const Settings& settings, absl::string_view name) {
  return absl::StrCat("arn:aws:", kind.service, ":", kind.has_region ? settings.region : "", ":",
                      kind.has_account ? settings.account : "", ":", kind.path, name, kind.suffix);
}

std::string MadeUpArn(absl::string_view type, const Settings& settings, absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(type, "::");
  const std::string service = parts.size() > 1 ? absl::AsciiStrToLower(parts[1]) : "custom";
  return absl::StrCat("arn:aws:", service, ":", settings.region, ":", settings.account, ":", name);
}

std::string RefOf(const ResourceKind& kind, const Settings& settings, absl::string_view name) {
  switch (kind.ref) {
    case RefForm::kName:
      return std::string(name);
    case RefForm::kArn:
      return ArnOf(kind, settings, name);
    case RefForm::kUrl:
      return UrlOf(settings, name);
  }
  return std::string(name);
}

absl::optional<std::string> AttributeOf(const ResourceKind& kind, const Settings& settings,
                                        absl::string_view name, absl::string_view attribute) {
  if (attribute == kind.name_property || attribute == "Name") return std::string(name);
  if (attribute == "Arn" || (attribute == "TopicArn" && kind.service == absl::string_view("sns"))) {
    return ArnOf(kind, settings, name);
  }
  if (attribute == "QueueUrl" && kind.ref == RefForm::kUrl) return UrlOf(settings, name);
  return absl::nullopt;
}

}  // namespace pawl::deploy
