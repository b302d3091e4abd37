#include "engine/api/work_outbox.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace pawl::api {
namespace {

constexpr absl::Duration kNow = absl::Seconds(1'000);

WorkOutbox::Task MakeTask(int number, size_t bytes) {
  auto task = std::make_shared<runtime::QueuedTask>();
  task->token = absl::StrCat("token-", number);
  task->task.queue = "q";
  task->task.input = Payload::FromTrustedText(absl::StrCat("\"", std::string(bytes, 'x'), "\""));
  task->task.scheduled_at = absl::FromUnixSeconds(1'700'000'000);
  task->task.times_out_at = absl::InfiniteFuture();
  return task;
}

struct Drained {
  int frames = 0;
  int tasks = 0;
  int acks = 0;
  size_t largest = 0;
  WorkOutbox::Unsent unsent;
};
Drained Drain(WorkOutbox* outbox, absl::Duration stale_before = absl::ZeroDuration()) {
  Drained out;
  while (!outbox->empty()) {
    v1::WorkersWorkResponse frame;
    outbox->Fill(stale_before, &frame, &out.unsent);
    ++out.frames;
    out.tasks += frame.tasks_size();
    out.acks += frame.acknowledged_size();
    out.largest = std::max(out.largest, frame.ByteSizeLong());
    if (out.frames > 10'000) break;
  }
  return out;
}

// A2: one frame held them all, and protobuf aborted beyond 2 GB.
TEST(WorkOutbox, LargeTasksGoInFramesOfAboutOneMebibyte) {
  WorkOutbox outbox;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(outbox.AddTask(MakeTask(i, 400'000), kNow));
  const Drained out = Drain(&outbox);
  EXPECT_EQ(out.tasks, 40);
  EXPECT_EQ(out.frames, 20);
  EXPECT_LE(out.largest, WorkOutbox::kFrameBytes);
  EXPECT_EQ(outbox.task_bytes(), 0u);
}

TEST(WorkOutbox, SmallTasksShareAFrame) {
  WorkOutbox outbox;
  for (int i = 0; i < 500; ++i) outbox.AddTask(MakeTask(i, 100), kNow);
  EXPECT_EQ(Drain(&outbox).frames, 1);
}

TEST(WorkOutbox, TaskAboveAFrameGoesAloneAndAboveTheWorkersLimitNotAtAll) {
  WorkOutbox outbox;
  outbox.AddTask(MakeTask(1, 3'000'000), kNow);
  outbox.AddTask(MakeTask(2, 100), kNow);
  outbox.AddTask(MakeTask(3, 5'000'000), kNow);  // more than gRPC's default
  const Drained out = Drain(&outbox);
  EXPECT_EQ(out.tasks, 2);
  EXPECT_LE(out.largest, WorkOutbox::kDefaultReceiveBytes);
  ASSERT_EQ(out.unsent.too_large.size(), 1u);
  EXPECT_EQ(out.unsent.too_large[0]->token, "token-3");
}

TEST(WorkOutbox, WorkersLimitBoundsFramesToo) {
  WorkOutbox outbox;
  outbox.SetReceiveLimit(100'000);
  for (int i = 0; i < 10; ++i) outbox.AddTask(MakeTask(i, 30'000), kNow);
  EXPECT_LE(Drain(&outbox).largest, 100'000u);
}

TEST(WorkOutbox, TaskIsSentOnceAndACancelledOneNever) {
  WorkOutbox outbox;
  const WorkOutbox::Task task = MakeTask(1, 10);
  EXPECT_TRUE(outbox.AddTask(task, kNow));
  EXPECT_FALSE(outbox.AddTask(task, kNow));
  EXPECT_EQ(outbox.Cancel("token-1", "over"), task);
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.Cancel("token-1", "over"), nullptr);  // sent earlier: the worker is told
  v1::WorkersWorkResponse frame;
  WorkOutbox::Unsent unsent;
  outbox.Fill(absl::ZeroDuration(), &frame, &unsent);
  EXPECT_EQ(frame.cancels_size(), 1);
}

TEST(WorkOutbox, TasksThatWaitedTooLongAreLeftToTheQueues) {
  WorkOutbox outbox;
  outbox.AddTask(MakeTask(1, 10), kNow);
  outbox.AddTask(MakeTask(2, 10), kNow + absl::Seconds(2));
  const Drained out = Drain(&outbox, kNow + absl::Seconds(1));
  EXPECT_EQ(out.tasks, 1);
  ASSERT_EQ(out.unsent.stale.size(), 1u);
  EXPECT_EQ(out.unsent.stale[0]->token, "token-1");
}

TEST(WorkOutbox, AcknowledgementsAreCountedInBytesAndBounded) {
  WorkOutbox outbox;
  for (int i = 0; i < 20'000; ++i) {
    outbox.Acknowledge(std::string(100, 't'), v1::CompletionAck::OUTCOME_UNKNOWN);
  }
  EXPECT_GT(outbox.reply_bytes(), 2'000'000u);
  const Drained out = Drain(&outbox);
  EXPECT_EQ(out.acks, 20'000);
  EXPECT_LE(out.largest, WorkOutbox::kFrameBytes);
  EXPECT_EQ(outbox.reply_bytes(), 0u);
}

TEST(WorkOutbox, LargeTaskIsNotStarvedByAcknowledgements) {
  WorkOutbox outbox;
  outbox.AddTask(MakeTask(1, 4'100'000), kNow);
  for (int frames = 0;; ++frames) {
    ASSERT_LT(frames, 3);
    for (int i = 0; i < 10'000; ++i) {
      outbox.Acknowledge(std::string(100, 't'), v1::CompletionAck::OUTCOME_APPLIED);
    }
    v1::WorkersWorkResponse frame;
    WorkOutbox::Unsent unsent;
    outbox.Fill(absl::ZeroDuration(), &frame, &unsent);
    EXPECT_LE(frame.ByteSizeLong(), WorkOutbox::kDefaultReceiveBytes);
    if (frame.tasks_size() == 1) break;
  }
}

TEST(WorkOutbox, WelcomeOfManyUnknownTokensStaysSmall) {
  WorkOutbox outbox;
  v1::Welcome welcome;
  for (int i = 0; i < 50'000; ++i) welcome.add_unknown_tokens(absl::StrCat("unknown-token-", i));
  outbox.Welcome(std::move(welcome));
  int told = 0;
  while (!outbox.empty()) {
    v1::WorkersWorkResponse frame;
    WorkOutbox::Unsent unsent;
    outbox.Fill(absl::ZeroDuration(), &frame, &unsent);
    told += frame.welcome().unknown_tokens_size() + frame.cancels_size();
    EXPECT_LE(frame.ByteSizeLong(), WorkOutbox::kFrameBytes);
  }
  EXPECT_EQ(told, 50'000);
}

}  // namespace
}  // namespace pawl::api
