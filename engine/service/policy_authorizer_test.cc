// Operations under policies: what is denied has no effect and says nothing about what exists.
#include "engine/service/policy_authorizer.h"

#include <memory>
#include <string>

#include "engine/auth/built_in_policies.h"
#include "engine/auth/principal.h"
#include "engine/aws/error.h"
#include "engine/service/service_fixture.h"
#include "gmock/gmock.h"

namespace pawl::service {
namespace {

constexpr char kWait[] = R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}})";

class PolicyAuthorizerTest : public ServiceFixture {
 protected:
  PolicyAuthorizerTest() {
    Create("wait", kWait);
    Settings settings;
    settings.gate.authorizer = &authorizer_;
    Serve(std::move(settings));
  }
  // From now on `policy` is the caller's.
  void CallAs(const std::string& policy, const std::string& ns = "000000000000") {
    auto principal = std::make_shared<auth::Principal>();
    principal->name = "key/ci";
    principal->ns = ns;
    principal->policies = *auth::CompilePolicies({policy});
    context_.caller = std::move(principal);
  }
  absl::Status Start(const std::string& machine) {
    absl::Status status = absl::UnknownError("not answered");
    service_->executions.Start(context_, {machine, "e", "{}"},
                               [&](const auto& result) { status = result.status(); });
    engine_.RunFor(absl::Milliseconds(10));
    return status;
  }
  size_t Started() { return store_.ListExecutions({}, absl::nullopt, 10)->size(); }

  PolicyAuthorizer authorizer_{"us-east-1"};
};

TEST_F(PolicyAuthorizerTest, DeniedStartLeavesNothing) {
  CallAs("reader");
  const absl::Status denied = Start("wait");
  EXPECT_EQ(aws::ErrorOf(denied), aws::Error::kAccessDenied);
  EXPECT_EQ(denied.message(),
            "User: key/ci is not authorized to perform: states:StartExecution on resource: "
            "arn:aws:states:us-east-1:000000000000:stateMachine:wait");
  EXPECT_EQ(aws::ErrorOf(Start("missing")), aws::Error::kAccessDenied);
  EXPECT_EQ(aws::ErrorOf(Start("arn:aws:states:x")), aws::Error::kAccessDenied);
  EXPECT_EQ(Started(), 0u);
  CallAs("developer");
  EXPECT_TRUE(Start("wait").ok());
  EXPECT_EQ(aws::ErrorOf(Start("missing")), aws::Error::kStateMachineDoesNotExist);
  EXPECT_EQ(aws::ErrorOf(Start("arn:aws:states:x")), aws::Error::kInvalidArn);
  EXPECT_EQ(Started(), 1u);
}

TEST_F(PolicyAuthorizerTest, NobodyMayDoNothing) {
  context_.caller = nullptr;
  const absl::Status denied = Start("wait");
  EXPECT_EQ(aws::ErrorOf(denied), aws::Error::kAccessDenied);
  EXPECT_THAT(std::string(denied.message()), ::testing::StartsWith("User: anonymous is not"));
}

TEST_F(PolicyAuthorizerTest, NamespaceIsNotLeftByAnArn) {
  CallAs("admin", "111111111111");
  context_.ns = "111111111111";
  for (const char* foreign : {"arn:aws:states:us-east-1:000000000000:stateMachine:wait",
                              "arn:aws:states:us-east-1:000000000000:stateMachine:missing",
                              "arn:other:states:elsewhere:000000000000:stateMachine:wait"}) {
    EXPECT_EQ(aws::ErrorOf(Start(foreign)), aws::Error::kAccessDenied) << foreign;
  }
  EXPECT_EQ(aws::ErrorOf(Start("wait")), aws::Error::kStateMachineDoesNotExist);
  context_.ns = "000000000000";  // a front that took the namespace from the caller
  EXPECT_EQ(aws::ErrorOf(Start("wait")), aws::Error::kAccessDenied);
  EXPECT_EQ(Started(), 0u);
  CallAs("admin", "");
  EXPECT_TRUE(Start("wait").ok());
}

}  // namespace
}  // namespace pawl::service
