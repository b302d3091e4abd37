// Seeds beyond these: PAWL_SIM_SEEDS=10000 PAWL_SIM_FIRST=1 build/dev/bin/pawl_simulation_test
#include "tests/simulation/simulation.h"

#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "engine/runtime/world/log.h"
#include "gtest/gtest.h"

namespace pawl::simulation {
namespace {

int64_t FromEnvironment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  int64_t n = 0;
  return text != nullptr && absl::SimpleAtoi(text, &n) ? n : otherwise;
}

TEST(Simulation, KeepsEveryPromiseUnderFaults) {
  SetLogLevel(LogLevel::kError);  // faults are what it is about
  const int64_t first = FromEnvironment("PAWL_SIM_FIRST", 1);
  const int64_t seeds = FromEnvironment("PAWL_SIM_SEEDS", 60);
  Counts total;
  for (int64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(static_cast<uint64_t>(seed));
    simulation.Run();
    for (const std::string& violation : simulation.violations()) ADD_FAILURE() << violation;
    const Counts& counts = simulation.counts();
    total.closed += counts.closed;
    total.completions_applied += counts.completions_applied;
    total.map_children += counts.map_children;
    total.crashes += counts.crashes;
    total.commit_faults += counts.commit_faults;
    total.unknown_outcomes += counts.unknown_outcomes;
    total.steps += counts.steps;
    total.clock_steps += counts.clock_steps;
    total.zombies += counts.zombies;
    total.poisoned += counts.poisoned;
    total.quarantined += counts.quarantined;
    total.refused += counts.refused;
    ASSERT_LT(simulation.violations().size(), 20u);
  }
  std::printf(
      "%lld seeds: %lld executions closed, %lld results applied, %lld children of bulk maps, %lld "
      "crashes, %lld failed "
      "commits, of them %lld of unknown outcome, %lld steps\n",
      static_cast<long long>(seeds), static_cast<long long>(total.closed),
      static_cast<long long>(total.completions_applied), static_cast<long long>(total.map_children),
      static_cast<long long>(total.crashes), static_cast<long long>(total.commit_faults),
      static_cast<long long>(total.unknown_outcomes), static_cast<long long>(total.steps));
  std::printf(
      "%lld clock steps, %lld engines that lived on, %lld workers poisoned, %lld rows "
      "damaged, %lld commits refused\n",
      static_cast<long long>(total.clock_steps), static_cast<long long>(total.zombies),
      static_cast<long long>(total.poisoned), static_cast<long long>(total.quarantined),
      static_cast<long long>(total.refused));
  // A run in which nothing went wrong has tested nothing.
  EXPECT_GT(total.crashes, seeds / 2);
  EXPECT_GT(total.unknown_outcomes, seeds / 2);
  EXPECT_GT(total.completions_applied, seeds * 3);
  if (seeds >= 30) {
    EXPECT_GT(total.map_children, seeds / 2);
    EXPECT_GT(total.clock_steps, 0);
    EXPECT_GT(total.zombies, 0);
    EXPECT_GT(total.poisoned, 0);
    EXPECT_GT(total.quarantined, 0);
    EXPECT_GT(total.refused, 0);
  }
}

TEST(Simulation, SameSeedSameRun) {
  Simulation a(7), b(7);
  a.Run();
  b.Run();
  EXPECT_EQ(a.counts().steps, b.counts().steps);
  EXPECT_EQ(a.counts().completions_applied, b.counts().completions_applied);
  EXPECT_EQ(a.counts().commit_faults, b.counts().commit_faults);
}

}  // namespace
}  // namespace pawl::simulation
