// State machines on their way out. A deleted machine takes no starts; its open executions fail, and
// when the last one has ended nothing is left of it but what its executions keep: their histories
// and the revisions that they ran by.
//
// What is under way is a document of the store, so that whoever opens the store next goes on with
// it. Thread-safe.
#pragma once

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/aws/arn.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/range_router.h"
#include "engine/runtime/world/world.h"
#include "persistence/store.h"

namespace pawl::runtime {

// The kind of the document of a machine that is being deleted.
inline constexpr char kDeletingDocument[] = "deleting";

// Whether the machine is being deleted (blocks).
absl::StatusOr<bool> IsDeleting(persistence::Store* store, const aws::MachineId& id);

// StateMachineDeleting.
absl::Status BeingDeleted(const aws::ArnContext& arns, const aws::MachineId& id);

class MachineDeletions {
 public:
  // All arguments outlive this object.
  MachineDeletions(const Options* options, const WorldRef* world, RangeRouter* router)
      : options_(options), world_(world), router_(router) {}

  // Goes on with what was begun, in that namespace. Once the ranges serve.
  void Resume(const std::string& ns);
  // Marks the machine, deletes it and begins to end its executions (blocks). StateMachineDoesNotExist;
  // ok again while it is under way.
  absl::Status Begin(persistence::Store* store, const aws::MachineId& id);

 private:
  void Sweep(const aws::MachineId& id);
  void EndOpen(const aws::MachineId& id, const std::vector<persistence::ExecutionRow>& open);

  const Options* const options_;
  const WorldRef* const world_;
  RangeRouter* const router_;
};

}  // namespace pawl::runtime
