// The longest that an execution may take and the most tasks that it may attempt, from the start to
// each end of the machine, by what the definition promises: TimeoutSeconds, Retry and Wait.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/asl/diagnostic_sink.h"
#include "engine/asl/state_machine.h"

namespace pawl::asl {

struct WorstCase {
  StateIndex end = kNone;
  absl::Duration duration;        // a lower bound of it where something is open
  double attempts = 0;            // of tasks; the same
  std::vector<std::string> open;  // why the duration has no bound: "'Charge' has no TimeoutSeconds"
  bool are_attempts_open = false;  // a loop or a Map: as often as it goes round
};

// One for each terminal state of the machine itself, in the order of the definition.
std::vector<WorstCase> WorstCases(const StateMachine& machine);

// "3 h 12 min", "45 s": the two largest units.
std::string SpanText(absl::Duration span);

// PAWL_WORST_CASE, as information, at each end.
void ReportWorstCases(const StateMachine& machine, DiagnosticSink* sink);

}  // namespace pawl::asl
