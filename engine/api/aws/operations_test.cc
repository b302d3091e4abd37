// What each operation answers.
#include <regex>

#include "absl/strings/str_cat.h"
#include "engine/api/aws/front_fixture.h"
#include "gmock/gmock.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kWait[] =
    R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})";
constexpr char kFail[] =
    R"({"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E","Cause":"C"}}})";

class OperationsTest : public FrontFixture {
 protected:
  Answer Describe(const std::string& execution, const std::string& more = "") {
    return Call("DescribeExecution", Of("executionArn", execution, more));
  }
};

TEST_F(OperationsTest, TimesAreSecondsWithMilliseconds) {
  engine_.RunFor(absl::Milliseconds(1'234));
  const std::string machine = CreateMachine("m");
  const auto exchange =
      Send("AWSStepFunctions.DescribeStateMachine", Of("stateMachineArn", machine));
  engine_.RunFor(absl::Seconds(1));
  // Unix seconds, a point, up to three digits; no exponent and no text.
  EXPECT_TRUE(std::regex_search(exchange->response()->body,
                                std::regex("\"creationDate\":17000000[0-9]{2}\\.[0-9]{1,3}[,}]")))
      << exchange->response()->body;
}

TEST_F(OperationsTest, DescribeTellsWhatBecameOfAnExecution) {
  const std::string pass = Start(CreateMachine("pass"), "e", R"({"x": 1})");
  const Answer succeeded = Describe(pass);
  EXPECT_EQ(succeeded.Text("status"), "SUCCEEDED");
  EXPECT_EQ(succeeded.Text("input"), R"({"x": 1})");
  EXPECT_EQ(succeeded.Text("output"), R"({"x": 1})");
  EXPECT_EQ(succeeded.Text("redriveStatusReason"), "Execution is SUCCEEDED and cannot be redriven");
  EXPECT_FALSE(succeeded.Has("error"));

  const Answer failed = Describe(Start(CreateMachine("fail", kFail), "e"));
  EXPECT_EQ(failed.Text("status"), "FAILED");
  EXPECT_EQ(failed.Text("error") + failed.Text("cause"), "EC");
  EXPECT_EQ(failed.Text("redriveStatus"), "REDRIVABLE");
  EXPECT_FALSE(failed.Has("redriveStatusReason") || failed.Has("output") ||
               failed.Has("outputDetails"));

  const Answer running = Describe(Start(CreateMachine("wait", kWait), "e"));
  EXPECT_EQ(running.Text("status"), "RUNNING");
  EXPECT_FALSE(running.Has("stopDate") || running.Has("output"));
}

TEST_F(OperationsTest, MetadataOnlyLeavesPayloadsOut) {
  const Answer answer =
      Describe(Start(CreateMachine("m"), "e"), R"(,"includedData":"METADATA_ONLY")");
  EXPECT_FALSE(answer.Has("input") || answer.Has("output"));
  EXPECT_EQ(ToJson(answer["inputDetails"]), R"({"included":false})");
}

TEST_F(OperationsTest, TimedOutExecutionsHaveNeitherErrorNorCause) {
  const std::string machine = CreateMachine(
      "m",
      R"({"TimeoutSeconds":1,"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}})");
  const Answer answer = Describe(Start(machine, "e", "{}", absl::Seconds(5)));
  EXPECT_EQ(answer.Text("status"), "TIMED_OUT");
  EXPECT_FALSE(answer.Has("error") || answer.Has("cause"));
}

TEST_F(OperationsTest, ListsGoOnWithTheirTokens) {
  const std::string machine = CreateMachine("m");
  for (int i = 0; i < 5; ++i) Start(machine, absl::StrCat("e", i));
  std::string names, token;
  int pages = 0;
  do {
    const Answer page =
        Call("ListExecutions",
             Of("stateMachineArn", machine,
                absl::StrCat(",\"maxResults\":2",
                             token.empty() ? "" : absl::StrCat(",\"nextToken\":\"", token, "\""))));
    ASSERT_EQ(page.status, 200) << ToJson(page.body);
    for (const Value& one : page["executions"].AsArray()) names += one.Find("name")->AsString();
    token = page.Text("nextToken");
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(names, "e4e3e2e1e0");
  EXPECT_EQ(pages, 3);
}

TEST_F(OperationsTest, TokensAreGoodForTheirListingOnly) {
  const std::string machine = CreateMachine("m");
  for (int i = 0; i < 3; ++i) Start(machine, absl::StrCat("e", i));
  const std::string more = R"(,"maxResults":1)";
  const std::string token =
      Call("ListExecutions", Of("stateMachineArn", machine, more)).Text("nextToken");
  const auto next = [&](const std::string& filter) {
    return Call("ListExecutions",
                Of("stateMachineArn", machine, ",\"nextToken\":\"" + token + "\"" + filter));
  };
  EXPECT_EQ(next("").status, 200);
  EXPECT_EQ(next(R"(,"maxResults":2)").status, 200);
  const Answer other = next(R"(,"statusFilter":"FAILED")");
  EXPECT_THAT(other.Text("__type"), HasSubstr("InvalidToken"));
  EXPECT_EQ(other.Text("message"), "Invalid Token: 'Invalid token'");
}

TEST_F(OperationsTest, ListExecutionsNeedsAStandardMachine) {
  CreateMachine("fast", kPass, R"(,"type":"EXPRESS")");
  const auto message = [this](const std::string& arn) {
    return Call("ListExecutions", Of("stateMachineArn", arn)).Text("message");
  };
  EXPECT_EQ(message(Arn("stateMachine:fast")),
            "This operation is not supported by this type of state machine");
  EXPECT_EQ(message(Arn("stateMachine:none")),
            absl::StrCat("State Machine Does Not Exist: '", Arn("stateMachine:none"), "'"));
}

TEST_F(OperationsTest, HistoryHasTheDetailsOfEachEvent) {
  const std::string execution = Start(CreateMachine("m"), "e", R"({"a":"\"quoted\""})");
  const Answer answer = Call("GetExecutionHistory", Of("executionArn", execution));
  const auto& events = answer["events"].AsArray();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].Find("executionStartedEventDetails")->Find("input")->AsString(),
            R"({"a":"\"quoted\""})");
  EXPECT_EQ(events[1].Find("type")->AsString(), "PassStateEntered");
  EXPECT_EQ(ToJson(*events[3].Find("executionSucceededEventDetails")->Find("outputDetails")),
            R"({"truncated":false})");
}

TEST_F(OperationsTest, HistoryMayLeaveDataOutAndRunBackwards) {
  const std::string execution = Start(CreateMachine("m", kFail), "e");
  const Answer answer =
      Call("GetExecutionHistory",
           Of("executionArn", execution, R"(,"includeExecutionData":false,"reverseOrder":true)"));
  const auto& events = answer["events"].AsArray();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].Find("type")->AsString(), "ExecutionFailed");
  EXPECT_EQ(ToJson(*events[0].Find("executionFailedEventDetails")), R"({"error":"E","cause":"C"})");
  EXPECT_EQ(ToJson(*events[1].Find("stateEnteredEventDetails")), R"({"name":"F"})");
}

TEST_F(OperationsTest, ExpressArnsAreOfTheWrongKind) {
  for (const char* operation : {"DescribeExecution", "StopExecution", "GetExecutionHistory",
                                "DescribeStateMachineForExecution"}) {
    const Answer answer = Call(operation, Of("executionArn", Arn("express:m:e:1")));
    EXPECT_EQ(answer.Text("message"),
              "Invalid Arn: 'Resource type not valid in this context: express'")
        << operation;
  }
}

TEST_F(OperationsTest, SyncExecutionAnswersAtItsEnd) {
  const std::string machine = CreateMachine("fast", kPass, R"(,"type":"EXPRESS")");
  const Answer answer =
      Call("StartSyncExecution",
           Of("stateMachineArn", machine, R"(,"name":"e","input":"{\"a\":1}")"), absl::Seconds(1));
  EXPECT_EQ(answer.Text("status"), "SUCCEEDED");
  EXPECT_EQ(answer.Text("name"), "e");
  EXPECT_EQ(answer.Text("output"), R"({"a":1})");
  EXPECT_THAT(answer.Text("executionArn"), HasSubstr(":express:fast:e:"));
  EXPECT_EQ(ToJson(answer["billingDetails"]),
            R"({"billedDurationInMilliseconds":100,"billedMemoryUsedInMB":64})");
}

TEST_F(OperationsTest, FailedSyncExecutionHasNoOutput) {
  const std::string machine = CreateMachine("fast", kFail, R"(,"type":"EXPRESS")");
  const Answer answer =
      Call("StartSyncExecution", Of("stateMachineArn", machine), absl::Seconds(1));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.Text("status") + answer.Text("error") + answer.Text("cause"), "FAILEDEC");
  EXPECT_FALSE(answer.Has("output"));
  EXPECT_TRUE(answer.Has("outputDetails"));
}

TEST_F(OperationsTest, StandardMachinesAreNotRunSynchronously) {
  const Answer answer =
      Call("StartSyncExecution", Of("stateMachineArn", CreateMachine("m")), absl::Seconds(1));
  EXPECT_THAT(answer.Text("__type"), HasSubstr("StateMachineTypeNotSupported"));
}

TEST_F(OperationsTest, StoppingTwiceTellsTheSameTime) {
  const std::string execution = Start(CreateMachine("m", kWait), "e");
  const Answer first =
      Call("StopExecution", Of("executionArn", execution, R"(,"error":"E","cause":"C")"));
  engine_.RunFor(absl::Seconds(5));
  const Answer second = Call("StopExecution", Of("executionArn", execution));
  EXPECT_EQ(first["stopDate"], second["stopDate"]);
  const Answer found = Describe(execution);
  EXPECT_EQ(found.Text("status") + found.Text("error") + found.Text("cause"), "ABORTEDEC");
}

TEST_F(OperationsTest, RedrivenExecutionsTellHowOftenAndWhen) {
  const std::string execution = Start(CreateMachine("m", kFail), "e");
  const Answer redriven =
      Call("RedriveExecution", Of("executionArn", execution, R"(,"clientToken":"t")"));
  EXPECT_EQ(redriven.status, 200) << ToJson(redriven.body);
  const Answer found = Describe(execution);
  EXPECT_EQ(ToJson(found["redriveCount"]), "1");
  EXPECT_EQ(found["redriveDate"], redriven["redriveDate"]);
  const Answer again =
      Call("RedriveExecution", Of("executionArn", execution, R"(,"clientToken":"t")"));
  EXPECT_EQ(again["redriveDate"], redriven["redriveDate"]);

  const std::string done = Start(CreateMachine("pass"), "e");
  const Answer refused = Call("RedriveExecution", Of("executionArn", done));
  EXPECT_THAT(refused.Text("__type"), HasSubstr("#ExecutionNotRedrivable"));
  EXPECT_EQ(refused.Text("message"),
            "Execution " + done +
                " invalid for redrive as: Execution is SUCCEEDED and cannot be redriven");
}

// gRPC's headers hold a few kilobytes; here there is room for all.
TEST_F(OperationsTest, EveryErrorOfADefinitionIsTold) {
  std::string states;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&states, i > 0 ? "," : "", "\"S", i, R"(":{"Type":"Pass","Next":"none"})");
  }
  const Answer answer =
      Call("CreateStateMachine", MachineBody("m", R"({"StartAt":"S0","States":{)" + states + "}}"));
  EXPECT_THAT(answer.Text("__type"), HasSubstr("#InvalidDefinition"));
  EXPECT_THAT(answer.Text("message"), HasSubstr("/States/S199/Next"));
  EXPECT_THAT(answer.Text("message"), ::testing::EndsWith("'"));
}

TEST_F(OperationsTest, DeletedMachinesTakeNoStarts) {
  const std::string machine = CreateMachine("m", kWait);
  Start(machine, "e");
  EXPECT_EQ(ToJson(Call("DeleteStateMachine", Of("stateMachineArn", machine)).body), "{}");
  const Answer deleting = Call("DescribeStateMachine", Of("stateMachineArn", machine));
  EXPECT_EQ(deleting.Text("status"), "DELETING") << ToJson(deleting.body);
  engine_.RunFor(absl::Minutes(5));
  EXPECT_THAT(Call("DescribeStateMachine", Of("stateMachineArn", machine)).Text("__type"),
              HasSubstr("#StateMachineDoesNotExist"));
}

TEST_F(OperationsTest, DeletingWhatIsNotThereIsNoError) {
  EXPECT_EQ(ToJson(Call("DeleteStateMachine", Of("stateMachineArn", Arn("stateMachine:no"))).body),
            "{}");
}

TEST_F(OperationsTest, ValidateFindsErrorsAndOnDemandWarnings) {
  const Answer fine = Call("ValidateStateMachineDefinition", Of("definition", kPass));
  EXPECT_EQ(ToJson(fine.body), R"({"diagnostics":[],"result":"OK","truncated":false})");
  const Answer bad =
      Call("ValidateStateMachineDefinition", Of("definition", "{\"StartAt\":\"A\"}"));
  EXPECT_EQ(bad.Text("result"), "FAIL");
  EXPECT_EQ(bad["diagnostics"].AsArray()[0].Find("severity")->AsString(), "ERROR");
}

TEST_F(OperationsTest, TestStateRunsAStateAndShowsTextsOfItsData) {
  const std::string state = R"({"Type":"Pass","Parameters":{"n":1},"End":true})";
  const Answer answer = Call(
      "TestState", Of("definition", state, R"(,"input":"{\"a\":1}","inspectionLevel":"DEBUG")"),
      absl::Seconds(1));
  EXPECT_EQ(answer.Text("status"), "SUCCEEDED") << ToJson(answer.body);
  EXPECT_EQ(answer.Text("output"), R"({"n":1})");
  EXPECT_EQ(answer["inspectionData"].Find("afterParameters")->AsString(), R"({"n":1})");
}

TEST_F(OperationsTest, TaskAnswersAreCheckedInAwssOrder) {
  const auto send = [this](const std::string& token, const std::string& output) {
    return Call("SendTaskSuccess",
                Of("taskToken", token, ",\"output\":" + ToJson(Value::String(output))))
        .Text("message");
  };
  std::string token;
  engine_.Serve("sqs:sendMessage", [&token](const runtime::QueuedTask& task, const auto& respond) {
    token = task.token;
    respond.Succeed("{}");
  });
  const std::string machine = CreateMachine(
      "m",
      R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true}}})");
  const std::string execution = Start(machine, "e");
  ASSERT_NE(token, "");
  EXPECT_EQ(send("nonsense", "not-json"), "Invalid Token: 'Invalid token'");
  EXPECT_EQ(send(token, "not-json"), "Invalid Output: 'not-json' is not valid JSON.");
  EXPECT_EQ(send(token, "7"), "");
  EXPECT_EQ(Describe(execution).Text("output"), "7");
  EXPECT_EQ(send(token, "not-json"), "Invalid Output: 'not-json' is not valid JSON.");
  EXPECT_EQ(send(token, "7"), "Task Timed Out: 'Provided task does not exist anymore'");
}

TEST_F(OperationsTest, InputsThatAreNotJsonAreRefusedInJacksonsWords) {
  const std::string machine = CreateMachine("m");
  const auto message = [&](const std::string& input) {
    return Call("StartExecution",
                Of("stateMachineArn", machine, ",\"input\":" + ToJson(Value::String(input))))
        .Text("message");
  };
  EXPECT_EQ(message("not"),
            "Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting (JSON "
            "String, Number, Array, Object or token 'null', 'true' or 'false')'");
  EXPECT_EQ(message("{'a':1}"),
            "Invalid State Machine Execution Input: 'Unexpected character (''' (code 39)): was "
            "expecting double-quote to start field name'");
  EXPECT_EQ(message(""), "Invalid State Machine Execution Input: 'Invalid execution input.'");
  EXPECT_EQ(message("null"), "");
}

TEST_F(OperationsTest, StartsAreTheSameByNameAndText) {
  const std::string machine = CreateMachine("m", kWait);
  const std::string execution = Start(machine, "e", R"({"a":1})");
  EXPECT_EQ(Start(machine, "e", R"({"a":1})"), execution);
  const Answer other =
      Call("StartExecution", Of("stateMachineArn", machine, R"(,"name":"e","input":"{\"a\": 1}")"));
  EXPECT_THAT(other.Text("__type"), HasSubstr("ExecutionAlreadyExists"));
  EXPECT_EQ(other.Text("message"), "Execution Already Exists: '" + execution + "'");
}

TEST_F(OperationsTest, VersionsAndAliasesLeadToTheirRevision) {
  const std::string machine = CreateMachine("m", kPass, R"(,"publish":true)");
  const std::string version = machine + ":1";
  const Answer alias =
      Call("CreateStateMachineAlias",
           R"({"name":"live","routingConfiguration":[{"stateMachineVersionArn":")" + version +
               R"(","weight":100}]})");
  EXPECT_EQ(alias.Text("stateMachineAliasArn"), machine + ":live");
  const Answer described = Describe(Start(machine + ":live", "e"));
  EXPECT_EQ(described.Text("stateMachineArn"), machine);
  EXPECT_EQ(described.Text("stateMachineVersionArn"), version);
  EXPECT_EQ(described.Text("stateMachineAliasArn"), machine + ":live");
  EXPECT_EQ(Call("ListStateMachineVersions", Of("stateMachineArn", machine))["stateMachineVersions"]
                .AsArray()
                .size(),
            1u);
  EXPECT_EQ(
      Call("DescribeStateMachineAlias", Of("stateMachineAliasArn", machine + ":live")).Text("name"),
      "live");
}

TEST_F(OperationsTest, SettingsComeBackAsTheyWereGiven) {
  const std::string logging =
      R"({"destinations":[{"cloudWatchLogsLogGroup":{"logGroupArn":"arn:aws:logs:us-east-1:000000000000:log-group:g:*"}}],"includeExecutionData":true,"level":"ALL"})";
  const std::string machine = CreateMachine(
      "m", kPass,
      ",\"loggingConfiguration\":" + logging + R"(,"tracingConfiguration":{"enabled":true})");
  const Answer answer = Call("DescribeStateMachine", Of("stateMachineArn", machine));
  EXPECT_EQ(ToJson(answer["loggingConfiguration"]), logging);
  EXPECT_EQ(ToJson(answer["tracingConfiguration"]), R"({"enabled":true})");
  EXPECT_EQ(ToJson(answer["encryptionConfiguration"]), R"({"type":"AWS_OWNED_KEY"})");
  EXPECT_FALSE(answer.Has("revisionId"));
}

TEST_F(OperationsTest, VariableReferencesAreListedByState) {
  const std::string machine = CreateMachine(
      "m",
      R"j({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1,"y":2},"Next":"B"},"B":{"Type":"Pass","Parameters":{"a.$":"$y","b.$":"States.Format('{}',$x)"},"End":true}}})j");
  const Answer answer = Call("DescribeStateMachine", Of("stateMachineArn", machine));
  EXPECT_EQ(ToJson(answer["variableReferences"]), R"({"B":["x","y"]})");
}

}  // namespace
}  // namespace pawl::api::aws_json
