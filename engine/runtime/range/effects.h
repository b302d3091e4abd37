// What an execution's committed state asks of the world: tasks for the queues, child executions to
// start and to stop, items to read, results to write, heartbeats to watch. Touched only from the
// range's strand.
#pragma once

#include <functional>
#include <memory>
#include <set>

#include "engine/runtime/options.h"
#include "engine/runtime/range/deadlines.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/range/map_run_files.h"
#include "engine/runtime/range/metrics.h"
#include "engine/runtime/range/relatives.h"
#include "engine/runtime/tasks/task_queues.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

struct EffectDeps {
  const Clock* clock = nullptr;
  const Options* options = nullptr;
  TaskQueues* queues = nullptr;
  const TaskTokens* tokens = nullptr;
  Metrics* metrics = nullptr;
  Relatives* relatives = nullptr;
  MapRunFiles* map_files = nullptr;
  Deadlines* deadlines = nullptr;
  // How a Map Run's items and results come back to the execution, while its range is owned as now.
  std::function<std::function<void(core::Command)>(persistence::ExecutionRef)> submitter;
};

class Effects {
 public:
  explicit Effects(EffectDeps deps) : deps_(std::move(deps)) {}

  // Carries out what became outstanding since the last call. `is_recovery`: somebody may be working
  // at the tasks already; they are held back for a while.
  void Dispatch(LiveExecution* live, bool is_recovery);
  // Attempts that are over leave the queues, and their workers are told, unless they said so
  // themselves (`answered`).
  void EndAttempts(LiveExecution* live, const std::set<core::EventId>& answered);
  // The execution leaves memory before its attempts have ended.
  void DropAttempts(const LiveExecution& live);
  // The worker has the attempt: from here on it owes heartbeats.
  void TaskStarted(LiveExecution* live, core::EventId scheduled);
  // FailedPrecondition where the attempt is not open.
  absl::Status Heartbeat(LiveExecution* live, core::EventId scheduled, std::string details);
  // Whoever lost its slots in the moment that it had something to tell will not tell it again: asks
  // the parent whether it still waits, and the children whether they have ended.
  void CheckRelatives(LiveExecution* live);
  // Fills in since when and by whom the attempts that a command ends were worked at.
  void FillStarted(const LiveExecution& live, absl::Time now, core::Command* command) const;

 private:
  std::shared_ptr<const QueuedTask> MakeTask(const LiveExecution& live,
                                             const core::TaskToRun& task) const;
  void AwaitToken(LiveExecution* live, core::EventId scheduled, LiveAttempt* attempt);
  void ReadForMapRuns(LiveExecution* live, const core::OutstandingWork& work);

  const EffectDeps deps_;
};

}  // namespace pawl::runtime
