#include "engine/api/unary.h"

#include "engine/rpc_status/rpc_status.h"
#include "engine/service/errors.h"

namespace pawl::api {

grpc::Status ToGrpc(const absl::Status& status, const runtime::Options& options) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status out = service::ForCaller(status, options);
  return grpc::Status(static_cast<grpc::StatusCode>(out.code()), std::string(out.message()),
                      rpc::EncodeDetails(out));
}

service::CallContext ContextOf(const grpc::CallbackServerContext& context,
                               const runtime::Options& options) {
  service::CallContext call;
  call.ns = options.account;
  call.deadline = absl::FromChrono(context.deadline());
  return call;
}

}  // namespace pawl::api
