#include "cli/deploy/evaluator.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

using ::testing::HasSubstr;

constexpr char kTemplate[] = R"(
Parameters:
  Stage: {Type: String, Default: dev}
  Needed: {Type: String}
  Count: {Type: Number, Default: 3}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}
  Choice: {Type: String, Default: z, AllowedValues: [x, y]}
Mappings:
  Sizes: {dev: {size: small, list: [1, 2]}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [Condition: IsDev]
  Both: !And [Condition: IsDev, !Or [Condition: IsProd, !Equals [a, a]]]
  Round: !Or [Condition: About, Condition: IsProd]
  About: !And [Condition: Round, Condition: Round]
Resources:
  Charge: {Type: AWS::Serverless::Function}
  Aliased: {Type: AWS::Serverless::Function, Properties: {AutoPublishAlias: live}}
  Named: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub "${Stage}-pay"}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Named, Name: live}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Topic: {Type: AWS::SNS::Topic}
  Table: {Type: AWS::DynamoDB::Table}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: files}}
  Thing: {Type: AWS::Foo::Bar}
  Approve: {Type: AWS::StepFunctions::Activity, Properties: {Name: approve}}
  Order: {Type: AWS::StepFunctions::StateMachine, Properties: {StateMachineName: order}}
  V: {Type: AWS::StepFunctions::StateMachineVersion, Properties: {StateMachineArn: !Ref Order}}
  A:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: live
      RoutingConfiguration: [{StateMachineVersionArn: !Ref V, Weight: 100}]
  Ring1: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Ring2.QueueName}}
  Ring2: {Type: AWS::SQS::Queue, Properties: {QueueName: !GetAtt Ring1.QueueName}}
)";

// An expression of YAML, evaluated within kTemplate.
struct Evaluated {
  std::string text;  // the JSON of the value, or the problem
  std::vector<Note> stand_ins;
};

Evaluated Evaluate(const std::string& expression,
                   const std::vector<std::string>& assignments = {}) {
  YamlOptions options;
  options.has_cloudformation_tags = true;
  auto document =
      Document::Parse("t.yaml", absl::StrCat(kTemplate, "Test: ", expression, "\n"), options);
  if (!document.ok()) return {std::string(document.status().message()), {}};
  const Template source = TemplateOf(*std::move(document));
  auto parameters = Parameters::Parse(assignments);
  Evaluated result;
  Evaluator evaluator(&source, {"eu-west-1", "123456789012", "shop"}, &*parameters,
                      &result.stand_ins);
  const auto value = evaluator.Evaluate(*source.root.Find("Test"), "/Test");
  result.text = value.ok() ? ToJson(*value) : std::string(value.status().message());
  return result;
}

TEST(Evaluator, EvaluatesFunctionsAsCloudFormationDoes) {
  const struct {
    const char* expression;
    const char* json;
  } cases[] = {
      {"!Ref Stage", R"("dev")"},
      {"!Ref Count", R"("3")"},
      {"!Ref Zones", R"(["a","b","c"])"},
      {"!Ref AWS::Region", R"("eu-west-1")"},
      {"!Ref AWS::AccountId", R"("123456789012")"},
      {"!Sub '${AWS::Partition}/${AWS::StackName}/${AWS::URLSuffix}'",
       R"("aws/shop/amazonaws.com")"},
      {"!Sub '${Stage}-${!Literal}-${x'", R"("dev-${Literal}-${x")"},
      {"!Sub ['${A}${Stage}', {A: !Ref Count}]", R"("3dev")"},
      {"!Sub '${Charge.Arn}'", R"("arn:aws:lambda:eu-west-1:123456789012:function:Charge")"},
      {"!GetAtt Named.Arn", R"("arn:aws:lambda:eu-west-1:123456789012:function:dev-pay")"},
      {"{Fn::GetAtt: Named.Arn}", R"("arn:aws:lambda:eu-west-1:123456789012:function:dev-pay")"},
      {"!Ref Named", R"("dev-pay")"},
      {"!Ref Live", R"("arn:aws:lambda:eu-west-1:123456789012:function:dev-pay:live")"},
      {"!Ref Queue", R"("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")"},
      {"!GetAtt Queue.Arn", R"("arn:aws:sqs:eu-west-1:123456789012:jobs")"},
      {"!Ref Aliased.Alias", R"("arn:aws:lambda:eu-west-1:123456789012:function:Aliased:live")"},
      {"!Ref Aliased.Version", R"("arn:aws:lambda:eu-west-1:123456789012:function:Aliased")"},
      {"!GetAtt Bucket.Arn", R"("arn:aws:s3:::files")"},
      {"!Ref Approve", R"("arn:aws:states:eu-west-1:123456789012:activity:approve")"},
      {"!Ref Order", R"("arn:aws:states:eu-west-1:123456789012:stateMachine:order")"},
      {"!GetAtt Order.Name", R"("order")"},
      {"!Ref A", R"("arn:aws:states:eu-west-1:123456789012:stateMachine:order:live")"},
      {"!Join ['-', [a, !Ref Stage, 7]]", R"("a-dev-7")"},
      {"!Join [',', !Ref Zones]", R"("a,b,c")"},
      {"!If [IsDev, 1, 2]", "1"},
      {"!If [IsProd, 1, 2]", "2"},
      {"!If [Both, yes, no]", R"("yes")"},
      {"[1, !If [IsProd, 2, !Ref AWS::NoValue], 3]", "[1,3]"},
      {"{a: !Ref AWS::NoValue, b: 1}", R"({"b":1})"},
      {"!FindInMap [Sizes, !Ref Stage, size]", R"("small")"},
      {"!FindInMap [Sizes, prod, size, {DefaultValue: big}]", R"("big")"},
      {"!Select [1, !Split [',', 'x,y']]", R"("y")"},
      {"!Length [1, 2, 3]", "3"},
      {"!Base64 hi", R"("aGk=")"},
      {"!ToJsonString {a: !Ref Stage}", R"("{\"a\":\"dev\"}")"},
      {"{Condition: x, Next: y}", R"({"Condition":"x","Next":"y"})"},
  };
  for (const auto& [expression, json] : cases) {
    EXPECT_EQ(Evaluate(expression).text, json) << expression;
  }
}

TEST(Evaluator, NotesWhatItMakesUp) {
  const struct {
    const char* expression;
    const char* json;
    const char* stand_in;
  } cases[] = {
      {"!Ref Table", R"("Table")", "Table=Table"},
      {"!Ref Thing", R"("Thing")", "Thing=Thing"},
      {"!GetAtt Thing.Arn", R"("arn:aws:foo:eu-west-1:123456789012:Thing")",
       "Thing.Arn=arn:aws:foo:eu-west-1:123456789012:Thing"},
      {"!GetAtt Thing.Endpoint", R"("Thing.Endpoint")", "Thing.Endpoint=Thing.Endpoint"},
      {"!Sub '${Topic}'", R"("arn:aws:sns:eu-west-1:123456789012:Topic")",
       "Topic=arn:aws:sns:eu-west-1:123456789012:Topic"},
  };
  for (const auto& [expression, json, stand_in] : cases) {
    const Evaluated evaluated = Evaluate(expression);
    EXPECT_EQ(evaluated.text, json);
    ASSERT_EQ(evaluated.stand_ins.size(), 1u) << expression;
    EXPECT_EQ(evaluated.stand_ins[0].text, stand_in);
    EXPECT_THAT(evaluated.stand_ins[0].where, HasSubstr("t.yaml:"));
  }
  EXPECT_TRUE(Evaluate("!GetAtt Queue.Arn").stand_ins.empty()) << "it has a name";
  EXPECT_TRUE(Evaluate("!Ref Charge").stand_ins.empty()) << "workers know it by this";
}

TEST(Evaluator, TakesParametersForAllThatAwsWouldKnow) {
  EXPECT_EQ(Evaluate("!Ref Stage", {"Stage=prod"}).text, R"("prod")");
  EXPECT_EQ(Evaluate("!Ref Table", {"Table=orders"}).text, R"("orders")");
  EXPECT_EQ(Evaluate("!GetAtt Thing.Endpoint", {"Thing.Endpoint=h:1"}).text, R"("h:1")");
  EXPECT_EQ(Evaluate("!GetAtt Absent.Arn", {"Absent.Arn=x"}).text, R"("x")");
  EXPECT_EQ(Evaluate("!ImportValue vpc", {"import:vpc=v"}).text, R"("v")");
  EXPECT_EQ(Evaluate("!Ref Stored", {"Stored=s"}).text, R"("s")");
}

TEST(Evaluator, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* expression;
    const char* problem;
  } cases[] = {
      {"!Ref Needed", "the parameter Needed has no default; give --parameter 'Needed=VALUE'"},
      {"!Ref Stored", "the parameter Stored is kept by AWS; give --parameter 'Stored=VALUE'"},
      {"!Ref Choice", "'z' is not among the allowed values of Choice"},
      {"!Ref stage", "no parameter or resource 'stage'; did you mean Stage?"},
      {"!Sub '${Nope}'",
       "no parameter or resource 'Nope'; to have a value for it all the same, give"},
      {"!Ref Aliased.Name", "of the function Aliased there are Alias and Version"},
      {"!Sub '${Zones}'", "${Zones} is a list, which a text cannot hold"},
      {"!GetAtt Nope.Arn", "give --parameter 'Nope.Arn=VALUE'"},
      {"!ImportValue vpc", "is exported by another stack; give --parameter 'import:vpc=VALUE'"},
      {"!FindInMap [Sizes, prod, size]", "the mapping Sizes has nothing under prod, size"},
      {"!Select [7, [1]]", "there is no element 7 in a list of 1"},
      {"!If [Nope, 1, 2]", "no condition 'Nope'"},
      {"!If [IsDev, 1]", "Fn::If takes a list of 3 elements"},
      {"!Join [a]", "Fn::Join takes a list of 2 elements"},
      {"!Join ['', x]", "expected a list, got string"},
      {"!Join ['', [[x]]]", "expected a text, got array"},
      {"!Transform {Name: x}", "Fn::Transform is not evaluated here"},
      {"{Fn::GetAtt: [Order]}", "Fn::GetAtt takes a list of a resource and one of its attributes"},
      {"!If [Round, 1, 2]", "in a circle: condition Round -> condition About -> condition Round"},
      {"!Ref Ring1", "in a circle: Ring1 -> Ring2 -> Ring1"},
  };
  for (const auto& [expression, problem] : cases) {
    const std::string text = Evaluate(expression).text;
    EXPECT_THAT(text, HasSubstr(problem)) << expression;
    EXPECT_THAT(text, HasSubstr("t.yaml:")) << expression;
  }
}

TEST(Evaluator, EndsAtItsLimits) {
  std::string text = "!Sub ['";
  for (int i = 0; i < 1000; ++i) text += "${X}";
  text += "', {X: '" + std::string(20'000, 'x') + "'}]";
  EXPECT_THAT(Evaluate(text).text, HasSubstr("has more than 8388608 bytes"));
}

TEST(Evaluator, VersionsAreKnownAfterTheDeploymentOnly) {
  const std::string version = Evaluate("!Ref V").text;
  EXPECT_TRUE(HasVersionStandIn(version)) << version;
  EXPECT_FALSE(HasVersionStandIn(Evaluate("!Ref A").text));
  EXPECT_FALSE(HasVersionStandIn("{\"a\":\":{}\"}"));
}

}  // namespace
}  // namespace pawl::deploy
