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

#include "engine/aws/arn.h"
#include "engine/core/decide.h"
#include "engine/core/execution.h"
#include "engine/runtime/machines/machine_cache.h"
#include "engine/runtime/machines/namespace_registry.h"
#include "engine/runtime/range/range_router.h"
#include "engine/runtime/range/relatives.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

// Where a machine is found. NotFound.
using FindMachine = std::function<void(const aws::MachineId&,
                                       absl::AnyInvocable<void(absl::StatusOr<MachineTarget>)>)>;

class ChildExecutions final : public Relatives {
 public:
  // `router`, `namespaces`, and what `world` names, outlive this object.
  ChildExecutions(RangeRouter* router, WorldRef world, aws::ArnContext arns,
                  FindMachine find_machine, const NamespaceRegistry* namespaces)
      : router_(router),
        world_(std::move(world)),
        arns_(std::move(arns)),
        find_machine_(std::move(find_machine)),
        namespaces_(namespaces) {}
  void Start(const LiveExecution& parent, const core::ChildToStart& child) override;
  void Ended(const LiveExecution& child) override;
  void StaysEnded(const LiveExecution& child, const core::ParentLink& asked) override;
  void Stop(const LiveExecution& parent, const core::ChildRef& child) override;
  void CheckParent(const LiveExecution& child) override;

 private:
  struct Pending;  // a child on its way
  void Launch(const std::shared_ptr<Pending>& pending);
  void StartWith(const std::shared_ptr<Pending>& pending, const MachineTarget& target);
  void StartTaskChild(const std::shared_ptr<Pending>& pending);
  void Started(const std::shared_ptr<Pending>& pending, const std::string& arn, absl::Time at);
  void Refused(const std::shared_ptr<Pending>& pending, const absl::Status& status);
  void Tell(const core::ParentLink& parent, core::Command command);

  RangeRouter* const router_;
  const WorldRef world_;
  const aws::ArnContext arns_;
  // Whether a machine of the namespace `from` may start one of `to`. One namespace must not reach
  // another; an account that is no namespace here holds nothing that anybody could have hidden.
  bool MayStart(const std::string& from, const std::string& to) const;

  const FindMachine find_machine_;
  const NamespaceRegistry* const namespaces_;
};

}  // namespace pawl::runtime
