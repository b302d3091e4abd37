// The runtime's counts as Prometheus metrics, and the HTTP port that shows them.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "engine/runtime/metrics.h"
#include "engine/runtime/node.h"

namespace pawl::api {

class PrometheusMetrics : public runtime::Metrics {
 public:
  static std::unique_ptr<PrometheusMetrics> Create();
  // The text exposition format. Gauges (queues, open executions) are read from `node` now.
  virtual std::string Expose(runtime::Node* node) = 0;
};

// Serves GET /metrics, /healthz (the process answers) and /readyz (the ranges serve).
class HttpServer {
 public:
  struct Handlers {
    std::function<std::string()> metrics;
    // "" when ready, else what keeps the engine from it; from memory, at once.
    std::function<std::string()> why_not_ready;
  };
  // `listen` is host:port; port 0 picks a free one. Unavailable where it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen,
                                                           Handlers handlers);
  virtual ~HttpServer() = default;
  virtual int port() const = 0;
};

}  // namespace pawl::api
