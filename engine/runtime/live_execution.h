// One execution in the memory of its range's owner. Touched only from the range's strand.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <set>
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

// How much of an execution is stored.
enum class Recording {
  kAll,      // STANDARD
  kStart,    // EXPRESS, started asynchronously: runs again from its start after a crash
  kNothing,  // EXPRESS, started synchronously or by a Map Run
};

// Called once, when the execution has ended; on its strand.
using EndCallback = absl::AnyInvocable<void(const core::Execution&)>;

struct LiveExecution;
// Looks at a committed execution on its strand; the pointer is valid during the call only.
// NotFound, DataLoss, Unavailable.
using InspectCallback = absl::AnyInvocable<void(absl::StatusOr<const LiveExecution*>)>;

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

  int64_t dispatched_up_to = -1;  // what became outstanding after this sequence() is still owed
  std::map<core::EventId, LiveAttempt> attempts;
  absl::Time armed = absl::InfiniteFuture();  // its entry among the range's timers
  // When parent and children are asked again whether all is as it seems, and the pause after that.
  absl::Time next_relatives_check = absl::InfinitePast();
  absl::Duration relatives_pause = absl::Minutes(1);
  absl::Time active_at;
  std::list<persistence::ExecutionRef>::iterator by_activity;
  Recording recording = Recording::kAll;
  EndCallback on_end;                         // may be empty
  std::map<int64_t, std::string> reading;     // Map Runs whose items are being read, from where
  std::set<int64_t> writing;                  // Map Runs whose results are being written
  std::vector<InspectCallback> after_commit;  // who looks at it once the commit is done

  // Options::verify_replay: every record since the checkpoint, to fold again.
  std::string verify_checkpoint;
  std::vector<std::string> verify_records;
};

}  // namespace pawl::runtime
