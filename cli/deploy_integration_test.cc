// pawl deploy against a real engine.
#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/cli_fixture.h"

namespace pawl::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kTemplate[] = R"(
Parameters: {Wait: {Type: Number, Default: 5}}
Resources:
  Approve: {Type: AWS::StepFunctions::Activity, Properties: {Name: dep-approve}}
  Order:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: dep-order
      AutoPublishAlias: live
      Tags: {team: shop}
      DefinitionSubstitutions: {Wait: !Ref Wait}
      DefinitionUri: dep-order.asl.yaml
  Table: {Type: AWS::DynamoDB::Table}
)";
constexpr char kRefund[] = R"(
  Refund:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: dep-refund
      Definition:
        StartAt: Call
        States:
          Call:
            Type: Task
            Resource: arn:aws:states:::states:startExecution
            Parameters: {StateMachineArn: !Ref Order, Table: !Ref Table}
            End: true
)";
constexpr char kDefinition[] =
    "StartAt: W\nStates:\n  W:\n    Type: Wait\n    Seconds: ${Wait}\n    End: true\n";

TEST_F(Cli, DeploysATemplateUntilNothingIsLeftToDo) {
  Write("dep.yaml", absl::StrCat(kTemplate, kRefund));
  Write("dep-order.asl.yaml", kDefinition);
  const Ended planned = Pawl("deploy dep.yaml --dry-run");
  EXPECT_EQ(planned.code, 0) << planned.err;
  EXPECT_THAT(planned.out,
              AllOf(HasSubstr("+ dep-order"), HasSubstr("3 to create, 0 unchanged"),
                    HasSubstr("AWS::DynamoDB::Table: Table"), HasSubstr("Table=Table")));
  EXPECT_EQ(Pawl("machine show dep-order").code, 4) << "nothing was made";
  const Ended unasked = Pawl("deploy dep.yaml");
  EXPECT_EQ(unasked.code, 2);
  EXPECT_THAT(unasked.err, HasSubstr("give --yes"));

  const Ended deployed = Pawl("deploy dep.yaml --yes");
  EXPECT_EQ(deployed.code, 0) << deployed.err;
  EXPECT_THAT(
      deployed.out,
      AllOf(HasSubstr("created activity dep-approve"), HasSubstr("created state machine dep-order"),
            HasSubstr("published version 1 of dep-order"), HasSubstr("set alias dep-order:live")));
  EXPECT_EQ(Pawl("start dep-order:live --name e").code, 0);
  EXPECT_THAT(Pawl("machine show dep-refund --definition").out,
              HasSubstr("arn:aws:states:us-east-1:000000000000:stateMachine:dep-order"));
  const Ended again = Pawl("deploy dep.yaml --yes");
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, AllOf(HasSubstr("3 unchanged"), Not(HasSubstr("to update"))));
}

TEST_F(Cli, DeploysChangesAndDeletesWhatIsGone) {
  Write("dep.yaml", absl::StrCat(kTemplate, kRefund));
  Write("dep-order.asl.yaml", kDefinition);
  ASSERT_EQ(Pawl("deploy dep.yaml --yes").code, 0);
  const Ended changed = Pawl("deploy dep.yaml --yes --parameter Wait=7 --color=never");
  EXPECT_THAT(
      changed.out,
      AllOf(HasSubstr("-       \"Seconds\": 5,"), HasSubstr("+       \"Seconds\": 7,"),
            HasSubstr("1 to update, 2 unchanged"), HasSubstr("updated state machine dep-order")));
  Write("dep.yaml", kTemplate);
  EXPECT_THAT(Pawl("deploy dep.yaml --yes --parameter Wait=7").out,
              HasSubstr("dep-refund  is no longer here and stays; --prune deletes it"));
  const Value pruned = Json(Pawl("deploy dep.yaml --yes --prune -p Wait=7 --json"));
  EXPECT_EQ(ToJson(*pruned.Find("removals")),
            R"([{"name":"dep-refund","kind":"stateMachine","stack":"dep","isDeleted":true}])");
  EXPECT_TRUE(pruned.Find("isApplied")->AsBool());
  EXPECT_EQ(Pawl("machine show dep-refund").code, 4);
  Write("dep.yaml", absl::StrReplaceAll(kTemplate, {{"Tags: {team: shop}", "Tags: {owner: me}"}}));
  EXPECT_THAT(Pawl("deploy dep.yaml --yes -p Wait=7 --color=never").out,
              AllOf(HasSubstr("+ tag owner=me"), HasSubstr("- tag team")));
  EXPECT_THAT(Pawl("deploy dep.yaml --dry-run -p Wait=7").out, HasSubstr("2 unchanged"));
}

TEST_F(Cli, ChangesNothingWhereAnythingIsWrong) {
  Write("half.yaml",
        "Resources:\n  Good:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
        "      StateMachineName: half-good\n"
        "      Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}\n"
        "  Bad:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
        "      Definition:\n        StartAt: A\n        States:\n          A:\n            Type: "
        "Pass\n"
        "            Next: Nowhere\n");
  const Ended refused = Pawl("deploy half.yaml --yes");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("half.yaml:15:19"), HasSubstr("nothing was changed")));
  EXPECT_EQ(Pawl("machine show half-good").code, 4);
  EXPECT_EQ(Pawl("deploy nowhere").code, 2);
  EXPECT_EQ(Pawl("deploy half.yaml --parameter X").code, 1);
  Create("half-order", kHello);
  Write("half-order.asl.json", kHello);
  EXPECT_EQ(Pawl("deploy half-order.asl.json --yes").code, 0) << "what was made by hand is adopted";
  EXPECT_THAT(Pawl("deploy half-order.asl.json --stack other --yes").err,
              HasSubstr("was deployed from the stack 'half-order'"));
}

TEST_F(Cli, DeployWithoutAnEngineSaysWhatIsWrongWithTheFilesFirst) {
  Write("alone.asl.yaml", "StartAt: Nowhere\nStates: {A: {Type: Pass, End: true}}\n");
  const Ended refused = Pawl("deploy alone.asl.yaml --yes --engine 127.0.0.1:1");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("alone.asl.yaml:1:10"));
  Write("alone.asl.yaml", "StartAt: A\nStates: {A: {Type: Pass, End: true}}\n");
  EXPECT_EQ(Pawl("deploy alone.asl.yaml --yes --engine 127.0.0.1:1").code, 3);
}

}  // namespace
}  // namespace pawl::cli
