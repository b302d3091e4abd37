#include "engine/api/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/activities_service.h"
#include "engine/api/cluster_service.h"
#include "engine/api/executions_service.h"
#include "engine/api/machines_service.h"
#include "engine/api/workers_service.h"

namespace pawl::api {
namespace {

class Server final : public GrpcServer {
 public:
  Server(const ServerOptions& options, service::Service* service)
      : activities_(service),
        tags_(service),
        machines_(service),
        executions_(service),
        workers_(service, options.max_message_bytes),
        cluster_(service) {}

  absl::Status Bind(const ServerOptions& options) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(options.max_message_bytes);
    builder.SetMaxSendMessageSize(options.max_message_bytes);
    // A second engine on the same port must be refused, not share it.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.RegisterService(&activities_);
    builder.RegisterService(&tags_);
    builder.RegisterService(&machines_);
    builder.RegisterService(&executions_);
    builder.RegisterService(&workers_);
    builder.RegisterService(&cluster_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0) {
      return absl::UnavailableError(
          absl::StrCat("cannot listen on ", options.listen,
                       ": is another engine running there? Choose another address with --listen"));
    }
    return absl::OkStatus();
  }

  int port() const override { return port_; }

  void SetReady(bool is_ready) override {
    server_->GetHealthCheckService()->SetServingStatus(is_ready);
  }

  void Shutdown(absl::Duration grace) override {
    server_->GetHealthCheckService()->SetServingStatus(false);
    workers_.SayGoAway();
    server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
    server_->Wait();
  }

 private:
  ActivitiesService activities_;
  TagsService tags_;
  MachinesService machines_;
  ExecutionsService executions_;
  WorkersService workers_;
  ClusterService cluster_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const ServerOptions& options,
                                                              service::Service* service) {
  auto server = std::make_unique<Server>(options, service);
  absl::Status status = server->Bind(options);
  if (!status.ok()) return status;
  return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace pawl::api
