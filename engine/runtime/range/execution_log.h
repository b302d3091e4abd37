// What executions tell to the log groups of their machines (loggingConfiguration), transition by
// transition, after each commit.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/aws_log.h"
#include "engine/core/event.h"
#include "engine/runtime/range/live_execution.h"

namespace pawl::runtime {

// The events of one transition that are to be logged; at least one. Payloads are shared with the
// execution, not copied.
struct LoggedTransition {
  core::LogLineStyle style;
  std::string ns;  // the account that the execution belongs to
  std::vector<core::Event> events;
  size_t held_bytes = 0;  // about, of memory
};

// Where they go. Thread-safe.
class ExecutionLog {
 public:
  virtual ~ExecutionLog() = default;
  // Of events that are committed, in the order of their execution's history. Must not block.
  virtual void Write(LoggedTransition transition) = 0;
};

// What the machine of `live`, which has a log rule, logs of `events`; nullptr where that is nothing.
std::unique_ptr<LoggedTransition> LoggedOf(const LiveExecution& live,
                                           const std::vector<core::Event>& events,
                                           const std::string& region);

}  // namespace pawl::runtime
