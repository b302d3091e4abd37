// What every operation of the service takes beside its arguments: who calls, until when, and where
// the answer goes.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace pawl::auth {
struct Principal;
}  // namespace pawl::auth

namespace pawl::service {

class CallRecord;

struct CallContext {
  std::string ns;         // the namespace (account) that bare names belong to
  std::string principal;  // who calls; "" for an anonymous caller
  absl::Time deadline = absl::InfiniteFuture();
  std::string request_id;  // for logs and AWS's error texts; may be empty
  // Who calls, with what it may do. Null where nobody is authenticated.
  std::shared_ptr<const auth::Principal> caller = nullptr;
  // Set by a front that has asked the authorizer for all that the call will do: a worker's stream
  // asks once for each of its queues.
  bool is_authorized = false;
  // What the audit log will say of the call. Null where nothing is written.
  std::shared_ptr<CallRecord> record = nullptr;
};

// The namespace that a caller is kept to; "" for callers of all of them.
std::string BoundsOf(const CallContext& context);

// Receives an operation's answer, at most once, on any thread; must not block. It is destroyed
// without a call if the engine loses the execution while the operation waits: the outcome is then
// unknown. Errors carry an aws::Error where a caller can tell them apart.
template <typename T>
using Done = absl::AnyInvocable<void(absl::StatusOr<T>)>;

// The answer of an operation that says no more than that it is done.
struct Empty {};

// Passes the first answer on and drops the others: for operations that end in several ways.
// Thread-safe; copies share the answer.
template <typename T>
class Once {
 public:
  explicit Once(Done<T> done) : held_(std::make_shared<Held>()) {
    absl::MutexLock lock(&held_->mutex);
    held_->done = std::move(done);
  }

  void Answer(absl::StatusOr<T> result) const {
    Done<T> done;
    {
      absl::MutexLock lock(&held_->mutex);
      done = std::exchange(held_->done, nullptr);
    }
    if (done) done(std::move(result));
  }

 private:
  struct Held {
    absl::Mutex mutex;
    Done<T> done ABSL_GUARDED_BY(mutex);
  };
  std::shared_ptr<Held> held_;
};

}  // namespace pawl::service
