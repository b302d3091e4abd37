// A deterministic simulation of an engine that is killed at any moment over a store that fails in
// every way it can, with clients and workers that repeat themselves, answer late, twice or never.
// One thread, virtual time; everything that happens is a function of the seed.
//
//   Simulation simulation(42);
//   simulation.Run();
//   for (const std::string& violation : simulation.violations()) ...
//
// The checker knows only what clients and workers were told, and what the store holds in the end.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/expr/expression.h"
#include "engine/objects/memory_store.h"
#include "engine/runtime/in_process_engine.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"

namespace pawl::simulation {

inline constexpr char kAccount[] = "000000000000";

struct Counts {
  int64_t starts_acked = 0;
  int64_t closed = 0;
  int64_t completions_applied = 0;
  int64_t map_children = 0;  // of Distributed Maps that read and write objects
  int64_t crashes = 0;
  int64_t commit_faults = 0;
  int64_t read_faults = 0;
  int64_t unknown_outcomes = 0;
  int64_t steps = 0;
};

class Simulation {
 public:
  explicit Simulation(uint64_t seed);
  ~Simulation();

  void Run();

  const std::vector<std::string>& violations() const { return violations_; }
  const Counts& counts() const { return counts_; }

 private:
  class Plan;
  struct Later {
    absl::Time time;
    int64_t order;
    std::shared_ptr<std::function<void()>> work;
    bool operator<(const Later& other) const {
      return std::tie(other.time, other.order) < std::tie(time, order);
    }
  };
  // What a client knows of an execution that it wants.
  struct Wanted {
    std::string machine;
    std::string input;
    bool is_acked = false;
  };
  // What a worker knows of an attempt.
  struct Offered {
    std::set<std::string> outputs;
    std::string applied;      // the output that was acknowledged
    bool is_express = false;  // after a crash it is run again, under the same token
  };

  // The world outside the engine goes on when the engine is dead.
  void After(absl::Duration delay, std::function<void()> work);
  bool RunStep();
  void StartEngine();
  void Crash();
  void CreateMachines();
  void ClientStarts(const std::string& name);
  void WorkerTakes(const runtime::QueuedTask& task);
  void WorkerSends(const std::string& token, const std::string& output, bool by_token);
  void WorkerFails(const std::string& token);
  void ReadSomeHistory();
  std::vector<persistence::ExecutionRow> AllExecutions();
  uint64_t Pick(uint64_t n) { return random_.Next() % n; }
  bool Chance(double probability) { return random_.NextUnit() < probability; }

  void Check();
  void CheckBulkChildren(const std::vector<persistence::ExecutionRow>& rows, int runs);
  void CheckHistory(const persistence::ExecutionRow& row);
  void CheckEvents(const std::string& name, persistence::ExecutionRef ref,
                   const std::vector<core::Event>& events);
  void Violation(const std::string& text);

  const uint64_t seed_;
  expr::RandomSource random_;
  absl::Time now_;
  std::unique_ptr<persistence::MemoryStore> memory_;
  objects::MemoryStore objects_;
  std::unique_ptr<Plan> plan_;
  std::unique_ptr<persistence::FaultStore> store_;
  std::unique_ptr<runtime::InProcessEngine> engine_;
  bool is_open_ = false;
  std::priority_queue<Later> later_;
  int64_t next_order_ = 0;
  std::map<std::string, Wanted> wanted_;
  std::map<std::string, Offered> offered_;                        // by token
  std::map<std::string, std::vector<std::string>> seen_history_;  // records by execution name
  std::vector<std::string> violations_;
  Counts counts_;
};

}  // namespace pawl::simulation
