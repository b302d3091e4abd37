#include "engine/auth/access.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/auth/built_in_policies.h"
#include "engine/aws/error.h"
#include "engine/aws/map_run_uuid.h"

namespace pawl::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const aws::ArnContext kContext{"us-east-1", "000000000000"};

Principal Of(const std::vector<std::string>& policies, const std::string& ns = "000000000000") {
  Principal principal;
  principal.kind = Principal::Kind::kKey;
  principal.name = "key/ci";
  principal.ns = ns;
  principal.policies = *CompilePolicies(policies);
  return principal;
}

struct Resolved {
  ResourceKind kind;
  const char* text;
  const char* arn;
  const char* account = "000000000000";
};

TEST(ResolveTarget, NamesWhatTheOperationWillFind) {
  using Kind = ResourceKind;
  const Resolved cases[] = {
      {Kind::kNothing, "", "*"},
      {Kind::kNothing, "ignored", "*"},
      {Kind::kStateMachine, "", "arn:aws:states:us-east-1:000000000000:stateMachine:*"},
      {Kind::kStateMachine, "order", "arn:aws:states:us-east-1:000000000000:stateMachine:order"},
      {Kind::kStateMachine, "order:live",
       "arn:aws:states:us-east-1:000000000000:stateMachine:order:live"},
      {Kind::kStateMachine, "order:007",
       "arn:aws:states:us-east-1:000000000000:stateMachine:order:7"},
      {Kind::kStateMachine, "arn:aws:states:us-east-1:111111111111:stateMachine:order:3",
       "arn:aws:states:us-east-1:111111111111:stateMachine:order:3", "111111111111"},
      // The operation looks at neither partition nor region.
      {Kind::kStateMachine, "arn:x:states:eu-west-1:000000000000:stateMachine:order",
       "arn:aws:states:us-east-1:000000000000:stateMachine:order"},
      {Kind::kStateMachine, "arn:aws:states:us-east-1::stateMachine:order",
       "arn:aws:states:us-east-1::stateMachine:order", ""},
      // What it will refuse stands for itself.
      {Kind::kStateMachine, "arn:aws:states:us-east-1:111111111111:activity:q",
       "arn:aws:states:us-east-1:111111111111:activity:q", "111111111111"},
      {Kind::kStateMachine, "a b", "a b"},
      {Kind::kStateMachine, "arn:", "arn:"},
      {Kind::kExecution, "order/e", "arn:aws:states:us-east-1:000000000000:execution:order:e"},
      {Kind::kExecution, "arn:aws:states:x:111111111111:execution:order:e",
       "arn:aws:states:us-east-1:111111111111:execution:order:e", "111111111111"},
      {Kind::kExecution, "arn:aws:states:x:0:express:order:e:u",
       "arn:aws:states:us-east-1:0:express:order:e:u", "0"},
      {Kind::kExecution, "order", "order"},
      {Kind::kActivity, "", "arn:aws:states:us-east-1:000000000000:activity:*"},
      {Kind::kActivity, "q", "arn:aws:states:us-east-1:000000000000:activity:q"},
      {Kind::kActivity, "sqs:sendMessage",
       "arn:aws:states:us-east-1:000000000000:activity:sqs:sendMessage"},
      {Kind::kActivity, "arn:aws:states:x:111111111111:activity:q",
       "arn:aws:states:us-east-1:111111111111:activity:q", "111111111111"},
      {Kind::kTagged, "arn:aws:states:x:0:activity:q", "arn:aws:states:us-east-1:0:activity:q",
       "0"},
      {Kind::kTagged, "arn:aws:states:x:0:stateMachine:order",
       "arn:aws:states:us-east-1:0:stateMachine:order", "0"},
      {Kind::kMapRun, "", "arn:aws:states:us-east-1:000000000000:mapRun:*"},
      {Kind::kMapRun, "arn:aws:states:x:0:mapRun:m/l:no-uuid",
       "arn:aws:states:x:0:mapRun:m/l:no-uuid", "0"},
      {Kind::kKey, "", "arn:aws:pawl:us-east-1:000000000000:key/*"},
      {Kind::kKey, "ci", "arn:aws:pawl:us-east-1:000000000000:key/ci"},
      {Kind::kNamespace, "", "arn:aws:pawl:us-east-1:000000000000:namespace/000000000000"},
      {Kind::kNamespace, "1", "arn:aws:pawl:us-east-1:1:namespace/1", "1"},
      {Kind::kCluster, "", "arn:aws:pawl:us-east-1:000000000000:cluster"},
      {Kind::kInstallation, "", "arn:aws:pawl:us-east-1::installation", ""},
      {Kind::kInstallation, "7/9", "arn:aws:pawl:us-east-1::installation/7/9", ""},
  };
  for (const Resolved& c : cases) {
    const Target target = ResolveTarget(c.kind, kContext, c.text);
    EXPECT_EQ(target.arn, c.arn) << c.text;
    EXPECT_EQ(target.account, c.account) << c.text;
  }
}

TEST(ResolveTarget, MapRunsHaveOurRegion) {
  aws::MapRunId id;
  id.index = aws::MapRunId::kRunItself;
  const std::string uuid = aws::MapRunUuid(id);
  const Target target =
      ResolveTarget(ResourceKind::kMapRun, kContext, "arn:x:states:y:111:mapRun:m/l:" + uuid);
  EXPECT_EQ(target.arn, "arn:aws:states:us-east-1:111:mapRun:m/l:" + uuid);
  EXPECT_EQ(target.account, "111");
}

TEST(CheckAccess, DenialHasAwsText) {
  const absl::Status denied = CheckAccess(Of({"reader"}), kContext, "StopExecution", "order/e");
  EXPECT_EQ(aws::ErrorOf(denied), aws::Error::kAccessDenied);
  EXPECT_EQ(denied.message(),
            "User: key/ci is not authorized to perform: states:StopExecution on resource: "
            "arn:aws:states:us-east-1:000000000000:execution:order:e");
  EXPECT_TRUE(CheckAccess(Of({"operator"}), kContext, "StopExecution", "order/e").ok());
}

TEST(CheckAccess, UnknownOperationsAreDeniedToEverybody) {
  const absl::Status denied = CheckAccess(Of({"admin"}, ""), kContext, "Frobnicate", "");
  EXPECT_EQ(aws::ErrorOf(denied), aws::Error::kAccessDenied);
  EXPECT_THAT(std::string(denied.message()), HasSubstr("pawl:Frobnicate"));
}

TEST(CheckAccess, PolicyIsOnTheResource) {
  const Principal principal = Of({R"({"Statement": [
      {"Effect": "Allow", "Action": "states:StartExecution",
       "Resource": "arn:aws:states:*:*:stateMachine:order*"},
      {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:states:*:*:stateMachine:order-prod"}]})"});
  const auto may = [&](const char* operation, const char* resource) {
    return CheckAccess(principal, kContext, operation, resource).ok();
  };
  EXPECT_TRUE(may("StartExecution", "order"));
  EXPECT_TRUE(may("StartExecution", "order:live"));
  EXPECT_TRUE(may("StartAndWait", "order")) << "does what StartExecution does";
  EXPECT_FALSE(may("StartExecution", "order-prod"));
  EXPECT_FALSE(may("StartAndWait", "order-prod"));
  EXPECT_FALSE(may("StartExecution", "arn:x:states:x:000000000000:stateMachine:order-prod"));
  EXPECT_FALSE(may("StartExecution", "other"));
  EXPECT_FALSE(may("StartSyncExecution", "order"));
  EXPECT_FALSE(may("StartExecution", ""));
}

TEST(CheckAccess, LongOrOddResourcesAreBoundedAndHarmless) {
  const std::string huge(1'000'000, 'x');
  const absl::Status denied = CheckAccess(Of({"worker:q"}), kContext, "StartExecution", huge);
  EXPECT_LT(denied.message().size(), 300u);
  EXPECT_TRUE(CheckAccess(Of({"admin"}), kContext, "StartExecution", huge).ok())
      << "the operation says what is wrong with it";
  const absl::Status odd =
      CheckAccess(Of({"reader"}), kContext, "StartExecution", "a\x1b[31m\u202e\xff");
  EXPECT_THAT(std::string(odd.message()), Not(HasSubstr("\x1b")));
}

// Every operation, by a principal of one namespace that may do everything there.
TEST(CheckAccess, AdminOfANamespaceIsNoneOfAnotherNorOfTheInstallation) {
  const Principal own = Of({"admin"});
  const Principal all = Of({"admin"}, "");
  const aws::ArnContext foreign{"us-east-1", "111111111111"};
  for (const Action& action : Actions()) {
    EXPECT_FALSE(CheckAccess(own, foreign, action.operation, "").ok()) << action.operation;
    EXPECT_EQ(CheckAccess(own, kContext, action.operation, "").ok(),
              action.kind != ResourceKind::kInstallation)
        << action.operation;
    EXPECT_TRUE(CheckAccess(all, foreign, action.operation, "").ok()) << action.operation;
  }
  for (const auto& [operation, arn] : std::vector<std::pair<const char*, const char*>>{
           {"StartExecution", "arn:aws:states:us-east-1:111111111111:stateMachine:m"},
           {"DescribeExecution", "arn:aws:states:us-east-1:111111111111:execution:m:e"},
           {"DescribeMapRun", "arn:aws:states:us-east-1:111111111111:mapRun:m/l:u"},
           {"GetActivityTask", "arn:aws:states:us-east-1:111111111111:activity:q"},
           {"TagResource", "arn:aws:states:us-east-1:111111111111:activity:q"},
           {"DescribeNamespace", "111111111111"}}) {
    EXPECT_FALSE(CheckAccess(own, kContext, operation, arn).ok()) << operation;
  }
  // Keys of all namespaces belong to the installation.
  EXPECT_FALSE(CheckAccess(own, {"us-east-1", ""}, "CreateKey", "x").ok());
  EXPECT_TRUE(CheckAccess(own, kContext, "CreateKey", "x").ok());
}

}  // namespace
}  // namespace pawl::auth
