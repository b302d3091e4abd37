// The HTTP port as the flags say: its limits, its TLS, and who may read the metrics.
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "engine/flags.h"
#include "engine/http/server.h"
#include "engine/service/gate.h"

namespace pawl {

http::ServerOptions HttpOptionsOf(const EngineFlags& flags);

// GET /metrics: what `expose` says, to callers who may GetMetrics; 401 or 403 to others.
http::Response AnswerMetrics(const service::Gate& gate, const http::Request& request,
                             absl::FunctionRef<std::string()> expose);

}  // namespace pawl
