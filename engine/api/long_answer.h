// A unary call whose answer comes later, on another thread. Internal to engine/api.
//
//   auto answer = LongAnswer::To(*service_, *context, "Executions.Start");
//   if (!answer->is_admitted()) return answer->reactor();
//   service_->executions.Start(answer->context(), ..., AnswerWith<StartResult>(answer, [response](auto& result)
//   {...}));
//   return answer->reactor();
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/service/service.h"

namespace pawl::api {

// Completes the call exactly once: by Finish, by cancellation (the caller goes away, the server
// stops), or with UNAVAILABLE when the last reference goes, because then no one is left to answer.
// Thread-safe.
class LongAnswer {
 public:
  // `service` outlives the server. `rpc` is the call's name: "Executions.Start".
  static std::shared_ptr<LongAnswer> To(const service::Service& service,
                                        const grpc::CallbackServerContext& context,
                                        absl::string_view rpc);
  ~LongAnswer();

  // False where the caller is not let in: the call has been answered so.
  bool is_admitted() const { return is_admitted_; }
  // Who calls.
  const service::CallContext& context() const;

  // Called once if the caller goes away, also between Finish and the answer's arrival; at once if
  // it has gone already. Set at most once.
  void OnCancelled(std::function<void()> callback);

  // If `status` is OK, `fill` writes the response, which may be gone at any other time; a status
  // that it returns is the call's. Neither is used where the call is completed already.
  void Finish(const absl::Status& status, absl::FunctionRef<absl::Status()> fill);
  grpc::ServerUnaryReactor* reactor() const;

 private:
  class Reactor;
  LongAnswer(const runtime::Options& options, absl::StatusOr<service::CallContext> caller);

  const bool is_admitted_;
  const std::shared_ptr<Reactor> reactor_;
};

}  // namespace pawl::api
