// The simulation is worth what it finds: each fault that is planted into the engine must be found
// within a few seeds.
#include <cstdio>
#include <string>

#include "engine/runtime/world/log.h"
#include "engine/value/planted_fault.h"
#include "gtest/gtest.h"
#include "tests/simulation/simulation.h"

namespace pawl::simulation {
namespace {

#ifndef NDEBUG

struct Planted {
  PlantedFault fault;
  const char* name;
};

class PlantedFaults : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedFaults, AreFound) {
  SetLogLevel(LogLevel::kError);
  g_planted_fault = GetParam().fault;
  constexpr uint64_t kSeeds = 1'000;
  uint64_t seed = 1;
  bool is_found = false;
  for (; seed <= kSeeds && !is_found; ++seed) {
    Simulation simulation(seed);
    simulation.Run();
    is_found = !simulation.violations().empty();
    if (is_found) std::printf("%s: %s\n", GetParam().name, simulation.violations()[0].c_str());
  }
  g_planted_fault = PlantedFault::kNone;
  EXPECT_TRUE(is_found) << "not found in " << kSeeds << " seeds";
  RecordProperty("seeds", static_cast<int>(seed - 1));
}

INSTANTIATE_TEST_SUITE_P(
    All, PlantedFaults,
    ::testing::Values(Planted{PlantedFault::kNotCommittedTakenAsCommitted,
                              "NotCommittedTakenAsCommitted"},
                      Planted{PlantedFault::kUnknownTakenAsCommitted, "UnknownTakenAsCommitted"},
                      Planted{PlantedFault::kParkedNeverWoken, "ParkedNeverWoken"},
                      Planted{PlantedFault::kTasksBeforeTheCommit, "TasksBeforeTheCommit"},
                      Planted{PlantedFault::kStartAcknowledgedBeforeTheCommit,
                              "StartAcknowledgedBeforeTheCommit"},
                      Planted{PlantedFault::kRecoveredTasksForgotten, "RecoveredTasksForgotten"},
                      Planted{PlantedFault::kSecondSubmissionCounts, "SecondSubmissionCounts"},
                      Planted{PlantedFault::kHeartbeatsForgottenAfterReconnect,
                              "HeartbeatsForgottenAfterReconnect"},
                      Planted{PlantedFault::kPoisonNeverCounted, "PoisonNeverCounted"},
                      Planted{PlantedFault::kTimersByTheWallClock, "TimersByTheWallClock"},
                      Planted{PlantedFault::kWatchersForgotten, "WatchersForgotten"},
                      Planted{PlantedFault::kRefusedRowsDropped, "RefusedRowsDropped"},
                      Planted{PlantedFault::kLapsedLeaseServes, "LapsedLeaseServes"}),
    [](const ::testing::TestParamInfo<Planted>& param) { return std::string(param.param.name); });

#endif

}  // namespace
}  // namespace pawl::simulation
