// What a range asks of object stores, and of the history, for its Map Runs. Implemented by engine/runtime/maps.
#pragma once

#include <functional>

#include "engine/core/decide.h"
#include "engine/core/execution.h"
#include "engine/runtime/range/live_execution.h"

namespace pawl::runtime {

// Thread-safe; all return at once and answer with a command for the Map Run's execution, which is
// read during the call only.
class MapRunFiles {
 public:
  using Answer = std::function<void(core::Command)>;

  virtual ~MapRunFiles() = default;
  // The next chunk of items: core::ItemsRead or core::ItemsFailed.
  virtual void Read(const LiveExecution& live, const core::ItemsToRead& read, Answer answer) = 0;
  // What children were given that are to be redriven: core::ChildrenRead or core::ItemsFailed.
  virtual void ReadChildren(const LiveExecution& live, const core::ChildrenToRead& read,
                            Answer answer) = 0;
  // All results of a Map Run: core::ResultsWritten.
  virtual void Write(const LiveExecution& live, const core::ResultsToWrite& write,
                     Answer answer) = 0;
};

}  // namespace pawl::runtime
