// Who wants to know which way executions take: coverage of tests. Null in World for a real engine.
#pragma once

#include "engine/asl/state_machine.h"
#include "engine/core/execution.h"

namespace pawl::core {

class Listener {
 public:
  virtual ~Listener() = default;
  virtual void Entered(const Execution& execution, const Frame& frame, const asl::State& state) = 0;
  // Of a Choice: the rule that matched; -1: Default.
  virtual void Chose(const Execution& execution, const asl::State& state, int rule) = 0;
  virtual void Retried(const Execution& execution, const asl::State& state, int retrier) = 0;
  virtual void Caught(const Execution& execution, const asl::State& state, int catcher) = 0;
};

}  // namespace pawl::core
