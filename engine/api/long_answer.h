// The answer to a unary call that may take long. Internal to engine/api.
//
//   auto answer = LongAnswer::To(context, node->options());
//   node->Start(..., [answer, response](const core::Execution& ended) {
//     answer->Finish(absl::OkStatus(), [&] { Fill(ended, response); });
//   });
//   return answer->reactor();
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "engine/runtime/options.h"

namespace pawl::api {

// Given once, by the first of: Finish; the end of the call from the other side (the caller goes
// away, the server stops), which must not wait for us; the end of the last copy of the pointer:
// then nobody is left who could answer, and the caller is told. Thread-safe.
class LongAnswer {
 public:
  // `options` outlive it.
  static std::shared_ptr<LongAnswer> To(grpc::CallbackServerContext* context,
                                        const runtime::Options& options);
  ~LongAnswer();

  // `fill` may write to the call's response and context, which may be gone at any other time; it is
  // not called where the answer has been given.
  void Finish(const absl::Status& status, const std::function<void()>& fill = nullptr);
  grpc::ServerUnaryReactor* reactor() const;

 private:
  class Reactor;
  LongAnswer(grpc::CallbackServerContext* context, const runtime::Options& options);

  const std::shared_ptr<Reactor> reactor_;
};

}  // namespace pawl::api
