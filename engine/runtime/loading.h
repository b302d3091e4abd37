// From stored rows back to an execution: recovery, and whoever wants to see one that is not in
// memory.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/core/execution.h"
#include "engine/runtime/arn.h"
#include "engine/runtime/live_execution.h"
#include "engine/runtime/machine_cache.h"
#include "persistence/store.h"

namespace pawl::runtime {

core::ExecutionHeader MakeHeader(const ArnContext& arns, const persistence::ExecutionRow& row,
                                 const persistence::MachineRevision& machine);

// Folds what is stored. DataLoss where it does not fold (gap, unknown event, lost definition).
// Blocks: run it through StoreAccess::Read.
absl::StatusOr<std::unique_ptr<LiveExecution>> Load(const ArnContext& arns, MachineCache* machines,
                                                    persistence::Store* store,
                                                    const persistence::ExecutionRow& row,
                                                    const persistence::StoredHistory& history,
                                                    bool verify_replay);

// Reads row and history, and folds them. NotFound as the store.
absl::StatusOr<std::unique_ptr<LiveExecution>> ReadAndLoad(const ArnContext& arns,
                                                           MachineCache* machines,
                                                           persistence::Store* store,
                                                           persistence::ExecutionRef ref,
                                                           bool verify_replay);

// Options::verify_replay: folds checkpoint and records from nothing and CHECKs that the result is
// the live state.
void VerifyReplay(const LiveExecution& live);

}  // namespace pawl::runtime
