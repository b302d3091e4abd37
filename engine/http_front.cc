#include "engine/http_front.h"

#include <utility>

#include "engine/api/aws/credentials.h"
#include "engine/runtime/world/log.h"

namespace pawl {
namespace {

absl::optional<http::TlsOptions> TlsOf(const AdmissionFlags& flags) {
  if (!flags.has_tls()) return absl::nullopt;
  http::TlsOptions tls{
      flags.tls_certificate_file, flags.tls_key_file, flags.tls_client_ca_file, {}};
  tls.on_reload = [](const absl::Status& status) {
    if (status.ok()) return Log(LogLevel::kInfo, "the TLS certificate was read again");
    Log(LogLevel::kWarning,
        "the TLS certificate has changed and cannot be read: the old one counts",
        {{"reason", std::string(status.message())}});
  };
  return tls;
}

}  // namespace

http::ServerOptions HttpOptionsOf(const EngineFlags& flags) {
  http::ServerOptions options;
  options.max_body_bytes = flags.http_max_body;
  options.max_connections_per_address = flags.http_connections_per_address;
  options.max_total_body_bytes = 8 * flags.http_max_body;
  options.tls = TlsOf(flags.admission);
  return options;
}

http::Response AnswerMetrics(const service::Gate& gate, const http::Request& request,
                             absl::FunctionRef<std::string()> expose) {
  service::Caller caller;
  caller.source = request.peer;
  caller.operation = "GetMetrics";
  const auto context = gate.Admit(api::aws_json::CredentialsOf(request), std::move(caller));
  absl::Status status = context.status();
  if (status.ok()) {
    status = gate.Check(*context, "GetMetrics", "");
    service::EndCall(*context, status);
  }
  if (status.ok()) return {200, "text/plain; version=0.0.4", expose()};
  return {absl::IsUnauthenticated(status) ? 401 : 403, "text/plain",
          std::string(status.message()) + "\n"};
}

}  // namespace pawl
