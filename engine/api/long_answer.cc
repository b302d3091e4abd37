#include "engine/api/long_answer.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/unary.h"

namespace pawl::api {

class LongAnswer::Reactor final : public grpc::ServerUnaryReactor {
 public:
  Reactor(const runtime::Options& options, service::CallContext context)
      : options_(options), context_(std::move(context)) {}

  const service::CallContext& context() const { return context_; }

  // Until gRPC is done with it, whoever else has let go of it.
  void Keep(std::shared_ptr<Reactor> self) { self_ = std::move(self); }

  void Answer(absl::Status status, absl::FunctionRef<absl::Status()> fill) {
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(is_finished_, true)) return;
      if (status.ok()) status = fill();
    }
    service::EndCall(context_, status);
    Finish(ToGrpc(status, options_));
  }

  void SetCancelled(std::function<void()> callback) {
    {
      absl::MutexLock lock(&mutex_);
      if (!is_cancelled_) {
        cancelled_ = std::move(callback);
        return;
      }
    }
    callback();
  }

  void OnCancel() override {
    std::function<void()> callback;
    {
      absl::MutexLock lock(&mutex_);
      is_cancelled_ = true;
      callback = std::exchange(cancelled_, nullptr);
    }
    if (callback) callback();
    Answer(absl::CancelledError("the call was cancelled"), [] { return absl::OkStatus(); });
  }
  void OnDone() override { std::exchange(self_, nullptr).reset(); }

 private:
  const runtime::Options& options_;
  const service::CallContext context_;
  std::shared_ptr<Reactor> self_;
  absl::Mutex mutex_;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> cancelled_ ABSL_GUARDED_BY(mutex_);
};

LongAnswer::LongAnswer(const runtime::Options& options, absl::StatusOr<service::CallContext> caller)
    : is_admitted_(caller.ok()),
      reactor_(std::make_shared<Reactor>(
          options, caller.ok() ? *std::move(caller) : service::CallContext())) {
  reactor_->Keep(reactor_);
  if (!is_admitted_) Finish(caller.status(), [] { return absl::OkStatus(); });
}

LongAnswer::~LongAnswer() {
  Finish(absl::UnavailableError(
             "the engine lost the execution before its end: it is not known how far it came"),
         [] { return absl::OkStatus(); });
}

std::shared_ptr<LongAnswer> LongAnswer::To(const service::Service& service,
                                           const grpc::CallbackServerContext& context,
                                           absl::string_view rpc) {
  return std::shared_ptr<LongAnswer>(
      new LongAnswer(service.deps.node->options(), Admit(service, context, rpc)));
}

const service::CallContext& LongAnswer::context() const { return reactor_->context(); }

void LongAnswer::OnCancelled(std::function<void()> callback) {
  reactor_->SetCancelled(std::move(callback));
}

void LongAnswer::Finish(const absl::Status& status, absl::FunctionRef<absl::Status()> fill) {
  reactor_->Answer(status, fill);
}

grpc::ServerUnaryReactor* LongAnswer::reactor() const { return reactor_.get(); }

}  // namespace pawl::api
