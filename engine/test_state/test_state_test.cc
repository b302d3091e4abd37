#include "engine/test_state/test_state.h"

#include "engine/value/json.h"
#include "gtest/gtest.h"

namespace pawl::test_state {
namespace {

constexpr char kTask[] = R"({"Type":"Task","Resource":"pawl:charge","Next":"Ship",
  "Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":2,"MaxAttempts":2}],
  "Catch":[{"ErrorEquals":["States.TaskFailed"],"ResultPath":"$.error","Next":"Refund"}]})";

class TestState : public ::testing::Test {
 protected:
  Answer Run(Request request) {
    return test_state::Run(request, {absl::FromUnixSeconds(1'700'000'000), &random_});
  }
  Answer RunWithError(const char* error, int64_t retries) {
    Request request;
    request.definition = kTask;
    request.input = R"({"order":7})";
    request.mock.emplace();
    request.mock->error_output = ErrorOutput{std::string(error), std::string("why")};
    request.configuration.retrier_retry_count = retries;
    request.level = InspectionLevel::kDebug;
    return Run(request);
  }
  expr::RandomSource random_{1};
};

TEST_F(TestState, RetriesWithTheBackoffOfThatAttempt) {
  const Answer answer = RunWithError("Busy", 1);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().status, Status::kRetriable);
  EXPECT_FALSE(answer.response().output.has_value());
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("errorDetails")),
            R"({"retryIndex":0,"retryBackoffIntervalSeconds":4})");
}

TEST_F(TestState, CatchesWhenRetriesAreExhausted) {
  const Answer answer = RunWithError("Busy", 2);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().status, Status::kCaughtError);
  EXPECT_EQ(answer.response().next_state, "Refund");
  EXPECT_EQ(ToJson(*answer.response().output),
            R"({"order":7,"error":{"Error":"Busy","Cause":"why"}})");
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("errorDetails")),
            R"({"catchIndex":0})");
}

TEST_F(TestState, DoesNotEnterTheNextState) {
  Request request;
  request.definition = R"({"StartAt":"Poll","States":{"Done":{"Type":"Succeed"},
    "Poll":{"Type":"Choice","Default":"Poll",
            "Choices":[{"Variable":"$.done","BooleanEquals":true,"Next":"Done"}]}}})";
  request.state_name = "Poll";
  request.input = R"({"done":false})";
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().next_state, "Poll");
}

TEST_F(TestState, WaitsInVirtualTime) {
  Request request;
  request.definition = R"({"Type":"Wait","Seconds":86400,"Next":"Later"})";
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().status, Status::kSucceeded);
  EXPECT_EQ(answer.response().next_state, "Later");
}

TEST_F(TestState, TellsVariablesAsTheStateLeavesThem) {
  Request request;
  request.definition = R"({"Type":"Pass","Assign":{"b.$":"$.x"},"End":true})";
  request.input = R"({"x":2})";
  request.variables = R"({"a":1,"b":0})";
  request.level = InspectionLevel::kDebug;
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("variables")), R"({"a":1,"b":2})");
}

TEST_F(TestState, MakesEveryItemsInput) {
  Request request;
  request.definition = R"({"Type":"Map","ItemsPath":"$.rows","MaxConcurrency":1,
    "ItemSelector":{"row.$":"$$.Map.Item.Value","at.$":"$$.Map.Item.Index"},
    "ItemBatcher":{"MaxItemsPerBatch":2},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true})";
  request.input = R"({"rows":["a","b","c"]})";
  request.mock.emplace();
  request.mock->result = "[1,2]";
  request.level = InspectionLevel::kDebug;
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok()) << answer.refusal().message;
  EXPECT_EQ(ToJson(*answer.response().output), "[1,2]");
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("afterItemSelector")),
            R"([{"row":"a","at":0},{"row":"b","at":1},{"row":"c","at":2}])");
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("afterItemBatcher")),
            R"j([{"Items":["{\"row\":\"a\",\"at\":0}","{\"row\":\"b\",\"at\":1}"]},)j"
            R"j({"Items":["{\"row\":\"c\",\"at\":2}"]}])j");
}

TEST_F(TestState, ReadsTheDataOfAnItemReader) {
  Request request;
  request.definition = R"({"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
      "ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"},
      "Parameters":{"Bucket":"b","Key":"k"}},
    "ItemSelector":{"name.$":"$$.Map.Item.Value.name"},"ToleratedFailurePercentage":50,
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true})";
  request.mock.emplace();
  request.mock->result = "[1,2]";
  request.configuration.map_item_reader_data = "name,age\nann,1\nbob,2\n";
  request.level = InspectionLevel::kDebug;
  Answer answer = Run(request);
  ASSERT_TRUE(answer.ok()) << answer.refusal().message;
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("afterItemSelector")),
            R"([{"name":"ann"},{"name":"bob"}])");
  request.configuration.map_iteration_failure_count = 2;
  answer = Run(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().error, "States.ExceedToleratedFailureThreshold");
}

TEST_F(TestState, TellsWhatAnItemsPointerLeadsTo) {
  Request request;
  request.definition = R"({"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
      "ReaderConfig":{"InputType":"JSON","ItemsPointer":"/a/b"},
      "Parameters":{"Bucket":"b","Key":"k"}},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true})";
  request.mock.emplace();
  request.mock->result = "[3,4]";
  request.configuration.map_item_reader_data = R"({"a":{"b":[1,2]}})";
  request.level = InspectionLevel::kDebug;
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok()) << answer.refusal().message;
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("afterItemsPointer")), "[1,2]");
}

TEST_F(TestState, CallsATaskWithoutAMock) {
  Request request;
  request.definition = R"({"Type":"Task","Resource":"arn:aws:states:::http:invoke","End":true,
    "TimeoutSeconds":5,"Parameters":{"Method":"GET"}})";
  request.role_arn = "arn:aws:iam::123456789012:role/r";
  request.level = InspectionLevel::kTrace;
  World world{absl::FromUnixSeconds(1'700'000'000), &random_};
  world.call_task = [](const TaskCall& call) {
    EXPECT_EQ(call.queue, "http:invoke");
    EXPECT_EQ(call.timeout, absl::Seconds(5));
    TaskAnswer answer;
    answer.result = call.input;
    answer.http_request = Value::Object({{"method", Value::String("GET")}});
    return answer;
  };
  Answer answer = test_state::Run(request, world);
  ASSERT_TRUE(answer.ok()) << answer.refusal().message;
  EXPECT_EQ(ToJson(*answer.response().output), R"({"Method":"GET"})");
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("request")), R"({"method":"GET"})");
  request.level = InspectionLevel::kDebug;
  answer = test_state::Run(request, world);
  EXPECT_EQ(answer.response().inspection_data->Find("request"), nullptr);
}

TEST_F(TestState, SaysThatATaskNeedsAMock) {
  Request request;
  request.definition = kTask;
  const Answer answer = Run(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.refusal().code, "ValidationException");
}

TEST_F(TestState, RefusesWhatDoesNotGoTogether) {
  Request request;
  request.definition = kTask;
  request.context = "{}";
  EXPECT_FALSE(Run(request).ok());
  request.context.reset();
  request.mock.emplace();
  EXPECT_FALSE(Run(request).ok());
  request.mock->result = "{}";
  EXPECT_TRUE(Run(request).ok());
  request.mock->error_output.emplace();
  EXPECT_FALSE(Run(request).ok());
}

TEST_F(TestState, TellsTheRetrierThatIsExhausted) {
  Request request;
  request.definition = R"({"Type":"Task","Resource":"pawl:f","End":true,"Retry":[
    {"ErrorEquals":["Other"]},{"ErrorEquals":["Busy"],"MaxAttempts":1}]})";
  request.mock.emplace();
  request.mock->error_output = ErrorOutput{std::string("Busy"), std::string("why")};
  request.configuration.retrier_retry_count = 1;
  request.level = InspectionLevel::kDebug;
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().status, Status::kFailed);
  EXPECT_EQ(ToJson(*answer.response().inspection_data->Find("errorDetails")),
            R"({"retryIndex":1})");
}

TEST_F(TestState, RefusesContextsThatNoExecutionHas) {
  const struct {
    const char* context;
    const char* message;
  } cases[] = {
      {R"({"Execution":{"Id":1}})", "Execution.Id must be a string"},
      {R"({"State":{"RetryCount":"1"}})", "State.RetryCount must be a number"},
      {R"({"Map":{"Item":{}}})", "'Map' field is not supported when mocking a Context object"},
      {R"({"Task":{"Token":"t"}})", "'Task' field is only supported for Task states"},
  };
  for (const auto& c : cases) {
    Request request;
    request.definition = kTask;
    request.mock.emplace();
    request.mock->result = "{}";
    request.context = c.context;
    const Answer answer = Run(request);
    ASSERT_FALSE(answer.ok()) << c.context;
    EXPECT_EQ(answer.refusal().code, "ValidationException");
    EXPECT_NE(answer.refusal().message.find(c.message), std::string::npos)
        << answer.refusal().message;
  }
}

// AWS's words and order, for a Map of three items in two batches.
TEST_F(TestState, ComparesTheMockWithTheIterations) {
  const struct {
    const char* result;
    int64_t failed;
    const char* answer;  // the refusal, or else the error
  } cases[] = {
      {"[10,20]", 0, ""},
      {"[10,20]", 1, ""},
      {"[10,20,30]", 0, "Input array does not equal the mocked result array's size"},
      {"[10,20,30]", 2, "States.ExceedToleratedFailureThreshold"},
      {"[10,20]", 3,
       "Map iteration failure count must be less than or equal to the number of Map iterations"},
  };
  for (const auto& c : cases) {
    Request request;
    request.definition = R"({"Type":"Map","End":true,"ItemsPath":"$.items",
      "ItemBatcher":{"MaxItemsPerBatch":2},"ToleratedFailureCount":1,"ItemProcessor":{
      "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}})";
    request.input = R"({"items":[1,2,3]})";
    request.mock.emplace();
    request.mock->result = c.result;
    request.configuration.map_iteration_failure_count = c.failed;
    const Answer answer = Run(request);
    EXPECT_EQ(answer.ok() ? answer.response().error.value_or("") : answer.refusal().message,
              c.answer);
  }
}

TEST_F(TestState, ComparesTheMockOfAnInlineMapWithItsItems) {
  Request request;
  request.definition = R"({"Type":"Map","End":true,"ItemsPath":"$.items","ItemProcessor":{
    "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}})";
  request.input = R"({"items":[1,2]})";
  request.mock.emplace();
  request.mock->result = "[1]";
  EXPECT_EQ(Run(request).refusal().message,
            "Input array does not equal the mocked result array's size");
  request.mock->result = "[1,2]";
  EXPECT_TRUE(Run(request).ok());
}

TEST_F(TestState, WantsDataForAnItemReader) {
  Request request;
  request.definition = R"({"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject",
      "ReaderConfig":{"InputType":"JSON"},"Parameters":{"Bucket":"b","Key":"k"}},
    "ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true})";
  request.mock.emplace();
  request.mock->result = "[]";
  const Answer answer = Run(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.refusal().message,
            "ItemReader data must be specified when testing a Map state with ItemReader "
            "specified.");
}

TEST_F(TestState, CountsFailedIterationsOfMapsOnly) {
  Request request;
  request.definition = kTask;
  request.mock.emplace();
  request.mock->result = "{}";
  request.configuration.map_iteration_failure_count = 1;
  const Answer answer = Run(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.refusal().message,
            "MapIterationFailureCount is only supported when testing a Map state.");
}

TEST_F(TestState, WantsARoleForATaskOfAws) {
  Request request;
  request.definition = R"({"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true,
    "Parameters":{"FunctionName":"f"}})";
  World world{absl::FromUnixSeconds(1'700'000'000), &random_};
  world.call_task = [](const TaskCall&) {
    TaskAnswer answer;
    answer.result = Value::EmptyObject();
    return answer;
  };
  Answer answer = test_state::Run(request, world);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.refusal().code, "ValidationException");
  EXPECT_EQ(answer.refusal().message, "RoleArn must be specified when testing a Task state");
  request.role_arn = "arn:aws:iam::123456789012:role/r";
  EXPECT_TRUE(test_state::Run(request, world).ok());
  request.role_arn.reset();
  request.definition = R"({"Type":"Task","Resource":"pawl:f","End":true})";
  EXPECT_TRUE(test_state::Run(request, world).ok());
}

TEST_F(TestState, ChecksMocksAgainstTheServicesApi) {
  const struct {
    const char* result;
    const char* problem;
  } cases[] = {
      {R"({"ExecutionArn":"a","StateMachineArn":"m","StartDate":"d","Status":"DONE"})",
       "Field 'Status' is not an expected value"},
      {R"({"ExecutionArn":"a"})", "Required field 'StateMachineArn' is missing"},
  };
  for (const auto& c : cases) {
    Request request;
    request.definition = R"({"Type":"Task","End":true,"Parameters":{"ExecutionArn":"a"},
      "Resource":"arn:aws:states:::aws-sdk:sfn:describeExecution"})";
    request.mock.emplace();
    request.mock->result = c.result;
    const Answer answer = Run(request);
    ASSERT_FALSE(answer.ok()) << c.result;
    EXPECT_EQ(answer.refusal().message,
              "Mock result schema validation error: " + std::string(c.problem));
  }
}

TEST_F(TestState, SaysWhatIsWrongWithJsonAsAwsDoes) {
  Request request;
  request.definition = R"({"Type":"Pass","End":true})";
  request.input = "not";
  Answer answer = Run(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.refusal().message,
            "Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting (JSON "
            "String, Number, Array, Object or token 'null', 'true' or 'false')'");
  request.definition = "{";
  request.input.reset();
  answer = Run(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.refusal().code, "InvalidDefinition");
  EXPECT_EQ(answer.refusal().message.rfind("Invalid State Machine Definition: "
                                           "'INVALID_JSON_DESCRIPTION: Unexpected end-of-input",
                                           0),
            0U);
}

TEST_F(TestState, SharesOneLimitBetweenAllFields) {
  Request request;
  request.definition = R"({"Type":"Pass","QueryLanguage":"JSONata","End":true,
    "Output":"{% ($f := function($n) { $f($n + 1) }; $f(0)) %}"})";
  const Answer answer = Run(request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.response().status, Status::kFailed);
  EXPECT_EQ(answer.response().error, "States.Runtime");
}

}  // namespace
}  // namespace pawl::test_state
