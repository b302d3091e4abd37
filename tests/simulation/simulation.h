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
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/expr/expression.h"
#include "engine/objects/memory_store.h"
#include "engine/runtime/in_process_engine.h"
#include "persistence/memory/fault_store.h"
#include "persistence/memory/memory_store.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/sim_worker.h"

namespace pawl::simulation {

inline constexpr char kAccount[] = "000000000000";

struct Counts {
  int64_t clock_steps = 0;
  int64_t zombies = 0;  // engines that lived on when another one was started
  int64_t poisoned = 0;
  int64_t quarantined = 0;
  int64_t refused = 0;
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

  // --- for its workers
  // The world outside the engine goes on when the engine is dead.
  void After(absl::Duration delay, std::function<void()> work);
  // nullptr while no engine serves.
  runtime::TaskQueues* queues();
  void Received(runtime::SessionId session, const runtime::QueuedTask& task);
  void Work(SimWorker* worker, const runtime::QueuedTask& task);
  bool is_storm() const;
  uint64_t Pick(uint64_t n) { return random_.Next() % n; }
  bool Chance(double probability) { return random_.NextUnit() < probability; }
  void Violation(const std::string& text);

 private:
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
    std::string machine = {};
    std::string input = {};
    bool is_acked = false;
    bool is_told = false;  // its watcher, of the end
    bool is_late = false;  // that was said
    absl::optional<persistence::ExecutionRef> ref;
  };
  // What a worker knows of an attempt.
  struct Offered {
    std::set<std::string> outputs;
    std::string applied;      // the output that was acknowledged
    bool is_express = false;  // after a crash it is run again, under the same token
  };

  bool RunStep();
  void StartEngine(bool is_alone);
  void Crash();
  // Another engine is started although this one lives: it was cut off, or nobody knew.
  void LeaveAsZombie();
  void Disturb();
  void Watch(const std::string& name, persistence::ExecutionRef ref);
  void AskWhetherItHasEnded(const std::string& name, persistence::ExecutionRef ref);
  void LookAt(const std::string& name, persistence::ExecutionRef ref,
              runtime::InProcessEngine* engine, std::function<void()> unanswered = nullptr);
  void Damage();
  void CreateMachines();
  void ClientStarts(const std::string& name);
  void WorkerSends(SimWorker* worker, const std::string& token, const std::string& output,
                   bool by_token);
  void WorkerFails(const std::string& token);
  void ReadSomeHistory();
  void CheckIsCommitted(const runtime::QueuedTask& task);
  std::vector<persistence::ExecutionRow> AllExecutions();

  void Check();
  void CheckWatchers();
  void CheckNews();
  bool MayFail(const persistence::ExecutionRow& row) const;
  void CheckBulkChildren(const std::vector<persistence::ExecutionRow>& rows, int runs);
  void CheckHistory(const persistence::ExecutionRow& row);
  void CheckEvents(const std::string& name, persistence::ExecutionRef ref,
                   const std::vector<core::Event>& events);

  const uint64_t seed_;
  expr::RandomSource random_;
  absl::Time now_;
  std::unique_ptr<persistence::MemoryStore> memory_;
  objects::MemoryStore objects_;
  std::unique_ptr<Plan> plan_;
  // The way to the store of `engine_`, which is gone before it.
  std::unique_ptr<Link> link_;
  std::unique_ptr<persistence::FaultStore> store_;
  std::unique_ptr<runtime::InProcessEngine> engine_;
  absl::Time opened_at_ = absl::InfiniteFuture();  // since when `engine_` serves
  // An engine that lives on beside it, until the given time.
  struct Zombie {
    std::unique_ptr<Link> link;
    std::unique_ptr<persistence::FaultStore> store;
    std::unique_ptr<runtime::InProcessEngine> engine;
    absl::Time until;
  };
  std::vector<Zombie> zombies_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  absl::Duration wall_step_;      // of the machine's wall clock
  absl::Duration furthest_step_;  // the largest of these so far, 0 at least
  bool has_clock_steps_ = false;
  absl::optional<std::string> damaged_;  // the execution that a broken disk has hit
  bool is_open_ = false;
  absl::Time calm_since_ = absl::InfiniteFuture();
  std::priority_queue<Later> later_;
  int64_t next_order_ = 0;
  std::map<std::string, Wanted> wanted_;
  std::map<std::string, absl::Time> ended_seen_;  // when an end was first seen in the store
  std::map<std::string, Offered> offered_;        // by token
  std::map<std::string, std::vector<std::string>> seen_history_;  // records by execution name
  std::vector<std::string> violations_;
  Counts counts_;
};

}  // namespace pawl::simulation
