// The runtime's counts as Prometheus metrics, and the HTTP port that shows them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/http/server.h"
#include "engine/runtime/node.h"
#include "engine/runtime/range/metrics.h"

namespace pawl::api {

class PrometheusMetrics : public runtime::Metrics {
 public:
  static std::unique_ptr<PrometheusMetrics> Create();
  // Counts open executions in the store now and then, and never again before it has answered:
  // Expose shows the last counts. Both must outlive what is posted to the node's strand.
  virtual void StartCounting(runtime::Node* node) = 0;
  // The text exposition format. From memory: `node` (may be null) is asked for its queues only.
  // Call it on one thread at a time.
  virtual std::string Expose(runtime::Node* node) = 0;
};

// What stands behind the engine's HTTP port. Called on the server's thread; must not block.
struct HttpHandlers {
  std::function<http::Response(const http::Request&)> metrics;
  // "" when ready, else what keeps the engine from it.
  std::function<std::string()> why_not_ready;
  // Whether the request is one of AWS's API, and what answers it. May be empty.
  std::function<bool(const http::Request&)> is_for_aws = nullptr;
  http::Handler aws = nullptr;
};

// Serves GET /metrics, /livez and /healthz (the process answers) and /readyz (the ranges serve),
// from memory and on a thread of its own, whatever hangs; and AWS's API.
absl::StatusOr<std::unique_ptr<http::Server>> ServeHttp(const std::string& listen,
                                                        const http::ServerOptions& options,
                                                        HttpHandlers handlers);

}  // namespace pawl::api
