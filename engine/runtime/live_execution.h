// One execution in the memory of its range's owner. Touched only from the range's strand.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "engine/core/decide.h"
#include "engine/core/execution.h"
#include "engine/runtime/machine_cache.h"
#include "persistence/types.h"

namespace pawl::runtime {

// Answered after the commit of what the command led to. Unavailable: the outcome is not known, send
// the same again.
using CommandCallback = absl::AnyInvocable<void(absl::StatusOr<core::CommandOutcome>)>;

struct PendingCommand {
  core::Command command;
  CommandCallback done;  // may be empty
};

// An open attempt, beside what the execution's state knows of it.
struct LiveAttempt {
  absl::Time scheduled_at;
  absl::Time heartbeat_due = absl::InfiniteFuture();
  std::string heartbeat_details;
  bool is_awaiting_token = false;
};

struct LiveExecution {
  LiveExecution(persistence::ExecutionRow row_, MachinePtr machine_, core::ExecutionHeader header)
      : row(std::move(row_)),
        machine(std::move(machine_)),
        state(std::move(header), machine->machine) {}

  persistence::ExecutionRow row;  // as stored, or on its way there
  MachinePtr machine;
  core::Execution state;
  int64_t sequence = 0;  // of the last decided transition
  int64_t events_since_checkpoint = 0;

  std::deque<PendingCommand> queue;
  bool is_in_flight = false;  // a transition of it is in a batch
  bool is_scheduled = false;  // stands in the list of executions to decide
  bool is_firing = false;     // a FireTimers command is queued
  bool is_parking = false;    // the transition in flight parks it

  core::EventId dispatched_up_to = 0;  // tasks scheduled by later events are still to be dispatched
  std::map<core::EventId, LiveAttempt> attempts;
  absl::Time armed = absl::InfiniteFuture();  // its entry among the range's timers
  absl::Time active_at;
  std::list<persistence::ExecutionRef>::iterator by_activity;
  std::vector<absl::AnyInvocable<void()>> after_commit;  // views that waited for the commit

  // Options::verify_replay: every record since the checkpoint, to fold again.
  std::string verify_checkpoint;
  std::vector<std::string> verify_records;
};

}  // namespace pawl::runtime
