// What executions owe each other: a task or a Map Run starts children, a child's end goes to
// whoever waits for it, and a child that nobody waits for any more is stopped.
//
// Parent and child may live in different ranges, and no transaction spans the two. So each step is
// repeated until it has had its effect, and is harmless when repeated: starting a child is
// idempotent by its name and the parent that it carries; an end that has been taken is stale. After
// a crash the parent asks for every child that it still waits for.
//
// Thread-safe; everything returns at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/core/decide.h"
#include "engine/core/execution.h"
#include "engine/runtime/arn.h"
#include "engine/runtime/machine_cache.h"
#include "engine/runtime/range/range_router.h"
#include "engine/runtime/world.h"

namespace pawl::runtime {

struct LiveExecution;

// Where the current revision of a machine is found. NotFound.
using FindMachine =
    std::function<void(const MachineId&, absl::AnyInvocable<void(absl::StatusOr<MachinePtr>)>)>;

class ChildExecutions {
 public:
  // `router`, and what `world` names, outlive this object.
  ChildExecutions(RangeRouter* router, WorldRef world, ArnContext arns, FindMachine find_machine)
      : router_(router),
        world_(std::move(world)),
        arns_(std::move(arns)),
        find_machine_(std::move(find_machine)) {}
  // Where retries wait. Before use.
  void set_strand(Strand* strand) { strand_ = strand; }

  // Starts it, or finds that it is there; what the parent learns of it becomes a command.
  // `parent` is read during the call only.
  void Start(const LiveExecution& parent, const core::ChildToStart& child);
  // `child` has ended, and its end is durable. Does nothing where it has no parent that waits.
  void Ended(const LiveExecution& child);
  // Nobody waits for it any more. `parent` is read during the call only.
  void Stop(const LiveExecution& parent, const core::ChildRef& child);
  // After a recovery: stops `child` where its parent does not wait for it any more.
  void CheckParent(const LiveExecution& child);

 private:
  struct Pending;  // a child on its way
  void Launch(const std::shared_ptr<Pending>& pending);
  void StartWith(const std::shared_ptr<Pending>& pending, const MachinePtr& machine);
  void StartTaskChild(const std::shared_ptr<Pending>& pending);
  void Started(const std::shared_ptr<Pending>& pending, const std::string& arn, absl::Time at);
  void Refused(const std::shared_ptr<Pending>& pending, const absl::Status& status);
  void Tell(const core::ParentLink& parent, core::Command command);

  RangeRouter* const router_;
  const WorldRef world_;
  const ArnContext arns_;
  const FindMachine find_machine_;
  Strand* strand_ = nullptr;
};

}  // namespace pawl::runtime
