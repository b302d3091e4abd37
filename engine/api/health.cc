#include <utility>

#include "engine/api/prometheus_metrics.h"

namespace pawl::api {
namespace {

http::Response AnswerHealth(const HttpHandlers& handlers, const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return {405, "text/plain", "GET it\n"};
  }
  if (request.path == "/metrics") {
    return handlers.metrics(request);
  }
  if (request.path == "/healthz" || request.path == "/livez") return {200, "text/plain", "ok\n"};
  if (request.path == "/readyz") {
    const std::string why = handlers.why_not_ready();
    if (why.empty()) return {200, "text/plain", "ready\n"};
    return {503, "text/plain", why + "\n"};
  }
  return {404, "text/plain",
          "there are /metrics, /livez, /healthz and /readyz; AWS's API is POST /\n"};
}

}  // namespace

absl::StatusOr<std::unique_ptr<http::Server>> ServeHttp(const std::string& listen,
                                                        const http::ServerOptions& options,
                                                        HttpHandlers handlers) {
  return http::Server::Start(
      listen, options,
      [handlers = std::move(handlers)](http::Request request, http::Respond respond) {
        if (handlers.is_for_aws != nullptr && handlers.is_for_aws(request)) {
          return handlers.aws(std::move(request), std::move(respond));
        }
        respond(AnswerHealth(handlers, request));
      });
}

}  // namespace pawl::api
