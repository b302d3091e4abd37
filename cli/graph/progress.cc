#include "cli/graph/progress.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace pawl::cli {
namespace {

bool IsFailure(const std::string& type) {
  return absl::EndsWith(type, "Failed") || absl::EndsWith(type, "TimedOut");
}

// "Parallel" of "ParallelStateFailed"; "" of events that are no fan-out's.
std::string FanOutOf(const std::string& type) {
  if (absl::StartsWith(type, "ParallelState")) return "Parallel";
  return absl::StartsWith(type, "MapState") ? "Map" : "";
}

}  // namespace

void ProgressFold::Enter(const v1::HistoryEvent& event, const std::string& before) {
  const std::string& name = event.state_entered_event_details().name();
  Seen& seen = states_[name];
  ++seen.entered;
  seen.type = std::string(absl::StripSuffix(event.type(), "StateEntered"));
  seen.has_failed = seen.type == "Fail";
  if (!before.empty()) ++transitions_[{before, name}];
  origins_[event.id()] = {name, false};
}

void ProgressFold::Exit(const v1::HistoryEvent& event, bool was_failure) {
  const std::string& name = event.state_exited_event_details().name();
  Seen& seen = states_[name];
  ++seen.exited;
  seen.has_failed = false;
  if (was_failure) {
    // A state that is left although its last attempt failed was caught.
    ++seen.caught;
    int64_t& failed = failed_fan_outs_[FanOutOf(event.type())];
    if (failed > 0) --failed;
  }
  origins_[event.id()] = {name, false};
}

void ProgressFold::Add(const v1::HistoryEvent& event) {
  const auto previous = origins_.find(event.previous_event_id());
  const Origin before = previous == origins_.end() ? Origin() : previous->second;
  if (event.has_retry_scheduled_event_details()) {
    const std::string& name = event.retry_scheduled_event_details().state_name();
    Seen& seen = states_[name.empty() ? before.state : name];
    ++seen.retries;
    seen.has_failed = false;
    return;
  }
  if (event.has_state_entered_event_details()) return Enter(event, before.state);
  if (event.has_state_exited_event_details()) return Exit(event, before.is_failure);
  const bool is_failure = IsFailure(event.type());
  origins_[event.id()] = {before.state, is_failure};
  if (before.state.empty()) return;
  if (is_failure && !FanOutOf(event.type()).empty()) {
    ++failed_fan_outs_[FanOutOf(event.type())];
  } else if (is_failure && !absl::StartsWith(event.type(), "MapIteration")) {
    states_[before.state].has_failed = true;
  } else if (absl::EndsWith(event.type(), "Succeeded")) {
    states_[before.state].has_failed = false;
  }
}

StateProgress ProgressFold::ProgressOf(const Seen& seen, bool is_closed) const {
  if (seen.has_failed) return StateProgress::kFailed;
  if (seen.entered > seen.exited) {
    const auto failed = failed_fan_outs_.find(seen.type);
    const bool is_failed_fan_out = failed != failed_fan_outs_.end() && failed->second > 0;
    if (is_closed) return is_failed_fan_out ? StateProgress::kFailed : StateProgress::kStopped;
    return StateProgress::kRunning;
  }
  if (seen.caught > 0) return StateProgress::kCaught;
  return seen.entered > 0 ? StateProgress::kSucceeded : StateProgress::kNotReached;
}

GraphProgress ProgressFold::Finish(bool is_closed) const {
  GraphProgress progress;
  progress.transitions = transitions_;
  for (const auto& [name, seen] : states_) {
    progress.states[name] = {ProgressOf(seen, is_closed), seen.entered, seen.retries};
  }
  return progress;
}

}  // namespace pawl::cli
