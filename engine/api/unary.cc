#include "engine/api/unary.h"

#include <grpc/grpc_security_constants.h>

#include <utility>

#include "engine/auth/actions.h"
#include "engine/auth/authenticator.h"
#include "engine/rpc_status/rpc_status.h"
#include "engine/service/errors.h"

namespace pawl::api {
namespace {

// "" where there is none. Of several the first.
std::string MetadataOf(const grpc::CallbackServerContext& context, const char* name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(name);
  if (found == metadata.end()) return "";
  return {found->second.data(), found->second.size()};
}

// "" where TLS has verified none.
std::string CertificateSubjectOf(const grpc::CallbackServerContext& context) {
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  if (peer == nullptr || !peer->IsPeerAuthenticated()) return "";
  const auto subject = peer->FindPropertyValues(GRPC_X509_SUBJECT_PROPERTY_NAME);
  if (subject.empty()) return "";
  return {subject[0].data(), subject[0].size()};
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status, const runtime::Options& options) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status out = service::ForCaller(status, options);
  return grpc::Status(static_cast<grpc::StatusCode>(out.code()), std::string(out.message()),
                      rpc::EncodeDetails(out));
}

absl::StatusOr<service::CallContext> Admit(const service::Service& service,
                                           const grpc::CallbackServerContext& context,
                                           absl::string_view rpc) {
  const std::string authorization = MetadataOf(context, "authorization");
  const std::string subject = CertificateSubjectOf(context);
  service::Caller caller;
  caller.source = context.peer();
  caller.operation = std::string(auth::OperationOfRpc(rpc));
  caller.ns = MetadataOf(context, "pawl-namespace");
  caller.deadline = absl::FromChrono(context.deadline());
  return service.gate.Admit(auth::OfGrpc(authorization, subject), std::move(caller));
}

}  // namespace pawl::api
