#include "engine/api/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/access_keys_service.h"
#include "engine/api/activities_service.h"
#include "engine/api/cluster_service.h"
#include "engine/api/executions_service.h"
#include "engine/api/machines_service.h"
#include "engine/api/namespaces_service.h"
#include "engine/api/workers_service.h"

namespace pawl::api {
namespace {

constexpr int kMaxStreams = 10'000;          // calls at once on one connection; others wait
constexpr unsigned kCertificateSeconds = 1;  // between two looks at the files

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const absl::optional<ServerTls>& tls) {
  if (!tls.has_value()) return grpc::InsecureServerCredentials();
  using grpc::experimental::FileWatcherCertificateProvider;
  auto files = std::make_shared<FileWatcherCertificateProvider>(
      tls->key_file, tls->certificate_file, tls->client_ca_file, kCertificateSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(std::move(files));
  options.watch_identity_key_cert_pairs();
  if (!tls->client_ca_file.empty()) {
    options.watch_root_certs();
    // Whoever shows a certificate must show a good one; keys and tokens work without.
    options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

class Server final : public GrpcServer {
 public:
  Server(const ServerOptions& options, service::Service* service)
      : access_keys_(service),
        activities_(service),
        tags_(service),
        machines_(service),
        namespaces_(service),
        executions_(service),
        workers_(service, options.max_message_bytes),
        cluster_(service) {}

  absl::Status Bind(const ServerOptions& options) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.listen, CredentialsOf(options.tls), &port_);
    builder.SetMaxReceiveMessageSize(options.max_message_bytes);
    builder.SetMaxSendMessageSize(options.max_message_bytes);
    // A second engine on the same port must be refused, not share it.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 10'000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
    builder.RegisterService(&access_keys_);
    builder.RegisterService(&activities_);
    builder.RegisterService(&tags_);
    builder.RegisterService(&machines_);
    builder.RegisterService(&namespaces_);
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
  AccessKeysService access_keys_;
  ActivitiesService activities_;
  TagsService tags_;
  MachinesService machines_;
  NamespacesService namespaces_;
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
