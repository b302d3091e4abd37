// The executions of one range that are in memory: by reference, by name, by how long they have been
// idle, and what they weigh. Touched only from the range's strand.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/world/memory_budget.h"
#include "persistence/types.h"

namespace pawl::runtime {

class ResidentSet {
 public:
  // `budget` outlives the set.
  explicit ResidentSet(MemoryBudget* budget) : memory_(budget, MemoryBudget::Use::kExecutions) {}

  // nullptr where it is not in memory.
  LiveExecution* Find(persistence::ExecutionRef ref) const;
  // The execution itself, for who works at it away from the strand.
  std::shared_ptr<LiveExecution> Share(persistence::ExecutionRef ref) const;
  absl::optional<persistence::ExecutionRef> FindOpen(const std::string& ns,
                                                     const std::string& machine,
                                                     const std::string& name) const;
  LiveExecution* Insert(std::unique_ptr<LiveExecution> live, absl::Duration now);
  void Erase(persistence::ExecutionRef ref);
  // It has something to do: the last to be parked.
  void Touch(LiveExecution* live, absl::Duration now);
  // After its state has changed.
  void Weigh(LiveExecution* live);
  // Everything leaves memory.
  std::vector<std::shared_ptr<LiveExecution>> TakeAll();

  // Longest idle first; nullptr for an empty set.
  LiveExecution* LongestIdle() const;
  std::vector<persistence::ExecutionRef> Refs() const;
  size_t size() const { return live_.size(); }
  // About the bytes of all of them.
  size_t bytes() const { return memory_.bytes(); }

 private:
  absl::flat_hash_map<persistence::ExecutionRef, std::shared_ptr<LiveExecution>> live_;
  absl::flat_hash_map<std::string, persistence::ExecutionRef> open_names_;  // "ns/machine/name"
  std::list<persistence::ExecutionRef> by_activity_;                        // longest idle first
  MemoryShare memory_;
};

}  // namespace pawl::runtime
