// From a Task of the protocol to a TaskInfo. Internal to the SDK.
#pragma once

#include "pawl/v1/workers.pb.h"
#include "worker-sdk/src/task_state.h"

namespace pawl::sdk {

// Moves the strings out of `task`.
TaskInfo TaskFromProto(v1::Task* task);

}  // namespace pawl::sdk
