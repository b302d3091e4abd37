#include "engine/value/meter.h"

#include <algorithm>

namespace pawl {
namespace {

// Sums of steps never wrap: nothing that is charged at once is larger.
constexpr uint64_t kMostAtOnce = uint64_t{1} << 60;

}  // namespace

void Meter::BeginExpression() {
  is_expression_spent_ = false;
  expression_end_ = used() + std::min(limits_.max_steps_per_expression, kMostAtOnce);
  GoOnFrom(used());
}

void Meter::GoOnFrom(uint64_t used) {
  const bool is_marked = !is_slow_ && limits_.slow_after_steps < expression_end_;
  granted_ = std::max(used, is_marked ? limits_.slow_after_steps : expression_end_);
  headroom_ = granted_ - used;
}

bool Meter::Cross(uint64_t steps) {
  if (is_expression_spent_) return false;
  const uint64_t total = used() + std::min(steps, kMostAtOnce);
  if (total > expression_end_) {
    // What is refused is not done, yet the expression has had all that it may have.
    is_expression_spent_ = true;
    granted_ = expression_end_;
    headroom_ = 0;
    return false;
  }
  is_slow_ = true;
  GoOnFrom(total);
  if (on_slow_ != nullptr && *on_slow_) (*on_slow_)();
  return true;
}

void Meter::ChargeTransition(uint64_t steps) {
  const uint64_t total = used() + std::min(steps, kMostAtOnce);
  expression_end_ += total - used();
  const bool becomes_slow = !is_slow_ && total > limits_.slow_after_steps;
  is_slow_ = is_slow_ || becomes_slow;
  if (is_expression_spent_) {
    granted_ = total;
    headroom_ = 0;
  } else {
    GoOnFrom(total);
  }
  if (becomes_slow && on_slow_ != nullptr && *on_slow_) (*on_slow_)();
}

}  // namespace pawl
