#include "engine/api/follow_reactor.h"

#include <utility>

#include "engine/api/history_convert.h"

namespace pawl::api {
namespace {

constexpr char kRpc[] = "Executions.FollowHistory";

}  // namespace

grpc::ServerWriteReactor<v1::ExecutionsFollowHistoryResponse>* FollowReactor::Start(
    const service::Service& service, grpc::CallbackServerContext* context,
    const v1::ExecutionsFollowHistoryRequest& request) {
  auto reactor = std::make_shared<FollowReactor>(service, context);
  reactor->self_ = reactor;
  absl::StatusOr<service::CallContext> call = Admit(service, *context, kRpc);
  if (!call.ok()) {
    reactor->End(call.status());
    return reactor.get();
  }
  reactor->call_ = *std::move(call);
  reactor->follower_->Start(
      reactor->call_,
      {request.execution(), core::EventId(request.after_event_id()), request.include_internal()},
      reactor);
  return reactor.get();
}

FollowReactor::FollowReactor(const service::Service& service, grpc::CallbackServerContext* context)
    : service_(service),
      context_(context),
      options_(service.deps.node->options()),
      follower_(std::make_shared<service::HistoryFollower>(service.deps)) {}

void FollowReactor::OnPage(service::HistoryPage page) {
  response_.Clear();
  for (const core::Event& event : page.events) {
    const absl::Status status = ToProto(event, page.style, response_.add_events());
    if (!status.ok()) return End(status);
  }
  absl::Status admitted;
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;  // and the call's metadata may be gone
    // The key may have been revoked since, or the token have expired.
    admitted = Admit(service_, *context_, kRpc).status();
    if (admitted.ok()) StartWrite(&response_);
  }
  if (!admitted.ok()) End(admitted);
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
  service::EndCall(call_, status);
  Finish(ToGrpc(status, options_));
}

void FollowReactor::OnDone() { self_.reset(); }

}  // namespace pawl::api
