#include "engine/service/test_states.h"
#include "engine/service/gate.h"

#include "engine/runtime/in_process_engine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "persistence/memory/memory_store.h"

namespace pawl::service {
namespace {

using ::testing::HasSubstr;

class TestStatesTest : public ::testing::Test {
 protected:
  TestStatesTest() {
    runtime::InProcessOptions options;
    options.store = &store_;
    engine_ = std::make_unique<runtime::InProcessEngine>(options);
    EXPECT_TRUE(engine_->Open().ok());
  }

  // Whether the runner was asked for the secrets; the status of the call otherwise.
  absl::StatusOr<bool> Reveals(bool is_allowed, bool is_asked) {
    absl::optional<bool> revealed;
    const Gate gate({}, engine_->node().world().clock, engine_->node().options().account);
    TestStates states(
        {&engine_->node(), &gate},
        [&revealed](const CallContext&, const test_state::TaskCall& call, auto done) {
          revealed = call.reveals_secrets;
          test_state::TaskAnswer answer;
          answer.result = Value::Object({});
          done(std::move(answer));
        },
        is_allowed);
    test_state::Request request;
    request.definition = R"({"Type":"Task","Resource":"arn:aws:states:::http:invoke","End":true,
        "Parameters":{"Method":"GET","ApiEndpoint":"https://a.example"}})";
    request.role_arn = "arn:aws:iam::123456789012:role/r";
    request.level = test_state::InspectionLevel::kTrace;
    request.reveal_secrets = is_asked;
    absl::Status status = absl::InternalError("no answer");
    CallContext context;
    context.ns = engine_->node().options().account;
    states.Test(context, std::move(request),
                [&status](const auto& answer) { status = answer.status(); });
    engine_->RunFor(absl::Seconds(1));
    if (!status.ok()) return status;
    return revealed.value();
  }

  persistence::MemoryStore store_{{[this] {
    return engine_ != nullptr ? engine_->now() : absl::FromUnixSeconds(1'700'000'000);
  }}};
  std::unique_ptr<runtime::InProcessEngine> engine_;
};

TEST_F(TestStatesTest, SecretsAreRefusedUnlessTheEngineRevealsThem) {
  const absl::StatusOr<bool> refused = Reveals(false, true);
  EXPECT_TRUE(absl::IsPermissionDenied(refused.status())) << refused.status();
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("--reveal-connection-secrets"));
  EXPECT_EQ(Reveals(false, false).value_or(true), false);
  EXPECT_EQ(Reveals(true, true).value_or(false), true);
}

}  // namespace
}  // namespace pawl::service
