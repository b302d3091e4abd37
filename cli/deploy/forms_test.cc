// Which form a path has; the CDK's output, serverless.yml and folders of definitions.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "cli/deploy/deploy_fakes.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPass[] = R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}})";

ReadOptions With(std::vector<std::string> parameters, std::string stack = "") {
  ReadOptions options;
  options.parameters = std::move(parameters);
  options.stack = std::move(stack);
  return options;
}

TEST(Forms, AreKnownByTheirFiles) {
  EXPECT_EQ(ReadFiles("f", {{"f/a.asl.json", kPass}}).bundle.form, "folder of definitions");
  EXPECT_EQ(ReadFiles("f/a.json", {{"f/a.json", kPass}}).bundle.form, "definition");
  EXPECT_EQ(ReadFiles("f", {{"f/template.json", R"({"Resources":{}})"}, {"f/a.asl.json", kPass}})
                .bundle.form,
            "CloudFormation template");
  EXPECT_EQ(ReadFiles("x.template", {{"x.template", "Resources: {}"}}).bundle.form,
            "CloudFormation template");
  EXPECT_THAT(ReadFiles("f", {{"f/template.yaml", ""}, {"f/serverless.yml", ""}}).problems,
              HasSubstr("there are several things to deploy: template.yaml, serverless.yml"));
  EXPECT_THAT(ReadFiles("f", {{"f/x.txt", ""}}).problems,
              HasSubstr("there is nothing here that can be deployed; give a CloudFormation"));
  EXPECT_THAT(ReadFiles("f", {}).problems, HasSubstr("f: there is no such file or folder"));
  EXPECT_THAT(ReadFiles("f.json", {{"f.json", "{}"}}).problems,
              HasSubstr("neither Resources, nor stepFunctions, nor StartAt"));
  EXPECT_THAT(ReadFiles("f.yaml", {{"f.yaml", "a: ["}}).problems,
              HasSubstr("f.yaml: invalid YAML"));
}

TEST(Definitions, AreNamedAfterTheirFiles) {
  const ReadBundle read = ReadFiles("flows", {{"flows/a.asl.json", kPass},
                                              {"flows/b.asl.yaml", "StartAt: A\nStates: {}\n"},
                                              {"flows/c.json", "{}"},
                                              {"flows/old/d.asl.json", kPass}});
  ASSERT_EQ(read.problems, "");
  ASSERT_EQ(read.bundle.machines.size(), 2u);
  EXPECT_EQ(read.bundle.machines[0].name, "a");
  EXPECT_EQ(read.bundle.machines[0].definition, kPass) << "as it is written";
  EXPECT_EQ(ToJson(read.machine("b").value), R"({"StartAt":"A","States":{}})");
  EXPECT_EQ(read.machine("b").tags, (Tags{{kStackTag, "flows"}}));
  EXPECT_EQ(read.left_out(), "flows/old a folder below; deploy it by itself");
  EXPECT_THAT(
      ReadFiles("f", {{"f/a.asl.json", "{"}, {"f/b.asl.yaml", "a: ["}}).problems,
      AllOf(HasSubstr("f/a.asl.json: "), HasSubstr("f/b.asl.yaml: invalid YAML at line 2")));
}

std::map<std::string, std::string> CloudAssembly() {
  return {
      {"cdk.out/cdk.out", R"({"version":"36.0.0"})"},
      {"cdk.out/manifest.json", R"({"artifacts":{
        "Shop.assets":{"type":"cdk:asset-manifest","properties":{"file":"Shop.assets.json"}},
        "Shop":{"type":"aws:cloudformation:stack","properties":{
          "templateFile":"Shop.template.json","stackName":"shop","tags":{"team":"t"}}},
        "Prod":{"type":"cdk:cloud-assembly","properties":{"directoryName":"assembly-Prod"}},
        "Tree":{"type":"cdk:tree","properties":{"file":"tree.json"}}}})"},
      {"cdk.out/Shop.assets.json", R"({"files":{"abc":{
        "source":{"path":"asset.abc.json","packaging":"file"},
        "destinations":{"current":{"bucketName":"b","objectKey":"abc.json"}}}}})"},
      {"cdk.out/asset.abc.json", R"({"StartAt":"${Start}","States":{}})"},
      {"cdk.out/Shop.template.json", R"({"Resources":{
        "PayF00": {"Type":"AWS::Lambda::Function","Properties":{}},
        "Machine6C968CA5":{"Type":"AWS::StepFunctions::StateMachine","Properties":{
          "StateMachineName":"order",
          "DefinitionString":{"Fn::Join":["",["{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"End\":true,\"Resource\":\"",
            {"Fn::GetAtt":["PayF00","Arn"]},"\"}}}"]]}}},
        "Asset":{"Type":"AWS::StepFunctions::StateMachine","Properties":{
          "DefinitionS3Location":{"Bucket":{"Fn::Sub":"cdk-assets-${AWS::AccountId}"},"Key":"abc.json"},
          "DefinitionSubstitutions":{"Start":"A"}}},
        "CDKMetadata":{"Type":"AWS::CDK::Metadata"}}})"},
      {"cdk.out/assembly-Prod/manifest.json", R"({"artifacts":{
        "ProdShop":{"type":"aws:cloudformation:stack","properties":{"templateFile":"P.template.json"}}}})"},
      {"cdk.out/assembly-Prod/P.template.json",
       absl::StrCat(R"({"Resources":{"M":{"Type":"AWS::StepFunctions::StateMachine","Properties":{
         "Definition":)",
                    kPass, "}}}}")},
  };
}

TEST(CloudAssemblies, BecomeTheStacksOfTheApp) {
  for (const char* path : {"cdk.out", "cdk.out/manifest.json"}) {
    const ReadBundle read = ReadFiles(path, CloudAssembly());
    ASSERT_EQ(read.problems, "");
    EXPECT_THAT(read.bundle.stacks, ElementsAre("shop", "ProdShop"));
    ASSERT_EQ(read.bundle.machines.size(), 3u);
    EXPECT_EQ(read.machine("order").definition,
              R"({"StartAt":"A","States":{"A":{"Type":"Task","End":true,"Resource":)"
              R"("arn:aws:lambda:us-east-1:000000000000:function:PayF00"}}})");
    EXPECT_EQ(read.machine("order").tags, (Tags{{"team", "t"}, {kStackTag, "shop"}}));
    EXPECT_EQ(ToJson(read.machine("Asset").value), R"({"StartAt":"A","States":{}})");
    EXPECT_EQ(read.machine("M").stack, "ProdShop");
  }
}

TEST(CloudAssemblies, AreDeployedStackByStackIfAskedFor) {
  const ReadBundle read = ReadFiles("cdk.out", CloudAssembly(), With({}, "ProdShop"));
  ASSERT_EQ(read.problems, "");
  EXPECT_EQ(read.bundle.machines.size(), 1u);
  EXPECT_EQ(read.left_out(), "cdk.out the stack shop");
  EXPECT_THAT(ReadFiles("cdk.out", CloudAssembly(), With({}, "x")).problems,
              HasSubstr("there is no stack 'x'; there are shop, ProdShop"));
}

TEST(CloudAssemblies, SayWhatIsWrong) {
  EXPECT_THAT(ReadFiles("m/manifest.json", {{"m/manifest.json", "{}"}}).problems,
              HasSubstr("the manifest has no artifacts; run cdk synth"));
  const std::string self =
      R"({"artifacts":{"A":{"type":"cdk:cloud-assembly","properties":{"directoryName":"."}}}})";
  EXPECT_THAT(ReadFiles("m/manifest.json", {{"m/manifest.json", self}}).problems,
              HasSubstr("one too many"));
}

constexpr char kServerless[] = R"(
service: shop
provider: {name: aws, stage: "${opt:stage, 'dev'}", tags: {owner: me}}
params: {default: {size: 3}}
custom: ${file(custom.yml)}
functions:
  charge-card: {handler: a.b}
  ship: {handler: a.c, name: "ship-${sls:stage}"}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
stepFunctions:
  validate: true
  stateMachines:
    order:
      name: order-${self:provider.stage}
      type: EXPRESS
      definition: ${self:custom.flows.${sls:stage}, self:custom.flows.dev}
      tags: {team: shop}
      events: [{schedule: rate(1 day)}]
      retain: true
    plain:
      definition:
        StartAt: W
        States:
          W: {Type: Wait, Seconds: "${self:custom.wait}", Comment: "${env:HOME_TOWN}-${param:size}", Next: P}
          P: {Type: Task, Resource: !GetAtt [ship, Arn], Next: Q}
          Q: {Type: Task, Resource: "arn:aws:lambda:#{AWS::Region}:#{AWS::AccountId}:function:q", Next: R}
          R: {Type: Task, Resource: !GetAtt ChargeDashcardLambdaFunction.Arn, Next: S}
          S: {Type: Pass, Result: !GetAtt Jobs.Arn, End: true}
  activities:
    - approve-${sls:stage}
)";

std::map<std::string, std::string> Serverless(const std::string& text = kServerless) {
  return {{"shop/serverless.yml", text},
          {"shop/custom.yml", "wait: 7\nflows: {dev: '${file(flow.json)}'}\n"},
          {"shop/flow.json", kPass}};
}

TEST(Serverless, BecomesWhatThePluginMakesOfIt) {
  const ReadBundle read = ReadFiles("shop", Serverless());
  ASSERT_EQ(read.problems, "");
  EXPECT_THAT(read.bundle.stacks, ElementsAre("shop-dev"));
  const Machine& order = read.machine("order-dev");
  EXPECT_EQ(order.type, asl::MachineType::kExpress);
  EXPECT_EQ(ToJson(order.value), kPass);
  EXPECT_EQ(order.tags, (Tags{{"owner", "me"}, {"team", "shop"}})) << "retained: no mark";
  EXPECT_EQ(order.where, "shop/serverless.yml:16:7");
  const std::string lambda = "arn:aws:lambda:us-east-1:000000000000:function:";
  EXPECT_EQ(
      ToJson(read.machine("plain").value),
      absl::StrCat(
          R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":7,"Comment":"Ulm-3","Next":"P"},)",
          R"("P":{"Type":"Task","Resource":")", lambda, R"(ship-dev","Next":"Q"},)",
          R"("Q":{"Type":"Task","Resource":")", lambda, R"(q","Next":"R"},)",
          R"("R":{"Type":"Task","Resource":")", lambda, R"(charge-card","Next":"S"},)",
          R"("S":{"Type":"Pass","Result":"arn:aws:sqs:us-east-1:000000000000:jobs","End":true}}})"));
  ASSERT_EQ(read.bundle.activities.size(), 1u);
  EXPECT_EQ(read.bundle.activities[0].name, "approve-dev");
  EXPECT_THAT(read.left_out(), AllOf(HasSubstr("serverless.yml:20:15 order: events"),
                                     HasSubstr("AWS::Lambda::Function: charge-card, ship;")));
}

TEST(Serverless, TakesOptionsAsParameters) {
  for (const char* given : {"stage=prod", "opt:stage=prod"}) {
    const ReadBundle read = ReadFiles("shop", Serverless(), With({given}));
    EXPECT_EQ(read.problems, "");
    EXPECT_EQ(read.machine("order-prod").name, "order-prod") << given;
  }
}

TEST(Serverless, AsksForWhatDefinitionsLeadToOnly) {
  const auto read = [](const std::string& result, std::vector<std::string> parameters) {
    return ReadFiles(
        "s.yml",
        {{"s.yml",
          absl::StrCat(
              "service: s\nfunctions:\n  f: {handler: a.b, environment: {K: '${ssm:/key}'}}\n"
              "resources:\n  Resources:\n    Q:\n      Type: AWS::SQS::Queue\n"
              "      Properties: {QueueName: '${ssm:/queue}'}\n"
              "stepFunctions:\n  stateMachines:\n    m:\n      definition:\n"
              "        StartAt: A\n        States: {A: {Type: Pass, End: true, Result: ",
              result, "}}\n")}},
        With(std::move(parameters)));
  };
  EXPECT_EQ(read("!GetAtt f.Arn", {}).problems, "");
  EXPECT_THAT(read("!GetAtt Q.QueueName", {}).problems,
              HasSubstr("the definition of m needs ${ssm:/queue}, which has no value; give "
                        "--parameter 'ssm:/queue=VALUE'"));
  const ReadBundle given = read("!GetAtt Q.QueueName", {"ssm:/queue=jobs"});
  EXPECT_EQ(given.problems, "");
  EXPECT_THAT(given.machine("m").definition, HasSubstr("\"jobs\""));
}

TEST(Serverless, SaysWhatIsWrongAndWhere) {
  const auto problem = [](const std::string& definition) {
    return ReadFiles("s.yml", {{"s.yml", absl::StrCat("service: s\ncustom:\n  a: ${self:custom.b}\n"
                                                      "  b: ${self:custom.a}\n  big: [1]\n"
                                                      "stepFunctions:\n  stateMachines:\n    m:\n"
                                                      "      definition: ",
                                                      definition, "\n")}})
        .problems;
  };
  EXPECT_THAT(problem("${ssm:/path}"), AllOf(HasSubstr("s.yml:9:19: ${ssm:/path} has no value"),
                                             HasSubstr("give --parameter 'ssm:/path=VALUE'")));
  EXPECT_THAT(problem("${self:custom.a}"), HasSubstr("refer to each other in a circle"));
  EXPECT_THAT(problem("x${self:custom.big}"), HasSubstr("is array, which a text cannot hold"));
  EXPECT_THAT(problem("${file(x.js)}"), HasSubstr("programs are not run"));
  EXPECT_THAT(problem("${file(x.yml)}"), HasSubstr("has no value"));
  EXPECT_THAT(problem("{a: '${file(x.yml}'}"), HasSubstr("the ) is missing"));
  EXPECT_THAT(ReadFiles("s.yml", {{"s.yml", "stepFunctions: {}"}}).problems,
              HasSubstr("the file has no service; name the stack with --stack"));
  EXPECT_THAT(ReadFiles("s/serverless.yml", {{"s/serverless.yml", "service: x"}}).problems,
              HasSubstr("neither Resources"));
}

}  // namespace
}  // namespace pawl::deploy
