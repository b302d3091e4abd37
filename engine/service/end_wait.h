// Waits for the end of an execution.
#pragma once

#include "absl/time/time.h"
#include "engine/runtime/range/execution_view.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

// Answers once with the execution when it has ended or, as it is then, at `until`. Looks again
// slowly, in case the news of the end is lost with an ownership.
void WaitForEnd(const Deps& deps, persistence::ExecutionRef ref, absl::Time until,
                Done<runtime::ExecutionView> done);

}  // namespace pawl::service
