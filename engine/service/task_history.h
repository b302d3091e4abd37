// What a history tells of a task that is over.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "engine/core/event.h"
#include "persistence/store.h"

namespace pawl::service {

// The ARN of the activity that the attempt was scheduled on; "" for a task of another kind, and where
// there is no such event. Reads about as many rows as the number of transitions has binary digits.
// Blocks. Errors of the store; DataLoss.
absl::StatusOr<std::string> ActivityOfAttempt(persistence::Store& store,
                                              persistence::ExecutionRef execution,
                                              core::EventId scheduled);

}  // namespace pawl::service
