// Dispatch, errors and the form of answers.
#include "engine/api/aws/front.h"

#include "engine/api/aws/front_fixture.h"
#include "engine/api/aws/operations.h"
#include "engine/aws/error.h"
#include "engine/service/policy_authorizer.h"
#include "gmock/gmock.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kService[] = "com.amazonaws.swf.service.v2.model#";
constexpr char kModel[] = "com.amazon.coral.validate#";
constexpr char kGateway[] = "com.amazon.coral.service#";
constexpr char kUuid[] = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

class FrontTest : public FrontFixture {};

TEST_F(FrontTest, AnswersHaveTypeAndRequestId) {
  const auto exchange = Send("AWSStepFunctions.ListStateMachines", "");
  engine_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(exchange->response().has_value());
  EXPECT_EQ(exchange->response()->content_type, "application/x-amz-json-1.0");
  EXPECT_EQ(exchange->response()->body, R"({"stateMachines":[]})");
  const std::string id = AnswerOf(*exchange).Header("x-amzn-requestid");
  EXPECT_THAT(id, MatchesRegex(kUuid));
  EXPECT_NE(Call("ListStateMachines", "{}").Header("x-amzn-requestid"), id);
}

TEST_F(FrontTest, ErrorsCarryTheNamespaceOfTheirOrigin) {
  struct Case {
    const char* operation;
    std::string body;
    std::string type;
    int status = 400;
  };
  const std::string machine = Arn("stateMachine:none");
  const Case cases[] = {
      {"Nonsense", "{}", std::string(kGateway) + "UnknownOperationException"},
      {"ListStateMachines", "{half", std::string(kGateway) + "SerializationException"},
      {"ListStateMachines", "[]", std::string(kGateway) + "SerializationException"},
      {"StartExecution", R"({"name":1})", std::string(kGateway) + "SerializationException"},
      {"StartExecution", "{}", std::string(kModel) + "ValidationException"},
      {"StartExecution", Of("stateMachineArn", machine),
       std::string(kService) + "StateMachineDoesNotExist"},
      {"StartExecution", Of("stateMachineArn", "bare"), std::string(kService) + "InvalidArn"},
      {"DescribeExecution", Of("executionArn", Arn("execution:a:b")),
       std::string(kService) + "ExecutionDoesNotExist"},
      {"DescribeMapRun", Of("mapRunArn", Arn("mapRun:a/b:c")),
       std::string(kService) + "ResourceNotFound"},
      {"SendTaskHeartbeat", Of("taskToken", "x"), std::string(kService) + "InvalidToken"},
      {"ListExecutions", Of("stateMachineArn", machine, R"(,"redriveFilter":"REDRIVEN")"),
       std::string(kModel) + "ValidationException"},
  };
  for (const Case& test : cases) {
    const Answer answer = Call(test.operation, test.body);
    EXPECT_EQ(answer.status, test.status) << test.operation << test.body;
    EXPECT_EQ(answer.Text("__type"), test.type) << test.operation << test.body;
    EXPECT_THAT(answer.Header("x-amzn-requestid"), MatchesRegex(kUuid));
    EXPECT_NE(answer.Text("message") + answer.Text("Message"), "") << test.operation;
    EXPECT_EQ(answer.Has("Message"), answer.Text("__type").find(kGateway) == 0);
  }
}

TEST_F(FrontTest, EveryOperationOfTheModelIsServed) {
  for (const auto& [name, operation] : model_.operations()) {
    EXPECT_NE(FindHandler(name), nullptr) << name;
  }
}

// Found by fuzzing: the header was repeated as it was, and the answer was not JSON.
TEST_F(FrontTest, TargetsOfAnyBytesAreAnswered) {
  const auto exchange = Send("AWSStepFunctions.ListAc\xf4iv\x05ities", "{}");
  EXPECT_THAT(AnswerOf(*exchange).Text("Message"), HasSubstr("ListAc\uFFFDiv"));
}

TEST_F(FrontTest, TargetMustHaveThePrefix) {
  for (const char* target :
       {"", "ListStateMachines", "AWSStepFunctions", "AWSStepFunctions.",
        "DynamoDB_20120810.ListTables", "AWSStepFunctionsX.ListStateMachines"}) {
    const auto exchange = Send(target, "{}");
    EXPECT_EQ(AnswerOf(*exchange).Text("__type"),
              std::string(kGateway) + "UnknownOperationException")
        << target;
  }
}

// The order of AWS's checks: JSON and types, constraints, the form of ARNs, the resource.
TEST_F(FrontTest, ChecksComeInOrder) {
  const auto type = [this](const std::string& body) {
    return Call("StopExecution", body).Text("__type");
  };
  const std::string long_error = ",\"error\":\"" + std::string(257, 'e') + "\"";
  EXPECT_THAT(type(Of("executionArn", "x", long_error + ",\"cause\":1")), HasSubstr("Serializ"));
  EXPECT_THAT(type(Of("executionArn", "x", long_error)), HasSubstr("ValidationException"));
  EXPECT_THAT(type(Of("executionArn", "x")), HasSubstr("InvalidArn"));
  EXPECT_THAT(type(Of("executionArn", Arn("execution:a:b"))), HasSubstr("ExecutionDoesNotExist"));
}

TEST_F(FrontTest, ContentEncodingIsRefused) {
  const auto exchange =
      Send("AWSStepFunctions.ListStateMachines", "{}", {{"content-encoding", "gzip"}});
  EXPECT_THAT(AnswerOf(*exchange).Text("__type"), HasSubstr("SerializationException"));
}

TEST_F(FrontTest, DeepBodiesAreRefused) {
  const std::string body =
      R"({"unknown":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  EXPECT_THAT(Call("ListStateMachines", body).Text("__type"), HasSubstr("SerializationException"));
}

TEST_F(FrontTest, LargeBodiesAreReadElsewhere) {
  const std::string body = R"({"unknown":")" + std::string(200'000, 'x') + R"("})";
  EXPECT_EQ(Call("ListStateMachines", body).status, 200);
}

TEST_F(FrontTest, ServesPostsOnly) {
  http::Request request;
  request.method = "POST";
  request.path = "/";
  EXPECT_TRUE(Front::IsFor(request));
  request.path = "/other";
  EXPECT_FALSE(Front::IsFor(request));
  request.headers = {{"x-amz-target", "AWSStepFunctions.ListActivities"}};
  EXPECT_TRUE(Front::IsFor(request));
  request.method = "GET";
  EXPECT_FALSE(Front::IsFor(request));
}

TEST(NotServing, IsUnavailableWithAHintWhenToComeBack) {
  const http::Response response = NotServing("loading", 7);
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("#ServiceUnavailable"));
  EXPECT_EQ(response.headers.front(), (std::pair<std::string, std::string>("retry-after", "1")));
}

TEST_F(FrontTest, WhoIsAskingIsCheckedBeforeAnythingElse) {
  auth::Authenticator::Settings rules;
  rules.certificates = *auth::CertificateRules::Parse(
      R"([{"subject":"CN=ci","namespace":"111122223333","policies":["developer"]}])");
  const auth::Authenticator authenticator(std::move(rules), nullptr, nullptr);
  const service::PolicyAuthorizer policies("us-east-1");
  ASSERT_TRUE(
      engine_.node().namespaces().Create(&store_, "111122223333", {}, absl::Now()).ok());
  service::Settings settings;
  settings.gate.authenticator = &authenticator;
  settings.gate.authorizer = &policies;
  Serve(std::move(settings));
  Front front(service_.get());
  const auto call = [&](const std::string& subject, const std::string& operation,
                        const std::string& body) {
    const auto exchange = std::make_shared<KeptExchange>();
    front.Handle(
        {"POST", "/", "", {{"X-Amz-Target", "AWSStepFunctions." + operation}}, body, "", subject},
        http::Respond(exchange));
    engine_.RunFor(absl::Seconds(1));
    return AnswerOf(*exchange);
  };
  EXPECT_EQ(call("", "ListActivities", "{half").Text("__type"),
            std::string(kGateway) + "MissingAuthenticationTokenException");
  EXPECT_EQ(call("CN=eve", "NoSuchOperation", "").Text("__type"),
            std::string(kGateway) + "UnrecognizedClientException");
  EXPECT_EQ(call("CN=ci", "CreateStateMachine", MachineBody("m", kPass)).Text("stateMachineArn"),
            "arn:aws:states:us-east-1:111122223333:stateMachine:m");
  EXPECT_EQ(call("CN=ci", "DescribeStateMachine",
                 Of("stateMachineArn", "arn:aws:states:us-east-1:000000000000:stateMachine:m"))
                .Text("__type"),
            std::string(kGateway) + "AccessDeniedException");
}

}  // namespace
}  // namespace pawl::api::aws_json
