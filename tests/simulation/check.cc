// What must hold in the end, by what clients and workers were told and the store holds.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"
#include "tests/simulation/machines.h"
#include "tests/simulation/simulation.h"

namespace pawl::simulation {
namespace {

// Executions of these may be parked: then they are due by the wall clock, wherever that stands.
bool MayBeParked(const std::string& machine) {
  return machine == "nap" || machine == "callback" || machine == "fan";
}

}  // namespace

void Simulation::Check() {
  std::map<std::string, std::vector<persistence::ExecutionRow>> by_name;
  std::map<std::string, std::vector<persistence::ExecutionRow>> children;  // by machine
  for (const persistence::ExecutionRow& row : AllExecutions()) {
    if (damaged_.has_value() && row.name == *damaged_) continue;
    if (row.status == persistence::Status::kRunning) {
      Violation(absl::StrCat(row.machine, "/", row.name, " still runs in the end",
                             row.parked ? ", parked until " : ", resident ",
                             absl::FormatTime(row.wake_at, absl::UTCTimeZone()), ", now ",
                             absl::FormatTime(now_, absl::UTCTimeZone())));
      continue;
    }
    CheckHistory(row);
    by_name[row.name.substr(0, row.name.find(':'))].push_back(row);
    if (absl::StrContains(row.machine, "/")) children[row.machine].push_back(row);
  }
  int bulk_runs = 0;
  for (const auto& [name, wanted] : wanted_) {
    if (!wanted.is_acked) {
      Violation(absl::StrCat(name, ": its start was never acknowledged"));
      continue;
    }
    if (damaged_.has_value() && name == *damaged_) continue;
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      Violation(absl::StrCat(name, ": acknowledged, and not there"));
      continue;
    }
    for (const persistence::ExecutionRow& row : found->second) {
      ++counts_.closed;
      if (row.status != persistence::Status::kSucceeded && !MayFail(row)) {
        const auto live = engine_->Load(row.ref);
        Violation(absl::StrCat(name, " (", wanted.machine, "): status ",
                               static_cast<int>(row.status), " in the end, ",
                               live.ok() ? (*live)->state.error().value_or("") : "", ": ",
                               live.ok() ? (*live)->state.cause().value_or("") : ""));
      }
    }
    bulk_runs += wanted.machine == "bulk" ? 1 : 0;
  }
  CheckBulkChildren(children["bulk/kids"], bulk_runs);
  CheckWatchers();
}

// What the store has refused ends by a failure that says so.
bool Simulation::MayFail(const persistence::ExecutionRow& row) const {
  if (row.machine != "doomed" || plan_->counts.refused == 0) return false;
  const auto live = engine_->Load(row.ref);
  return live.ok() && absl::StrContains((*live)->state.cause().value_or(""), "cannot be stored");
}

// While the engine serves, an end is told soon; and once it is calm, nothing takes long.
void Simulation::CheckNews() {
  const absl::Time since = std::max(opened_at_, now_ - absl::Hours(24 * 365));
  const absl::Duration set_back = furthest_step_ - wall_step_;
  for (auto& [name, wanted] : wanted_) {
    if (!wanted.ref.has_value() || wanted.machine == "quick" || name == damaged_.value_or("")) {
      continue;
    }
    const auto row = memory_->GetExecution(*wanted.ref);
    if (!row.ok()) continue;
    if (row->status == persistence::Status::kRunning) {
      // What sleeps in the store sleeps by the wall clock, and a step back prolongs its sleep; so do
      // parents now and then.
      const bool may_sleep = row->parked || wanted.machine == "parent";
      const absl::Duration sleep = may_sleep ? set_back : absl::ZeroDuration();
      const bool is_calm = now_ - calm_since_ > absl::Minutes(30) + sleep;
      if (is_calm && !MayBeParked(wanted.machine) && !std::exchange(wanted.is_late, true)) {
        Violation(absl::StrCat(name, " (", wanted.machine, ") still runs half an hour later"));
      }
      continue;
    }
    const absl::Time seen = std::max(ended_seen_.emplace(name, now_).first->second, since);
    if (is_open_ && !wanted.is_told && now_ - seen > absl::Minutes(3) &&
        !std::exchange(wanted.is_late, true)) {
      Violation(absl::StrCat(name, ": its watcher waits in vain"));
    }
  }
}

// Who watches is told of the end, whatever became of the answer to its commit.
void Simulation::CheckWatchers() {
  for (const auto& [name, wanted] : wanted_) {
    const bool is_express = wanted.machine == "quick";
    if (!wanted.ref.has_value() || is_express || name == damaged_.value_or("")) continue;
    if (!wanted.is_told) Violation(absl::StrCat(name, ": its watcher was not told of its end"));
  }
}

// Every batch of items once, and none of them again.
void Simulation::CheckBulkChildren(const std::vector<persistence::ExecutionRow>& rows, int runs) {
  const size_t expected = static_cast<size_t>(runs) * ((kItems + 1) / 2);
  if (rows.size() != expected) {
    Violation(absl::StrCat("bulk has ", rows.size(), " children, not ", expected));
  }
  for (const persistence::ExecutionRow& row : rows) {
    counts_.map_children += 1;
    if (row.status != persistence::Status::kSucceeded) {
      const auto live = engine_->Load(row.ref);
      Violation(absl::StrCat("child ", row.name, " of bulk ended with status ",
                             static_cast<int>(row.status), " at ",
                             absl::FormatTime(row.stop_time, absl::UTCTimeZone()), ": ",
                             live.ok() ? (*live)->state.cause().value_or("") : ""));
    }
  }
}

void Simulation::CheckHistory(const persistence::ExecutionRow& row) {
  if (row.machine == "quick") return;  // EXPRESS: only its start and its end are there
  const std::string name = absl::StrCat(row.machine, "/", row.name);
  auto rows = memory_->ReadHistory(row.ref, 1, 1'000'000, false);
  if (!rows.ok()) return Violation(rows.status().ToString());
  std::vector<core::Event> events;
  int64_t sequence = 0;
  for (const persistence::HistoryRow& stored : *rows) {
    if (stored.sequence != ++sequence) Violation(absl::StrCat(name, ": a transition is missing"));
    auto decoded = core::DecodeTransition(stored.record);
    if (!decoded.ok()) return Violation(decoded.status().ToString());
    for (core::Event& event : *decoded) events.push_back(std::move(event));
  }
  CheckEvents(name, row.ref, events);
}

void Simulation::CheckEvents(const std::string& name, persistence::ExecutionRef ref,
                             const std::vector<core::Event>& events) {
  core::EventId last;
  absl::Time time = absl::InfinitePast();
  struct Attempt {
    core::EventId id;
    absl::Time ends_at;  // by its time-out or its first heartbeat
  };
  std::map<core::FrameId, absl::Time> waits_until, retry_at;
  std::map<core::FrameId, Attempt> attempts;
  std::map<core::EventId, int> results;
  for (const core::Event& event : events) {
    if (event.is_numbered()) {
      last = last.Next();
      if (event.id != last) {
        Violation(absl::StrCat(name, ": event ids are not contiguous at ", event.id.value()));
      }
    }
    // A task's start is told with its end, and so may lie before other branches' events.
    if (!event.Is<core::TaskStarted>()) {
      if (event.time < time)
        Violation(absl::StrCat(name, ": time runs backwards at ", event.id.value()));
      time = event.time;
    }
    const auto is_early = [&](absl::Time due) { return !has_clock_steps_ && event.time < due; };
    if (const auto* entered = event.As<core::StateEntered>()) {
      waits_until[event.frame] = entered->waits_until;
    } else if (event.type == core::EventType::kWaitStateExited) {
      if (is_early(waits_until[event.frame])) {
        Violation(absl::StrCat(name, ": a Wait ended early"));
      }
    } else if (const auto* retry = event.As<core::RetryScheduled>()) {
      retry_at[event.frame] = retry->next_attempt_at;
    } else if (const auto* scheduled = event.As<core::TaskScheduled>()) {
      if (retry_at.count(event.frame) > 0 && is_early(retry_at[event.frame])) {
        Violation(absl::StrCat(name, ": a retry was early"));
      }
      retry_at.erase(event.frame);
      Attempt& attempt = attempts[event.frame];
      attempt = {event.id, scheduled->times_out_at};
      if (scheduled->heartbeat_seconds.has_value()) {
        attempt.ends_at =
            std::min(attempt.ends_at, event.time + absl::Seconds(*scheduled->heartbeat_seconds));
      }
    } else if (event.Is<core::TaskTimedOut>()) {
      if (is_early(attempts[event.frame].ends_at)) {
        Violation(absl::StrCat(name, ": a time-out was early"));
      }
    } else if (const auto* succeeded = event.As<core::TaskSucceeded>()) {
      if (succeeded->resource_type == "states") continue;  // a child execution's, not a worker's
      const core::EventId attempt = attempts[event.frame].id;
      if (++results[attempt] > 1) {
        Violation(absl::StrCat(name, ": two results of attempt ", attempt.value()));
      }
      const std::string token =
          engine_->node().tokens().Mint(kAccount, runtime::AttemptKey{ref, attempt});
      const Offered& offer = offered_[token];
      const std::string& output = succeeded->output.text();
      if (offer.outputs.count(output) == 0) {
        Violation(absl::StrCat(name, ": a result that no worker gave: ", output));
      }
      if (!offer.applied.empty() && offer.applied != output) {
        Violation(absl::StrCat(name, ": another result was acknowledged: ", offer.applied));
      }
    }
  }
}

}  // namespace pawl::simulation
