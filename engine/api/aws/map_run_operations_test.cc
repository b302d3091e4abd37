// Map Runs as AWS's API shows them: their redrives, what waits for that, their children.
#include "absl/strings/str_cat.h"
#include "engine/api/aws/front_fixture.h"
#include "gmock/gmock.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::HasSubstr;

// Item 1 fails, always.
constexpr char kMap[] = R"({"StartAt":"M","States":{"M":{"Type":"Map","Label":"kids","End":true,
    "MaxConcurrency":1,
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"C","States":{
        "C":{"Type":"Choice","Choices":[{"Variable":"$","NumericEquals":1,"Next":"F"}],"Default":"P"},
        "P":{"Type":"Pass","End":true},
        "F":{"Type":"Fail","Error":"E"}}}}}})";

class MapRunOperations : public FrontFixture {
 protected:
  MapRunOperations() {
    execution_ = Start(CreateMachine("m", kMap), "e", "[0,1,2]");
    const Answer runs = Call("ListMapRuns", Of("executionArn", execution_));
    run_ = runs["mapRuns"].AsArray().at(0).Find("mapRunArn")->AsString();
  }
  Answer DescribeRun() { return Call("DescribeMapRun", Of("mapRunArn", run_)); }
  Answer Redrive(const std::string& execution) {
    return Call("RedriveExecution", Of("executionArn", execution), absl::Seconds(1));
  }
  Answer Children(const std::string& more = "") {
    return Call("ListExecutions", Of("mapRunArn", run_, more));
  }
  static std::string CountOf(const Answer& run, absl::string_view what) {
    return ToJson(*run["executionCounts"].Find(what)) + " of " +
           ToJson(*run["itemCounts"].Find(what));
  }

  std::string execution_;
  std::string run_;
};

TEST_F(MapRunOperations, ARedriveShowsInTheSameMapRun) {
  const Answer before = DescribeRun();
  EXPECT_EQ(before.Text("status"), "FAILED");
  EXPECT_EQ(ToJson(before["redriveCount"]), "0");
  EXPECT_FALSE(before.Has("redriveDate"));

  const Answer redriven = Redrive(execution_);
  ASSERT_EQ(redriven.status, 200) << ToJson(redriven.body);
  const Answer after = DescribeRun();
  EXPECT_EQ(after.Text("status"), "FAILED") << "again";
  EXPECT_EQ(ToJson(after["redriveCount"]), "1");
  EXPECT_EQ(after["redriveDate"], redriven["redriveDate"]);
  EXPECT_EQ(after["startDate"], before["startDate"]);
  EXPECT_EQ(CountOf(after, "succeeded"), "1 of 1");
  EXPECT_EQ(CountOf(after, "failed"), "1 of 1");
  EXPECT_EQ(CountOf(after, "pendingRedrive"), "0 of 0");
  EXPECT_EQ(CountOf(after, "failuresNotRedrivable"), "0 of 0");
  EXPECT_EQ(Call("ListMapRuns", Of("executionArn", execution_))["mapRuns"].AsArray().size(), 1u);
}

TEST_F(MapRunOperations, TheHistoryNamesTheMapRunThatWasRedriven) {
  ASSERT_EQ(Redrive(execution_).status, 200);
  const Answer history = Call("GetExecutionHistory", Of("executionArn", execution_));
  std::string types;
  for (const Value& event : history["events"].AsArray()) {
    const std::string& type = event.Find("type")->AsString();
    absl::StrAppend(&types, type, " ");
    if (type != "MapRunRedriven") continue;
    const Value& details = *event.Find("mapRunRedrivenEventDetails");
    EXPECT_EQ(details.Find("mapRunArn")->AsString(), run_);
    EXPECT_EQ(ToJson(*details.Find("redriveCount")), "1");
  }
  EXPECT_THAT(types, HasSubstr("ExecutionFailed ExecutionRedriven MapRunRedriven MapRunFailed "
                               "MapStateFailed ExecutionFailed "));
}

TEST_F(MapRunOperations, ChildrenTellWhetherTheyWereRedriven) {
  ASSERT_EQ(Redrive(execution_).status, 200);
  EXPECT_EQ(Children()["executions"].AsArray().size(), 2u);
  const Answer redriven = Children(R"(,"redriveFilter":"REDRIVEN")");
  ASSERT_EQ(redriven["executions"].AsArray().size(), 1u);
  const Value& child = redriven["executions"].AsArray()[0];
  EXPECT_EQ(ToJson(*child.Find("redriveCount")), "1");
  EXPECT_EQ(Children(R"(,"redriveFilter":"NOT_REDRIVEN")")["executions"].AsArray().size(), 1u);

  const std::string& arn = child.Find("executionArn")->AsString();
  const Answer described = Call("DescribeExecution", Of("executionArn", arn));
  EXPECT_EQ(described.Text("redriveStatus"), "REDRIVABLE_BY_MAP_RUN");
  const Answer refused = Redrive(arn);
  EXPECT_THAT(refused.Text("__type"), HasSubstr("#ExecutionNotRedrivable"));
  EXPECT_THAT(refused.Text("message"), HasSubstr("Execution " + arn + " invalid for redrive as: "));
}

}  // namespace
}  // namespace pawl::api::aws_json
