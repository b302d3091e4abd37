#include "cli/engine_client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/rpc_status/rpc_status.h"
#include "pawl/v1/access_keys.grpc.pb.h"
#include "pawl/v1/cluster.grpc.pb.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/machines.grpc.pb.h"
#include "pawl/v1/namespaces.grpc.pb.h"
#include "worker-sdk/src/dialer.h"

namespace pawl::cli {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);  // of one call
constexpr int kAttempts = 4;
constexpr absl::Duration kFirstPause = absl::Milliseconds(150);  // doubled each time
constexpr int kMaxMessageBytes = 256 * 1024 * 1024;

absl::Duration WaitOf(const google::protobuf::Duration& wait) {
  return absl::Seconds(wait.seconds()) + absl::Nanoseconds(wait.nanos());
}

absl::Status ToAbsl(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  // An engine's refusal has details; what gRPC says by itself has none.
  if (code == absl::StatusCode::kUnavailable && status.error_details().empty()) {
    return absl::UnavailableError("the connection was refused, was lost or timed out");
  }
  absl::Status out = rpc::Decode(code, status.error_message(), status.error_details());
  const auto delay = aws::RetryAfterOf(out);
  if (!delay.has_value()) return out;
  const std::string message = absl::StrCat(std::string(out.message()), " (try again in ",
                                           absl::ToInt64Milliseconds(*delay), " ms)");
  return rpc::Decode(code, message, status.error_details());
}

class GrpcEngineClient final : public EngineClient {
 public:
  // `problem` is what every call answers, unless it is OK.
  GrpcEngineClient(absl::Status problem, sdk::Dialer dialer,
                   const std::shared_ptr<grpc::Channel>& channel)
      : problem_(std::move(problem)),
        dialer_(std::move(dialer)),
        channel_(channel),
        access_keys_(v1::AccessKeys::NewStub(channel)),
        machines_(v1::StateMachines::NewStub(channel)),
        namespaces_(v1::Namespaces::NewStub(channel)),
        executions_(v1::Executions::NewStub(channel)),
        cluster_(v1::Cluster::NewStub(channel)) {}

#define PAWL_CLI_CALL(Service, stub, Method)                                                 \
  absl::Status Call(const v1::Service##Method##Request& request,                             \
                    v1::Service##Method##Response* response) override {                      \
    return Unary(*stub, &v1::Service::Stub::Method, request, response, kAttempts, kTimeout); \
  }
  PAWL_CLI_CALL(StateMachines, machines_, Create)
  PAWL_CLI_CALL(StateMachines, machines_, Update)
  PAWL_CLI_CALL(StateMachines, machines_, Describe)
  PAWL_CLI_CALL(StateMachines, machines_, List)
  PAWL_CLI_CALL(StateMachines, machines_, Delete)
  PAWL_CLI_CALL(StateMachines, machines_, PublishVersion)
  PAWL_CLI_CALL(StateMachines, machines_, ListVersions)
  PAWL_CLI_CALL(StateMachines, machines_, DeleteVersion)
  PAWL_CLI_CALL(StateMachines, machines_, SetAlias)
  PAWL_CLI_CALL(StateMachines, machines_, ListAliases)
  PAWL_CLI_CALL(StateMachines, machines_, DeleteAlias)
  PAWL_CLI_CALL(StateMachines, machines_, Validate)
  PAWL_CLI_CALL(Executions, executions_, Start)
  PAWL_CLI_CALL(Executions, executions_, Describe)
  PAWL_CLI_CALL(Executions, executions_, GetHistory)
  PAWL_CLI_CALL(Executions, executions_, List)
  PAWL_CLI_CALL(Executions, executions_, Stop)
  PAWL_CLI_CALL(Executions, executions_, Redrive)
  PAWL_CLI_CALL(Executions, executions_, DescribeMapRun)
  PAWL_CLI_CALL(Executions, executions_, ListMapRuns)
  PAWL_CLI_CALL(Executions, executions_, UpdateMapRun)
  PAWL_CLI_CALL(Executions, executions_, SendTaskSuccess)
  PAWL_CLI_CALL(Executions, executions_, SendTaskFailure)
  PAWL_CLI_CALL(Executions, executions_, SendTaskHeartbeat)
  PAWL_CLI_CALL(AccessKeys, access_keys_, List)
  PAWL_CLI_CALL(AccessKeys, access_keys_, Revoke)
  PAWL_CLI_CALL(AccessKeys, access_keys_, Delete)
  PAWL_CLI_CALL(Namespaces, namespaces_, Create)
  PAWL_CLI_CALL(Namespaces, namespaces_, Describe)
  PAWL_CLI_CALL(Namespaces, namespaces_, List)
  PAWL_CLI_CALL(Namespaces, namespaces_, Update)
  PAWL_CLI_CALL(Cluster, cluster_, Describe)
  PAWL_CLI_CALL(Cluster, cluster_, ListQuarantined)
  PAWL_CLI_CALL(Cluster, cluster_, RetryQuarantined)
  PAWL_CLI_CALL(Cluster, cluster_, ExportExecution)
#undef PAWL_CLI_CALL

  absl::Status Call(const v1::StateMachinesTestStateRequest& request,
                    v1::StateMachinesTestStateResponse* response) override {
    return Unary(*machines_, &v1::StateMachines::Stub::TestState, request, response, 1,
                 kTimeout + absl::Minutes(5));
  }
  absl::Status Call(const v1::AccessKeysCreateRequest& request,
                    v1::AccessKeysCreateResponse* response) override {
    return Unary(*access_keys_, &v1::AccessKeys::Stub::Create, request, response, 1, kTimeout);
  }
  absl::Status Call(const v1::ExecutionsStartAndWaitRequest& request,
                    v1::ExecutionsStartAndWaitResponse* response) override {
    return Unary(*executions_, &v1::Executions::Stub::StartAndWait, request, response, 1,
                 kTimeout + WaitOf(request.wait()));
  }

  absl::Status Follow(
      const v1::ExecutionsFollowHistoryRequest& request,
      const std::function<void(const v1::ExecutionsFollowHistoryResponse&)>& each) override {
    if (!problem_.ok()) return problem_;
    grpc::ClientContext context;
    if (absl::Status status = dialer_.Authorize(&context); !status.ok()) return status;
    const auto reader = executions_->FollowHistory(&context, request);
    v1::ExecutionsFollowHistoryResponse batch;
    while (reader->Read(&batch)) each(batch);
    return ToAbsl(reader->Finish());
  }

 private:
  template <typename Stub, typename Request, typename Response>
  absl::Status Unary(Stub& stub,
                     grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                     const Request& request, Response* response, int attempts,
                     absl::Duration timeout) const {
    if (!problem_.ok()) return problem_;
    absl::Duration pause = kFirstPause;
    while (true) {
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
      absl::Status status = dialer_.Authorize(&context);
      if (!status.ok()) return status;
      status = ToAbsl((stub.*method)(&context, request, response));
      if (!absl::IsUnavailable(status) || --attempts <= 0) return status;
      Wait(std::exchange(pause, pause * 2));
    }
  }

  // An engine that is being started: gRPC connects only while it is waited for, not in a sleep.
  void Wait(absl::Duration pause) const {
    if (channel_->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY) {
      return absl::SleepFor(pause);
    }
    channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + pause));
  }

  const absl::Status problem_;
  const sdk::Dialer dialer_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::AccessKeys::Stub> access_keys_;
  const std::unique_ptr<v1::StateMachines::Stub> machines_;
  const std::unique_ptr<v1::Namespaces::Stub> namespaces_;
  const std::unique_ptr<v1::Executions::Stub> executions_;
  const std::unique_ptr<v1::Cluster::Stub> cluster_;
};

}  // namespace

std::unique_ptr<EngineClient> ConnectEngine(const absl::StatusOr<ConnectOptions>& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
  sdk::Dialer dialer(options.ok() ? *options : ConnectOptions());
  absl::Status problem = options.ok() ? dialer.Check() : options.status();
  std::shared_ptr<grpc::Channel> channel;
  if (problem.ok()) {
    auto dialed = dialer.Dial(dialer.options().addresses.front(), arguments);
    if (dialed.ok()) channel = *std::move(dialed);
    problem = dialed.status();
  }
  // No call is made over the one that leads nowhere.
  if (channel == nullptr) {
    channel = grpc::CreateChannel("unused.invalid", grpc::InsecureChannelCredentials());
  }
  return std::make_unique<GrpcEngineClient>(std::move(problem), std::move(dialer), channel);
}

}  // namespace pawl::cli
