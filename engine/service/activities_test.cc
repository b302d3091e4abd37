#include "engine/service/activities.h"

#include <gmock/gmock.h>

#include "engine/aws/error.h"
#include "engine/service/service_fixture.h"

namespace pawl::service {
namespace {

constexpr char kActivity[] = "arn:aws:states:us-east-1:000000000000:activity:pack";
constexpr char kMachine[] = R"({"StartAt":"T","States":{"T":{"Type":"Task","TimeoutSeconds":60,
    "Resource":"arn:aws:states:us-east-1:000000000000:activity:pack","End":true}}})";

class ActivityTest : public ServiceFixture {
 protected:
  ActivityTest() { Create("m", kMachine); }

  struct Answer {
    bool is_done = false;
    absl::StatusOr<PolledTask> task = PolledTask();
  };
  std::shared_ptr<TaskPoll> Poll(Answer* answer, const std::string& worker = "w-1") {
    auto poll = service_->activities.Poll(context_, kActivity, worker,
                                          [answer](absl::StatusOr<PolledTask> task) {
                                            answer->is_done = true;
                                            answer->task = std::move(task);
                                          });
    engine_.RunFor(absl::Milliseconds(1));
    return poll;
  }
  persistence::ExecutionRef Start(const std::string& name) {
    auto ref = engine_.Start("m", name, "{}");
    EXPECT_TRUE(ref.ok()) << ref.status();
    engine_.RunFor(absl::Milliseconds(1));
    return *ref;
  }
  static std::vector<std::string> TypesOf(runtime::InProcessEngine* engine,
                                          persistence::ExecutionRef ref) {
    const auto events = engine->History(ref);
    std::vector<std::string> types;
    for (const core::Event& event : *events) types.emplace_back(core::InfoOf(event.type).name);
    return types;
  }
  core::ExecutionStatus StatusOf(persistence::ExecutionRef ref) {
    return (*engine_.Load(ref))->state.status();
  }
};

TEST_F(ActivityTest, PolledTaskIsAssignedOnTheRecord) {
  const auto ref = Start("e");
  Answer first, second;
  Poll(&first);
  ASSERT_TRUE(first.task.ok() && *first.task != nullptr);
  EXPECT_EQ(TypesOf(&engine_, ref).back(), "ActivityStarted");
  EXPECT_EQ(engine_.History(ref)->back().As<core::TaskStarted>()->worker_name, "w-1");
  Poll(&second);
  engine_.RunFor(absl::Seconds(30));
  EXPECT_FALSE(second.is_done) << "nobody else gets it";
}

// Nothing but the history knows who has it: an engine that comes after must not give it away again.
TEST_F(ActivityTest, AssignedTaskOutlivesTheEngine) {
  const auto ref = Start("e");
  Answer answer;
  Poll(&answer);
  ASSERT_TRUE(answer.task.ok() && *answer.task != nullptr);
  runtime::InProcessOptions options;
  options.store = &store_;
  options.start = engine_.now() + absl::Seconds(1);
  runtime::InProcessEngine next(options);
  ASSERT_TRUE(next.Open().ok());
  int given = 0;
  next.Serve("pack", [&](const auto&, auto) { ++given; });
  next.RunFor(absl::Seconds(30));
  EXPECT_EQ(given, 0);
  next.node().CompleteTask("000000000000", (*answer.task)->token, "{}", /*by_token=*/true,
                           [](const auto&) {});
  EXPECT_TRUE(next.RunUntilClosed(ref, absl::Seconds(1)));
  EXPECT_THAT(TypesOf(&next, ref),
              ::testing::ElementsAre("ExecutionStarted", "TaskStateEntered", "ActivityScheduled",
                                     "ActivityStarted", "ActivitySucceeded", "TaskStateExited",
                                     "ExecutionSucceeded"));
}

TEST_F(ActivityTest, TimeOutCountsFromTheAssignment) {
  const auto ref = Start("e");
  engine_.RunFor(absl::Minutes(10));
  EXPECT_EQ(StatusOf(ref), core::ExecutionStatus::kRunning) << "it has waited, nobody had it";
  Answer answer;
  Poll(&answer);
  ASSERT_TRUE(answer.task.ok() && *answer.task != nullptr);
  engine_.RunFor(absl::Seconds(59));
  EXPECT_EQ(StatusOf(ref), core::ExecutionStatus::kRunning);
  engine_.RunFor(absl::Seconds(2));
  EXPECT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
  EXPECT_EQ(TypesOf(&engine_, ref)[4], "ActivityTimedOut");
}

TEST_F(ActivityTest, TimeOutOfAStreamsWorkerCountsFromItsReceipt) {
  const auto ref = Start("e");
  engine_.RunFor(absl::Minutes(10));
  engine_.Serve("pack", [](const auto&, auto) {});
  engine_.RunFor(absl::Seconds(59));
  EXPECT_EQ(StatusOf(ref), core::ExecutionStatus::kRunning);
  engine_.RunFor(absl::Seconds(2));
  EXPECT_EQ(StatusOf(ref), core::ExecutionStatus::kFailed);
  EXPECT_EQ(TypesOf(&engine_, ref)[3], "ActivityStarted");
  EXPECT_EQ(TypesOf(&engine_, ref)[4], "ActivityTimedOut");
}

TEST_F(ActivityTest, TaskThatEndsBeforeItIsAssignedIsNotGiven) {
  const auto ref = Start("e");
  engine_.node().Stop(ref, absl::nullopt, absl::nullopt, [](const auto&) {});
  Answer answer;
  Poll(&answer);
  engine_.RunFor(absl::Seconds(59));
  EXPECT_FALSE(answer.is_done);
  engine_.RunFor(absl::Seconds(2));
  EXPECT_TRUE(answer.is_done);
  EXPECT_EQ(*answer.task, nullptr);
}

class RegisteredActivities : public ServiceFixture {
 protected:
  RegisteredActivities()
      : ServiceFixture([] {
          runtime::Options options;
          options.open_activities = false;
          return options;
        }()) {}
};

TEST_F(RegisteredActivities, TaskOnAnUnknownOneFailsAsAtAws) {
  Create("m", kMachine);
  auto ref = engine_.Start("m", "early", "{}");
  ASSERT_TRUE(engine_.RunUntilClosed(*ref, absl::Seconds(1)));
  EXPECT_EQ((*engine_.Load(*ref))->state.cause(),
            "An error occurred while executing the state 'T' (entered at the event id #2). The "
            "activity arn:aws:states:us-east-1:000000000000:activity:pack does not exist.");
  absl::StatusOr<PolledTask> polled;
  service_->activities.Poll(context_, kActivity, "",
                            [&](absl::StatusOr<PolledTask> task) { polled = std::move(task); });
  engine_.RunFor(absl::Milliseconds(1));
  EXPECT_EQ(aws::ErrorOf(polled.status()), aws::Error::kActivityDoesNotExist);
  absl::StatusOr<runtime::Activity> created;
  service_->activities.Create(context_, "pack", {}, {},
                              [&](absl::StatusOr<runtime::Activity> a) { created = std::move(a); });
  engine_.RunFor(absl::Milliseconds(1));
  ASSERT_TRUE(created.ok()) << created.status();
  ref = engine_.Start("m", "late", "{}");
  EXPECT_FALSE(engine_.RunUntilClosed(*ref, absl::Seconds(1)));
}

}  // namespace
}  // namespace pawl::service
