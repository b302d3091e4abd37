#include "worker-sdk/src/session.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pawl::sdk {
namespace {

class FakeLink final : public Link {
 public:
  void Wake() override { ++wakes; }
  int wakes = 0;
};

class FakeSink final : public TaskSink {
 public:
  void Accept(std::vector<std::shared_ptr<TaskState>> accepted) override {
    for (auto& task : accepted) tasks.push_back(std::move(task));
  }
  std::vector<std::shared_ptr<TaskState>> tasks;
};

using Tokens = std::vector<std::string>;

class SessionTest : public testing::Test {
 protected:
  static constexpr int64_t kFrameBytes = 4'096;

  std::shared_ptr<Session> MakeSession(int max_unacknowledged = 100) {
    SessionOptions options;
    options.worker_name = "w";
    options.queues = {{"A", 2}, {"B", 1}};
    options.max_unacknowledged = max_unacknowledged;
    options.log = [this](const std::string& line) { log_.push_back(line); };
    return std::make_shared<Session>(std::move(options), &sink_);
  }

  // A new stream up to its welcome; returns the first frame.
  v1::WorkersWorkRequest Connect(const Tokens& unknown = {}) {
    link_ = std::make_shared<FakeLink>();
    session_->Attach(link_);
    v1::WorkersWorkRequest hello = Next();
    v1::WorkersWorkResponse welcome;
    welcome.mutable_welcome()->set_max_frame_bytes(kFrameBytes);
    welcome.mutable_welcome()->mutable_ping_interval()->set_seconds(2);
    for (const std::string& token : unknown) welcome.mutable_welcome()->add_unknown_tokens(token);
    Receive(std::move(welcome));
    return hello;
  }

  v1::WorkersWorkRequest Next() {
    v1::WorkersWorkRequest frame;
    session_->Fill(link_.get(), &frame);
    return frame;
  }

  void Receive(v1::WorkersWorkResponse frame) { session_->OnFrame(link_.get(), &frame); }

  void Push(const Tokens& tokens, const std::string& queue = "A") {
    v1::WorkersWorkResponse frame;
    for (const std::string& token : tokens) {
      v1::Task* task = frame.add_tasks();
      task->set_token(token);
      task->set_queue(queue);
      task->set_input("{}");
    }
    Receive(std::move(frame));
  }

  void Acknowledge(const std::string& token, v1::CompletionAck::Outcome outcome) {
    v1::WorkersWorkResponse frame;
    v1::CompletionAck* ack = frame.add_acknowledged();
    ack->set_token(token);
    ack->set_outcome(outcome);
    Receive(std::move(frame));
  }

  static int Credits(const v1::WorkersWorkRequest& frame, const std::string& queue) {
    int count = 0;
    for (const v1::Credit& credit : frame.credits()) {
      if (credit.queue() == queue) count += credit.count();
    }
    return count;
  }
  static Tokens Received(const v1::WorkersWorkRequest& frame) {
    return Tokens(frame.received().begin(), frame.received().end());
  }
  static Tokens Completed(const v1::WorkersWorkRequest& frame) {
    Tokens tokens;
    for (const v1::Completion& completion : frame.completions())
      tokens.push_back(completion.token());
    return tokens;
  }

  FakeSink sink_;
  std::vector<std::string> log_;
  std::shared_ptr<Session> session_ = MakeSession();
  std::shared_ptr<FakeLink> link_;
};

TEST_F(SessionTest, BeginsWithHelloAndItsFreePlaces) {
  const v1::WorkersWorkRequest hello = Connect();
  EXPECT_EQ(hello.hello().worker_name(), "w");
  EXPECT_EQ(hello.hello().queues_size(), 2);
  EXPECT_EQ(hello.hello().max_receive_bytes(), kMaxReceiveBytes);
  EXPECT_EQ(Credits(hello, "A"), 2);
  EXPECT_EQ(Credits(hello, "B"), 1);
  EXPECT_EQ(session_->link_state().ping_interval, absl::Seconds(2));
  EXPECT_FALSE(session_->has_outgoing());
}

TEST_F(SessionTest, AnswersATaskAtOnceAndGrantsItsPlaceWithItsResult) {
  Connect();
  Push({"t1", "t2"});
  ASSERT_EQ(sink_.tasks.size(), 2u);
  EXPECT_GT(link_->wakes, 0);
  v1::WorkersWorkRequest frame = Next();
  EXPECT_EQ(Received(frame), (Tokens{"t1", "t2"}));
  EXPECT_EQ(Credits(frame, "A"), 0);

  session_->Complete(sink_.tasks[0], Succeed("7"));
  session_->Complete(sink_.tasks[1], Fail("E", "c"));
  frame = Next();
  ASSERT_EQ(Completed(frame), (Tokens{"t1", "t2"}));
  EXPECT_EQ(frame.completions(0).output(), "7");
  EXPECT_EQ(frame.completions(1).failure().error(), "E");
  EXPECT_EQ(Credits(frame, "A"), 2);
  EXPECT_FALSE(session_->has_outgoing());
}

TEST_F(SessionTest, ResendsResultsOnEveryStreamUntilAcknowledged) {
  Connect();
  Push({"t1", "t2"});
  Next();
  session_->Complete(sink_.tasks[0], Succeed("1"));
  session_->Complete(sink_.tasks[1], Succeed("2"));
  EXPECT_EQ(Completed(Next()), (Tokens{"t1", "t2"}));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Connect().hello().held_tokens().empty());
    EXPECT_EQ(Completed(Next()), (Tokens{"t1", "t2"}));
  }
  Acknowledge("t1", v1::CompletionAck::OUTCOME_APPLIED);
  Connect();
  EXPECT_EQ(Completed(Next()), Tokens{"t2"});
  for (const auto outcome : {v1::CompletionAck::OUTCOME_STALE, v1::CompletionAck::OUTCOME_UNKNOWN,
                             v1::CompletionAck::OUTCOME_REFUSED}) {
    Acknowledge("t2", outcome);
  }
  Connect();
  EXPECT_EQ(Completed(Next()), Tokens{});
  EXPECT_EQ(session_->stats().acknowledged, 2);
}

TEST_F(SessionTest, NamesWhatItHoldsAndCountsCreditsAnew) {
  Connect();
  Push({"t1"});
  Next();
  const v1::WorkersWorkRequest hello = Connect();
  ASSERT_EQ(hello.hello().held_tokens_size(), 1);
  EXPECT_EQ(hello.hello().held_tokens(0), "t1");
  EXPECT_EQ(Credits(hello, "A"), 1);  // of two, one is taken
}

TEST_F(SessionTest, StopsAtTasksWhoseLeaseIsLostAndKeepsTheirResults) {
  Connect();
  Push({"t1", "t2"});
  Next();
  Connect({"t1"});
  EXPECT_TRUE(sink_.tasks[0]->is_cancelled());
  EXPECT_EQ(sink_.tasks[0]->cancel_reason(), "lease lost");
  EXPECT_FALSE(sink_.tasks[1]->is_cancelled());
  session_->Complete(sink_.tasks[0], Succeed());
  session_->Complete(sink_.tasks[1], Succeed());
  EXPECT_EQ(Completed(Next()), Tokens{"t2"});
  EXPECT_EQ(session_->stats().cancelled, 1);
}

TEST_F(SessionTest, ACancelReachesTheTaskOnce) {
  Connect();
  Push({"t1"});
  int called = 0;
  sink_.tasks[0]->OnCancel([&] { ++called; });
  for (int i = 0; i < 2; ++i) {
    v1::WorkersWorkResponse frame;
    frame.add_cancels()->set_token("t1");
    frame.mutable_cancels(0)->set_reason("timed out");
    Receive(std::move(frame));
  }
  EXPECT_EQ(called, 1);
  EXPECT_EQ(sink_.tasks[0]->cancel_reason(), "timed out");
  // The place is taken until the handler returns.
  EXPECT_EQ(Credits(Next(), "A"), 0);
  session_->Complete(sink_.tasks[0], Succeed());
  const v1::WorkersWorkRequest frame = Next();
  EXPECT_EQ(Credits(frame, "A"), 1);
  EXPECT_EQ(Completed(frame), Tokens{});
}

TEST_F(SessionTest, RunsATaskOnceThoughItComesTwice) {
  Connect();
  Push({"t1"});
  Next();
  Connect();
  Push({"t1"});
  EXPECT_EQ(sink_.tasks.size(), 1u);
  v1::WorkersWorkRequest frame = Next();
  EXPECT_EQ(Received(frame), Tokens{"t1"});
  EXPECT_EQ(Credits(frame, "A"), 1);  // the credit that it cost is given again
  session_->Complete(sink_.tasks[0], Succeed());
  Push({"t1"});
  EXPECT_EQ(sink_.tasks.size(), 1u);
}

TEST_F(SessionTest, SendsTheLastHeartbeatOfEachTask) {
  Connect();
  Push({"t1"});
  Next();
  session_->Heartbeat("t1", "1");
  session_->Heartbeat("t1", "2");
  session_->Heartbeat("other", "3");
  const v1::WorkersWorkRequest frame = Next();
  ASSERT_EQ(frame.heartbeats_size(), 1);
  EXPECT_EQ(frame.heartbeats(0).details(), "2");
}

TEST_F(SessionTest, TurnsAResultTooLargeForAFrameIntoAFailure) {
  Connect();
  Push({"t1", "t2"});
  Next();
  session_->Complete(sink_.tasks[0], Succeed('"' + std::string(kFrameBytes, 'x') + '"'));
  session_->Complete(sink_.tasks[1], Succeed("1"));
  const v1::WorkersWorkRequest frame = Next();
  ASSERT_EQ(frame.completions_size(), 2);
  EXPECT_EQ(frame.completions(0).failure().error(), "States.DataLimitExceeded");
  EXPECT_NE(frame.completions(0).failure().cause().find("at most 4096"), std::string::npos);
  EXPECT_EQ(frame.completions(1).output(), "1");
}

TEST_F(SessionTest, KeepsEveryFrameWithinTheEnginesLimit) {
  Connect();
  Push({"t1", "t2"});
  Next();
  for (const auto& task : sink_.tasks) {
    session_->Complete(task, Succeed('"' + std::string(3'000, 'x') + '"'));
  }
  const v1::WorkersWorkRequest first = Next();
  EXPECT_EQ(Completed(first), Tokens{"t1"});
  EXPECT_LE(static_cast<int64_t>(first.ByteSizeLong()), kFrameBytes);
  EXPECT_TRUE(session_->has_outgoing());
  EXPECT_EQ(Completed(Next()), Tokens{"t2"});
}

TEST_F(SessionTest, AsksForNoMoreWhileTooMuchIsUnacknowledged) {
  session_ = MakeSession(/*max_unacknowledged=*/1);
  Connect();
  Push({"t1", "t2"});
  Next();
  for (const auto& task : sink_.tasks) session_->Complete(task, Succeed());
  EXPECT_EQ(Credits(Next(), "A"), 0);
  Acknowledge("t1", v1::CompletionAck::OUTCOME_APPLIED);
  EXPECT_EQ(Credits(Next(), "A"), 2);
}

TEST_F(SessionTest, DrainsWithoutFurtherCreditAndOnNewStreamsToo) {
  Connect();
  Push({"t1"});
  Next();
  session_->Drain();
  EXPECT_TRUE(Next().drain());
  EXPECT_FALSE(session_->AwaitDrained(absl::InfinitePast()));
  const v1::WorkersWorkRequest hello = Connect();
  EXPECT_TRUE(hello.drain());
  EXPECT_EQ(hello.credits_size(), 0);
  session_->Complete(sink_.tasks[0], Succeed());
  EXPECT_EQ(Credits(Next(), "A"), 0);
  EXPECT_FALSE(session_->AwaitDrained(absl::InfinitePast()));
  Acknowledge("t1", v1::CompletionAck::OUTCOME_APPLIED);
  EXPECT_TRUE(session_->AwaitDrained(absl::InfinitePast()));
}

TEST_F(SessionTest, SendsNoResultBeforeTheWelcomeThatNamesTheFrameSize) {
  Connect();
  Push({"t1"});
  link_ = std::make_shared<FakeLink>();
  session_->Attach(link_);
  session_->Complete(sink_.tasks[0], Succeed());
  EXPECT_EQ(Completed(Next()), Tokens{});
  v1::WorkersWorkRequest frame;
  EXPECT_FALSE(session_->Fill(link_.get(), &frame));
}

TEST_F(SessionTest, IsDeafToAStreamThatIsNotItsOwn) {
  Connect();
  FakeLink other;
  v1::WorkersWorkRequest frame;
  EXPECT_FALSE(session_->Fill(&other, &frame));
  v1::WorkersWorkResponse incoming;
  incoming.add_tasks()->set_queue("A");
  session_->OnFrame(&other, &incoming);
  EXPECT_TRUE(sink_.tasks.empty());
}

TEST_F(SessionTest, PingsWithAnEmptyFrame) {
  Connect();
  session_->Ping();
  v1::WorkersWorkRequest frame;
  EXPECT_TRUE(session_->Fill(link_.get(), &frame));
  EXPECT_EQ(frame.ByteSizeLong(), 0u);
  EXPECT_FALSE(session_->Fill(link_.get(), &frame));
}

}  // namespace
}  // namespace pawl::sdk
