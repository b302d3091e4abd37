// Follows a history: what is stored first, then what commits bring, until the execution has ended.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/runtime/range/watchers.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"
#include "engine/service/history.h"

namespace pawl::service {

struct FollowQuery {
  std::string execution;
  core::EventId after_event;
  bool includes_internal = false;
};

// Where the events go. Called one at a time, on threads that may convert but must not block.
class FollowSink {
 public:
  virtual ~FollowSink() = default;
  // About 1 MiB of events, at least one. HistoryFollower::Next asks for the page after it.
  virtual void OnPage(HistoryPage page) = 0;
  // Called once, as the last: OK once the end of the execution has been handed over. Not called
  // after Cancel.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// One follower. It holds no more than the transition that it is reading, so a slow reader costs
// little. Thread-safe.
class HistoryFollower : public std::enable_shared_from_this<HistoryFollower> {
 public:
  explicit HistoryFollower(const Deps& deps) : deps_(deps) {}

  // Call it once. Errors go to OnEnd, as of Histories::Get. `sink` is held until the end or Cancel.
  void Start(const CallContext& context, const FollowQuery& query,
             std::shared_ptr<FollowSink> sink);
  // The last page has been delivered.
  void Next();
  void Cancel();

 private:
  enum class State {
    kIdle,        // waits for news
    kReading,     // a read is under way
    kDelivering,  // a page is with the sink
    kEnded,
  };

  void Find(const aws::ExecutionId& id);
  void Watch(persistence::ExecutionRef ref);
  // Something may have been stored: reads it now or, while busy, next.
  void OnNews();
  void Read();
  void OnRead(const absl::Status& status, EventPage page);
  void End(const absl::Status& status);
  // A commit may have been made without its news (an ownership that was lost with its last answer).
  void CheckLater();

  const Deps deps_;
  core::HistoryStyle style_;               // written before the first read
  PageLimits limits_;                      // likewise
  std::unique_ptr<HistoryCursor> cursor_;  // used by the one read that is under way

  absl::Mutex mutex_;
  std::shared_ptr<FollowSink> sink_ ABSL_GUARDED_BY(mutex_);
  State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  bool has_news_ ABSL_GUARDED_BY(mutex_) = false;  // came while busy
  bool has_end_ ABSL_GUARDED_BY(mutex_) = false;   // the execution's last event has been read
  bool is_last_ ABSL_GUARDED_BY(mutex_) = false;   // the page with the sink holds the end
  persistence::ExecutionRef ref_ ABSL_GUARDED_BY(mutex_);
  runtime::Watchers::Id watch_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::service
