#include "engine/api/follow_reactor.h"

#include <utility>

#include "engine/api/history_convert.h"

namespace pawl::api {

grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>* FollowReactor::Start(
    const service::Service& service, const service::CallContext& context,
    const v1::ExecutionsFollowHistoryRequest& request) {
  auto reactor = std::make_shared<FollowReactor>(service.deps);
  reactor->self_ = reactor;
  reactor->follower_->Start(
      context,
      {request.execution(), core::EventId(request.after_event_id()), request.include_internal()},
      reactor);
  return reactor.get();
}

FollowReactor::FollowReactor(const service::Deps& deps)
    : options_(deps.node->options()), follower_(std::make_shared<service::HistoryFollower>(deps)) {}

void FollowReactor::OnPage(service::HistoryPage page) {
  response_.Clear();
  for (const core::Event& event : page.events) {
    const absl::Status status = ToProto(event, page.style, response_.add_events());
    if (!status.ok()) return End(status);
  }
  absl::MutexLock lock(&mutex_);
  if (!is_ended_) StartWrite(&response_);
}

void FollowReactor::OnEnd(const absl::Status& status) { End(status); }

void FollowReactor::OnWriteDone(bool ok) {
  if (!ok) return End(absl::CancelledError("the client is gone"));
  follower_->Next();
}

void FollowReactor::OnCancel() { End(absl::CancelledError("the client is gone")); }

void FollowReactor::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    is_ended_ = true;
  }
  follower_->Cancel();
  Finish(ToGrpc(status, options_));
}

void FollowReactor::OnDone() { self_.reset(); }

}  // namespace pawl::api
