#include <utility>

#include "engine/api/prometheus_metrics.h"

namespace pawl::api {

absl::StatusOr<std::unique_ptr<http::Server>> ServeHealth(const std::string& listen,
                                                          HealthHandlers handlers) {
  const auto answer = [handlers = std::move(handlers)](const http::Request& request) {
    if (request.method != "GET" && request.method != "HEAD") {
      return http::Response{405, "text/plain", "GET it\n"};
    }
    if (request.path == "/metrics") {
      return http::Response{200, "text/plain; version=0.0.4", handlers.metrics()};
    }
    if (request.path == "/healthz" || request.path == "/livez") {
      return http::Response{200, "text/plain", "ok\n"};
    }
    if (request.path == "/readyz") {
      const std::string why = handlers.why_not_ready();
      if (why.empty()) return http::Response{200, "text/plain", "ready\n"};
      return http::Response{503, "text/plain", why + "\n"};
    }
    return http::Response{404, "text/plain", "there are /metrics, /livez, /healthz and /readyz\n"};
  };
  return http::Server::Start(
      listen, http::ServerOptions(),
      [answer](const http::Request& request, http::Respond respond) { respond(answer(request)); });
}

}  // namespace pawl::api
