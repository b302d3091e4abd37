// CloudFormation and SAM templates.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "cli/deploy/check.h"
#include "cli/deploy/deploy_fakes.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPass[] = "{StartAt: A, States: {A: {Type: Pass, End: true}}}";

ReadBundle ReadTemplateText(const std::string& text, const ReadOptions& options = {}) {
  return ReadFiles("shop/template.yaml", {{"shop/template.yaml", text}}, options);
}

std::string MachineTemplate(const std::string& properties) {
  return absl::StrCat("Resources:\n  Order:\n    Type: AWS::StepFunctions::StateMachine\n",
                      "    Properties:\n", properties);
}

TEST(Templates, BecomeMachines) {
  const ReadBundle read = ReadTemplateText(R"(
Resources:
  Pay: {Type: AWS::Lambda::Function}
  Order:
    Type: AWS::StepFunctions::StateMachine
    DeletionPolicy: Retain
    Properties:
      StateMachineName: order
      StateMachineType: EXPRESS
      RoleArn: !GetAtt Role.Arn
      Tags: [{Key: team, Value: !Ref AWS::StackName}]
      Definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: !GetAtt Pay.Arn, End: true}
      LoggingConfiguration: {Level: ALL}
      Odd: 1
  Refund:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {"StartAt": "A", "States": {"A": {"Type": "Task", "End": true,
         "Resource": "${Pay.Arn}"}}}
  Role: {Type: AWS::IAM::Role}
)");
  ASSERT_EQ(read.problems, "");
  EXPECT_THAT(read.bundle.stacks, ElementsAre("shop"));
  ASSERT_EQ(read.bundle.machines.size(), 2u);
  const Machine& order = read.machine("order");
  EXPECT_EQ(order.type, asl::MachineType::kExpress);
  EXPECT_EQ(order.role_arn, "arn:aws:iam::000000000000:role/Role");
  EXPECT_EQ(order.tags, (Tags{{"team", "shop"}})) << "retained: no mark";
  EXPECT_EQ(order.where, "shop/template.yaml:5:5");
  const char kTask[] = R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":)"
                       R"("arn:aws:lambda:us-east-1:000000000000:function:Pay","End":true}}})";
  EXPECT_EQ(ToJson(order.value), kTask);
  const Machine& refund = read.machine("Refund");
  EXPECT_EQ(refund.value, order.value);
  EXPECT_EQ(refund.tags, (Tags{{kStackTag, "shop"}}));
  EXPECT_THAT(
      read.left_out(),
      AllOf(HasSubstr("template.yaml:16:29 Order: LoggingConfiguration; set it by AWS's API"),
            HasSubstr("Order: Odd, which is not a property that is known"),
            HasSubstr("AWS::IAM::Role: Role"),
            HasSubstr("AWS::Lambda::Function: Pay; workers serve the queues")));
  EXPECT_EQ(read.stand_ins(), "") << "roles have no effect";
}

TEST(Templates, PointAtDefinitions) {
  const ReadBundle read =
      ReadTemplateText(MachineTemplate("      Definition:\n        StartAt: A\n        States:\n   "
                                       "       A:\n            Type: Pass\n"
                                       "            Next: Nowhere\n"));
  ASSERT_EQ(read.problems, "");
  std::vector<std::string> problems;
  std::vector<Finding> findings;
  EXPECT_FALSE(Check(read.bundle, &problems, &findings));
  EXPECT_EQ(findings[0].diagnostics[0].line, 10);
  EXPECT_EQ(findings[0].diagnostics[0].column, 19);
}

TEST(Templates, ReadFilesWithTheirSubstitutions) {
  const std::map<std::string, std::string> files = {
      {"shop/template.yaml", R"(
Transform: AWS::Serverless-2016-10-31
Globals: {StateMachine: {Tracing: {Enabled: true}}}
Resources:
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: order
      DefinitionUri: flows/order.asl.yaml
      DefinitionSubstitutions: {Wait: 7, Fn: pay}
      AutoPublishAlias: live
      DeploymentPreference: {Type: LINEAR}
      Events: {Nightly: {Type: Schedule}}
      Tags: {team: shop}
  Refund:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flows/refund.asl.json
      DefinitionSubstitutions: {Wait: 7, Fn: pay}
)"},
      {"shop/flows/order.asl.yaml",
       "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: \"${Wait}\", Next: B}\n"
       "  B:\n    Type: Wait\n    Seconds: ${Wait}\n    Comment: ${Fn} ${Other}\n    End: true\n"},
      {"shop/flows/refund.asl.json",
       R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":${Wait},"Comment":"${Fn}","End":true}}})"},
  };
  const ReadBundle read = ReadFiles("shop", files);
  ASSERT_EQ(read.problems, "");
  EXPECT_EQ(read.bundle.form, "SAM template");
  const Machine& order = read.machine("order");
  EXPECT_EQ(ToJson(order.value),
            R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":"7","Next":"B"},)"
            R"("B":{"Type":"Wait","Seconds":7,"Comment":"pay ${Other}","End":true}}})");
  EXPECT_EQ(order.publishes, Publishes::kRevision);
  ASSERT_EQ(order.aliases.size(), 1u);
  EXPECT_EQ(order.aliases[0].name, "live");
  EXPECT_EQ(order.tags, (Tags{{"team", "shop"}, {kStackTag, "shop"}}));
  EXPECT_EQ(
      read.machine("Refund").definition,
      R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":7,"Comment":"pay","End":true}}})");
  EXPECT_THAT(read.left_out(),
              AllOf(HasSubstr("Order: nothing is substituted for ${Other}"),
                    HasSubstr("the alias live moves at once"),
                    HasSubstr("Order: Events (Nightly);"), HasSubstr("Refund: Tracing;")));
}

TEST(Templates, HaveVersionsAndAliases) {
  const ReadBundle read = ReadTemplateText(absl::StrCat(R"(
Resources:
  Live:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: live
      Description: for all
      RoutingConfiguration:
        - {StateMachineVersionArn: !Ref V, Weight: 90}
        - {StateMachineVersionArn: "arn:aws:states:us-east-1:000000000000:stateMachine:order:3", Weight: 10}
  Canary:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: {Name: canary, DeploymentPreference: {StateMachineVersionArn: !Ref V, Type: CANARY}}
  V:
    Type: AWS::StepFunctions::StateMachineVersion
    Properties:
      StateMachineArn: !Ref Order
      StateMachineRevisionId: !GetAtt Order.StateMachineRevisionId
      Description: first
  Order:
    Type: AWS::StepFunctions::StateMachine
    Properties: {StateMachineName: order, Definition: )",
                                                        kPass, "}\n"));
  ASSERT_EQ(read.problems, "");
  const Machine& order = read.machine("order");
  EXPECT_EQ(order.publishes, Publishes::kRevision);
  EXPECT_EQ(order.version_description, "first");
  ASSERT_EQ(order.aliases.size(), 2u);
  EXPECT_THAT(order.aliases[0].routes, ElementsAre(Route{0, 90}, Route{3, 10}));
  EXPECT_EQ(order.aliases[0].description, "for all");
  EXPECT_THAT(order.aliases[1].routes, ElementsAre(Route{0, 100}));
  EXPECT_THAT(read.left_out(), HasSubstr("the alias canary moves at once"));
}

TEST(Templates, LeaveOutWhatTheirConditionsDo) {
  const ReadBundle read = ReadTemplateText(absl::StrCat(R"(
Parameters: {Stage: {Type: String, Default: dev}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  Ask: {Type: AWS::StepFunctions::Activity, Properties: {Name: ask}}
  Order:
    Type: AWS::StepFunctions::StateMachine
    Condition: IsProd
    Properties: {Definition: )",
                                                        kPass, "}\n"));
  EXPECT_EQ(read.problems, "");
  EXPECT_TRUE(read.bundle.machines.empty());
  ASSERT_EQ(read.bundle.activities.size(), 1u);
  EXPECT_EQ(read.bundle.activities[0].name, "ask");
  EXPECT_THAT(read.left_out(), HasSubstr("Order: its condition IsProd is false"));
}

TEST(Templates, SayWhatIsWrong) {
  const struct {
    std::string text;
    const char* problem;
  } cases[] = {
      {"Resources: []", "a template has Resources"},
      {"Resources: {A: {}}", "the resource A has no Type"},
      {"Resources: {Fn::ForEach::X: [N, [a], {}]}", "Fn::ForEach::X is not expanded here"},
      {MachineTemplate("      StateMachineName: x\n"), "a state machine needs a Definition"},
      {MachineTemplate("      Definition: {}\n      DefinitionUri: x\n"),
       "Definition and DefinitionUri exclude each other"},
      {MachineTemplate("      Definition: text\n"),
       "template.yaml:5:19: a Definition is an object"},
      {MachineTemplate("      DefinitionString: '{'\n"),
       "the text of the definition: invalid JSON"},
      {MachineTemplate("      DefinitionUri: x.json\n"), "shop/x.json: there is no such file"},
      {MachineTemplate("      DefinitionUri: s3://b/k\n"), "is not read from S3"},
      {MachineTemplate("      DefinitionS3Location: {Bucket: b, Key: k}\n"),
       "the object 'k' is not read from S3"},
      {MachineTemplate("      StateMachineType: FAST\n      Definition: {}\n"),
       "'FAST' is neither STANDARD nor EXPRESS"},
      {MachineTemplate("      Tags: x\n      Definition: {}\n"), "Tags are a list"},
      {MachineTemplate("      DefinitionSubstitutions: x\n      Definition: {}\n"),
       "DefinitionSubstitutions is a mapping"},
      {absl::StrCat(MachineTemplate("      Definition: {a: !Ref V}\n"),
                    "  V: {Type: AWS::StepFunctions::StateMachineVersion, Properties: "
                    "{StateMachineArn: !Ref Order}}\n"),
       "names a version that is known after the deployment only"},
      {"Resources: {V: {Type: AWS::StepFunctions::StateMachineVersion, Properties: "
       "{StateMachineArn: x}}}",
       "which is not deployed from this template"},
      {"Resources: {A: {Type: AWS::StepFunctions::StateMachineAlias, Properties: {Name: a}}}",
       "needs a RoutingConfiguration"},
  };
  for (const auto& [text, problem] : cases) {
    EXPECT_THAT(ReadTemplateText(text).problems, HasSubstr(problem)) << text;
  }
}

TEST(Templates, RefuseParametersThatNothingAsksFor) {
  ReadOptions options;
  options.parameters = {"Stagee=prod"};
  EXPECT_THAT(
      ReadTemplateText("Parameters: {Stage: {Type: String}}\nResources: {}\n", options).problems,
      HasSubstr("--parameter Stagee: nothing asks for a value of that name; there are Stage"));
  options.parameters = {"Stage=prod"};
  EXPECT_EQ(
      ReadTemplateText("Parameters: {Stage: {Type: String}}\nResources: {}\n", options).problems,
      "");
  for (const char* wrong : {"Stage", "=x"}) {
    options.parameters = {wrong};
    EXPECT_THAT(ReadTemplateText("Resources: {}", options).problems,
                HasSubstr("expected NAME=VALUE"));
  }
  options.parameters = {"A=1", "A=2"};
  EXPECT_THAT(ReadTemplateText("Resources: {}", options).problems, HasSubstr("is given twice"));
}

TEST(Templates, EndAtTheirLimits) {
  std::string chain = "Resources:\n";
  for (int i = 0; i < 10'000; ++i) {
    absl::StrAppend(&chain, "  Q", i, ": {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${Q",
                    i + 1, ".QueueName}'}}\n");
  }
  chain +=
      "  Order: {Type: AWS::StepFunctions::StateMachine, Properties: {StateMachineName: !Sub "
      "'${Q0.QueueName}', Definition: {}}}\n";
  EXPECT_THAT(ReadTemplateText(chain).problems, HasSubstr("nested more than 500 deep"));
  std::string deep =
      "Resources: {O: {Type: AWS::StepFunctions::StateMachine, Properties: {Definition: ";
  EXPECT_THAT(ReadTemplateText(deep + std::string(10'000, '[')).problems, HasSubstr("200 deep"));
}

}  // namespace
}  // namespace pawl::deploy
