// The work that evaluations do, counted in steps.
//
// A step stands for about ten nanoseconds of one core, whatever the operation: visiting a node
// costs some steps, comparing or copying N bytes N divided by a constant, sorting one step or more
// for each comparison. So a limit in steps is a limit in time without a clock, and the same input
// always meets it at the same place.
//
//   Meter meter(limits);
//   meter.BeginExpression();
//   for (const Value& v : elements) {
//     if (!meter.Charge(1)) return Failure(...);   // the expression is too expensive
//     ...
//   }
//
// One Meter serves one transition (a call of core::Decide) and all its expressions.
// Thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace pawl {

struct MeterLimits {
  // Limit of one expression. Beyond it Charge refuses.
  uint64_t max_steps_per_expression = 100'000'000;
  // Limit of a transition. Beyond it is_transition_spent(); nothing is refused.
  uint64_t max_steps_per_transition = 100'000'000;
  // Steps of a transition after which the hook is called.
  uint64_t slow_after_steps = 500'000;
};

class Meter {
 public:
  // `on_slow` may be null or empty; it must outlive the meter. It is called at most once, from
  // within Charge or ChargeTransition, when slow_after_steps are passed. No lock is held then.
  explicit Meter(const MeterLimits& limits, const std::function<void()>* on_slow = nullptr)
      : limits_(limits), on_slow_(on_slow) {
    BeginExpression();
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // From here on the steps count for another expression.
  void BeginExpression();

  // Counts work that is about to be done, or has just been done where that is a single pass over
  // data. False once the expression has passed its limit: then, and until BeginExpression, the
  // evaluation is to end; what it yields does not matter.
  [[nodiscard]] bool Charge(uint64_t steps) {
    if (steps <= headroom_) {
      headroom_ -= steps;
      return true;
    }
    return Cross(steps);
  }
  // Counts work of the transition that belongs to no expression, such as writing its payloads.
  void ChargeTransition(uint64_t steps);

  bool is_expression_spent() const { return is_expression_spent_; }
  bool is_transition_spent() const { return used() >= limits_.max_steps_per_transition; }
  // Steps of the transition so far.
  uint64_t used() const { return granted_ - headroom_; }
  const MeterLimits& limits() const { return limits_; }

 private:
  bool Cross(uint64_t steps);
  // Goes on from `used` steps to the next border: the slow mark or the end of the expression.
  void GoOnFrom(uint64_t used);

  const MeterLimits limits_;
  const std::function<void()>* const on_slow_;
  uint64_t granted_ = 0;         // steps up to the next border
  uint64_t headroom_ = 0;        // those of them that are left
  uint64_t expression_end_ = 0;  // where the expression's limit lies
  bool is_expression_spent_ = false;
  bool is_slow_ = false;
};

// What passes over data cost, in steps, measured on amd64 at 3 GHz.
namespace steps {

// Memory copied or compared by library functions.
constexpr uint64_t Copied(size_t bytes) { return bytes / 64; }
// A loop that looks at each byte.
constexpr uint64_t Scanned(size_t bytes) { return bytes / 16; }
// A loop that appends each byte by itself, decodes it, or hashes it slowly.
constexpr uint64_t Converted(size_t bytes) { return bytes / 4; }
// A loop that does more than one of these for each byte.
constexpr uint64_t Transformed(size_t bytes) { return bytes; }

}  // namespace steps

}  // namespace pawl
