// The gRPC front over an engine in real time and a store in memory, asked by clients with gRPC's
// default limits.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "engine/api/grpc_server.h"
#include "engine/api/prometheus_metrics.h"
#include "engine/aws/error.h"
#include "engine/rpc_status/rpc_status.h"
#include "engine/runtime/world/threads.h"
#include "engine/service/service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/machines.grpc.pb.h"
#include "pawl/v1/workers.grpc.pb.h"
#include "persistence/memory/memory_store.h"

namespace pawl::api {
namespace {

using ::testing::HasSubstr;

constexpr char kTask[] = R"({"StartAt":"T","States":{"T":{"Type":"Task",
    "Resource":"arn:aws:states:us-east-1:000000000000:activity:q","End":true}}})";
constexpr char kPasses[] = R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},
    "B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","End":true}}})";

uint64_t NextSeed() {
  static std::atomic<uint64_t> next{1};
  return next++;
}

class Api : public ::testing::Test {
 protected:
  Api() {
    runtime::Options options;
    options.max_input_bytes = options.limits.max_payload_bytes = size_t{16} * 1024 * 1024;
    node_ = std::make_unique<runtime::Node>(
        options, World(), [this](persistence::SlotRange) { return &strand_; }, &metrics_);
    absl::Notification opened;
    node_->Open([&](const absl::Status& status) {
      EXPECT_TRUE(status.ok()) << status;
      opened.Notify();
    });
    opened.WaitForNotification();
    service_ = std::make_unique<service::Service>(node_.get(), service::Settings());
    ServerOptions server_options;
    server_options.listen = "127.0.0.1:0";
    server_ = *GrpcServer::Start(server_options, service_.get());
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
    machines_ = v1::StateMachines::NewStub(channel_);
    executions_ = v1::Executions::NewStub(channel_);
    workers_ = v1::Workers::NewStub(channel_);
    Create("task", kTask);
    Create("passes", kPasses);
  }
  ~Api() override {
    server_->Shutdown(absl::ZeroDuration());
    absl::Notification closed;
    node_->Close([&closed] { closed.Notify(); });
    closed.WaitForNotification();
    access_.Stop();
    blocking_.Stop();
    strand_.Stop();
  }

  void Create(const std::string& name, const std::string& definition) {
    grpc::ClientContext context;
    v1::StateMachinesCreateRequest request;
    request.set_name(name);
    request.set_definition(definition);
    v1::StateMachinesCreateResponse response;
    const grpc::Status status = machines_->Create(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  grpc::Status Start(const std::string& machine, const std::string& name, size_t bytes) {
    grpc::ClientContext context;
    v1::ExecutionsStartRequest request;
    request.set_state_machine(machine);
    request.set_name(name);
    request.set_input(absl::StrCat("\"", std::string(bytes, 'x'), "\""));
    v1::ExecutionsStartResponse response;
    return executions_->Start(&context, request, &response);
  }
  v1::ExecutionsStartAndWaitResponse Wait(const std::string& machine, const std::string& name,
                                          size_t bytes) {
    grpc::ClientContext context;
    v1::ExecutionsStartAndWaitRequest request;
    request.mutable_start()->set_state_machine(machine);
    request.mutable_start()->set_name(name);
    request.mutable_start()->set_input(absl::StrCat("\"", std::string(bytes, 'x'), "\""));
    v1::ExecutionsStartAndWaitResponse response;
    const grpc::Status status = executions_->StartAndWait(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  runtime::WorldRef World() {
    runtime::WorldRef world;
    world.clock = &clock_;
    world.strand = world.leases = &strand_;
    world.store = &access_;
    world.blocking = &blocking_;
    world.slow = &blocking_;
    world.seed = &NextSeed;
    return world;
  }

  runtime::SystemClock clock_;
  persistence::MemoryStore store_{{[] { return absl::Now(); }}};
  runtime::ThreadStoreAccess access_{&store_, runtime::ReadThreads()};
  runtime::ThreadBlocking blocking_{1, "objects"};
  runtime::ThreadStrand strand_{"range"};
  runtime::Metrics metrics_;
  std::unique_ptr<runtime::Node> node_;
  std::unique_ptr<service::Service> service_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::StateMachines::Stub> machines_;
  std::unique_ptr<v1::Executions::Stub> executions_;
  std::unique_ptr<v1::Workers::Stub> workers_;
};

TEST_F(Api, RefusalSaysWhichErrorItIsInItsDetails) {
  const grpc::Status status = Start("nope", "e", 1);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  const absl::Status decoded =
      rpc::Decode(absl::StatusCode::kNotFound, status.error_message(), status.error_details());
  EXPECT_EQ(aws::ErrorOf(decoded), aws::Error::kStateMachineDoesNotExist);
}

// D6: this was "received initial metadata size exceeds limit".
TEST_F(Api, RefusalWithALongTextArrives) {
  std::string definition = R"({"StartAt":"S0","States":{)";
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&definition, i > 0 ? "," : "", "\"S", i,
                    R"(":{"Type":"Pass","Next":"Für jeden Zweck ein Ziel, das fehlt"})");
  }
  grpc::ClientContext context;
  v1::StateMachinesCreateRequest request;
  request.set_name("bad");
  request.set_definition(definition + "}}");
  v1::StateMachinesCreateResponse response;
  const grpc::Status status = machines_->Create(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr("Invalid State Machine Definition"));
}

// A2: one frame of 40 MB broke the stream, again at each reconnect.
TEST_F(Api, LargeTasksReachAWorkerWithDefaultLimits) {
  constexpr int kTasks = 40;
  for (int i = 0; i < kTasks; ++i) ASSERT_TRUE(Start("task", absl::StrCat("e", i), 1'000'000).ok());
  grpc::ClientContext context;
  const auto stream = workers_->Work(&context);
  v1::WorkersWorkRequest hello;
  hello.mutable_hello()->set_worker_name("w");
  v1::Credit* credit = hello.add_credits();
  credit->set_queue("q");
  credit->set_count(kTasks);
  ASSERT_TRUE(stream->Write(hello));
  int done = 0, acknowledged = 0;
  v1::WorkersWorkResponse frame;
  while (acknowledged < kTasks && stream->Read(&frame)) {
    EXPECT_LE(frame.ByteSizeLong(), size_t{4} * 1024 * 1024);
    acknowledged += frame.acknowledged_size();
    v1::WorkersWorkRequest answer;
    for (const v1::Task& task : frame.tasks()) {
      ++done;
      answer.add_received(task.token());
      v1::Completion* completion = answer.add_completions();
      completion->set_token(task.token());
      completion->set_output("1");
    }
    ASSERT_TRUE(stream->Write(answer));
  }
  EXPECT_EQ(acknowledged, kTasks);
  EXPECT_GE(done, kTasks);
  context.TryCancel();
}

TEST_F(Api, TaskAboveTheWorkersLimitFailsWithACauseThatSaysSo) {
  grpc::ClientContext context;
  const auto stream = workers_->Work(&context);
  v1::WorkersWorkRequest hello;
  hello.mutable_hello()->set_max_receive_bytes(1'500'000);
  v1::Credit* credit = hello.add_credits();
  credit->set_queue("q");
  credit->set_count(1);
  ASSERT_TRUE(stream->Write(hello));
  const v1::ExecutionsStartAndWaitResponse ended = Wait("task", "large", 2'000'000);
  EXPECT_EQ(ended.execution().status(), v1::EXECUTION_STATUS_FAILED);
  EXPECT_EQ(ended.error(), "States.DataLimitExceeded");
  EXPECT_THAT(ended.cause(), HasSubstr("receives frames of at most 1500000 bytes"));
  context.TryCancel();
}

// B5: four such streams held 4.2 GB of acknowledgements. The engine stops reading, so the worker's
// writes stop too, and what was taken in is bounded by buffers.
TEST_F(Api, StreamThatNeverReadsIsNotReadForEver) {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto stream = workers_->AsyncWork(&context, &queue, nullptr);
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  v1::WorkersWorkRequest frame;
  frame.mutable_hello();
  int written = 0;
  constexpr int kMostFrames = 400;  // of 1.2 MB
  while (written < kMostFrames) {
    stream->Write(frame, nullptr);
    const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(2);
    if (queue.AsyncNext(&tag, &ok, deadline) == grpc::CompletionQueue::TIMEOUT) break;
    ASSERT_TRUE(ok);
    ++written;
    if (written > 1) continue;
    frame.Clear();
    for (int i = 0; i < 10'000; ++i) {
      v1::Completion* completion = frame.add_completions();
      completion->set_token(std::string(110, 'f'));
      completion->set_output("1");
    }
  }
  EXPECT_LT(written, 50);
  context.TryCancel();
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
}

// A5 and B5: names of queues and workers are checked before anything is kept.
TEST_F(Api, HelloAndCreditsAreChecked) {
  std::vector<v1::WorkersWorkRequest> frames(4);
  frames[0].mutable_hello()->add_queues("");
  frames[1].mutable_hello()->set_worker_name(std::string(1'000, 'w'));
  frames[2].mutable_hello();
  frames[2].add_credits()->set_count(1);
  frames[3].mutable_hello();
  for (int i = 0; i < 1'001; ++i) {
    v1::Credit* credit = frames[3].add_credits();
    credit->set_queue(absl::StrCat("q", i));
    credit->set_count(1);
  }
  for (const v1::WorkersWorkRequest& frame : frames) {
    grpc::ClientContext context;
    const auto stream = workers_->Work(&context);
    stream->Write(frame);
    v1::WorkersWorkResponse answer;
    while (stream->Read(&answer)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
  v1::WorkersPollTaskRequest poll;
  grpc::ClientContext context;
  v1::WorkersPollTaskResponse task;
  EXPECT_EQ(workers_->PollTask(&context, poll, &task).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

// A15 and A4: a history of 8 MB for clients that receive 4.
TEST_F(Api, LargeHistoryIsReadAndFollowedWithDefaultLimits) {
  EXPECT_EQ(Wait("passes", "e", 1'000'000).execution().status(), v1::EXECUTION_STATUS_SUCCEEDED);
  std::vector<int64_t> paged, followed;
  v1::ExecutionsGetHistoryRequest request;
  request.set_execution("passes/e");
  request.set_page_size(1'000);
  do {
    grpc::ClientContext context;
    v1::ExecutionsGetHistoryResponse response;
    const grpc::Status status = executions_->GetHistory(&context, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
    for (const v1::HistoryEvent& event : response.events()) paged.push_back(event.id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  grpc::ClientContext context;
  v1::ExecutionsFollowHistoryRequest follow;
  follow.set_execution("passes/e");
  const auto stream = executions_->FollowHistory(&context, follow);
  v1::ExecutionsFollowHistoryResponse frame;
  while (stream->Read(&frame)) {
    for (const v1::HistoryEvent& event : frame.events()) followed.push_back(event.id());
  }
  const grpc::Status status = stream->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(paged.size(), 8u);
  EXPECT_EQ(followed, paged);
}

// A7: the task was with the cancelled call for the time of a lease.
TEST_F(Api, CancelledPollGivesItsPlaceBack) {
  grpc::ClientContext gone;
  v1::WorkersPollTaskRequest request;
  request.set_queue("q");
  grpc::CompletionQueue queue;
  const auto call = workers_->AsyncPollTask(&gone, request, &queue);
  v1::WorkersPollTaskResponse unused;
  grpc::Status status;
  call->Finish(&unused, &status, &gone);
  // It has reached the engine when its place is there.
  while (node_->queues().sessions() == 0) std::this_thread::yield();
  gone.TryCancel();
  void* tag = nullptr;
  bool ok = false;
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  while (node_->queues().sessions() > 0) std::this_thread::yield();
  queue.Shutdown();
  ASSERT_TRUE(Start("task", "e", 1).ok());
  grpc::ClientContext context;
  v1::WorkersPollTaskResponse response;
  ASSERT_TRUE(workers_->PollTask(&context, request, &response).ok());
  EXPECT_TRUE(response.has_task());
}

// B6: a scrape asked the store, and waited for it.
TEST_F(Api, MetricsAreExposedWithoutTheStore) {
  const auto metrics = PrometheusMetrics::Create();
  const int64_t reads = store_.stats().reads;
  const std::string text = metrics->Expose(node_.get());
  EXPECT_EQ(store_.stats().reads, reads);
  EXPECT_THAT(text, HasSubstr("pawl_executions_open"));
}

}  // namespace
}  // namespace pawl::api
