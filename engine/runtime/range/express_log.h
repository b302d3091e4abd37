// EXPRESS executions leave no history; what is known of them afterwards is in the log.
#pragma once

#include <vector>

#include "engine/core/event.h"
#include "engine/core/execution.h"
#include "engine/runtime/options.h"

namespace pawl::runtime {

void LogExpressEvents(const ExpressLogOptions& options, const core::Execution& execution,
                      const std::vector<core::Event>& events);
void LogExpressEnd(const ExpressLogOptions& options, const core::Execution& execution);

}  // namespace pawl::runtime
