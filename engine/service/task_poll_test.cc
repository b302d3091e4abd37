#include "engine/service/task_poll.h"

#include <memory>
#include <string>

#include "engine/service/service_fixture.h"

namespace pawl::service {
namespace {

class Poll : public ServiceFixture {
 protected:
  Poll() {
    Create("m", R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}})");
  }
  // What the poll was answered, written when it is.
  struct Answer {
    bool is_done = false;
    absl::Status status;
    PolledTask task;
  };
  std::shared_ptr<TaskPoll> Ask(PollQuery query, Answer* answer) {
    auto poll = TaskPoll::Start(service_->deps, context_, std::move(query),
                                [answer](absl::StatusOr<PolledTask> task) {
                                  answer->is_done = true;
                                  answer->status = task.status();
                                  if (task.ok()) answer->task = *task;
                                });
    engine_.RunFor(absl::Milliseconds(1));
    return poll;
  }
};

// A7: 2,000 cancelled polls swallowed 50 tasks for a minute each.
TEST_F(Poll, CancelledPollLeavesTheTaskToTheNext) {
  Answer gone, next;
  auto poll = Ask({.queue = "q"}, &gone);
  poll->Cancel();
  engine_.RunFor(absl::Milliseconds(1));
  ASSERT_TRUE(engine_.Start("m", "e", "{}").ok());
  Ask({.queue = "q"}, &next);
  ASSERT_TRUE(next.is_done);
  EXPECT_NE(next.task, nullptr);
  EXPECT_EQ(gone.task, nullptr);
}

TEST_F(Poll, TaskWhoseAnswerDidNotArriveIsGivenBackAtOnce) {
  ASSERT_TRUE(engine_.Start("m", "e", "{}").ok());
  Answer gone, next;
  auto poll = Ask({.queue = "q"}, &gone);
  ASSERT_NE(gone.task, nullptr);
  poll->Cancel();
  engine_.RunFor(absl::Milliseconds(1));
  Ask({.queue = "q"}, &next);
  EXPECT_NE(next.task, nullptr);
}

// A7: a lease of 10,000 years was accepted.
TEST_F(Poll, LeaseIsAnHourAtMost) {
  ASSERT_TRUE(engine_.Start("m", "e", "{}").ok());
  Answer first, early, late;
  Ask({.queue = "q", .lease = absl::Hours(24 * 366 * 10'000)}, &first);
  ASSERT_NE(first.task, nullptr);
  engine_.RunFor(absl::Minutes(59));
  Ask({.queue = "q", .wait = absl::ZeroDuration()}, &early);
  engine_.RunFor(absl::Seconds(1));
  EXPECT_EQ(early.task, nullptr);
  engine_.RunFor(absl::Minutes(2));
  Ask({.queue = "q"}, &late);
  EXPECT_NE(late.task, nullptr);
}

TEST_F(Poll, EmptyQueueNameIsRefused) {
  Answer answer;
  EXPECT_EQ(Ask({.queue = ""}, &answer), nullptr);
  EXPECT_TRUE(absl::IsInvalidArgument(answer.status));
}

TEST_F(Poll, NothingInTimeIsAnAnswer) {
  Answer answer;
  Ask({.queue = "q", .wait = absl::Seconds(3)}, &answer);
  EXPECT_FALSE(answer.is_done);
  engine_.RunFor(absl::Seconds(4));
  EXPECT_TRUE(answer.is_done);
  EXPECT_TRUE(answer.status.ok());
  EXPECT_EQ(answer.task, nullptr);
}

}  // namespace
}  // namespace pawl::service
