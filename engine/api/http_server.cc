#include <civetweb.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/prometheus_metrics.h"

namespace pawl::api {
namespace {

class Server final : public HttpServer {
 public:
  explicit Server(Handlers handlers) : handlers_(std::move(handlers)) {}
  ~Server() override {
    if (context_ != nullptr) mg_stop(context_);
  }

  absl::Status Bind(const std::string& listen) {
    const char* options[] = {"listening_ports",    listen.c_str(), "num_threads", "2",
                             "request_timeout_ms", "10000",        nullptr};
    mg_callbacks callbacks = {};
    context_ = mg_start(&callbacks, this, options);
    if (context_ == nullptr) {
      return absl::UnavailableError(absl::StrCat(
          "cannot listen on ", listen, " for HTTP: choose another address with --http-listen"));
    }
    mg_server_port port = {};
    if (mg_get_server_ports(context_, 1, &port) == 1) port_ = port.port;
    mg_set_request_handler(context_, "/metrics$", &Server::Metrics, this);
    mg_set_request_handler(context_, "/healthz$", &Server::Health, this);
    mg_set_request_handler(context_, "/readyz$", &Server::Ready, this);
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  static int Answer(mg_connection* connection, int status, const std::string& type,
                    const std::string& body) {
    mg_printf(
        connection,
        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
        status, status == 200 ? "OK" : "Service Unavailable", type.c_str(), body.size());
    mg_write(connection, body.data(), body.size());
    return status;
  }
  static int Metrics(mg_connection* connection, void* self) {
    return Answer(connection, 200, "text/plain; version=0.0.4",
                  static_cast<Server*>(self)->handlers_.metrics());
  }
  static int Health(mg_connection* connection, void*) {
    return Answer(connection, 200, "text/plain", "ok\n");
  }
  static int Ready(mg_connection* connection, void* self) {
    const std::string why = static_cast<Server*>(self)->handlers_.why_not_ready();
    return Answer(connection, why.empty() ? 200 : 503, "text/plain",
                  why.empty() ? "ready\n" : absl::StrCat(why, "\n"));
  }

  Handlers handlers_;
  mg_context* context_ = nullptr;
  int port_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen,
                                                              Handlers handlers) {
  auto server = std::make_unique<Server>(std::move(handlers));
  absl::Status status = server->Bind(listen);
  if (!status.ok()) return status;
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace pawl::api
