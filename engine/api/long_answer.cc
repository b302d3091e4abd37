#include "engine/api/long_answer.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/unary.h"

namespace pawl::api {

class LongAnswer::Reactor final : public grpc::ServerUnaryReactor {
 public:
  Reactor(grpc::CallbackServerContext* context, const runtime::Options& options)
      : context_(context), options_(options) {}

  // Until gRPC is done with it, whoever else has let go of it.
  void Keep(std::shared_ptr<Reactor> self) { self_ = std::move(self); }

  void Answer(const absl::Status& status, const std::function<void()>& fill) {
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(is_finished_, true)) return;
      if (fill != nullptr) fill();
    }
    api::Finish(context_, this, status, options_);
  }

  void OnCancel() override { Answer(absl::CancelledError("the call was cancelled"), nullptr); }
  void OnDone() override { std::exchange(self_, nullptr).reset(); }

 private:
  grpc::CallbackServerContext* const context_;
  const runtime::Options& options_;
  std::shared_ptr<Reactor> self_;
  absl::Mutex mutex_;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

LongAnswer::LongAnswer(grpc::CallbackServerContext* context, const runtime::Options& options)
    : reactor_(std::make_shared<Reactor>(context, options)) {
  reactor_->Keep(reactor_);
}

LongAnswer::~LongAnswer() {
  Finish(absl::UnavailableError(
      "the engine lost the execution before its end: it is not known how far it came"));
}

std::shared_ptr<LongAnswer> LongAnswer::To(grpc::CallbackServerContext* context,
                                           const runtime::Options& options) {
  return std::shared_ptr<LongAnswer>(new LongAnswer(context, options));
}

void LongAnswer::Finish(const absl::Status& status, const std::function<void()>& fill) {
  reactor_->Answer(status, fill);
}

grpc::ServerUnaryReactor* LongAnswer::reactor() const { return reactor_.get(); }

}  // namespace pawl::api
