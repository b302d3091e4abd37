// Which activities are registered, in memory: a task on one that is not fails before it is
// scheduled, and a decision cannot wait for the store. What another node changes is known here after
// kTrust.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/aws/arn.h"
#include "persistence/store.h"

namespace pawl::runtime {

// The kind of an activity's document.
inline constexpr char kActivityDocument[] = "activity";

// Thread-safe.
class ActivityRegistry {
 public:
  static constexpr absl::Duration kTrust = absl::Seconds(5);

  // Reads all of `ns` (blocks).
  absl::Status Refresh(persistence::Store* store, const std::string& ns);
  // After this node has written.
  void Set(const aws::ActivityId& id, bool is_registered);

  bool IsRegistered(absl::string_view ns, absl::string_view name) const;

 private:
  using Name = std::pair<std::string, std::string>;
  mutable absl::Mutex mutex_;
  absl::flat_hash_set<Name> registered_ ABSL_GUARDED_BY(mutex_);
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // by Set: a refresh that began before is stale
};

}  // namespace pawl::runtime
