// What is asked of a range, and how it answers. Callbacks run on the range's strand and must not
// block.
#pragma once

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/runtime/machines/machine_cache.h"
#include "engine/runtime/range/live_execution.h"
#include "persistence/types.h"

namespace pawl::runtime {

struct StartRequest {
  MachineTarget target;
  std::string name;
  Payload input;
  absl::optional<core::ParentLink> parent = absl::nullopt;
  Recording recording = Recording::kAll;
  EndCallback on_end = nullptr;
  // A Map Run's child that was at work before its Map Run was redriven: where it is there, it is
  // redriven.
  bool is_redriven = false;
};

struct StartResult {
  persistence::ExecutionRef ref;
  std::string arn;
  absl::Time start_time;
  bool is_new = true;  // false: it was running already, with the same name and input
};

// AlreadyExists; ResourceExhausted (nothing was written, try later); Unavailable (the outcome is not
// known, or the store is away); InvalidArgument (the store refuses what it would write).
using StartCallback = absl::AnyInvocable<void(absl::StatusOr<StartResult>)>;

// When the execution was redriven; of a repetition with the same token, when it was the first time.
// ExecutionNotRedrivable says why it cannot be; NotFound, DataLoss, Unavailable, ResourceExhausted.
using RedriveCallback = absl::AnyInvocable<void(absl::StatusOr<absl::Time>)>;

// An execution that cannot be read: what is stored of it does not fold. It stays as it is until
// somebody has mended it.
struct Quarantined {
  persistence::ExecutionRow row;
  std::string why;
  absl::Time since;
};

}  // namespace pawl::runtime
