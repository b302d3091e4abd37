// What a range asks for its executions' parents and children, wherever these are. Implemented by
// engine/runtime/children, which is built on ranges.
#pragma once

#include "engine/core/execution.h"
#include "engine/runtime/range/live_execution.h"

namespace pawl::runtime {

// Thread-safe; everything returns at once. Executions are read during the call only.
class Relatives {
 public:
  virtual ~Relatives() = default;
  // Starts the child, or finds that it is there; what the parent learns of it becomes a command.
  virtual void Start(const LiveExecution& parent, const core::ChildToStart& child) = 0;
  // `child` has ended, and its end is durable. Nothing where it has no parent that waits.
  virtual void Ended(const LiveExecution& child) = 0;
  // `child`, which its Map Run redrives under the link `asked`, stays as it has ended: it has
  // succeeded meanwhile, or cannot be redriven.
  virtual void StaysEnded(const LiveExecution& child, const core::ParentLink& asked) = 0;
  // Nobody waits for the child any more.
  virtual void Stop(const LiveExecution& parent, const core::ChildRef& child) = 0;
  // After a recovery: stops `child` where its parent does not wait for it any more.
  virtual void CheckParent(const LiveExecution& child) = 0;
};

}  // namespace pawl::runtime
