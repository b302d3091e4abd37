// Who owns a range, and how long this process may believe that it is itself: taking, keeping
// (lease.h) and giving up. The epoch is the safety, the lease is for liveness; this side of it is
// measured by the steady clock from the moment that a request was sent, so it ends before the
// database's does. Touched only from the range's strand.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/lease.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Ownership {
 public:
  struct Handlers {
    // The range is ours under a new epoch.
    std::function<void()> taken;
    // Somebody else has it, for certain.
    std::function<void(const std::string& why)> lost;
    // The lease is running out and could not be renewed: until `regained`, nothing may be handed
    // out or answered.
    std::function<void(const std::string& why)> lapsed;
    std::function<void()> regained;
    // What keeps the range from being taken; again with every new reason.
    std::function<void(const absl::Status& why)> waiting;
  };

  Ownership(persistence::SlotRange slots, const WorldRef& world, const Options& options,
            Strand* strand, Handlers handlers);

  // Tries until the range is taken or Stop is called.
  void Take();
  // No more attempts, renewals or handlers.
  void Stop();
  // Gives the range up, where it is ours; then `done`.
  void Release(Work done);

  // A commit that was sent at `sent` (steady) has succeeded: the lease runs from there.
  void Committed(int64_t batch_seq, absl::Duration sent);

  bool is_owner() const { return is_owner_; }
  // Whether the lease certainly still runs. Thread-safe.
  bool IsCertain() const { return is_owner_ && lease_.IsCertain(); }
  int64_t epoch() const { return state_.epoch; }
  int64_t batch_seq() const { return state_.batch_seq; }
  persistence::SlotRange slots() const { return state_.slots; }
  std::string SlotsText() const;  // for the log

 private:
  void TryTake();
  void OnTaken(absl::Duration sent, absl::StatusOr<persistence::RangeState> taken);
  void Wait(const absl::Status& why);
  template <typename Done>
  auto IfCurrent(Done done) {
    return [this, generation = generation_, done = std::move(done)]() mutable {
      if (generation == generation_) done();
    };
  }

  const WorldRef& world_;
  const Options& options_;
  Strand* const strand_;
  const Handlers handlers_;
  persistence::RangeState state_;
  std::atomic<bool> is_owner_{false};
  Lease lease_;
  std::string said_;
  int64_t generation_ = 0;
};

}  // namespace pawl::runtime
