#include "engine/api/follow_reactor.h"

#include <utility>

#include "engine/core/record_codec.h"

namespace pawl::api {
namespace {

constexpr int kRowsPerRead = 200;

bool IsEndOfExecution(const core::Event& event) {
  return core::InfoOf(event.type).group == core::EventGroup::kExecution &&
         event.type != core::EventType::kExecutionStarted;
}

}  // namespace

grpc::ServerWriteReactor<v1::FollowHistoryResponse>* FollowReactor::Start(
    runtime::Node* node, const v1::FollowHistoryRequest& request) {
  auto reactor = std::make_shared<FollowReactor>(node);
  reactor->self_ = reactor;
  reactor->after_event_ = request.after_event_id();
  reactor->style_.includes_internal = request.include_internal();
  reactor->style_.region = node->options().region;
  auto id = runtime::ParseExecution(node->arns(), request.execution());
  const absl::Status status = id.ok() ? runtime::CheckHasHistory(id->name) : id.status();
  if (!status.ok()) {
    reactor->End(status);
    return reactor.get();
  }
  node->Find(*id, [reactor](absl::StatusOr<persistence::ExecutionRef> ref) {
    if (!ref.ok()) return reactor->End(ref.status());
    reactor->node_->View(*ref, {}, [reactor, ref = *ref](const auto& view) {
      if (!view.ok()) return reactor->End(view.status());
      reactor->style_.role_arn = view->role_arn;
      reactor->Watch(ref);
    });
  });
  return reactor.get();
}

void FollowReactor::Watch(persistence::ExecutionRef ref) {
  // Watched first and read then, so that nothing falls between.
  const runtime::Watchers::Id watch = node_->watchers().Add(ref, [self = weak_from_this()](bool) {
    if (auto reactor = self.lock()) reactor->ReadMore();
  });
  {
    absl::MutexLock lock(&mutex_);
    ref_ = ref;
    watch_ = watch;
  }
  ReadMore();
}

void FollowReactor::ReadMore() {
  persistence::ExecutionRef ref;
  int64_t from = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    if (is_busy_) {
      has_news_ = true;
      return;
    }
    is_busy_ = true;
    has_news_ = false;
    ref = ref_;
    from = next_sequence_;
  }
  auto rows = std::make_shared<absl::StatusOr<std::vector<persistence::HistoryRow>>>(
      absl::UnavailableError("not read"));
  node_->world().store->Read(
      [rows, ref, from](persistence::Store& store) {
        *rows = store.ReadHistory(ref, from, kRowsPerRead, /*reverse=*/false);
      },
      node_->any_strand(),
      [self = shared_from_this(), rows] {
        if (!rows->ok()) return self->OnRead(rows->status(), {});
        self->OnRead(absl::OkStatus(), std::move(**rows));
      });
}

void FollowReactor::OnRead(absl::Status status, std::vector<persistence::HistoryRow> rows) {
  v1::FollowHistoryResponse response;
  bool is_closed = false;
  for (const persistence::HistoryRow& row : rows) {
    auto events = core::DecodeTransition(row.record);
    if (!events.ok()) status = events.status();
    if (!status.ok()) break;
    for (const core::Event& event : *events) {
      is_closed = is_closed || IsEndOfExecution(event);
      if (event.is_numbered() && event.id <= after_event_) continue;
      v1::HistoryEvent out;
      if (ToProto(event, style_, &out)) *response.add_events() = std::move(out);
    }
  }
  if (!status.ok()) return End(status);
  bool reads_again = false, ends = false;
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    if (!rows.empty()) next_sequence_ = rows.back().sequence + 1;
    is_closed_ = is_closed_ || is_closed;
    if (response.events_size() > 0) {
      response_ = std::move(response);  // stays busy until the write is done
    } else {
      is_busy_ = false;
      ends = is_closed_;
      reads_again = !ends && (has_news_ || !rows.empty());
    }
  }
  if (ends) return End(absl::OkStatus());
  if (reads_again) return ReadMore();
  absl::MutexLock lock(&mutex_);
  if (is_busy_ && !is_ended_) StartWrite(&response_);
}

void FollowReactor::OnWriteDone(bool ok) {
  bool ends = false;
  {
    absl::MutexLock lock(&mutex_);
    is_busy_ = false;
    ends = is_closed_;
  }
  if (!ok) return End(absl::CancelledError("the client is gone"));
  if (ends) return End(absl::OkStatus());
  ReadMore();
}

void FollowReactor::End(const absl::Status& status) {
  persistence::ExecutionRef ref;
  runtime::Watchers::Id watch = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    is_ended_ = true;
    ref = ref_;
    watch = watch_;
  }
  if (watch != 0) node_->watchers().Remove(ref, watch);
  Finish(ToGrpc(status));
}

void FollowReactor::OnCancel() { End(absl::CancelledError("the client is gone")); }

void FollowReactor::OnDone() { self_.reset(); }

}  // namespace pawl::api
