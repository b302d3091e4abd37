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
#include "engine/runtime/machines/machine_cache.h"
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
  // When it expires, by the steady clock: for want of a heartbeat, or at `ends_at`.
  absl::Duration heartbeat_due = absl::InfiniteDuration();
  // Of an activity that a stream's worker has: the end of its TimeoutSeconds.
  absl::Duration ends_at = absl::InfiniteDuration();
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
  size_t bytes_since_checkpoint = 0;  // of the rows after it

  std::deque<PendingCommand> queue;
  bool is_in_flight = false;  // a transition of it is being decided or in a batch
  // It is being decided away from the strand, which must not look at `state` meanwhile.
  bool is_away = false;
  bool is_scheduled = false;  // stands in the list of executions to decide
  bool is_firing = false;     // a FireTimers command is queued
  bool is_parking = false;    // the transition in flight parks it
  bool is_given_up = false;   // a FailExecution command is queued: the store refuses its rows
  bool has_checkpoint = false;
  // Decisions in a row that took long: they are made away from the strand, and after a pause.
  int slow_decisions = 0;

  int64_t dispatched_up_to = -1;  // what became outstanding after this sequence() is still owed
  std::map<core::EventId, LiveAttempt> attempts;
  // Its entry among the range's deadlines: the first timer's time, and when that comes by the
  // steady clock.
  absl::Time due = absl::InfiniteFuture();
  absl::Duration armed = absl::InfiniteDuration();
  absl::Time fired_due = absl::InfinitePast();  // of the timer that the next decision fires
  // When parent and children are asked again whether all is as it seems, and the pause after that.
  absl::Duration next_relatives_check;  // by the steady clock
  absl::Duration relatives_pause = absl::Minutes(1);
  absl::Duration active_at;  // by the steady clock
  size_t weight = 0;         // in bytes, as the resident set counts it
  std::list<persistence::ExecutionRef>::iterator by_activity;
  Recording recording = Recording::kAll;
  EndCallback on_end;                           // may be empty
  std::map<int64_t, std::string> reading;       // Map Runs whose items are being read, from where
  std::map<int64_t, int64_t> reading_children;  // redriven Map Runs, from which child on
  std::set<int64_t> writing;                    // Map Runs whose results are being written
  // Whoever wanted to look at it while it was in flight: called after the commit, before anything
  // else happens to it; with null where its ownership was lost instead.
  std::vector<absl::AnyInvocable<void(LiveExecution*)>> after_commit;

  // Options::verify_replay: every record since the checkpoint, to fold again.
  std::string verify_checkpoint;
  std::vector<std::string> verify_records;
};

}  // namespace pawl::runtime
