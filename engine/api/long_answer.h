// The answer to a unary call. Internal to engine/api.
//
//   auto answer = LongAnswer::To(node->options());
//   service->executions.Start(..., AnswerWith<StartResult>(answer, [response](auto& result)
//   {...})); return answer->reactor();
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "engine/runtime/options.h"

namespace pawl::api {

// Completes the call exactly once: by Finish, by cancellation (the caller goes away, the server
// stops), or with UNAVAILABLE when the last reference goes, because then no one is left to answer.
// Thread-safe.
class LongAnswer {
 public:
  // `options` outlive it.
  static std::shared_ptr<LongAnswer> To(const runtime::Options& options);
  ~LongAnswer();

  // Called once if the caller goes away, also between Finish and the answer's arrival; at once if
  // it has gone already. Set at most once.
  void OnCancelled(std::function<void()> callback);

  // If `status` is OK, `fill` writes the response, which may be gone at any other time; a status
  // that it returns is the call's. Neither is used where the call is completed already.
  void Finish(const absl::Status& status, absl::FunctionRef<absl::Status()> fill);
  grpc::ServerUnaryReactor* reactor() const;

 private:
  class Reactor;
  explicit LongAnswer(const runtime::Options& options);

  const std::shared_ptr<Reactor> reactor_;
};

}  // namespace pawl::api
