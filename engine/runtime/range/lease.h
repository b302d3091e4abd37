// Keeps one range's lease alive, on a strand beside the range's (WorldRef::leases): a range that is
// busy, or a thread of it that is held up, does not lose the range by that. It says what is known
// here: until when nobody else can have taken the range.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Lease {
 public:
  // Called on the range's strand, for the lease that was begun last.
  struct Handlers {
    // Somebody else has the range, for certain. The lease has ended.
    std::function<void(const std::string& why)> lost;
    // It is running out and could not be renewed: until `regained`, nothing may be handed out or
    // answered.
    std::function<void(const std::string& why)> lapsed;
    std::function<void()> regained;
  };

  // `strand` is the range's. What `world` names outlives this object.
  Lease(const WorldRef& world, absl::Duration lease, Strand* strand, Handlers handlers);
  ~Lease();

  // --- from the range's strand
  // The range was taken under `epoch` by a request that was sent at `sent` (steady).
  void Begin(persistence::SlotRange slots, int64_t epoch, absl::Duration sent);
  // No more renewals or handlers.
  void End();
  // A commit under this lease that was sent at `sent` has succeeded: it runs from there.
  void Extend(absl::Duration sent);

  // Whether the lease certainly still runs. Thread-safe.
  bool IsCertain() const;

 private:
  struct Term;  // one lease, from Begin to End
  std::shared_ptr<Term> term() const;

  const WorldRef& world_;
  const absl::Duration lease_;
  Strand* const strand_;
  const std::shared_ptr<const Handlers> handlers_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<Term> term_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::runtime
