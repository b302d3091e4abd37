// The gRPC server: the services of proto/pawl/v1 with health and reflection. No gRPC header is
// needed to use it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/service/service.h"

namespace pawl::api {

// PEM files; read again when they change.
struct ServerTls {
  std::string certificate_file;
  std::string key_file;
  std::string client_ca_file;  // "": clients are not asked for certificates
};

struct ServerOptions {
  std::string listen = "127.0.0.1:7233";  // host:port; port 0 picks a free one
  int max_message_bytes = 64 * 1024 * 1024;
  absl::optional<ServerTls> tls;  // nullopt: plain text
};

class GrpcServer {
 public:
  // Serves at once. `service` outlives it. Unavailable where the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const ServerOptions& options,
                                                           service::Service* service);
  virtual ~GrpcServer() = default;

  virtual int port() const = 0;
  // What the standard health service answers; as /readyz does. True from the start on.
  virtual void SetReady(bool is_ready) = 0;
  // Tells workers to go away, refuses new calls, gives open ones `grace` to end, then cancels them.
  virtual void Shutdown(absl::Duration grace) = 0;
};

}  // namespace pawl::api
