#include "engine/service/follow.h"

#include <utility>

#include "engine/runtime/range/history_style.h"
#include "engine/service/limits.h"

namespace pawl::service {
namespace {

constexpr size_t kPageBytes = size_t{1024} * 1024;
constexpr int kPageEvents = 1'000;
constexpr absl::Duration kCheckInterval = absl::Seconds(30);

}  // namespace

void HistoryFollower::Start(const CallContext& context, const FollowQuery& query,
                            std::shared_ptr<FollowSink> sink) {
  {
    absl::MutexLock lock(&mutex_);
    sink_ = std::move(sink);
  }
  limits_.max_events = kPageEvents;
  limits_.max_bytes = kPageBytes;
  limits_.includes_internal = query.includes_internal;
  limits_.after_event = query.after_event;
  style_.region = deps_.node->options().region;
  absl::Status status = CheckLength("executionArn", query.execution, kMaxArnCharacters);
  if (status.ok()) {
    status = deps_.authorizer->Check(context, "GetExecutionHistory", query.execution);
  }
  if (!status.ok()) return End(status);
  const auto id = aws::ParseExecution(deps_.arns(context), query.execution);
  if (!id.ok()) return End(id.status());
  status = aws::CheckHasHistory(id->name);
  if (!status.ok()) return End(status);
  Find(*id);
}

void HistoryFollower::Find(const aws::ExecutionId& id) {
  deps_.node->Find(id, [self = shared_from_this()](absl::StatusOr<persistence::ExecutionRef> ref) {
    if (!ref.ok()) return self->End(ref.status());
    self->deps_.node->View(*ref, {}, [self, ref = *ref](const auto& view) {
      if (!view.ok()) return self->End(view.status());
      self->style_ =
          runtime::StyleOf(view->row, view->role_arn, self->deps_.node->options().region);
      self->Watch(ref);
    });
  });
}

void HistoryFollower::Watch(persistence::ExecutionRef ref) {
  cursor_ = std::make_unique<HistoryCursor>(ref, HistoryPosition(), /*reverse=*/false);
  // Watched first and read then, so that nothing falls between.
  const runtime::Watchers::Id watch =
      deps_.node->watchers().Add(ref, [weak = weak_from_this()](bool) {
        if (auto self = weak.lock()) self->OnNews();
      });
  bool is_ended = false;
  {
    absl::MutexLock lock(&mutex_);
    ref_ = ref;
    watch_ = watch;
    is_ended = state_ == State::kEnded;
  }
  if (is_ended) return deps_.node->watchers().Remove(ref, watch);
  CheckLater();
  Read();
}

void HistoryFollower::CheckLater() {
  deps_.node->any_strand()->PostAfter(kCheckInterval, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (self == nullptr) return;
    self->OnNews();
    self->CheckLater();
  });
}

void HistoryFollower::OnNews() {
  {
    absl::MutexLock lock(&mutex_);
    if (state_ != State::kIdle) {
      has_news_ = true;
      return;
    }
    state_ = State::kReading;
  }
  Read();
}

void HistoryFollower::Next() {
  bool ends = false;
  {
    absl::MutexLock lock(&mutex_);
    if (state_ != State::kDelivering) return;
    ends = is_last_;
    state_ = State::kReading;
  }
  if (ends) return End(absl::OkStatus());
  Read();
}

void HistoryFollower::Read() {
  {
    absl::MutexLock lock(&mutex_);
    has_news_ = false;
  }
  deps_.node->world().store->Read(
      runtime::ReadLane::kBulk,
      [self = shared_from_this()](persistence::Store& store) {
        EventPage page;
        const absl::Status status = FillPage(store, self->limits_, self->cursor_.get(), &page);
        self->OnRead(status, std::move(page));
      },
      deps_.node->any_strand(), [] {});
}

void HistoryFollower::OnRead(const absl::Status& status, EventPage page) {
  if (!status.ok()) return End(status);
  const bool is_empty = page.events.empty();
  std::shared_ptr<FollowSink> sink;
  bool reads_again = false, ends = false;
  {
    absl::MutexLock lock(&mutex_);
    if (state_ == State::kEnded) return;
    has_end_ = has_end_ || page.has_end;
    is_last_ = has_end_ && !page.has_more;
    if (!is_empty) {
      state_ = State::kDelivering;
      sink = sink_;
    } else if (is_last_) {
      ends = true;
    } else {
      reads_again = page.has_more || has_news_;
      if (!reads_again) state_ = State::kIdle;
    }
  }
  if (sink != nullptr) return sink->OnPage(HistoryPage{std::move(page.events), "", style_});
  if (ends) return End(absl::OkStatus());
  if (reads_again) Read();
}

void HistoryFollower::End(const absl::Status& status) {
  std::shared_ptr<FollowSink> sink;
  {
    absl::MutexLock lock(&mutex_);
    sink = std::move(sink_);
    sink_ = nullptr;
  }
  Cancel();
  if (sink != nullptr) sink->OnEnd(status);
}

void HistoryFollower::Cancel() {
  std::shared_ptr<FollowSink> gone;  // released without the lock
  persistence::ExecutionRef ref;
  runtime::Watchers::Id watch;
  {
    absl::MutexLock lock(&mutex_);
    state_ = State::kEnded;
    gone = std::move(sink_);
    sink_ = nullptr;
    ref = ref_;
    watch = std::exchange(watch_, runtime::Watchers::kNobody);
  }
  if (watch != runtime::Watchers::kNobody) deps_.node->watchers().Remove(ref, watch);
}

}  // namespace pawl::service
