// Where an execution stands, for people: every state that was entered and not left.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/tasks/task_queues.h"

namespace pawl::runtime {

struct OpenState {
  enum class WaitingFor {
    kNothing,
    kWorker,
    kCompletion,
    kTaskToken,
    kTime,
    kRetry,
    kChildren,
    kExecution
  };
  std::string name;
  asl::StateType type = asl::StateType::kPass;
  std::string path;  // "" for the machine's own states, else "Map[3]", "Fan[0]/Map[3]"
  absl::Time entered;
  int attempt = 0;  // of tasks and fan-outs, from 1
  WaitingFor waiting_for = WaitingFor::kNothing;
  absl::Time until = absl::InfiniteFuture();
  std::string queue;
  std::string worker;
  std::string heartbeat_details;
  core::EventId scheduled;  // the open attempt
  std::string execution;    // that a task has started and waits for: "MACHINE/NAME"
  // Branches, iterations, or the items of a Distributed Map, of which the total grows while they
  // are being read.
  int64_t children_total = 0;
  int64_t children_succeeded = 0;
  int64_t children_running = 0;
  int64_t children_failed = 0;
};

// Outer states before inner ones.
std::vector<OpenState> OpenStates(const LiveExecution& live, const TaskQueues& queues);

}  // namespace pawl::runtime
