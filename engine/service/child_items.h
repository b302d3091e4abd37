// How many items the child executions of a Map Run have.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/runtime/machines/machine_cache.h"
#include "persistence/store.h"

namespace pawl::service {

// The items of each of `children`, which are children of one Map Run: one, or those of its batch.
// Reads the first transition of every child of a run with batches, which is stored with it (blocks).
absl::StatusOr<std::vector<int64_t>> ItemsOfChildren(
    persistence::Store& store, runtime::MachineCache& machines,
    const std::vector<persistence::ExecutionRow>& children);

}  // namespace pawl::service
