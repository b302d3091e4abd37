// From stored rows back to an execution: recovery, and whoever wants to see one that is not in
// memory.
#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/aws/arn.h"
#include "engine/core/execution.h"
#include "engine/runtime/machines/machine_cache.h"
#include "engine/runtime/range/live_execution.h"
#include "persistence/store.h"

namespace pawl::runtime {

core::ExecutionHeader MakeHeader(const aws::ArnContext& arns, const persistence::ExecutionRow& row,
                                 const persistence::MachineRevision& machine);

// Folds what is stored. DataLoss where it does not fold (gap, unknown event, lost definition).
// Blocks: run it through StoreAccess::Read.
absl::StatusOr<std::unique_ptr<LiveExecution>> Load(const aws::ArnContext& arns,
                                                    MachineCache* machines,
                                                    persistence::Store* store,
                                                    const persistence::ExecutionRow& row,
                                                    const persistence::StoredHistory& history,
                                                    bool verify_replay);

// Reads row and history, and folds them. NotFound as the store.
absl::StatusOr<std::unique_ptr<LiveExecution>> ReadAndLoad(const aws::ArnContext& arns,
                                                           MachineCache* machines,
                                                           persistence::Store* store,
                                                           persistence::ExecutionRef ref,
                                                           bool verify_replay);

// Options::verify_replay: folds checkpoint and records from nothing and CHECKs that the result is
// the live state.
void VerifyReplay(const LiveExecution& live);

}  // namespace pawl::runtime
