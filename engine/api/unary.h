// Helpers of the unary services. Internal to engine/api.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/runtime/node.h"

namespace pawl::api {

inline grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

// Refusals for overload say when to come back.
inline void Finish(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
                   const absl::Status& status, const runtime::Options& options) {
  if (absl::IsResourceExhausted(status)) {
    context->AddTrailingMetadata("retry-after-ms",
                                 absl::StrCat(absl::ToInt64Milliseconds(options.retry_after)));
  }
  reactor->Finish(ToGrpc(status));
}

// Runs `work` where it may block on the store, then finishes the call with its status.
template <typename WorkFn>
grpc::ServerUnaryReactor* RunBlocking(runtime::Node* node, grpc::CallbackServerContext* context,
                                      WorkFn work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto status = std::make_shared<absl::Status>();
  node->world().store->Read(
      [work = std::move(work), status](persistence::Store& store) mutable {
        *status = work(store);
      },
      node->any_strand(),
      [context, reactor, status, node] { Finish(context, reactor, *status, node->options()); });
  return reactor;
}

inline absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0 || requested > 1000) {
    return absl::InvalidArgumentError("page_size must be between 1 and 1000 (0 means 100)");
  }
  return requested == 0 ? 100 : requested;
}

}  // namespace pawl::api
