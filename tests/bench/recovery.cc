#include "tests/bench/recovery.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "tests/bench/load.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {
namespace {

constexpr char kAsleep[] =
    R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":86400,"End":true}}})";
constexpr char kWaiting[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:nobody","End":true}}})";
constexpr absl::Duration kParkPatience = absl::Minutes(5);

}  // namespace

absl::Status MeasureRecovery(const std::string& store_name, const std::string& url,
                             int executions) {
  testing::TempFolder folder;
  testing::EngineProcess::Options options;
  options.store = absl::StrReplaceAll(url, {{"FOLDER", folder.path()}});
  options.flags = {"--park-after=1s", absl::StrCat("--max-resident-executions=", 2 * executions)};
  testing::EngineProcess engine(options);
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  const std::string id = absl::StrCat(absl::ToUnixSeconds(absl::Now()));
  LoadOptions load;
  load.address = engine.address();
  load.http_port = engine.http_port();
  load.input = R"({"order":"a1b2c3d4","amount":4711})";
  load.open_executions = executions;
  load.waits_for_end = false;
  const int waiting = executions / 20;
  for (const auto& [machine, definition, count] :
       {std::tuple<std::string, const char*, int>{"waiting-" + id, kWaiting, waiting},
        std::tuple<std::string, const char*, int>{"asleep-" + id, kAsleep, executions - waiting}}) {
    if (absl::Status status = PutMachine(engine.address(), machine, definition); !status.ok()) {
      return status;
    }
    load.machine = machine;
    load.prefix = "r";
    load.executions = count;
    if (auto result = RunLoad(load); !result.ok()) return result.status();
  }
  const absl::Time deadline = absl::Now() + kParkPatience;
  double parked = 0;
  while (parked < executions - waiting && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(500));
    auto metrics = testing::HttpGet(engine.http_port(), "/metrics");
    if (!metrics.ok()) return metrics.status();
    parked = testing::MetricValue(*metrics, "pawl_executions_parked");
  }
  const int64_t before = testing::ResidentBytes(engine.pid());
  engine.Kill();
  const absl::Time began = absl::Now();
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  const double cpu = testing::CpuSeconds(engine.pid());
  auto metrics = testing::HttpGet(engine.http_port(), "/metrics");
  if (!metrics.ok()) return metrics.status();
  std::printf("restart on %s: %d open executions, %.0f of them parked\n", store_name.c_str(),
              executions, parked);
  std::printf("  until it serves: %.2f s (wall clock), %.2f s CPU; %.0f executions loaded\n",
              seconds, cpu, testing::MetricValue(*metrics, "pawl_recovered_executions"));
  std::printf("  memory: %.1f MiB before the kill, %.1f MiB when it serves again\n\n",
              static_cast<double>(before) / (1 << 20),
              static_cast<double>(testing::ResidentBytes(engine.pid())) / (1 << 20));
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace pawl::bench
