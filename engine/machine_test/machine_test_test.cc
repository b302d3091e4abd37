#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/machine_test/read_test_file.h"
#include "engine/machine_test/run_case.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::machine_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOrder[] = R"({
  "StartAt": "Charge",
  "States": {
    "Charge": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Parameters": {"FunctionName": "charge", "Payload.$": "$"},
      "ResultSelector": {"paid.$": "$.Payload.paid"}, "TimeoutSeconds": 60,
      "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxAttempts": 2}],
      "Catch": [{"ErrorEquals": ["Declined"], "Next": "Refused"},
                {"ErrorEquals": ["States.Timeout"], "Next": "Refused"}],
      "Next": "IsLarge"},
    "IsLarge": {"Type": "Choice",
      "Choices": [{"Variable": "$.paid", "NumericGreaterThan": 100, "Next": "Approve"}],
      "Default": "Done"},
    "Approve": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      "Parameters": {"token.$": "$$.Task.Token"}, "HeartbeatSeconds": 100, "Next": "Done"},
    "Done": {"Type": "Succeed"},
    "Refused": {"Type": "Fail", "Error": "Refused"}
  }})";

class MachineTest : public ::testing::Test {
 protected:
  MachineTest() { files_["flows/order.asl.json"] = kOrder; }

  bool Read(const std::string& text, std::vector<TestFile>* out) {
    files_["flows/order.test.json"] = text;
    ReadOptions options;
    options.read = [this](const std::string& path) -> absl::StatusOr<std::string> {
      const auto it = files_.find(path);
      if (it == files_.end()) return absl::NotFoundError(absl::StrCat("cannot read ", path));
      return it->second;
    };
    return ReadTestFile("flows/order.test.json", options, out, &problem_);
  }

  // The problems of the only case.
  std::vector<std::string> Run(const std::string& text) {
    std::vector<TestFile> files;
    if (!Read(text, &files)) return {absl::StrCat("unreadable: ", Problems())};
    result_ = RunCase(files[0], files[0].cases[0], &coverage_);
    return result_.problems;
  }

  std::string Problems() const {
    std::vector<std::string> lines;
    for (const asl::Diagnostic& d : problem_.diagnostics) {
      lines.push_back(absl::StrCat(d.line, ": ", d.message));
    }
    return absl::StrJoin(lines, "\n");
  }

  static std::string Case(const std::string& states, const std::string& expect) {
    return absl::StrCat(R"({"definition":"order.asl.json","cases":[{"name":"c","states":)", states,
                        R"(,"expect":)", expect, "}]}");
  }

  std::map<std::string, std::string> files_;
  FileProblem problem_;
  Coverage coverage_;
  CaseResult result_;
};

TEST_F(MachineTest, PlaysASequenceOfAnswersInVirtualTime) {
  EXPECT_THAT(Run(Case(R"({"Charge":[{"fail":{"error":"Busy"},"times":2},{"return":{"paid":7}}]})",
                       R"({"status":"SUCCEEDED","output":{"paid":7},
                           "path":["Charge","IsLarge","Done"],
                           "duration":{"min":"30s","max":"30s"}})")),
              IsEmpty());
}

TEST_F(MachineTest, TellsEveryExpectationThatIsNotMet) {
  EXPECT_THAT(
      Run(Case(R"({"Charge":{"return":{"paid":7}}})",
               R"({"status":"FAILED","output":{"paid":8},"path":["Charge"],
                           "visits":{"Approve":1},"duration":{"min":"1s"}})")),
      ElementsAre("status: expected FAILED, got SUCCEEDED", "output.paid: expected 8, got 7",
                  "path: expected Charge\n           got Charge → IsLarge → Done",
                  "visits of Approve: expected 1, got 0", "duration: expected at least 1s, got 0"));
}

TEST_F(MachineTest, AnswersTokensAndHeartbeats) {
  EXPECT_THAT(Run(Case(R"({"Charge":{"return":{"paid":700}},
                           "Approve":{"return":{"by":"Mary"},"after":"1h","heartbeatEvery":"50s"}})",
                       R"({"status":"SUCCEEDED","outputContains":{"by":"Mary"},
                           "duration":{"min":"1h","max":"1h"}})")),
              IsEmpty());
}

TEST_F(MachineTest, FailsWhoHandsTheTokenOn) {
  EXPECT_THAT(Run(Case(R"({"Charge":{"return":{"paid":700}},
                           "Approve":{"return":{},"submitted":{"fail":{"error":"NoQueue"}}}})",
                       R"({"status":"FAILED","error":"NoQueue"})")),
              IsEmpty());
}

TEST_F(MachineTest, LosesHeartbeatsAndTimesOut) {
  EXPECT_THAT(Run(Case(R"({"Charge":{"return":{"paid":700}},"Approve":{"silent":true}})",
                       R"({"status":"FAILED","error":"States.Timeout",
                           "duration":{"min":"100s","max":"100s"}})")),
              IsEmpty());
  EXPECT_THAT(Run(Case(R"({"Charge":{"return":{},"after":"61s"}})",
                       R"({"status":"FAILED","error":"Refused"})")),
              IsEmpty());
}

// A jittered delay once was due between two microseconds, and so for ever.
TEST_F(MachineTest, RetriesWithJitter) {
  files_["flows/order.asl.json"] = R"({"StartAt":"A","States":{"A":{"Type":"Task","End":true,
    "Resource":"pawl:a","Retry":[{"ErrorEquals":["States.ALL"],"JitterStrategy":"FULL",
    "MaxDelaySeconds":4,"BackoffRate":1.5}]}}})";
  EXPECT_THAT(Run(Case(R"({"A":[{"fail":{"error":"E"},"times":3},{"return":1}]})",
                       R"({"output":1,"duration":{"max":"12s"}})")),
              IsEmpty());
}

TEST_F(MachineTest, WaitsUntilAnyFractionOfASecond) {
  files_["flows/order.asl.json"] = R"({"StartAt":"A","States":{"A":{"Type":"Wait","End":true,
    "Timestamp":"2026-01-01T00:00:01.123456789Z"}}})";
  EXPECT_THAT(Run(Case("{}", R"({"status":"SUCCEEDED","duration":{"min":"1.1s","max":"1.2s"}})")),
              IsEmpty());
}

TEST_F(MachineTest, ChoosesAnswersByInput) {
  files_["flows/order.asl.json"] = R"({"StartAt":"Each","States":{"Each":{"Type":"Map","End":true,
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},
      "StartAt":"One","States":{"One":{"Type":"Task","Resource":"pawl:one","End":true}}}}}})";
  EXPECT_THAT(Run(R"({"definition":"order.asl.json","cases":[{"name":"c","input":[{"n":1},{"n":2}],
      "queues":{"one":[{"when":{"n":2},"return":"two"},{"echo":true}]},
      "expect":{"output":[{"n":1},"two"],"visits":{"One":2},"path":["Each"]}}]})"),
              IsEmpty());
}

TEST_F(MachineTest, SaysWhatHasNoMock) {
  EXPECT_THAT(Run(Case("{}", "{}")), ElementsAre(HasSubstr("state 'Charge' has no mock")));
  EXPECT_THAT(Run(Case(R"({"Charge":[{"fail":{"error":"Busy"}}]})", "{}")),
              ElementsAre(HasSubstr("state 'Charge' was called for the 2. time")));
}

TEST_F(MachineTest, CountsCoverage) {
  Run(Case(R"({"Charge":[{"fail":{"error":"Busy"}},{"return":{"paid":7}}]})", "{}"));
  const std::vector<MachineCoverage> report = coverage_.Report();
  ASSERT_EQ(report.size(), 1U);
  std::vector<std::string> uncovered;
  for (const CoverageItem& item : report[0].items) {
    if (item.hits == 0) uncovered.push_back(item.label);
  }
  EXPECT_THAT(uncovered, ElementsAre("Charge: catcher 1 (Declined) → Refused",
                                     "Charge: catcher 2 (States.Timeout) → Refused",
                                     "IsLarge: rule 1 → Approve", "Approve", "Refused"));
  EXPECT_EQ(Percent(OfKind(report[0].items, CoverageKind::kRetrier)), 100);
}

TEST_F(MachineTest, RunsChildMachines) {
  files_["flows/order.asl.json"] = R"({"StartAt":"Call","States":{"Call":{"Type":"Task","End":true,
    "Resource":"arn:aws:states:::states:startExecution.sync:2","OutputPath":"$.Output",
    "Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:child",
                  "Input":{"x":1}}}}})";
  files_["flows/child.asl.json"] =
      R"({"StartAt":"Work","States":{"Work":{"Type":"Task","Resource":"pawl:work","End":true}}})";
  EXPECT_THAT(Run(R"({"definition":"order.asl.json","machines":{"child":"child.asl.json"},
      "cases":[{"name":"c","states":{"child/Work":{"return":{"y":2}}},
                "expect":{"output":{"y":2},"visits":{"child/Work":1}}}]})"),
              IsEmpty());
  // Or the child is mocked itself.
  EXPECT_THAT(Run(Case(R"({"Call":{"return":{"Output":3}}})", R"({"output":3})")), IsEmpty());
}

TEST_F(MachineTest, ReadsAMockConfigFile) {
  const std::string config = R"({"StateMachines":{"order":{"TestCases":{
      "Slow":{"Charge":"BusyOnce"}, "Short":{"Charge":"OnlyBusy"}}}},
    "MockedResponses":{
      "BusyOnce":{"0-1":{"Throw":{"Error":"Busy","Cause":"later"}},
                  "2":{"Return":{"StatusCode":200,"Payload":{"paid":7}}}},
      "OnlyBusy":{"0":{"Throw":{"Error":"Busy","Cause":"later"}}}}})";
  std::vector<TestFile> files;
  ASSERT_TRUE(Read(config, &files)) << Problems();
  ASSERT_EQ(files[0].cases.size(), 2U);
  EXPECT_THAT(RunCase(files[0], files[0].cases[0], &coverage_).problems,
              ElementsAre(HasSubstr("called for the 2. time")));
  EXPECT_THAT(RunCase(files[0], files[0].cases[1], &coverage_).problems, IsEmpty());
}

TEST_F(MachineTest, TellsThePlacesOfMistakes) {
  std::vector<TestFile> files;
  EXPECT_FALSE(Read(R"({
    "definition": "order.asl.json",
    "cases": [
      {"name": "a", "states": {"Charge": {"return": 1, "silent": true}}},
      {"name": "b", "expects": {}},
      {"name": "c", "states": {"Charge": {"return": 1, "after": "soon"}}}
    ]})",
                    &files));
  EXPECT_THAT(Problems(), HasSubstr("4: An answer says one of: return, fail, echo or silent"));
  EXPECT_THAT(Problems(), HasSubstr("5: Field 'expects' is not supported"));
  EXPECT_THAT(Problems(), HasSubstr("6: 'soon' is no duration"));
  EXPECT_FALSE(Read(R"({"definition":"nothing.json","cases":[]})", &files));
  EXPECT_THAT(Problems(), HasSubstr("cannot read flows/nothing.json"));
}

TEST(TestFiles, AMissingTestFileIsNoMatterOfTheLanguage) {
  std::vector<TestFile> files;
  FileProblem problem;
  ReadOptions options;
  options.read = [](const std::string& path) -> absl::StatusOr<std::string> {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  };
  EXPECT_FALSE(ReadTestFile("gone.test.json", options, &files, &problem));
  ASSERT_EQ(problem.diagnostics.size(), 1u);
  EXPECT_EQ(problem.diagnostics[0].message, "cannot read gone.test.json");
  EXPECT_THAT(problem.diagnostics[0].remedy, HasSubstr("docs/testing.md"));
}

}  // namespace
}  // namespace pawl::machine_test
