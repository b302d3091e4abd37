#include "engine/auth/policy.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/auth/built_in_policies.h"

namespace pawl::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kOrder[] = "arn:aws:states:us-east-1:000000000000:stateMachine:order";

Verdict Decide(absl::string_view policy, absl::string_view action, absl::string_view resource) {
  const auto parsed = Policy::Parse(policy);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? parsed->Decide({{action}, resource}) : Verdict::kDenied;
}

std::string Statement(absl::string_view effect, absl::string_view action,
                      absl::string_view resource) {
  return absl::StrCat(R"({"Version": "2012-10-17", "Statement": {"Effect": ")", effect,
                      R"(", "Action": ")", action, R"(", "Resource": ")", resource, R"("}})");
}

struct Case {
  const char* action;    // of the policy
  const char* resource;  // of the policy
  const char* asked_action;
  const char* asked_resource;
  bool allowed;
};

constexpr char kStart[] = "states:StartExecution";

constexpr Case kCases[] = {
    {kStart, "*", kStart, kOrder, true},
    {"STATES:startexecution", "*", kStart, kOrder, true},
    {"states:*", "*", kStart, kOrder, true},
    {"states:Start*", "*", "states:StartSyncExecution", kOrder, true},
    {"states:Start?xecution", "*", kStart, kOrder, true},
    {"*", "*", "pawl:CreateKey", "*", true},
    {"states:Describe*", "*", kStart, kOrder, false},
    {"states:StartExecutio", "*", kStart, kOrder, false},
    {kStart, kOrder, kStart, kOrder, true},
    {kStart, "arn:aws:states:*:*:stateMachine:ord*", kStart, kOrder, true},
    {kStart, "arn:aws:states:*:*:stateMachine:Order", kStart, kOrder, false},
    {kStart, "arn:aws:states:us-east-?:0*:*", kStart, kOrder, true},
    {kStart, "arn:aws:states:eu-*:*:*", kStart, kOrder, false},
    // Parts that are left out are any.
    {kStart, "arn:aws:states", kStart, kOrder, true},
    {kStart, "arn:aws:sqs", kStart, kOrder, false},
    // A wildcard stays in its part of the ARN.
    {kStart, "arn:aws:states:us-east-1:0*:stateMachine:order", kStart,
     "arn:aws:states:us-east-1:01:execution:stateMachine:order", false},
    {kStart, "arn:*:stateMachine:order", kStart, kOrder, false},
    // A version or an alias is a resource of its own.
    {kStart, kOrder, kStart, "arn:aws:states:us-east-1:000000000000:stateMachine:order:live",
     false},
    {kStart, "arn:aws:states:*:*:stateMachine:order:*", kStart,
     "arn:aws:states:us-east-1:000000000000:stateMachine:order:live", true},
    // What concerns no resource wants "*".
    {"states:TestState", kOrder, "states:TestState", "*", false},
    {"states:TestState", "arn:*", "states:TestState", "*", false},
    {"states:TestState", "*", "states:TestState", "*", true},
};

TEST(Policy, MatchesActionsAndResources) {
  for (const Case& c : kCases) {
    const std::string allow = Statement("Allow", c.action, c.resource);
    EXPECT_EQ(Decide(allow, c.asked_action, c.asked_resource),
              c.allowed ? Verdict::kAllowed : Verdict::kNone)
        << c.action << " on " << c.resource;
    const std::string deny = Statement("Deny", c.action, c.resource);
    EXPECT_EQ(Decide(deny, c.asked_action, c.asked_resource),
              c.allowed ? Verdict::kDenied : Verdict::kNone)
        << c.action << " on " << c.resource;
  }
}

TEST(Policy, DenyWinsWhereverItStands) {
  const char* const kAllow = R"({"Effect": "Allow", "Action": "*", "Resource": "*"})";
  const char* const kDeny =
      R"({"Effect": "Deny", "Action": "states:Delete*", "Resource": "arn:aws:states:*"})";
  for (const auto& [first, second] : {std::pair(kAllow, kDeny), std::pair(kDeny, kAllow)}) {
    const std::string policy = absl::StrCat(R"({"Statement": [)", first, ",", second, "]}");
    EXPECT_EQ(Decide(policy, "states:DeleteStateMachine", kOrder), Verdict::kDenied);
    EXPECT_EQ(Decide(policy, kStart, kOrder), Verdict::kAllowed);
    const auto one = CompilePolicy(absl::StrCat(R"({"Statement": )", first, "}"));
    const auto two = CompilePolicy(absl::StrCat(R"({"Statement": )", second, "}"));
    EXPECT_EQ(Decide(Policies{*one, *two}, {{"states:DeleteStateMachine"}, kOrder}),
              Verdict::kDenied);
  }
  EXPECT_EQ(Decide(Policies(), {{kStart}, kOrder}), Verdict::kNone);
}

TEST(Policy, NegatedElementsMatchWhatIsNotListed) {
  const char* const kPolicy = R"({"Statement": {"Effect": "Allow",
      "NotAction": ["states:Delete*", "pawl:*"],
      "NotResource": ["arn:aws:states:*:*:stateMachine:prod-*"]}})";
  EXPECT_EQ(Decide(kPolicy, kStart, kOrder), Verdict::kAllowed);
  EXPECT_EQ(Decide(kPolicy, "states:DeleteActivity", kOrder), Verdict::kNone);
  EXPECT_EQ(Decide(kPolicy, kStart, "arn:aws:states:r:0:stateMachine:prod-1"), Verdict::kNone);
}

TEST(Policy, CallOfTwoNamesIsDeniedAndAllowedUnderEither) {
  const auto decide = [](const std::string& policy) {
    return Policy::Parse(policy)->Decide({{"pawl:StartAndWait", kStart}, kOrder});
  };
  EXPECT_EQ(decide(Statement("Allow", kStart, "*")), Verdict::kAllowed);
  EXPECT_EQ(decide(Statement("Allow", "pawl:StartAndWait", "*")), Verdict::kAllowed);
  EXPECT_EQ(decide(Statement("Deny", kStart, "*")), Verdict::kDenied);
  EXPECT_EQ(decide(R"({"Statement": {"Effect": "Allow", "NotAction": "states:StartExecution",
                       "Resource": "*"}})"),
            Verdict::kNone);
}

struct Broken {
  std::string policy;
  const char* message;
};

TEST(Policy, ErrorsSayWhereAndWhatIsWrong) {
  const std::string many(600, 'a');
  const Broken cases[] = {
      {"", "the document is not JSON"},
      {"[]", "the document must be an object"},
      {"{}", "the document needs Statement"},
      {R"({"Statement": []})", "/Statement must have 1 to 100 statements"},
      {R"({"Statement": [7]})", "/Statement/0 must be an object"},
      {R"({"Version": "2026-01-01", "Statement": []})", "/Version must be"},
      {R"({"Statements": []})", "/Statements is not an element of a policy"},
      {R"({"Statement": {"Action": "*", "Resource": "*"}})", "/Statement needs Effect"},
      {R"({"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}})",
       R"(/Statement/Effect must be "Allow" or "Deny")"},
      {R"({"Statement": [{"Effect": "Allow", "Resource": "*"}]})", "/Statement/0 needs Action"},
      {R"({"Statement": [{"Effect": "Allow", "Action": "*"}]})", "/Statement/0 needs Resource"},
      {R"({"Statement": {"Effect": "Deny", "Action": [], "Resource": "*"}})",
       "/Statement/Action must be a string or an array"},
      {R"({"Statement": {"Effect": "Deny", "Action": ["*", 1], "Resource": "*"}})",
       "/Statement/Action/1 must be a string"},
      {R"({"Statement": {"Effect": "Deny", "Action": [["*"]], "Resource": "*"}})",
       "/Statement/Action/0 must be a string"},
      {Statement("Allow", "StartExecution", "*"), "/Statement/Action must be \"*\" or SERVICE"},
      {Statement("Allow", "states:", "*"), "/Statement/Action must be"},
      {Statement("Allow", "states:Start Execution", "*"), "/Statement/Action must be"},
      {Statement("Allow", "*", "order"), "/Statement/Resource must be \"*\" or an ARN"},
      {Statement("Allow", "*", ""), "/Statement/Resource must have 1 to 512 bytes"},
      {Statement("Allow", "*", "arn:" + many), "/Statement/Resource must have 1 to 512 bytes"},
      {Statement("Allow", "*", "arn:aws:states:*:*:activity:${aws:username}"),
       "/Statement/Resource holds a policy variable: not supported"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "a:b", "Resource": "*"}})",
       "/Statement has both Action and NotAction"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "NotResource": "*"}})",
       "/Statement has both Resource and NotResource"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}})",
       "/Statement/Condition is not supported"},
      {R"({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}})",
       "/Statement/Principal is not an element of a statement, or is not supported"},
      {R"({"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}})",
       "a member occurs twice"},
      {std::string(Policy::kMaxBytes + 1, ' '), "at most 20480 bytes"},
      {std::string(100, '['), "not JSON"},
  };
  for (const Broken& broken : cases) {
    const absl::Status status = Policy::Parse(broken.policy).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << broken.policy;
    EXPECT_THAT(std::string(status.message()), HasSubstr(broken.message)) << broken.policy;
  }
}

TEST(Policy, NumberOfPatternsIsLimited) {
  std::string actions = R"("*")";
  for (size_t i = 1; i < Policy::kMaxPatterns - 1; ++i) actions += R"(,"*")";
  const auto with = [](const std::string& list) {
    return Policy::Parse(absl::StrCat(
        R"({"Statement": {"Effect": "Allow", "Resource": "*", "Action": [)", list, "]}}"));
  };
  EXPECT_TRUE(with(actions).ok());
  EXPECT_THAT(std::string(with(actions + R"(,"*")").status().message()),
              HasSubstr("one too many: a policy may have 500"));
}

TEST(Policy, ColonsAndQuotesInTextsAreNoMembers) {
  EXPECT_TRUE(Policy::Parse(R"({"Id": "a:\"b\":\\", "Statement": {"Sid": "\\\":", "Effect":
      "Allow", "Action": "a:b", "Resource": "arn:aws:states:::"}})")
                  .ok());
}

TEST(Policy, ActionsThatAreNoneAreWarnedOf) {
  const auto policy = Policy::Parse(R"({"Statement": [
      {"Effect": "Deny", "Action": ["states:StartExecutions", "logs:PutLogEvents", "pawl:Wrok*"],
       "Resource": "*"}]})");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_THAT(policy->warnings(),
              ElementsAre(HasSubstr("/Statement/0/Action/0 matches no action"),
                          HasSubstr("/Statement/0/Action/2 matches no action")));
}

}  // namespace
}  // namespace pawl::auth
