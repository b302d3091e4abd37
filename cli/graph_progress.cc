#include "cli/graph_progress.h"

#include "absl/strings/match.h"

namespace pawl::cli {

void ProgressFold::Add(const v1::HistoryEvent& event) {
  if (event.has_retry_scheduled_event_details()) {
    Seen& seen = states_[event.retry_scheduled_event_details().state_name()];
    ++seen.retries;
    seen.failed = 0;
    return;
  }
  const auto previous = state_of_.find(event.previous_event_id());
  const std::string before = previous == state_of_.end() ? std::string() : previous->second;
  if (event.has_state_entered_event_details()) {
    const std::string& name = event.state_entered_event_details().name();
    ++states_[name].entered;
    state_of_[event.id()] = name;
    if (!before.empty()) ++transitions_[{before, name}];
    if (absl::StartsWith(event.type(), "Fail")) states_[name].has_failed = true;
    return;
  }
  state_of_[event.id()] = before;
  if (event.has_state_exited_event_details()) {
    Seen& seen = states_[event.state_exited_event_details().name()];
    state_of_[event.id()] = event.state_exited_event_details().name();
    ++seen.exited;
    // A state that is left although its last attempt failed was caught.
    if (seen.failed > 0) ++seen.caught;
    seen.failed = 0;
    seen.has_failed = false;
    return;
  }
  if (before.empty()) return;
  if (absl::EndsWith(event.type(), "Failed") || absl::EndsWith(event.type(), "TimedOut")) {
    if (!absl::StartsWith(event.type(), "MapIteration")) {
      ++states_[before].failed;
      states_[before].has_failed = true;
    }
  } else if (absl::EndsWith(event.type(), "Succeeded")) {
    states_[before].failed = 0;
    states_[before].has_failed = false;
  }
}

GraphProgress ProgressFold::Finish(bool is_closed) const {
  GraphProgress progress;
  progress.transitions = transitions_;
  for (const auto& [name, seen] : states_) {
    StateCounts& counts = progress.states[name];
    counts.visits = seen.entered;
    counts.retries = seen.retries;
    const bool is_open = seen.entered > seen.exited;
    if (seen.has_failed && (is_closed || seen.failed > 0 || !is_open)) {
      counts.progress = StateProgress::kFailed;
    } else if (is_open) {
      counts.progress = is_closed ? StateProgress::kStopped : StateProgress::kRunning;
    } else if (seen.caught > 0) {
      counts.progress = StateProgress::kCaught;
    } else {
      counts.progress = seen.entered > 0 ? StateProgress::kSucceeded : StateProgress::kNotReached;
    }
  }
  return progress;
}

}  // namespace pawl::cli
