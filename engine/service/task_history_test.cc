#include "engine/service/task_history.h"

#include <string>

#include "engine/service/service_fixture.h"

namespace pawl::service {
namespace {

constexpr char kArn[] = "arn:aws:states:us-east-1:000000000000:activity:a";

class TaskHistory : public ServiceFixture {};

// Retries make transitions without numbered events, which the search must step over.
TEST_F(TaskHistory, FindsTheActivityOfEveryAttempt) {
  Create("m", std::string(R"({"StartAt":"P","States":{"P":{"Type":"Pass","Next":"A"},"A":{
      "Type":"Task","Resource":")") +
                  kArn + R"(","Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":20}],"Next":"T"},
      "T":{"Type":"Task","Resource":"pawl:t","End":true}}})");
  int attempts = 0;
  engine_.Serve("a", [&attempts](const runtime::QueuedTask&, const auto& respond) {
    if (++attempts < 12) return respond.Fail("E", absl::nullopt);
    respond.Succeed("{}");
  });
  engine_.Serve("t", [](const runtime::QueuedTask&, const auto& respond) { respond.Succeed("1"); });
  const auto ref = engine_.Start("m", "e", "{}");
  ASSERT_TRUE(ref.ok() && engine_.RunUntilClosed(*ref, absl::Hours(24)));
  int found = 0;
  const auto history = engine_.History(*ref);
  ASSERT_TRUE(history.ok());
  for (const core::Event& event : *history) {
    if (!event.is_numbered()) continue;
    const bool is_scheduled = event.type == core::EventType::kActivityScheduled;
    EXPECT_EQ(*ActivityOfAttempt(store_, *ref, event.id), is_scheduled ? kArn : "")
        << event.id.value();
    found += is_scheduled ? 1 : 0;
  }
  EXPECT_EQ(found, 12);
  EXPECT_EQ(*ActivityOfAttempt(store_, *ref, core::EventId(100'000)), "");
  EXPECT_EQ(*ActivityOfAttempt(store_, {}, core::EventId(1)), "");
}

}  // namespace
}  // namespace pawl::service
