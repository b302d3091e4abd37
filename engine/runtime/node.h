// One engine: the ranges it owns, its task queues and machines. What the API, the SDK's in-process
// engine and the tests talk to.
//
//   Node node(&options, world, {strand}, &store, metrics);
//   node.Open([](absl::Status status) { ... });
//   node.Start(machine, "order-7", payload, [](absl::StatusOr<StartResult> r) { ... });
//
// Thread-safe. Callbacks run on strands and must not block. Calls that say "blocks" read the store.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/asl/diagnostic.h"
#include "engine/runtime/children/child_executions.h"
#include "engine/runtime/machine_deletions.h"
#include "engine/runtime/machines/activity_registry.h"
#include "engine/runtime/machines/machine_cache.h"
#include "engine/runtime/maps/map_io.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/execution_log.h"
#include "engine/runtime/range/local_ranges.h"
#include "engine/runtime/range/metrics.h"
#include "engine/runtime/range/watchers.h"
#include "engine/runtime/tasks/task_queues.h"
#include "engine/runtime/tasks/task_token.h"
#include "engine/runtime/world/memory_budget.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class Node {
 public:
  // `strand_of` gives each range its strand, once. `log` may be null: then machines log nothing. All
  // arguments outlive the node.
  Node(const Options& options, WorldRef world,
       std::function<Strand*(persistence::SlotRange)> strand_of, Metrics* metrics,
       ExecutionLog* log = nullptr);
  ~Node();

  // Reads the token key and the ranges (blocks), then takes and loads every range; `ready` when all
  // serve, or with what keeps the store from being read.
  void Open(std::function<void(absl::Status)> ready);
  // Lets commits finish and gives the ranges up.
  void Close(std::function<void()> closed);

  // --- executions
  // Refuses bad names and inputs (InvalidArgument). An empty name becomes a UUID. NotFound: no
  // machine.
  // `on_end` (may be empty) is called at the end of an EXPRESS execution that is started
  // synchronously: then nothing of it is stored. FailedPrecondition for a STANDARD machine.
  void Start(const aws::MachineId& machine, std::string name, Payload input, StartCallback done,
             EndCallback on_end = nullptr);
  // The same with a machine that the caller has looked up.
  void Start(MachineTarget machine, std::string name, Payload input, StartCallback done,
             EndCallback on_end = nullptr);
  // Changes a Map Run that is at work; Stale where it has ended.
  void UpdateMapRun(persistence::ExecutionRef ref, const core::UpdateMapRun& command,
                    CommandCallback done);
  // NotFound where there is none. Answers from the store.
  void Find(const aws::ExecutionId& id,
            absl::AnyInvocable<void(absl::StatusOr<persistence::ExecutionRef>)> done);
  // As RangeRunner::View.
  void View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done);
  // As RangeRunner::Redrive.
  void Redrive(persistence::ExecutionRef ref, std::string client_token, RedriveCallback done);
  void Stop(persistence::ExecutionRef ref, absl::optional<std::string> error,
            absl::optional<std::string> cause, CommandCallback done);

  // --- tasks. `by_token`: by SendTask*, from whoever holds the token, rather than by the task's
  // worker. InvalidArgument for a token that was not made here; then as RangeRunner::Submit. Output
  // that is not JSON fails the attempt (States.Runtime is not used: the error is
  // "Pawl.InvalidOutput"): the worker cannot do better by sending it again.
  void CompleteTask(absl::string_view ns, const std::string& token, std::string output_json,
                    bool by_token, CommandCallback done);
  // The same with an output that the caller has parsed: a payload, or what is wrong with the text.
  void CompleteTask(absl::string_view ns, const std::string& token, absl::StatusOr<Payload> output,
                    bool by_token, CommandCallback done);
  void FailTask(absl::string_view ns, const std::string& token, absl::optional<std::string> error,
                absl::optional<std::string> cause, bool by_token, CommandCallback done);
  void Heartbeat(absl::string_view ns, const std::string& token, std::string details,
                 absl::AnyInvocable<void(absl::Status)> done);
  // A session has received the attempt.
  void TaskReceived(SessionId session, const AttemptKey& key);
  // Every worker that was given the attempt was lost: it fails, and Retry decides.
  void FailPoisoned(AttemptKey key, int deliveries);

  // As MachineCache::Find; the draw is made here, once.
  void WithMachine(const aws::MachineId& id,
                   absl::AnyInvocable<void(absl::StatusOr<MachineTarget>)> then);
  RangeRunner& RangeOf(persistence::Slot slot) { return ranges_.Of(slot); }
  RangeRouter& router() { return ranges_; }
  // For work that belongs to no range. Where there is one range only it is that one's: what comes
  // from a worker and goes to the range then changes threads once less (docs/performance.md).
  Strand* any_strand() { return strand_; }
  const std::vector<std::unique_ptr<RangeRunner>>& ranges() const { return ranges_.ranges(); }
  // Whether everything that this node is to own is served, and if not, why. From memory, at once,
  // whatever hangs.
  struct Readiness {
    bool is_ready = false;
    std::string why;  // also of trouble that does not keep it from serving
  };
  Readiness readiness() const;
  MemoryBudget& memory() { return memory_; }
  TaskQueues& queues() { return queues_; }
  MachineCache& machines() { return machines_; }
  MachineDeletions& deletions() { return deletions_; }
  ActivityRegistry& activities() { return activities_; }
  NamespaceRegistry& namespaces() { return namespaces_; }
  Watchers& watchers() { return watchers_; }
  const TaskTokens& tokens() const { return *tokens_; }
  const Options& options() const { return options_; }
  aws::ArnContext arns() const { return {options_.region, options_.account}; }
  WorldRef& world() { return world_; }
  absl::Time start_time() const { return start_time_; }

 private:
  void ConnectQueues();
  // Namespaces, and what of them is kept in memory. Blocks.
  absl::Status RefreshConfiguration(persistence::Store* store);
  void KeepRefreshing();
  void OnUnserved(const std::string& why);
  // Makes a name where none is given, and refuses bad names and large inputs.
  absl::Status CheckStart(std::string* name, const Payload& input);
  void StartOf(MachineTarget machine, std::string name, Payload input, StartCallback done,
               EndCallback on_end);

  const Options options_;
  WorldRef world_;
  std::function<Strand*(persistence::SlotRange)> strand_of_;
  Strand* strand_ = nullptr;
  Metrics* metrics_;
  ExecutionLog* log_;
  TaskQueues queues_;
  MachineCache machines_;
  ActivityRegistry activities_;
  NamespaceRegistry namespaces_;
  Watchers watchers_;
  std::unique_ptr<TaskTokens> tokens_;
  MemoryBudget memory_;
  NodeLoad load_;
  LocalRanges ranges_;
  MachineDeletions deletions_;
  ChildExecutions children_;
  MapIo map_io_;
  absl::Time start_time_;
};

}  // namespace pawl::runtime
