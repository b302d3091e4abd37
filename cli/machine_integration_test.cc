// State machines: keeping, checking and testing them.
#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "cli/cli_fixture.h"
#include "cli/engine_client.h"

namespace pawl::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StrEq;

TEST_F(Cli, TagsAreSetShownAndFilteredBy) {
  Create("tagged", kHello);
  Create("untagged", kHello);
  EXPECT_EQ(Pawl("tag set tagged team=payments stage=prod").code, 0);
  EXPECT_EQ(Pawl("tag set tagged nothing").code, 2);
  EXPECT_THAT(Pawl("machine show tagged").out, HasSubstr("stage=prod team=payments"));
  EXPECT_THAT(Pawl("machine list --names --tag team=payments --tag stage").out, StrEq("tagged\n"));
  EXPECT_EQ(Pawl("machine list --names --tag team=other").out, "");
  EXPECT_EQ(Pawl("tag remove tagged stage").code, 0);
  EXPECT_EQ(ToJson(Json(Pawl("tag list tagged --json"))), R"({"team":"payments"})");
  EXPECT_EQ(Pawl("tag list nothing").code, 4);
  EXPECT_EQ(Pawl("activity create approve --tag team=payments").code, 0);
  EXPECT_EQ(Pawl("activity create refuse").code, 0);
  const Value::Elements found = Json(Pawl("activity list --tag team=payments --json")).AsArray();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].Find("name")->AsString(), "approve");
  EXPECT_EQ(Pawl("activity delete approve").code, 0);
  EXPECT_THAT(Pawl("activity list").out,
              AllOf(HasSubstr("activity:refuse"), Not(HasSubstr("activity:approve\n"))));
}

TEST_F(Cli, KeepsStateMachines) {
  Create("keep", kHello);
  EXPECT_EQ(Pawl("machine create keep.asl.json").code, 0) << "the same again";
  Write("other.json", absl::StrCat("{\"Comment\":\"v2\",", std::string(kHello).substr(1)));
  const Ended taken = Pawl("machine create keep other.json");
  EXPECT_EQ(taken.code, 5);
  EXPECT_THAT(taken.err, HasSubstr("pawl machine update keep other.json"));
  EXPECT_THAT(Pawl("machine update keep other.json").out, HasSubstr("revision 2"));
  EXPECT_THAT(Pawl("machine show keep --definition").out, HasSubstr("v2"));
  EXPECT_THAT(Pawl("machine show keep --definition --revision 1").out, Not(HasSubstr("v2")));
  EXPECT_THAT(Pawl("machine list").out, AllOf(HasSubstr("NAME"), HasSubstr("keep")));
  EXPECT_THAT(Pawl("machine list --names").out, HasSubstr("keep\n"));
  const Value shown = Json(Pawl("machine show keep --json"));
  EXPECT_EQ(shown.Find("stateMachine")->Find("revision")->AsDouble(), 2);
  EXPECT_EQ(shown.Find("definition")->Find("StartAt")->AsString(), "Hello");
  EXPECT_EQ(Pawl("machine delete keep").code, 0);
  EXPECT_EQ(Pawl("start keep").code, 4);
}

TEST_F(Cli, PublishesVersionsAndStartsThroughAliases) {
  Create("shop", kHello);
  EXPECT_THAT(Pawl("version publish shop --description first").out, HasSubstr("version 1"));
  Write("shop2.json", absl::StrCat("{\"Comment\":\"v2\",", std::string(kHello).substr(1)));
  EXPECT_EQ(Pawl("machine update shop shop2.json").code, 0);
  EXPECT_THAT(Pawl("version publish shop").out, HasSubstr("version 2"));
  EXPECT_THAT(Pawl("version list shop").out, AllOf(HasSubstr("VERSION"), HasSubstr("first")));
  EXPECT_THAT(Pawl("alias set shop:live 1=90 2=10").out, HasSubstr("leads to 1=90 2=10"));
  EXPECT_THAT(Pawl("alias set shop:live 2").out, HasSubstr("leads to 2=100"));
  EXPECT_THAT(Pawl("alias list shop").out, HasSubstr("2=100"));
  EXPECT_EQ(Pawl("alias set shop:live 1=90").code, 1) << "weights are 100 together";
  EXPECT_EQ(Pawl("alias set shop:live x").code, 2);
  EXPECT_EQ(Pawl("start shop:live --name e --wait").code, 0);
  const Value shown = Json(Pawl("show shop/e --json"));
  EXPECT_EQ(shown.Find("execution")->Find("alias")->AsString(), "live");
  EXPECT_NE(Pawl("version delete shop:2").code, 0) << "the alias leads to it";
  EXPECT_EQ(Pawl("alias delete shop:live").code, 0);
  EXPECT_EQ(Pawl("version delete shop:2").code, 0);
  EXPECT_THAT(Pawl("version").out, HasSubstr("pawl "));
}

TEST_F(Cli, RedrivesWhatFailed) {
  Create("fails", R"({"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}})");
  EXPECT_NE(Pawl("start fails --name a --wait").code, 0);
  EXPECT_NE(Pawl("start fails --name b --wait").code, 0);
  EXPECT_THAT(Pawl("redrive fails/a").out, HasSubstr("fails/a goes on"));
  EXPECT_THAT(Pawl("redrive --machine fails --rate 100").err, HasSubstr("2 of 2 go on"));
  EXPECT_EQ(Pawl("redrive").code, 2);
  EXPECT_NE(Pawl("redrive fails/none").code, 0);
}

TEST_F(Cli, ShowsEveryProblemOfADefinition) {
  Write("bad.asl.json",
        "{\n  \"StartAt\": \"Helo\",\n  \"States\": {\"Hello\": {\"Type\": \"Pass\", \"Next\": "
        "\"Nowhere\"}}\n}\n");
  for (const char* command :
       {"machine validate bad.asl.json", "machine validate --local bad.asl.json"}) {
    const Ended validated = Pawl(command);
    EXPECT_EQ(validated.code, 1);
    EXPECT_THAT(validated.out, AllOf(HasSubstr("bad.asl.json:2:14"), HasSubstr("^~~~~~\n"),
                                     HasSubstr("bad.asl.json:3:48"), HasSubstr("3 errors")));
  }
  const Ended created = Pawl("machine create bad.asl.json");
  EXPECT_EQ(created.code, 1);
  EXPECT_THAT(created.err, AllOf(HasSubstr("bad.asl.json:3:48"), HasSubstr("nothing was stored")));
  Write("good.asl.json", kHello);
  EXPECT_EQ(Pawl("machine validate --local good.asl.json --engine 127.0.0.1:1").code, 0);
}

TEST_F(Cli, TakesDefinitionsInYaml) {
  const std::string yaml =
      "StartAt: Hello\nStates:\n  Hello:\n    Type: Pass\n    Result: {on: yes}\n    End: true\n";
  Write("hey.asl.yaml", yaml);
  Write("bad.asl.yml", absl::StrCat(yaml, "  Lost:\n    Type: Pass\n    Next: Nowhere\n"));
  Write("worse.yaml", "StartAt: [\n");
  EXPECT_EQ(Pawl("machine create hey.asl.yaml").code, 0);
  EXPECT_EQ(Pawl("machine create hey -", yaml).code, 0) << "the same again, from standard input";
  const Value shown = Json(Pawl("machine show hey --json"));
  EXPECT_EQ(ToJson(*shown.Find("definition")->Find("States")->Find("Hello")->Find("Result")),
            R"({"on":"yes"})");
  EXPECT_EQ(Pawl("machine update hey hey.asl.yaml").code, 0);
  for (const char* command :
       {"machine validate bad.asl.yml", "machine validate --local bad.asl.yml"}) {
    EXPECT_THAT(Pawl(command).out, AllOf(HasSubstr("bad.asl.yml:9:11"), HasSubstr("^~~~~~~")));
  }
  EXPECT_THAT(Pawl("machine create bad.asl.yml").err, HasSubstr("bad.asl.yml:9:11"));
  EXPECT_THAT(Pawl("machine create worse.yaml").err,
              HasSubstr("worse.yaml: invalid YAML at line 2, column 1"));
  EXPECT_THAT(Pawl("graph hey.asl.yaml").out, HasSubstr("Hello"));
  EXPECT_THAT(Pawl("graph bad.asl.yml").err, HasSubstr("bad.asl.yml:9:11"));
  EXPECT_EQ(
      ToJson(*Json(Pawl("machine test-state hey.asl.yaml --state Hello --json")).Find("output")),
      R"({"on":"yes"})");
  Write("hey.test.json", R"({"definition":"hey.asl.yaml","cases":[{"name":"c"}]})");
  EXPECT_EQ(Pawl("test hey.test.json").code, 0);
  Write("MockConfigFile.json",
        R"({"StateMachines":{"hey":{"TestCases":{"Happy":{}}}},"MockedResponses":{}})");
  EXPECT_EQ(Pawl("test MockConfigFile.json").code, 0) << "hey.asl.yaml stands beside it";
  EXPECT_THAT(Pawl("test hey.test.json --definition bad.asl.yml").err,
              HasSubstr("bad.asl.yml:8:5: "));
}

TEST_F(Cli, TestsOneState) {
  Write("charge.json",
        R"({"Type":"Task","Resource":"pawl:charge","ResultPath":"$.paid","Next":"Ship",)"
        R"("Catch":[{"ErrorEquals":["Declined"],"Next":"Refund"}]})");
  Ended ended = Pawl(
      "machine test-state charge.json --input '{\"id\":7}' --mock-result 20 --json "
      "--inspection-level debug");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ToJson(*Json(ended).Find("output")), R"({"id":7,"paid":20})");
  EXPECT_EQ(ToJson(*Json(ended).Find("inspectionData")->Find("afterInputPath")), R"({"id":7})");
  ended = Pawl("machine test-state charge.json --mock-error Declined");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("CAUGHT_ERROR"), HasSubstr("next Refund")));
  EXPECT_EQ(Pawl("machine test-state charge.json --mock-error Other").code, 1);
  ended = Pawl("machine test-state charge.json");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("No worker serves the queue 'charge'"));
}

TEST_F(Cli, TestsOneStateAtTheEngine) {
  v1::StateMachinesTestStateRequest request;
  request.set_definition(R"({"Type":"Task","Resource":"pawl:charge","TimeoutSeconds":5,"End":true,)"
                         R"("Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":3}]})");
  request.set_inspection_level(v1::INSPECTION_LEVEL_DEBUG);
  request.mutable_mock()->mutable_error_output()->set_error("Busy");
  v1::StateMachinesTestStateResponse response;
  const auto client = ConnectEngine(ConnectOptions{.addresses = {engine_->address()}});
  ASSERT_TRUE(client->Call(request, &response).ok());
  EXPECT_EQ(response.status(), v1::StateMachinesTestStateResponse::STATUS_RETRIABLE);
  EXPECT_EQ(response.inspection_data().error_details().retry_backoff_interval_seconds(), 3);
  EXPECT_EQ(response.inspection_data().input(), "{}");
  request.clear_mock();
  EXPECT_TRUE(absl::IsFailedPrecondition(client->Call(request, &response)));
  request.set_input("{");
  EXPECT_TRUE(absl::IsInvalidArgument(client->Call(request, &response)));
}

TEST_F(Cli, TestsWholeMachines) {
  Write("tested.asl.json",
        R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:a","End":true}}})");
  Write("tested.test.json",
        R"({"definition":"tested.asl.json","cases":[)"
        R"({"name":"good","states":{"A":{"return":1}},"expect":{"output":1}},)"
        R"({"name":"bad","states":{"A":{"return":1}},"expect":{"output":2}}]})");
  Ended ended = Pawl("test tested.test.json --junit report.xml");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("✔ good"), HasSubstr("output: expected 2, got 1"),
                               HasSubstr("1 passed, 1 failed")));
  EXPECT_EQ(Pawl("test tested.test.json --case good --coverage-minimum 100").code, 0);
  EXPECT_EQ(ToJson(*Json(Pawl("test tested.test.json --json")).Find("failed")), "1");
  Write("wrong.test.json", "{\n  \"definition\": \"tested.asl.json\",\n  \"case\": []\n}");
  ended = Pawl("test wrong.test.json");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("error: Field 'case' is not supported"),
                    HasSubstr("wrong.test.json:3:11"), HasSubstr("did you mean 'cases'?")));
}

}  // namespace
}  // namespace pawl::cli
