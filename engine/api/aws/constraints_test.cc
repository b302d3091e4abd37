#include "engine/api/aws/constraints.h"

#include <string>

#include "engine/aws/error.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::api::aws_json {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ModelChecks : public ::testing::Test {
 protected:
  const Shape& InputOf(const std::string& operation) const {
    return *model_.FindOperation(operation)->input;
  }
  absl::Status Types(const std::string& operation, const std::string& body) const {
    return CheckTypes(InputOf(operation), ParseJson(body).value());
  }
  absl::Status Constraints(const std::string& operation, const std::string& body) const {
    return CheckConstraints(InputOf(operation), ParseJson(body).value());
  }

  const Model model_ = Model::Parse(BuiltInModelText()).value();
};

TEST_F(ModelChecks, EveryOperationOfTheApiIsThere) {
  EXPECT_EQ(model_.operations().size(), 37u);
  EXPECT_EQ(model_.target_prefix(), "AWSStepFunctions");
  EXPECT_EQ(model_.FindOperation("Nonsense"), nullptr);
}

TEST_F(ModelChecks, ModelWithAnUnknownPatternIsRefused) {
  const auto model =
      Model::Parse(R"({"operations":{},"shapes":{"S":{"type":"string","pattern":"(a+)+$"}}})");
  EXPECT_TRUE(absl::IsInvalidArgument(model.status()));
}

struct WrongType {
  const char* operation;
  const char* body;
  const char* message;
};
class WrongTypes : public ModelChecks, public ::testing::WithParamInterface<WrongType> {};

TEST_P(WrongTypes, AreSerializationErrors) {
  const absl::Status status = Types(GetParam().operation, GetParam().body);
  EXPECT_EQ(aws::ErrorOf(status), aws::Error::kSerialization);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().message));
}
INSTANTIATE_TEST_SUITE_P(
    All, WrongTypes,
    ::testing::Values(
        WrongType{"StartExecution", R"({"name":5})",
                  "NUMBER_VALUE can not be converted to a String (name)"},
        WrongType{"StartExecution", R"({"input":{"a":1}})", "Start of structure or map found"},
        WrongType{"StartExecution", R"({"name":["a"]})", "Start of list found"},
        WrongType{"ListExecutions", R"({"maxResults":"5"})",
                  "STRING_VALUE can not be converted to an Integer"},
        WrongType{"ListExecutions", R"({"maxResults":1.5})", "an Integer"},
        WrongType{"ListExecutions", R"({"maxResults":3000000000})", "an Integer"},
        WrongType{"CreateStateMachine", R"({"publish":"true"})",
                  "STRING_VALUE can not be converted to a Boolean"},
        WrongType{"CreateStateMachine", R"({"tags":{"a":"b"}})", "Expected list or null"},
        WrongType{"CreateStateMachine", R"({"tags":[5]})", "Expected structure or null"},
        WrongType{"CreateStateMachine", R"({"tags":[{"key":true}]})",
                  "TRUE_VALUE can not be converted to a String (tags.1.member.key)"}));

TEST_F(ModelChecks, NullAndUnknownMembersAreAbsent) {
  const char* const body =
      R"({"stateMachineArn":"x","name":null,"maxResults":null,"what":[1],"input":"{}"})";
  EXPECT_TRUE(Types("StartExecution", body).ok());
  EXPECT_TRUE(Constraints("StartExecution", body).ok());
}

struct Violation {
  const char* operation;
  std::string body;
  std::string message;
};
class Violations : public ModelChecks, public ::testing::WithParamInterface<Violation> {};

TEST_P(Violations, AreToldInAwssWords) {
  ASSERT_TRUE(Types(GetParam().operation, GetParam().body).ok());
  const absl::Status status = Constraints(GetParam().operation, GetParam().body);
  EXPECT_EQ(aws::ErrorOf(status), aws::Error::kConstraint);
  EXPECT_EQ(std::string(status.message()), GetParam().message);
}

std::string Quoted(size_t size) { return std::string(size, 'x'); }

INSTANTIATE_TEST_SUITE_P(
    All, Violations,
    ::testing::Values(
        Violation{"ListStateMachines", R"({"maxResults":1001})",
                  "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy "
                  "constraint: Member must have value less than or equal to 1000"},
        Violation{"ListStateMachines", R"({"maxResults":-1})",
                  "1 validation error detected: Value '-1' at 'maxResults' failed to satisfy "
                  "constraint: Member must have value greater than or equal to 0"},
        Violation{"ListStateMachines", R"({"nextToken":""})",
                  "1 validation error detected: Value '' at 'nextToken' failed to satisfy "
                  "constraint: Member must have length greater than or equal to 1"},
        Violation{"ListStateMachines", "{\"nextToken\":\"" + Quoted(1025) + "\"}",
                  "1 validation error detected: Value '" + Quoted(1025) +
                      "' at 'nextToken' failed to satisfy constraint: Member must have length "
                      "less than or equal to 1024"},
        Violation{"SendTaskSuccess", R"({"taskToken":"t"})",
                  "1 validation error detected: Value at 'output' failed to satisfy constraint: "
                  "Member must not be null"},
        Violation{"StartExecution", "{}",
                  "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy "
                  "constraint: Member must not be null"},
        // The definition is not repeated.
        Violation{"ValidateStateMachineDefinition", R"({"definition":""})",
                  "1 validation error detected: Value at 'definition' failed to satisfy "
                  "constraint: Member must have length greater than or equal to 1"},
        Violation{"ListExecutions", R"({"statusFilter":"succeeded","maxResults":1001})",
                  "2 validation errors detected: Value 'succeeded' at 'statusFilter' failed to "
                  "satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, "
                  "PENDING_REDRIVE, ABORTED, FAILED, RUNNING]; Value '1001' at 'maxResults' failed "
                  "to satisfy constraint: Member must have value less than or equal to 1000"},
        Violation{
            "CreateStateMachineAlias",
            R"({"name":"123","routingConfiguration":[{"stateMachineVersionArn":"a","weight":101}]})",
            "2 validation errors detected: Value '123' at 'name' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: "
            R"(^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$)"
            "; Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy "
            "constraint: Member must have value less than or equal to 100"},
        Violation{"CreateStateMachineAlias", R"({"name":"a","routingConfiguration":[]})",
                  "1 validation error detected: Value '[]' at 'routingConfiguration' failed to "
                  "satisfy constraint: Member must have length greater than or equal to 1"},
        Violation{
            "CreateStateMachineAlias",
            R"({"name":"a","routingConfiguration":[{"stateMachineVersionArn":"x","weight":50},{"stateMachineVersionArn":"y","weight":25},{"stateMachineVersionArn":"z","weight":25}]})",
            "1 validation error detected: Value "
            "'[RoutingConfigurationListItem(stateMachineVersionArn=x, weight=50), "
            "RoutingConfigurationListItem(stateMachineVersionArn=y, weight=25), "
            "RoutingConfigurationListItem(stateMachineVersionArn=z, weight=25)]' at "
            "'routingConfiguration' failed to satisfy constraint: Member must have length less "
            "than or equal to 2"}));

TEST_F(ModelChecks, LengthCountsCharacters) {
  std::string name;
  for (int i = 0; i < 80; ++i) name += "ä";
  EXPECT_TRUE(Constraints("CreateActivity", "{\"name\":\"" + name + "\"}").ok());
  EXPECT_FALSE(Constraints("CreateActivity", "{\"name\":\"" + name + "ä\"}").ok());
}

TEST_F(ModelChecks, MessagesStayBounded) {
  std::string tags = "[";
  for (int i = 0; i < 10'000; ++i) {
    tags += std::string(i > 0 ? "," : "") + R"({"key":")" + Quoted(200) + R"("})";
  }
  const absl::Status status = Constraints(
      "CreateStateMachine", R"({"name":"n","definition":"{}","roleArn":"r","tags":)" + tags + "]}");
  EXPECT_THAT(std::string(status.message()), StartsWith("10000 validation errors detected: "));
  EXPECT_LT(status.message().size(), 100'000u);
  EXPECT_THAT(std::string(status.message()), Not(EndsWith("; ")));
}

TEST(MatchesPattern, DecidesAsJavaDoes) {
  constexpr char kName[] = R"(^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$)";
  for (const char* text : {"a", "1a", "a1", "-", "1.0", "live_2"}) {
    EXPECT_TRUE(MatchesPattern(kName, text)) << text;
  }
  for (const char* text : {"", "1", "a b", "a:b", "ä"}) {
    EXPECT_FALSE(MatchesPattern(kName, text)) << text;
  }
  EXPECT_TRUE(MatchesPattern("[!-~]+", "token~!"));
  EXPECT_FALSE(MatchesPattern("[!-~]+", "a b"));
  EXPECT_FALSE(MatchesPattern("[!-~]+", ""));
  EXPECT_TRUE(MatchesPattern(R"(\p{ASCII}*)", ""));
  EXPECT_FALSE(MatchesPattern(R"(\p{ASCII}*)", "ü"));
}

}  // namespace
}  // namespace pawl::api::aws_json
