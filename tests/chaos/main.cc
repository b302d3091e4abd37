// The crash test: real processes under load, killed at random moments.
//
//   pawl-chaos [--long] [--store sqlite|postgres] [--seed N]
//   pawl-chaos --worker ADDRESS LOG      (the worker process that it starts)
//
// Short: a few of each. Long (make chaos): the engine and workers 100 times, PostgreSQL restarted
// 20 times with -m immediate and its connection cut 20 times between COMMIT and the answer.
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/chaos/checker.h"
#include "tests/chaos/cutting_proxy.h"
#include "tests/chaos/load.h"
#include "tests/support/engine_process.h"
#include "tests/support/postgres.h"

namespace pawl::chaos {
namespace {

struct Plan {
  int engine_kills = 6;
  int worker_kills = 6;
  int restarts = 0;
  int cuts = 0;
};

enum class Fault { kEngine, kWorker, kRestart, kCut };

class Run {
 public:
  Run(std::string store_name, std::string url, Plan plan, uint64_t seed)
      : store_name_(std::move(store_name)), url_(std::move(url)), plan_(plan), random_(seed) {}

  // The number of violations; negative where the run itself could not be made.
  int Execute() {
    testing::EngineProcess::Options options;
    options.store = url_;
    if (url_ == "sqlite:") options.store = absl::StrCat("sqlite:", folder_.path(), "/data");
    if (plan_.cuts > 0) {
      proxy_ = std::make_unique<CuttingProxy>(testing::PortOf(url_));
      options.store = testing::WithPort(url_, proxy_->port());
    }
    options.flags = {"--reconnect-grace=1s", "--received-timeout=1s", "--verify-replay"};
    options.log_path = absl::StrCat(folder_.path(), "/engine.log");
    engine_ = std::make_unique<testing::EngineProcess>(options);
    if (!Ok(engine_->Start()) || !Ok(CreateMachines(engine_->address()))) return -1;
    for (int i = 0; i < 2; ++i) {
      if (!Ok(StartWorker(static_cast<size_t>(i)))) return -1;
    }
    Clients clients(engine_->address(), /*threads=*/3, /*max_open=*/30);
    if (!InflictFaults(&clients)) {
      ShowLog();
      return -1;
    }
    clients.StopStarting();
    const int ended_during_faults = clients.ended();
    const std::vector<Clients::Acked> acked = clients.acked();
    const Verdict verdict = Check(engine_->address(), acked, logs_, absl::Minutes(4));
    for (const std::string& violation : verdict.violations) {
      std::printf("VIOLATION %s\n", violation.c_str());
    }
    std::printf(
        "%s: %d engine kills, %d worker kills, %d PostgreSQL restarts, %d commits cut off; %zu "
        "starts "
        "acknowledged, %d ended while faults were on, %d in the end, %d results applied, %d client "
        "errors, %zu violations\n",
        store_name_.c_str(), plan_.engine_kills, plan_.worker_kills, plan_.restarts,
        proxy_ != nullptr ? proxy_->cuts() : 0, acked.size(), ended_during_faults, verdict.ended,
        verdict.results, clients.errors(), verdict.violations.size());
    const int faults = plan_.engine_kills + plan_.worker_kills + plan_.restarts + plan_.cuts;
    if (ended_during_faults < faults) {
      std::printf("VIOLATION too little succeeded while faults were on: the run proves nothing\n");
      return static_cast<int>(verdict.violations.size()) + 1;
    }
    if (!verdict.violations.empty()) ShowLog();
    return static_cast<int>(verdict.violations.size());
  }

 private:
  void ShowLog() const {
    std::printf("the end of the engine's log:\n");
    std::fflush(stdout);
    const std::string command = absl::StrCat("tail -n 60 ", folder_.path(), "/engine.log");
    if (std::system(command.c_str()) != 0) std::printf("(not readable)\n");  // NOLINT: one thread
  }

  static bool Ok(const absl::Status& status) {
    if (!status.ok()) std::printf("cannot run: %s\n", status.ToString().c_str());
    return status.ok();
  }

  absl::Status StartWorker(size_t i) {
    if (workers_.size() <= i) workers_.resize(i + 1);
    logs_.push_back(absl::StrCat(folder_.path(), "/worker-", logs_.size(), ".log"));
    workers_[i] = std::make_unique<testing::Process>(
        std::vector<std::string>{absl::StrCat(testing::BinFolder(), "/pawl-chaos"), "--worker",
                                 engine_->address(), logs_.back()});
    return workers_[i]->Start();
  }

  std::vector<Fault> ShuffledFaults() {
    std::vector<Fault> faults;
    faults.insert(faults.end(), static_cast<size_t>(plan_.engine_kills), Fault::kEngine);
    faults.insert(faults.end(), static_cast<size_t>(plan_.worker_kills), Fault::kWorker);
    faults.insert(faults.end(), static_cast<size_t>(plan_.restarts), Fault::kRestart);
    faults.insert(faults.end(), static_cast<size_t>(plan_.cuts), Fault::kCut);
    std::shuffle(faults.begin(), faults.end(), random_);
    return faults;
  }

  bool InflictFaults(Clients* clients) {
    int done = 0;
    for (const Fault fault : ShuffledFaults()) {
      absl::SleepFor(absl::Milliseconds(static_cast<int64_t>(50 + random_() % 700)));
      switch (fault) {
        case Fault::kEngine:
          engine_->Kill();
          if (!Ok(engine_->Start())) return false;
          break;
        case Fault::kWorker: {
          const size_t i = random_() % workers_.size();
          workers_[i]->Kill();
          if (!Ok(StartWorker(i))) return false;
          break;
        }
        case Fault::kRestart:
          if (!Ok(testing::RestartPostgresImmediately())) return false;
          break;
        case Fault::kCut: {
          const int before = proxy_->cuts();
          proxy_->CutNextCommit();
          const absl::Time deadline = absl::Now() + absl::Seconds(20);
          while (proxy_->cuts() == before && absl::Now() < deadline) {
            absl::SleepFor(absl::Milliseconds(5));
          }
          if (proxy_->cuts() == before) return Ok(absl::DeadlineExceededError("no COMMIT came by"));
          break;
        }
      }
      WaitForProgress(*clients);
      if (++done % 20 == 0) std::printf("%s: %d faults\n", store_name_.c_str(), done);
      std::fflush(stdout);
    }
    return true;
  }

  // Faults hit work, not a standstill: something has ended since the last one (or time is up).
  void WaitForProgress(const Clients& clients) {
    const int before = clients.ended();
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (clients.ended() < before + 2 && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(10));
    }
  }

  const std::string store_name_;
  const std::string url_;
  const Plan plan_;
  std::mt19937_64 random_;
  testing::TempFolder folder_;
  std::unique_ptr<CuttingProxy> proxy_;
  std::unique_ptr<testing::EngineProcess> engine_;
  std::vector<std::unique_ptr<testing::Process>> workers_;
  std::vector<std::string> logs_;
};

int Main(const std::vector<std::string>& arguments) {
  bool is_long = false;
  std::string store;
  uint64_t seed = std::random_device()();
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--worker" && i + 2 < arguments.size()) {
      return RunWorker(arguments[i + 1], arguments[i + 2]);
    }
    if (arguments[i] == "--long") {
      is_long = true;
    } else if (arguments[i] == "--store" && has_value) {
      store = arguments[++i];
    } else if (arguments[i] == "--seed" && has_value && absl::SimpleAtoi(arguments[i + 1], &seed)) {
      ++i;
    } else {
      std::fprintf(stderr, "usage: pawl-chaos [--long] [--store sqlite|postgres] [--seed N]\n");
      return 2;
    }
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  int violations = 0;
  if (store.empty() || store == "sqlite") {
    Plan plan;
    if (is_long) plan.engine_kills = plan.worker_kills = 100;
    const int result = Run("SQLite", "sqlite:", plan, seed).Execute();
    if (result < 0) return 1;
    violations += result;
  }
  if (store.empty() || store == "postgres") {
    if (!testing::HasPostgres()) {
      std::printf("PostgreSQL is left out: PAWL_TEST_POSTGRES is not set\n");
      return store.empty() && violations == 0 ? 0 : 1;
    }
    Plan plan;
    plan.engine_kills = plan.worker_kills = is_long ? 100 : 3;
    // A restart hits every test on the server: the short form leaves it to runs of its own.
    plan.restarts = is_long ? 20 : 0;
    plan.cuts = is_long ? 20 : 4;
    auto url = testing::CreateDatabase(absl::StrCat("chaos_", seed % 1'000'000));
    if (!url.ok()) {
      std::printf("cannot run: %s\n", url.status().ToString().c_str());
      return 1;
    }
    const int result = Run("PostgreSQL", *url, plan, seed).Execute();
    if (result < 0) return 1;
    violations += result;
  }
  return violations == 0 ? 0 : 1;
}

}  // namespace
}  // namespace pawl::chaos

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  return pawl::chaos::Main(std::vector<std::string>(argv + 1, argv + argc));
}
