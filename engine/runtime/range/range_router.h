// Where the owner of a slot is asked, be it in this process or elsewhere. What starts children,
// answers parents and carries out a worker's results knows executions by this interface only.
#pragma once

#include <string>

#include "engine/aws/arn.h"
#include "engine/runtime/range/execution_view.h"
#include "engine/runtime/range/requests.h"
#include "engine/runtime/tasks/task_token.h"

namespace pawl::runtime {

// Thread-safe. Callbacks run on strands and must not block.
class RangeRouter {
 public:
  virtual ~RangeRouter() = default;
  // Starts an execution in `slot`, which is the one that its name hashes to.
  virtual void Start(persistence::Slot slot, StartRequest request, StartCallback done) = 0;
  // Answered after the commit of what the command led to.
  virtual void Submit(persistence::ExecutionRef ref, core::Command command,
                      CommandCallback done) = 0;
  // As Submit, of an open execution that is known by name. Nothing where there is none.
  virtual void StopByName(aws::ExecutionId id, core::StopExecution command) = 0;
  // A worker has received the attempt: the time until its first heartbeat begins.
  virtual void TaskStarted(AttemptKey key) = 0;
  // Of a task that is open; the deadline moves. FailedPrecondition where it is not open.
  virtual void Heartbeat(AttemptKey key, std::string details,
                         absl::AnyInvocable<void(absl::Status)> done) = 0;
  // The execution as it is committed: from memory, right after the commit in flight if there is
  // one, else folded from the store.
  virtual void View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) = 0;
};

}  // namespace pawl::runtime
