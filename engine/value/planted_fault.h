// Faults that tests plant to see that the simulation finds them (tests/simulation/planted_test.cc).
// Only builds with assertions can have any; in a release IsPlanted is a constant and costs nothing.
#pragma once

namespace pawl {

enum class PlantedFault {
  kNone,
  kNotCommittedTakenAsCommitted,
  kUnknownTakenAsCommitted,
  kParkedNeverWoken,
  kTasksBeforeTheCommit,
  kStartAcknowledgedBeforeTheCommit,
  kRecoveredTasksForgotten,
  kSecondSubmissionCounts,
  kHeartbeatsForgottenAfterReconnect,
  kSuspendedTasksForgotten,
  kPoisonNeverCounted,
  kTimersByTheWallClock,
  kWatchersForgotten,
  kRefusedRowsDropped,
  kLapsedLeaseServes,
};
// The length of the list above.
inline constexpr int kPlantedFaults = 15;

#ifndef NDEBUG
inline PlantedFault g_planted_fault = PlantedFault::kNone;
inline bool IsPlanted(PlantedFault fault) { return g_planted_fault == fault; }
#else
constexpr bool IsPlanted(PlantedFault) { return false; }
#endif

}  // namespace pawl
