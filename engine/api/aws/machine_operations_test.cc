// What machines, their versions and their Map Runs answer.
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/api/aws/front_fixture.h"
#include "gmock/gmock.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr char kWait[] =
    R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})";

class MachineOperationsTest : public FrontFixture {
 protected:
  // "NAME: MESSAGE" of the error that is answered; "" for none.
  std::string ErrorOf(const std::string& operation, const std::string& body) {
    const Answer answer = Call(operation, body);
    if (answer.status == 200) return "";
    const std::string type = answer.Text("__type");
    return absl::StrCat(type.substr(type.find('#') + 1), ": ", answer.Text("message"));
  }
};

TEST_F(MachineOperationsTest, ArnsOfMapStatesAreRefused) {
  const std::string labeled = CreateMachine("m") + "/Label";
  for (const char* operation : {"DescribeStateMachine", "DeleteStateMachine", "StartExecution",
                                "StartSyncExecution", "UpdateStateMachine"}) {
    const Answer answer = Call(operation, Of("stateMachineArn", labeled));
    EXPECT_THAT(answer.Text("__type"), EndsWith("#ValidationException")) << operation;
    EXPECT_EQ(answer.Text("reason"), "API_DOES_NOT_SUPPORT_LABELED_ARNS") << operation;
  }
}

TEST_F(MachineOperationsTest, ChangesOfADeletedMachineSayThatItIsBeingDeleted) {
  const std::string machine = CreateMachine("m", kWait, R"(,"publish":true)");
  Start(machine, "e");
  Call("DeleteStateMachine", Of("stateMachineArn", machine), absl::ZeroDuration());
  const std::string expected =
      absl::StrCat("StateMachineDeleting: State machine is being deleted: '", machine, "'");
  EXPECT_EQ(ErrorOf("StartExecution", Of("stateMachineArn", machine)), expected);
  EXPECT_EQ(ErrorOf("UpdateStateMachine",
                    Of("stateMachineArn", machine, R"(,"roleArn":"arn:aws:iam::1:role/r")")),
            expected);
  EXPECT_EQ(ErrorOf("PublishStateMachineVersion", Of("stateMachineArn", machine)), expected);
  EXPECT_EQ(ErrorOf("ListStateMachineAliases", Of("stateMachineArn", machine)), expected);
  EXPECT_EQ(ErrorOf("UpdateStateMachineAlias",
                    Of("stateMachineAliasArn", machine + ":live", R"(,"description":"d")")),
            expected);
  EXPECT_EQ(
      ErrorOf("CreateStateMachineAlias",
              absl::StrCat(R"({"name":"live","routingConfiguration":[)",
                           R"({"stateMachineVersionArn":")", machine, R"(:1","weight":100}]})")),
      expected);
}

TEST_F(MachineOperationsTest, ExecutionsOfADeletedMachineAreNotRedriven) {
  const std::string machine = CreateMachine("m", kWait);
  const std::string execution = Start(machine, "e");
  Start(machine, "open");
  Call("StopExecution", Of("executionArn", execution));
  Call("DeleteStateMachine", Of("stateMachineArn", machine), absl::ZeroDuration());
  EXPECT_EQ(ErrorOf("RedriveExecution", Of("executionArn", execution)),
            absl::StrCat("ExecutionNotRedrivable: Execution ", execution,
                         " invalid for redrive as: State machine is in DELETING status"));
}

TEST_F(MachineOperationsTest, TagsAreOfArnsOnly) {
  CreateMachine("m");
  for (const char* operation : {"ListTagsForResource", "TagResource", "UntagResource"}) {
    EXPECT_EQ(ErrorOf(operation, Of("resourceArn", "m", R"(,"tags":[],"tagKeys":[])")),
              "InvalidArn: Invalid Arn: 'Invalid ARN prefix: m'")
        << operation;
  }
}

TEST_F(MachineOperationsTest, LogDestinationsMustBeLogGroups) {
  const std::string logging =
      R"(,"loggingConfiguration":{"level":"ALL","destinations":[{"cloudWatchLogsLogGroup":{"logGroupArn":"x"}}]})";
  EXPECT_EQ(ErrorOf("CreateStateMachine", MachineBody("m", kPass, logging)),
            "InvalidLoggingConfiguration: Invalid Logging Configuration: Log Destination not "
            "found.");
}

TEST_F(MachineOperationsTest, InputsAreMeasuredInBytes) {
  const std::string machine = CreateMachine("m");
  const auto error = [&](const std::string& filler, size_t count) {
    std::string input = "\"";
    for (size_t i = 0; i < count; ++i) input += filler;
    return ErrorOf("StartExecution", Of("stateMachineArn", machine,
                                        ",\"input\":" + ToJson(Value::String(input + "\""))));
  };
  EXPECT_EQ(error("x", 262'142), "");
  EXPECT_EQ(error("é", 131'071), "");
  EXPECT_THAT(error("é", 131'072), HasSubstr("have length less than or equal to 262144"));
}

TEST_F(MachineOperationsTest, RoleOfATestedStateMustLookLikeOne) {
  const std::string state = R"({"Type":"Pass","End":true})";
  EXPECT_EQ(ErrorOf("TestState", Of("definition", state, R"(,"roleArn":"x")")),
            "InvalidArn: Invalid Role Arn: 'x'");
}

// A page of what was deleted meanwhile came back empty, and the listing ended.
TEST_F(MachineOperationsTest, ListingsGoOnWhereTheLastItemWasDeleted) {
  const std::string machine = CreateMachine("m", kPass, R"(,"publish":true)");
  Call("UpdateStateMachine",
       Of("stateMachineArn", machine, R"(,"roleArn":"arn:aws:iam::1:role/r","publish":true)"));
  const std::string first = R"(,"maxResults":1)";
  const std::string versions =
      Call("ListStateMachineVersions", Of("stateMachineArn", machine, first)).Text("nextToken");
  Call("DeleteStateMachineVersion", Of("stateMachineVersionArn", machine + ":2"));
  const Answer rest =
      Call("ListStateMachineVersions",
           Of("stateMachineArn", machine, absl::StrCat(R"(,"nextToken":")", versions, "\"")));
  ASSERT_EQ(rest["stateMachineVersions"].AsArray().size(), 1u) << ToJson(rest.body);

  for (const char* name : {"a", "b"}) {
    Call("CreateStateMachineAlias",
         absl::StrCat(R"({"name":")", name,
                      R"(","routingConfiguration":[{"stateMachineVersionArn":")", machine,
                      R"(:1","weight":100}]})"));
  }
  const std::string aliases =
      Call("ListStateMachineAliases", Of("stateMachineArn", machine, first)).Text("nextToken");
  Call("DeleteStateMachineAlias", Of("stateMachineAliasArn", machine + ":a"));
  const Answer others =
      Call("ListStateMachineAliases",
           Of("stateMachineArn", machine, absl::StrCat(R"(,"nextToken":")", aliases, "\"")));
  EXPECT_EQ(others["stateMachineAliases"].AsArray().size(), 1u) << ToJson(others.body);
}

TEST_F(MachineOperationsTest, ChildrenOfAMapRunTellHowManyItemsTheyHave) {
  const auto counts = [this](const std::string& name, const std::string& batcher) {
    const std::string definition = absl::StrCat(
        R"({"StartAt":"M","States":{"M":{"Type":"Map","End":true,)", batcher,
        R"("ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},)",
        R"("StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}})");
    const std::string execution =
        Start(CreateMachine(name, definition), "e", "[1,2,3]", absl::Seconds(10));
    const Answer runs = Call("ListMapRuns", Of("executionArn", execution));
    const std::string run = runs["mapRuns"].AsArray()[0].Find("mapRunArn")->AsString();
    std::multiset<std::string> found;
    const Answer children = Call("ListExecutions", Of("mapRunArn", run));
    for (const Value& child : children["executions"].AsArray()) {
      found.insert(ToJson(*child.Find("itemCount")));
    }
    return absl::StrJoin(found, " ");
  };
  EXPECT_EQ(counts("single", ""), "1 1 1");
  EXPECT_EQ(counts("batched", R"("ItemBatcher":{"MaxItemsPerBatch":2},)"), "1 2");
}

}  // namespace
}  // namespace pawl::api::aws_json
