// Every operation against everybody who must not call it.
#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/api/aws/front_fixture.h"
#include "engine/auth/access_keys.h"
#include "engine/auth/authenticator.h"
#include "engine/service/policy_authorizer.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGateway[] = "com.amazon.coral.service#";
constexpr char kOwner[] = "000000000000";
constexpr char kStranger[] = "222222222222";

// A request of each operation that reaches what the owner has; $P is the prefix of its ARNs, $D a
// definition, $T the token of its task.
const std::map<std::string, std::string>& Requests() {
  static const auto* const requests = new std::map<std::string, std::string>{
      {"CreateActivity", R"({"name":"new"})"},
      {"CreateStateMachine",
       R"({"name":"new","roleArn":"arn:aws:iam::000000000000:role/r","definition":$D})"},
      {"CreateStateMachineAlias",
       R"({"name":"new","routingConfiguration":[{"stateMachineVersionArn":"$PstateMachine:m:1","weight":100}]})"},
      {"DeleteActivity", R"({"activityArn":"$Pactivity:a"})"},
      {"DeleteStateMachine", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"DeleteStateMachineAlias", R"({"stateMachineAliasArn":"$PstateMachine:m:live"})"},
      {"DeleteStateMachineVersion", R"({"stateMachineVersionArn":"$PstateMachine:m:1"})"},
      {"DescribeActivity", R"({"activityArn":"$Pactivity:a"})"},
      {"DescribeExecution", R"({"executionArn":"$Pexecution:m:e"})"},
      {"DescribeMapRun", R"({"mapRunArn":"$PmapRun:m/Map:01234567-89ab-4cde-8f01-23456789abcd"})"},
      {"DescribeStateMachine", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"DescribeStateMachineAlias", R"({"stateMachineAliasArn":"$PstateMachine:m:live"})"},
      {"DescribeStateMachineForExecution", R"({"executionArn":"$Pexecution:m:e"})"},
      {"GetActivityTask", R"({"activityArn":"$Pactivity:a"})"},
      {"GetExecutionHistory", R"({"executionArn":"$Pexecution:m:e"})"},
      {"ListActivities", "{}"},
      {"ListExecutions", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"ListMapRuns", R"({"executionArn":"$Pexecution:m:e"})"},
      {"ListStateMachineAliases", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"ListStateMachineVersions", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"ListStateMachines", "{}"},
      {"ListTagsForResource", R"({"resourceArn":"$PstateMachine:m"})"},
      {"PublishStateMachineVersion", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"RedriveExecution", R"({"executionArn":"$Pexecution:m:e"})"},
      {"SendTaskFailure", R"({"taskToken":"$T"})"},
      {"SendTaskHeartbeat", R"({"taskToken":"$T"})"},
      {"SendTaskSuccess", R"({"taskToken":"$T","output":"{}"})"},
      {"StartExecution", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"StartSyncExecution", R"({"stateMachineArn":"$PstateMachine:m"})"},
      {"StopExecution", R"({"executionArn":"$Pexecution:m:e"})"},
      {"TagResource", R"({"resourceArn":"$PstateMachine:m","tags":[{"key":"k","value":"v"}]})"},
      {"TestState", R"({"definition":"{\"Type\":\"Pass\",\"End\":true}"})"},
      {"UntagResource", R"({"resourceArn":"$PstateMachine:m","tagKeys":["k"]})"},
      {"UpdateMapRun",
       R"({"mapRunArn":"$PmapRun:m/Map:01234567-89ab-4cde-8f01-23456789abcd","maxConcurrency":1})"},
      {"UpdateStateMachine", R"({"stateMachineArn":"$PstateMachine:m","definition":$D})"},
      {"UpdateStateMachineAlias",
       R"({"stateMachineAliasArn":"$PstateMachine:m:live","description":"d"})"},
      {"ValidateStateMachineDefinition", R"({"definition":$D})"},
  };
  return *requests;
}

class SecurityTest : public FrontFixture {
 protected:
  SecurityTest() {
    EXPECT_TRUE(engine_.node()
                    .namespaces()
                    .Create(&store_, kStranger, {}, engine_.node().world().clock->Now())
                    .ok());
    // What the owner has.
    const std::string activity = Call("CreateActivity", R"({"name":"a"})").Text("activityArn");
    const std::string machine =
        CreateMachine("m", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" +
                               activity + R"(","End":true}}})");
    Call("PublishStateMachineVersion", Of("stateMachineArn", machine));
    Call("CreateStateMachineAlias",
         R"({"name":"live","routingConfiguration":[{"stateMachineVersionArn":")" + machine +
             R"(:1","weight":100}]})");
    Start(machine, "e", R"({"secret":"of the owner"})");
    token_ = Call("GetActivityTask", Of("activityArn", activity)).Text("taskToken");
    EXPECT_NE(token_, "");

    service::Settings settings;
    settings.gate.authenticator = &authenticator_;
    settings.gate.authorizer = &policies_;
    Serve(std::move(settings));
    closed_ = std::make_unique<Front>(service_.get());
  }

  // The bearer token of a new key.
  std::string MakeKey(const std::string& policy, const std::string& ns) {
    auth::NewAccessKey wanted;
    wanted.name = absl::StrCat("key", ++keys_made_);
    wanted.ns = ns;
    wanted.policies = {policy};
    const auto created = keys_.Create(wanted, engine_.node().world().clock->Now());
    EXPECT_TRUE(created.ok()) << created.status();
    return absl::StrCat("Bearer ", created->key.id, ".", created->secret);
  }
  std::string BodyOf(const std::string& operation) const {
    return absl::StrReplaceAll(
        Requests().at(operation),
        {{"$P", kPrefix}, {"$D", ToJson(Value::String(kPass))}, {"$T", token_}});
  }
  Answer Ask(const std::string& operation, http::Headers headers) {
    headers.emplace_back("X-Amz-Target", "AWSStepFunctions." + operation);
    const auto exchange = std::make_shared<KeptExchange>();
    closed_->Handle({"POST", "/", "", std::move(headers), BodyOf(operation)},
                    http::Respond(exchange));
    engine_.RunFor(absl::Milliseconds(10));
    exchange->Leave();  // of a long poll
    return exchange->response().has_value() ? AnswerOf(*exchange) : Answer();
  }
  Answer AskWith(const std::string& bearer, const std::string& operation) {
    return Ask(operation, {{"Authorization", bearer}});
  }

  auth::AccessKeys keys_{&store_, *auth::MasterKeys::Parse(std::string(64, 'a'))};
  const auth::Authenticator authenticator_{[] {
                                             auth::Authenticator::Settings settings;
                                             settings.signatures.region = "us-east-1";
                                             return settings;
                                           }(),
                                           &keys_, nullptr};
  const service::PolicyAuthorizer policies_{"us-east-1"};
  std::unique_ptr<Front> closed_;
  std::string token_;
  int keys_made_ = 0;
};

TEST_F(SecurityTest, TheTableHasEveryOperation) {
  for (const auto& [name, operation] : model_.operations()) {
    EXPECT_EQ(Requests().count(name), 1u) << name;
  }
  EXPECT_EQ(Requests().size(), model_.operations().size());
}

TEST_F(SecurityTest, WithoutGoodCredentialsNobodyGetsAnywhere) {
  const std::string bearer = MakeKey("admin", "");
  const std::string id = bearer.substr(7, 20);
  const auto signature = [&](const std::string& day, const std::string& time) -> http::Headers {
    return {{"Host", "localhost"},
            {"X-Amz-Date", day + "T" + time + "Z"},
            {"Authorization", absl::StrCat("AWS4-HMAC-SHA256 Credential=", id, "/", day,
                                           "/us-east-1/states/aws4_request, "
                                           "SignedHeaders=host;x-amz-date;x-amz-target, Signature=",
                                           std::string(64, '0'))}};
  };
  struct Case {
    const char* what;
    http::Headers headers;
    const char* error;
  };
  const std::vector<Case> cases = {
      {"none", {}, "MissingAuthenticationTokenException"},
      {"wrong signature", signature("20231114", "221320"), "InvalidSignatureException"},
      {"expired", signature("20231113", "221320"), "InvalidSignatureException"},
      {"wrong secret",
       {{"Authorization", absl::StrCat("Bearer ", id, ".", std::string(40, 'x'))}},
       "UnrecognizedClientException"},
      {"unknown key",
       {{"Authorization",
         absl::StrCat("Bearer PWL", std::string(17, 'A'), ".", std::string(40, 'x'))}},
       "UnrecognizedClientException"},
  };
  for (const auto& [operation, body] : Requests()) {
    for (const Case& one : cases) {
      const Answer answer = Ask(operation, one.headers);
      EXPECT_EQ(answer.status, 400) << operation << " " << one.what;
      EXPECT_EQ(answer.Text("__type"), std::string(kGateway) + one.error)
          << operation << " " << one.what;
    }
  }
}

// What a key of another namespace sees of all that the owner has, whatever its policies say.
TEST_F(SecurityTest, NothingOfANamespaceIsSeenFromAnother) {
  const std::string bearer = MakeKey("admin", kStranger);
  for (const auto& [operation, body] : Requests()) {
    const Answer answer = AskWith(bearer, operation);
    const std::string text = ToJson(answer.body);
    EXPECT_THAT(text, Not(HasSubstr("of the owner"))) << operation;
    if (absl::StrContains(body, "$P")) {
      EXPECT_EQ(answer.Text("__type"), std::string(kGateway) + "AccessDeniedException")
          << operation << " " << text;
      EXPECT_THAT(answer.Text("Message"), HasSubstr(kPrefix)) << operation;
    } else if (absl::StrContains(body, "$T")) {
      EXPECT_THAT(answer.Text("__type"), HasSubstr("InvalidToken")) << operation << " " << text;
    } else {
      EXPECT_THAT(text, Not(HasSubstr(kOwner))) << operation;
    }
  }
  // The owner's task is still open, and its machine as it was.
  EXPECT_EQ(AskWith(MakeKey("admin", kOwner), "DescribeExecution").Text("status"), "RUNNING");
}

// The same for what is there in both.
TEST_F(SecurityTest, EqualNamesOfTwoNamespacesAreDifferentThings) {
  const std::string bearer = MakeKey("admin", kStranger);
  const auto ask = [&](const std::string& operation, const std::string& body) {
    const auto exchange = std::make_shared<KeptExchange>();
    closed_->Handle({"POST",
                     "/",
                     "",
                     {{"Authorization", bearer}, {"X-Amz-Target", "AWSStepFunctions." + operation}},
                     body},
                    http::Respond(exchange));
    engine_.RunFor(absl::Milliseconds(10));
    exchange->Leave();
    return exchange->response().has_value() ? AnswerOf(*exchange) : Answer();
  };
  const std::string own = absl::StrCat("arn:aws:states:us-east-1:", kStranger, ":");
  EXPECT_EQ(ask("CreateActivity", R"({"name":"a"})").Text("activityArn"), own + "activity:a");
  const Answer machine =
      ask("CreateStateMachine",
          MachineBody("m", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")" + own +
                               R"(activity:a","End":true}}})"));
  EXPECT_EQ(machine.Text("stateMachineArn"), own + "stateMachine:m");
  // A second task of the owner waits on the queue of that name, which is another one.
  EXPECT_EQ(AskWith(MakeKey("admin", kOwner), "StartExecution").status, 200);
  EXPECT_EQ(ask("GetActivityTask", Of("activityArn", own + "activity:a")).Text("taskToken"), "");
  EXPECT_EQ(ask("StartExecution", Of("stateMachineArn", own + "stateMachine:m", R"(,"name":"e")"))
                .Text("executionArn"),
            own + "execution:m:e");
  const Answer task = ask("GetActivityTask", Of("activityArn", own + "activity:a"));
  EXPECT_EQ(task.Text("input"), "{}");
  EXPECT_EQ(
      ask("SendTaskSuccess", Of("taskToken", task.Text("taskToken"), R"(,"output":"1")")).status,
      200);
  EXPECT_EQ(ask("DescribeExecution", Of("executionArn", own + "execution:m:e")).Text("output"),
            "1");
  // A machine cannot start another namespace's.
  ask("CreateStateMachine",
      MachineBody("thief", absl::StrReplaceAll(
                               R"({"StartAt":"T","States":{"T":{"Type":"Task","End":true,
                                   "Resource":"arn:aws:states:::states:startExecution",
                                   "Parameters":{"StateMachineArn":"$M"}}}})",
                               {{"$M", Arn("stateMachine:m")}})));
  ask("StartExecution", Of("stateMachineArn", own + "stateMachine:thief", R"(,"name":"e")"));
  EXPECT_EQ(ask("DescribeExecution", Of("executionArn", own + "execution:thief:e")).Text("error"),
            "StepFunctions.StateMachineDoesNotExistException");
}

// A Map Run's children are the machine's, whoever names the run.
TEST_F(SecurityTest, ChildrenOfForeignMapRunsAreNotListed) {
  const auto list = [&](const std::string& ns) {
    const auto exchange = std::make_shared<KeptExchange>();
    closed_->Handle({"POST",
                     "/",
                     "",
                     {{"Authorization", MakeKey("admin", ns)},
                      {"X-Amz-Target", "AWSStepFunctions.ListExecutions"}},
                     Of("mapRunArn", Arn("mapRun:m/Map:01234567-89ab-4cde-8f01-23456789abcd"))},
                    http::Respond(exchange));
    engine_.RunFor(absl::Milliseconds(10));
    return AnswerOf(*exchange).Text("__type");
  };
  EXPECT_THAT(list(kStranger), HasSubstr("AccessDeniedException"));
  EXPECT_THAT(list(kOwner), Not(HasSubstr("AccessDeniedException")));
}

// docs/security.md: what each built-in policy allows.
TEST_F(SecurityTest, BuiltInPoliciesAllowWhatTheyAreFor) {
  std::set<std::string> all, reads, operates;
  for (const auto& [operation, body] : Requests()) {
    all.insert(operation);
    if (absl::StartsWith(operation, "Describe") || absl::StartsWith(operation, "List") ||
        operation == "GetExecutionHistory" || operation == "ValidateStateMachineDefinition") {
      reads.insert(operation);
    }
  }
  operates = reads;
  operates.insert({"StopExecution", "RedriveExecution", "UpdateMapRun"});
  const std::map<std::string, std::set<std::string>> expected = {
      {"admin", all},
      {"developer", all},
      {"operator", operates},
      {"reader", reads},
      {"metrics", {}},
      {"worker:a", {"GetActivityTask", "SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"}},
      {"worker:b", {"SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"}},
  };
  std::string table;
  for (const auto& [policy, allowed] : expected) {
    const std::string bearer = MakeKey(policy, kOwner);
    for (const auto& [operation, body] : Requests()) {
      const Answer answer = AskWith(bearer, operation);
      const bool is_denied =
          answer.Text("__type") == std::string(kGateway) + "AccessDeniedException";
      EXPECT_EQ(!is_denied, allowed.count(operation) == 1)
          << policy << " " << operation << " " << ToJson(answer.body);
      absl::StrAppend(&table, policy, "  ", operation, "  ", is_denied ? "denied" : "allowed",
                      "\n");
    }
  }
  RecordProperty("table", table);
}

}  // namespace
}  // namespace pawl::api::aws_json
