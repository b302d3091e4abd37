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

// Serves GET /metrics, /livez and /healthz (the process answers) and /readyz (the ranges serve),
// from memory and on a thread of its own, whatever hangs. `metrics` and `why_not_ready` are called on
// that thread and must not block.
struct HealthHandlers {
  std::function<std::string()> metrics;
  // "" when ready, else what keeps the engine from it.
  std::function<std::string()> why_not_ready;
};
absl::StatusOr<std::unique_ptr<http::Server>> ServeHealth(const std::string& listen,
                                                          HealthHandlers handlers);

}  // namespace pawl::api
