// Activities and tags.
#include "absl/strings/str_cat.h"
#include "engine/api/aws/front_fixture.h"
#include "gmock/gmock.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::HasSubstr;

class ActivitiesTest : public FrontFixture {
 protected:
  std::string CreateActivity(const std::string& name, const std::string& more = "") {
    return Call("CreateActivity", Of("name", name, more)).Text("activityArn");
  }
  std::string TagsOf(const std::string& arn) {
    return ToJson(Call("ListTagsForResource", Of("resourceArn", arn)).body);
  }
};

TEST_F(ActivitiesTest, LiveFromCreateToDelete) {
  const std::string arn = CreateActivity("a.1");
  EXPECT_EQ(arn, Arn("activity:a.1"));
  EXPECT_EQ(CreateActivity("a.1"), arn);
  const Answer found = Call("DescribeActivity", Of("activityArn", arn));
  EXPECT_EQ(found.Text("name"), "a.1");
  EXPECT_EQ(ToJson(found["encryptionConfiguration"]), R"({"type":"AWS_OWNED_KEY"})");
  EXPECT_EQ(ToJson(Call("DeleteActivity", Of("activityArn", arn)).body), "{}");
  EXPECT_EQ(ToJson(Call("DeleteActivity", Of("activityArn", arn)).body), "{}");
  const Answer gone = Call("DescribeActivity", Of("activityArn", arn));
  EXPECT_THAT(gone.Text("__type"), HasSubstr("#ActivityDoesNotExist"));
  EXPECT_EQ(gone.Text("message"), "Activity Does Not Exist: '" + arn + "'");
}

TEST_F(ActivitiesTest, BadNamesAreRepeatedAsTheyCame) {
  const Answer answer = Call("CreateActivity", R"({"name":"activity\u001f"})");
  EXPECT_THAT(answer.Text("__type"), HasSubstr("#InvalidName"));
  EXPECT_EQ(answer.Text("message"), "Invalid Name: 'activity\x1f'");
}

TEST_F(ActivitiesTest, AreListedByNameInPages) {
  for (const char* name : {"c", "a", "b"}) CreateActivity(name);
  const Answer first = Call("ListActivities", R"({"maxResults":2})");
  ASSERT_EQ(first["activities"].AsArray().size(), 2u);
  EXPECT_EQ(first["activities"].AsArray()[1].Find("name")->AsString(), "b");
  const Answer second = Call("ListActivities", Of("nextToken", first.Text("nextToken")));
  ASSERT_EQ(second["activities"].AsArray().size(), 1u);
  EXPECT_EQ(second["activities"].AsArray()[0].Find("name")->AsString(), "c");
  EXPECT_FALSE(second.Has("nextToken"));
}

TEST_F(ActivitiesTest, TagsMergeByKey) {
  for (const std::string& arn :
       {CreateActivity("a", R"(,"tags":[{"key":"k","value":"1"}])"),
        CreateMachine("m", kPass, R"(,"tags":[{"key":"k","value":"1"}])")}) {
    Call("TagResource",
         Of("resourceArn", arn, R"(,"tags":[{"key":"k","value":"2"},{"key":"e","value":""}])"));
    EXPECT_EQ(TagsOf(arn), R"({"tags":[{"key":"e","value":""},{"key":"k","value":"2"}]})");
    Call("UntagResource", Of("resourceArn", arn, R"(,"tagKeys":["k","none"])"));
    EXPECT_EQ(TagsOf(arn), R"({"tags":[{"key":"e","value":""}]})");
  }
}

TEST_F(ActivitiesTest, TagsAreLimited) {
  const std::string arn = CreateActivity("a");
  std::string tags;
  for (int i = 0; i < 51; ++i) {
    absl::StrAppend(&tags, i > 0 ? "," : "", R"({"key":"k)", i, R"(","value":"v"})");
  }
  const Answer many = Call("TagResource", Of("resourceArn", arn, ",\"tags\":[" + tags + "]"));
  EXPECT_THAT(many.Text("__type"), HasSubstr("#TooManyTags"));
  const Answer system =
      Call("TagResource", Of("resourceArn", arn, R"(,"tags":[{"key":"aws:x","value":"v"}])"));
  EXPECT_THAT(system.Text("__type"), HasSubstr("#AccessDeniedException"));
  const Answer missing = Call("ListTagsForResource", Of("resourceArn", Arn("activity:none")));
  EXPECT_EQ(missing.Text("message"), "Resource not found: '" + Arn("activity:none") + "'");
}

class PollsTest : public ActivitiesTest {
 protected:
  PollsTest() {
    arn_ = CreateActivity("a");
    machine_ = CreateMachine("m", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" +
                                      arn_ + R"(","TimeoutSeconds":100,"End":true}}})");
  }
  std::shared_ptr<KeptExchange> Poll(const std::string& more = "") {
    const auto exchange = Send("AWSStepFunctions.GetActivityTask", Of("activityArn", arn_, more));
    engine_.RunFor(absl::Milliseconds(10));
    return exchange;
  }

  std::string arn_, machine_;
};

TEST_F(PollsTest, HandTheTaskToAWorkerThatAnswersIt) {
  const auto poll = Poll(R"(,"workerName":"w")");
  EXPECT_FALSE(poll->response().has_value());
  const std::string execution = Start(machine_, "e", R"({"n":1})");
  const Answer task = AnswerOf(*poll);
  EXPECT_EQ(task.Text("input"), R"({"n":1})");
  const std::string token = task.Text("taskToken");
  EXPECT_EQ(Call("SendTaskHeartbeat", Of("taskToken", token)).status, 200);
  EXPECT_EQ(Call("SendTaskSuccess", Of("taskToken", token, R"(,"output":"[2]")")).status, 200);
  EXPECT_EQ(Call("DescribeExecution", Of("executionArn", execution)).Text("output"), "[2]");
  const Answer history = Call("GetExecutionHistory", Of("executionArn", execution));
  EXPECT_EQ(ToJson(*history["events"].AsArray()[3].Find("activityStartedEventDetails")),
            R"({"workerName":"w"})");
}

// Tokens outlive their tasks; AWS then names the activity.
TEST_F(PollsTest, LateAnswersAreToldSo) {
  Start(machine_, "e");
  const std::string token = AnswerOf(*Poll()).Text("taskToken");
  Call("SendTaskSuccess", Of("taskToken", token, R"(,"output":"1")"));
  const std::string late = "Task Timed Out: '" + arn_ + "'";
  for (const auto& [operation, more] :
       {std::pair("SendTaskSuccess", R"(,"output":"1")"), std::pair("SendTaskFailure", ""),
        std::pair("SendTaskHeartbeat", "")}) {
    const Answer answer = Call(operation, Of("taskToken", token, more));
    EXPECT_THAT(answer.Text("__type"), HasSubstr("#TaskTimedOut")) << operation;
    EXPECT_EQ(answer.Text("message"), late) << operation;
  }
}

TEST_F(PollsTest, EndEmptyAfterAMinute) {
  const auto poll = Poll();
  engine_.RunFor(absl::Seconds(58));
  EXPECT_FALSE(poll->response().has_value());
  engine_.RunFor(absl::Seconds(3));
  ASSERT_TRUE(poll->response().has_value());
  EXPECT_EQ(poll->response()->body, "{}");
}

TEST_F(PollsTest, OfClientsThatHaveGoneTakeNoTask) {
  const auto gone = Poll();
  gone->Leave();
  engine_.RunFor(absl::Seconds(1));
  Start(machine_, "e");
  EXPECT_EQ(AnswerOf(*Poll()).Text("input"), "{}");
}

TEST_F(PollsTest, WantARegisteredActivity) {
  const Answer missing = Call("GetActivityTask", Of("activityArn", Arn("activity:none")));
  EXPECT_THAT(missing.Text("__type"), HasSubstr("#ActivityDoesNotExist"));
  const Answer machine = Call("GetActivityTask", Of("activityArn", machine_));
  EXPECT_THAT(machine.Text("__type"), HasSubstr("#InvalidArn"));
}

}  // namespace
}  // namespace pawl::api::aws_json
