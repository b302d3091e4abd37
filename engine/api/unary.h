// Helpers of the gRPC adapters. Internal to engine/api.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "engine/api/long_answer.h"
#include "engine/service/service.h"

// Declares a unary method: its messages are named after the service and the method.
#define PAWL_UNARY_METHOD(Service, Method)                                      \
  grpc::ServerUnaryReactor* Method(grpc::CallbackServerContext* context,        \
                                   const v1::Service##Method##Request* request, \
                                   v1::Service##Method##Response* response) override

namespace pawl::api {

// The status as the caller gets it: text of bounded length, google.rpc.ErrorInfo and RetryInfo in
// the details.
grpc::Status ToGrpc(const absl::Status& status, const runtime::Options& options);

// Who calls `rpc` ("Executions.Start"): by the metadata `authorization`, or the certificate of a TLS
// connection. The metadata `pawl-namespace` chooses the namespace. Errors as Gate::Admit.
absl::StatusOr<service::CallContext> Admit(const service::Service& service,
                                           const grpc::CallbackServerContext& context,
                                           absl::string_view rpc);

// An operation's `done` that finishes `answer`: `fill` takes the result and writes the response; it
// may return an absl::Status.
template <typename T, typename Fill>
service::Done<T> AnswerWith(std::shared_ptr<LongAnswer> answer, Fill fill) {
  return [answer = std::move(answer), fill = std::move(fill)](absl::StatusOr<T> result) mutable {
    answer->Finish(result.status(), [&]() -> absl::Status {
      if constexpr (std::is_same_v<std::invoke_result_t<Fill&, T&>, absl::Status>) {
        return fill(*result);
      } else {
        fill(*result);
        return absl::OkStatus();
      }
    });
  };
}

}  // namespace pawl::api
