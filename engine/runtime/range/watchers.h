// Who wants to know when an execution has moved on: followers of histories and those who wait for
// an end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "engine/value/strong_id.h"
#include "persistence/types.h"

namespace pawl::runtime {

// Thread-safe. Callbacks run on the range's strand, must not block, and may be called once more
// after Remove has returned.
class Watchers {
 public:
  using Callback = std::function<void(bool is_closed)>;
  using Id = StrongId<struct WatcherIdTag, int64_t>;
  static constexpr Id kNobody{0};

  Id Add(const persistence::ExecutionRef& ref, Callback callback);
  void Remove(const persistence::ExecutionRef& ref, Id id);
  // The executions of these slots that somebody watches.
  std::vector<persistence::ExecutionRef> WatchedIn(persistence::SlotRange slots);
  // After every commit of the execution.
  void Notify(const persistence::ExecutionRef& ref, bool is_closed);

 private:
  struct Entry {
    Id id;
    std::shared_ptr<Callback> callback;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<persistence::ExecutionRef, std::vector<Entry>> entries_
      ABSL_GUARDED_BY(mutex_);
  Id next_ ABSL_GUARDED_BY(mutex_){1};
};

}  // namespace pawl::runtime
