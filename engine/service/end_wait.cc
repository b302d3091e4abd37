#include "engine/service/end_wait.h"

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace pawl::service {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(30);

// Held by its watch, its looks and the work posted for `until`.
class EndWait : public std::enable_shared_from_this<EndWait> {
 public:
  EndWait(const Deps& deps, persistence::ExecutionRef ref, absl::Time until,
          Done<runtime::ExecutionView> done)
      : deps_(deps), ref_(ref), until_(until), done_(std::move(done)) {}

  void Start() {
    const runtime::Watchers::Id watch =
        deps_.node->watchers().Add(ref_, [self = shared_from_this()](bool is_closed) {
          if (is_closed) self->Look();
        });
    {
      absl::MutexLock lock(&mutex_);
      watch_ = watch;
    }
    // It may have ended before it was watched.
    Look();
    LookLater();
  }

 private:
  void LookLater() {
    const absl::Duration pause = std::min(until_ - deps_.Now(), kLookInterval);
    deps_.node->any_strand()->PostAfter(pause, [weak = weak_from_this()] {
      auto self = weak.lock();
      if (self == nullptr) return;
      self->Look();
      if (self->deps_.Now() < self->until_) self->LookLater();
    });
  }

  void Look() {
    deps_.node->View(ref_, {},
                     [self = shared_from_this()](absl::StatusOr<runtime::ExecutionView> view) {
                       const bool is_over = self->deps_.Now() >= self->until_;
                       const bool has_ended = view.ok() && view->is_closed();
                       // The engine may be recovering: then it is looked at again.
                       const bool has_failed = !view.ok() && !absl::IsUnavailable(view.status());
                       if (is_over || has_ended || has_failed) self->Answer(std::move(view));
                     });
  }

  void Answer(absl::StatusOr<runtime::ExecutionView> view) {
    Done<runtime::ExecutionView> done;
    runtime::Watchers::Id watch;
    {
      absl::MutexLock lock(&mutex_);
      done = std::exchange(done_, nullptr);
      watch = std::exchange(watch_, runtime::Watchers::kNobody);
    }
    if (watch != runtime::Watchers::kNobody) deps_.node->watchers().Remove(ref_, watch);
    if (done) done(std::move(view));
  }

  const Deps deps_;
  const persistence::ExecutionRef ref_;
  const absl::Time until_;
  absl::Mutex mutex_;
  Done<runtime::ExecutionView> done_ ABSL_GUARDED_BY(mutex_);
  runtime::Watchers::Id watch_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void WaitForEnd(const Deps& deps, persistence::ExecutionRef ref, absl::Time until,
                Done<runtime::ExecutionView> done) {
  std::make_shared<EndWait>(deps, ref, until, std::move(done))->Start();
}

}  // namespace pawl::service
