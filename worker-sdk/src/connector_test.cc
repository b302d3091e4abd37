#include "worker-sdk/src/connector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <utility>

namespace pawl::sdk {
namespace {

class NoSink final : public TaskSink {
 public:
  void Accept(std::vector<std::shared_ptr<TaskState>>) override {}
};

class FakeStream final : public Stream {
 public:
  explicit FakeStream(std::function<void(std::string)> ended) : ended_(std::move(ended)) {}
  void Start() override { is_started = true; }
  void Wake() override { ++wakes; }
  void Close() override { End("closed"); }
  void End(const std::string& reason) {
    if (!is_ended.exchange(true)) ended_(reason);
  }
  absl::Duration since_read() const override { return absl::Nanoseconds(silence.load()); }
  absl::Duration since_write() const override { return absl::Nanoseconds(quiet.load()); }

  std::atomic<bool> is_started{false};
  std::atomic<bool> is_ended{false};
  std::atomic<int> wakes{0};
  std::atomic<int64_t> silence{0};
  std::atomic<int64_t> quiet{0};

 private:
  const std::function<void(std::string)> ended_;
};

class ConnectorTest : public testing::Test {
 protected:
  ConnectorTest() {
    SessionOptions options;
    options.queues = {{"A", 1}};
    options.log = [](const std::string&) {};
    session_ = std::make_shared<Session>(std::move(options), &sink_);
    ConnectorOptions connector;
    connector.addresses = {"one", "two"};
    connector.backoff_initial = absl::Microseconds(10);
    connector.backoff_max = absl::Microseconds(100);
    connector.seed = 2;
    connector.log = [](const std::string&) {};
    connector_ = std::make_unique<Connector>(
        std::move(connector), session_,
        [this](const std::string& address, const std::shared_ptr<Session>&,
               std::function<void(std::string)> ended) {
          absl::MutexLock lock(&mutex_);
          addresses_.push_back(address);
          streams_.push_back(std::make_shared<FakeStream>(std::move(ended)));
          return streams_.back();
        });
    connector_->Start();
  }

  // The n-th stream, from 1, when it has been started.
  std::shared_ptr<FakeStream> Await(size_t n) {
    absl::MutexLock lock(&mutex_);
    const auto is_there = [this, n]()
                              ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return streams_.size() >= n; };
    mutex_.Await(absl::Condition(&is_there));
    const auto stream = streams_[n - 1];
    while (!stream->is_started) std::this_thread::yield();
    return stream;
  }

  void Welcome(const Stream& stream) {
    v1::WorkersWorkResponse frame;
    frame.mutable_welcome()->mutable_ping_interval()->set_nanos(20'000'000);
    session_->OnFrame(&stream, &frame);
  }

  NoSink sink_;
  std::shared_ptr<Session> session_;
  absl::Mutex mutex_;
  std::vector<std::string> addresses_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<FakeStream>> streams_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Connector> connector_;
};

TEST_F(ConnectorTest, GoesThroughTheAddressesForEver) {
  for (size_t n = 1; n <= 20; ++n) Await(n)->End("refused");
  Await(21);
  connector_->Stop();
  absl::MutexLock lock(&mutex_);
  EXPECT_EQ(addresses_[0], "one");
  EXPECT_EQ(addresses_[1], "two");
  EXPECT_EQ(addresses_[20], "one");
}

TEST_F(ConnectorTest, LeavesAnEngineThatDoesNotWelcomeIt) {
  Await(1)->silence = absl::ToInt64Nanoseconds(absl::Seconds(6));
  Await(2);
  EXPECT_TRUE(Await(1)->is_ended);
}

TEST_F(ConnectorTest, LeavesAnEngineThatFallsSilent) {
  const auto stream = Await(1);
  Welcome(*stream);
  stream->silence = absl::ToInt64Nanoseconds(absl::Milliseconds(61));
  Await(2);
  EXPECT_TRUE(stream->is_ended);
}

TEST_F(ConnectorTest, LeavesAnEngineThatTellsItToGo) {
  const auto stream = Await(1);
  Welcome(*stream);
  v1::WorkersWorkResponse frame;
  frame.set_go_away(true);
  session_->OnFrame(stream.get(), &frame);
  Await(2);
  EXPECT_TRUE(stream->is_ended);
}

TEST_F(ConnectorTest, PingsWhenItHasBeenQuiet) {
  const auto stream = Await(1);
  Welcome(*stream);
  const int before = stream->wakes;
  stream->quiet = absl::ToInt64Nanoseconds(absl::Milliseconds(11));
  while (stream->wakes == before) std::this_thread::yield();
  EXPECT_FALSE(stream->is_ended);
}

TEST_F(ConnectorTest, StopClosesTheStream) {
  const auto stream = Await(1);
  connector_->Stop();
  EXPECT_TRUE(stream->is_ended);
  connector_->Stop();
}

}  // namespace
}  // namespace pawl::sdk
