// A task by itself, outside of any execution that is kept: what TestState asks for.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "engine/runtime/node.h"
#include "engine/value/payload.h"

namespace pawl::runtime {

struct LoneTask {
  std::string ns;
  std::string queue;
  std::string state;  // its name, as the worker is told it
  Payload input;
  absl::Duration timeout = absl::InfiniteDuration();
};

// Runs it on whoever serves its queue, as an EXPRESS execution that nothing is stored of: once, for
// at most Options::max_express_duration. `started` and `ended` as of RangeRunner::Start; the
// execution's output, or its error and cause, are the task's. FailedPrecondition where no worker
// that is connected serves the queue: nobody wants to wait for one.
void RunLoneTask(Node* node, LoneTask task, StartCallback started, EndCallback ended);

}  // namespace pawl::runtime
