// EXPRESS executions leave no history; what is known of them afterwards is in the log.
#pragma once

#include <vector>

#include "engine/core/event.h"
#include "engine/core/execution.h"

namespace pawl::runtime {

enum class ExpressLogLevel {
  kOff,
  kErrors,  // executions that did not succeed
  kEnds,    // every end; of a Map Run's children, of which there may be millions, as kErrors
  kEvents,  // every history event, as AWS's level ALL
};

struct ExpressLogOptions {
  ExpressLogLevel level = ExpressLogLevel::kEnds;
  // Also the details of events, with inputs and outputs (AWS's includeExecutionData).
  bool with_data = false;
};

void LogExpressEvents(const ExpressLogOptions& options, const core::Execution& execution,
                      const std::vector<core::Event>& events);
void LogExpressEnd(const ExpressLogOptions& options, const core::Execution& execution);

}  // namespace pawl::runtime
