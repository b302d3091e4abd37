#include "engine/service/gate.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "engine/auth/built_in_policies.h"
#include "engine/aws/error.h"
#include "engine/service/policy_authorizer.h"

namespace pawl::service {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kAccount[] = "000000000000";
constexpr char kOther[] = "111111111111";

class ManualClock final : public runtime::Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'700'000'000); }
  absl::Duration Steady() const override { return absl::Seconds(1); }
};

class LineSink final : public auth::AuditSink {
 public:
  explicit LineSink(std::vector<std::string>* lines) : lines_(lines) {}
  absl::Status Write(absl::string_view /*route*/, absl::string_view lines) override {
    for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
      lines_->push_back(std::string(line));
    }
    return absl::OkStatus();
  }

 private:
  std::vector<std::string>* const lines_;
};

class GateTest : public ::testing::Test {
 protected:
  // An engine whose callers show certificates: a reader of kAccount, and a developer of all.
  static auth::Authenticator::Settings Rules() {
    auth::Authenticator::Settings settings;
    settings.certificates = *auth::CertificateRules::Parse(
        R"([{"subject":"CN=reader","namespace":"000000000000","policies":["reader"]},
            {"subject":"CN=dev","namespace":"*","policies":["developer"]}])");
    return settings;
  }
  Gate MakeGate(GateSettings settings) { return {settings, &clock_, kAccount}; }
  Gate ClosedGate() {
    GateSettings settings;
    settings.authenticator = &authenticator_;
    settings.authorizer = &policies_;
    settings.audit = &audit_;
    return MakeGate(settings);
  }
  static auth::Credentials Certificate(absl::string_view subject) {
    return auth::ClientCertificate{subject};
  }
  std::vector<std::string> Audited() {
    audit_.Flush();
    return lines_;
  }

  const ManualClock clock_;
  const auth::Authenticator authenticator_{Rules(), nullptr, nullptr};
  const PolicyAuthorizer policies_{"us-east-1"};
  std::vector<std::string> lines_;
  auth::AuditLog audit_{std::make_unique<LineSink>(&lines_), {}, [](absl::string_view) {}};
};

TEST_F(GateTest, OpenGateLetsEverybodyDoEverything) {
  const Gate gate = MakeGate({});
  const auto context = gate.Admit(auth::NoCredentials(), {});
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->ns, kAccount);
  EXPECT_EQ(context->principal, "");
  EXPECT_TRUE(gate.Check(*context, "DeleteStateMachine", "m").ok());
  const auto elsewhere = gate.Admit(auth::NoCredentials(), {.ns = kOther});
  EXPECT_EQ(elsewhere->ns, kOther);
}

TEST_F(GateTest, StrangersAreRefusedAndWrittenDown) {
  const Gate gate = ClosedGate();
  const auto nobody = gate.Admit(auth::NoCredentials(), {"10.0.0.1:7", "StartExecution"});
  EXPECT_EQ(aws::ErrorOf(nobody.status()), aws::Error::kMissingAuthenticationToken);
  EXPECT_TRUE(absl::IsUnauthenticated(nobody.status()));
  const auto unknown = gate.Admit(Certificate("CN=eve"), {"10.0.0.1:8", "ListStateMachines"});
  EXPECT_EQ(aws::ErrorOf(unknown.status()), aws::Error::kUnrecognizedClient);
  EXPECT_THAT(Audited(),
              ElementsAre(AllOf(HasSubstr("\"StartExecution\""), HasSubstr("10.0.0.1:7"),
                                HasSubstr("MISSING_AUTHENTICATION_TOKEN")),
                          AllOf(HasSubstr("ListStateMachines"), HasSubstr("UNRECOGNIZED_CLIENT"))));
}

TEST_F(GateTest, PoliciesDecide) {
  const Gate gate = ClosedGate();
  const auto reader = gate.Admit(Certificate("CN=reader"), {});
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->principal, "certificate/CN=reader");
  EXPECT_TRUE(gate.Check(*reader, "DescribeStateMachine", "m").ok());
  EndCall(*reader, absl::OkStatus());
  EXPECT_THAT(Audited(), IsEmpty());  // it changes nothing
  const absl::Status denied = gate.Check(*reader, "DeleteStateMachine", "m");
  EXPECT_EQ(aws::ErrorOf(denied), aws::Error::kAccessDenied);
  EndCall(*reader, denied);
  EXPECT_THAT(Audited(), ElementsAre(AllOf(HasSubstr("certificate/CN=reader"),
                                           HasSubstr("\"DeleteStateMachine\""), HasSubstr("\"m\""),
                                           HasSubstr("ACCESS_DENIED"))));
}

TEST_F(GateTest, ChangesAreWrittenDownWithTheirEnd) {
  const Gate gate = ClosedGate();
  const auto dev = gate.Admit(Certificate("CN=dev"), {.source = "s", .request_id = "r-1"});
  ASSERT_TRUE(dev.ok());
  ASSERT_TRUE(gate.Check(*dev, "StartExecution", "order").ok());
  EndCall(*dev, aws::MakeError(aws::Error::kExecutionAlreadyExists, "secret of the input"));
  ASSERT_THAT(Audited(), ElementsAre(AllOf(HasSubstr("\"r-1\""), HasSubstr("\"order\""),
                                           HasSubstr("EXECUTION_ALREADY_EXISTS"))));
  EXPECT_THAT(lines_[0], Not(HasSubstr("secret")));
}

TEST_F(GateTest, OnlyCallersOfAllNamespacesChooseOne) {
  const Gate gate = ClosedGate();
  EXPECT_EQ(gate.Admit(Certificate("CN=dev"), {.ns = kOther})->ns, kOther);
  EXPECT_EQ(gate.Admit(Certificate("CN=reader"), {.ns = kAccount})->ns, kAccount);
  const auto elsewhere = gate.Admit(Certificate("CN=reader"), {.ns = kOther});
  EXPECT_EQ(aws::ErrorOf(elsewhere.status()), aws::Error::kAccessDenied);
  EXPECT_THAT(Audited(), ElementsAre(HasSubstr("ACCESS_DENIED")));
}

TEST_F(GateTest, RatesAreTakenBeforePoliciesAndPerCaller) {
  auth::RateLimits::Settings rates;
  ASSERT_TRUE(auth::RateLimits::Add("StopExecution=1/0.001", &rates).ok());
  auth::RateLimits limits(rates);
  GateSettings settings;
  settings.authenticator = &authenticator_;
  settings.authorizer = &policies_;
  settings.limits = &limits;
  const Gate gate = MakeGate(settings);
  const auto reader = gate.Admit(Certificate("CN=reader"), {});
  const auto dev = gate.Admit(Certificate("CN=dev"), {});
  EXPECT_TRUE(absl::IsPermissionDenied(gate.Check(*reader, "StopExecution", "m:e")));
  EXPECT_EQ(aws::ErrorOf(gate.Check(*reader, "StopExecution", "m:e")), aws::Error::kThrottling);
  EXPECT_TRUE(gate.Check(*dev, "StopExecution", "m:e").ok());
  const absl::Status throttled = gate.Check(*dev, "StopExecution", "m:e");
  EXPECT_EQ(aws::ErrorOf(throttled), aws::Error::kThrottling);
  EXPECT_TRUE(aws::RetryAfterOf(throttled).has_value());
}

TEST_F(GateTest, StreamsAskOnce) {
  const Gate gate = ClosedGate();
  auto reader = gate.Admit(Certificate("CN=reader"), {});
  EXPECT_FALSE(gate.Check(*reader, "CompleteTask", "").ok());
  reader->is_authorized = true;
  EXPECT_TRUE(gate.Check(*reader, "CompleteTask", "").ok());
}

}  // namespace
}  // namespace pawl::service
