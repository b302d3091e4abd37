// pawl-bench: what a step costs, and how many fit into a second.
//
//   pawl-bench [--quick] [--store sqlite|postgres] [--workload W1|W5]
//   pawl-bench --interference [--store ...]  what a small execution notices of others
//   pawl-bench --starts [--quick] [--store ...]  a start over gRPC and over HTTP
//   pawl-bench --recovery N [--store ...]  a restart with N open executions
//   pawl-bench --worker ADDRESS          (the worker process that it starts)
//
// A real engine, a real worker process, this process as the client. W1 is one task, W5 five in a
// row, with payloads of about 100 bytes. CPU is what counts: the machine may be shared, so steps
// per second by the wall clock say little without the CPU beside them. PostgreSQL is measured where
// PAWL_TEST_POSTGRES names one (make bench starts it).
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "pawl/worker.h"
#include "tests/bench/bare_store.h"
#include "tests/bench/interference.h"
#include "tests/bench/load.h"
#include "tests/bench/memory.h"
#include "tests/bench/recovery.h"
#include "tests/bench/starts.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {
namespace {

constexpr char kPayload[] =
    "{\"order\":\"a1b2c3d4-0000-4000-8000-00000000cafe\",\"amount\":4711,\"currency\":\"EUR\","
    "\"note\":\"0123456789\"}";

struct Workload {
  std::string name;
  int tasks;
};

std::string Definition(int tasks) {
  std::string states;
  for (int i = 1; i <= tasks; ++i) {
    absl::StrAppend(&states, i > 1 ? "," : "", "\"T", i,
                    "\":{\"Type\":\"Task\",\"Resource\":\"pawl:bench\",",
                    i == tasks ? "\"End\":true}" : absl::StrCat("\"Next\":\"T", i + 1, "\"}"));
  }
  return absl::StrCat("{\"StartAt\":\"T1\",\"States\":{", states, "}}");
}

int RunWorker(const std::string& address) {
  Handlers handlers;
  HandlerOptions options;
  options.max_concurrency = 1'000;
  handlers.AddAsync(
      "bench", [](const Task& task, const Responder& respond) { respond(Succeed(task.input())); },
      options);
  WorkerOptions worker_options;
  worker_options.name = "bench-worker";
  worker_options.reports_crashes = false;
  worker_options.log = [](const std::string&) {};
  Worker worker(std::move(handlers), {.addresses = {address}}, worker_options);
  const absl::Status status = worker.RunUntilSignal(absl::Seconds(5));
  if (!status.ok()) std::fprintf(stderr, "pawl-bench worker: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

// The postmaster of the private server that tools/with-postgres started.
pid_t PostmasterPid() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread of this program sets the environment
  const char* data = std::getenv("PAWL_TEST_POSTGRES_DATA");
  if (data == nullptr) return 0;
  std::ifstream file(absl::StrCat(data, "/postmaster.pid"));
  pid_t pid = 0;
  file >> pid;
  return pid;
}

// By psql, which comes with the server; -1 where it does not answer.
double WalBytes(const std::string& url) {
  FILE* psql = popen(
      absl::StrCat("psql -XAtq -c \"select pg_current_wal_lsn() - '0/0'::pg_lsn\" '", url, "'")
          .c_str(),
      "r");
  if (psql == nullptr) return -1;
  char line[128] = "";
  const bool is_read = std::fgets(line, sizeof(line), psql) != nullptr;
  pclose(psql);
  double bytes = -1;
  return is_read && absl::SimpleAtod(line, &bytes) ? bytes : -1;
}

struct Snapshot {
  double engine = 0, worker = 0, client = 0, database = 0, written = 0;
  std::string metrics;
};

struct Setup {
  std::string store_name;
  std::string url;
  pid_t postmaster = 0;
};

absl::StatusOr<Snapshot> Take(const testing::EngineProcess& engine, const testing::Process& worker,
                              const Setup& setup) {
  Snapshot s;
  s.engine = testing::CpuSeconds(engine.pid());
  s.worker = testing::CpuSeconds(worker.pid());
  s.client = testing::CpuSeconds(getpid());
  if (setup.postmaster > 0) {
    s.database = testing::CpuSecondsOfFamily(setup.postmaster);
    s.written = WalBytes(setup.url);
  } else {
    s.written = static_cast<double>(testing::WrittenBytes(engine.pid()));
  }
  auto metrics = testing::HttpGet(engine.http_port(), "/metrics");
  if (!metrics.ok()) return metrics.status();
  s.metrics = *std::move(metrics);
  return s;
}

void PrintRow(const char* what, double value, const char* unit) {
  std::printf("  %-44s %12.1f %s\n", what, value, unit);
}

absl::Status Measure(const Setup& setup, const Workload& workload, int executions) {
  testing::TempFolder folder;
  testing::EngineProcess::Options options;
  options.store = absl::StrReplaceAll(setup.url, {{"FOLDER", folder.path()}});
  testing::EngineProcess engine(options);
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  testing::Process worker(
      {absl::StrCat(testing::BinFolder(), "/pawl-bench"), "--worker", engine.address()});
  if (absl::Status status = worker.Start(); !status.ok()) return status;
  const std::string machine = absl::StrCat("bench-", workload.name);
  if (absl::Status status = PutMachine(engine.address(), machine, Definition(workload.tasks));
      !status.ok()) {
    return status;
  }
  LoadOptions load;
  load.address = engine.address();
  load.http_port = engine.http_port();
  load.machine = machine;
  load.input = kPayload;

  load.prefix = absl::StrCat("warm", absl::ToUnixMicros(absl::Now()), "-");
  load.executions = 300;
  if (auto warm = RunLoad(load); !warm.ok()) return warm.status();

  load.prefix = absl::StrCat("one", absl::ToUnixMicros(absl::Now()), "-");
  load.executions = 200;
  auto latencies = RunOneByOne(load);
  if (!latencies.ok()) return latencies.status();

  load.prefix = absl::StrCat("full", absl::ToUnixMicros(absl::Now()), "-");
  load.executions = executions;
  auto before = Take(engine, worker, setup);
  if (!before.ok()) return before.status();
  auto result = RunLoad(load);
  if (!result.ok()) return result.status();
  auto after = Take(engine, worker, setup);
  if (!after.ok()) return after.status();

  const double steps = static_cast<double>(executions) * workload.tasks;
  const auto delta = [&](const char* metric) {
    return testing::MetricValue(after->metrics, metric) -
           testing::MetricValue(before->metrics, metric);
  };
  const double commits = delta("pawl_commit_batch_transitions_count");
  const double transitions = delta("pawl_transitions_total");
  const double row_bytes = delta("pawl_history_bytes_total") / transitions;
  std::printf("%s on %s: %d executions of %d task%s\n", workload.name.c_str(),
              setup.store_name.c_str(), executions, workload.tasks, workload.tasks == 1 ? "" : "s");
  PrintRow("steps per second (wall clock)", steps / result->wall_seconds, "/s");
  PrintRow("unloaded, start to end, p50", (*latencies)[latencies->size() / 2] * 1e3, "ms");
  PrintRow("unloaded, start to end, p99", (*latencies)[latencies->size() * 99 / 100] * 1e3, "ms");
  PrintRow("transitions per commit", transitions / commits, "");
  PrintRow("transitions per step", transitions / steps, "");
  PrintRow("statements per step", delta("pawl_store_statements") / steps, "");
  PrintRow("reads per step", delta("pawl_store_reads") / steps, "");
  PrintRow("bytes of history per transition", row_bytes, "B");
  PrintRow(setup.postmaster > 0 ? "WAL bytes per step" : "bytes written per step",
           (after->written - before->written) / steps, "B");
  PrintRow("CPU per step, engine", (after->engine - before->engine) * 1e6 / steps, "us");
  PrintRow("CPU per step, worker", (after->worker - before->worker) * 1e6 / steps, "us");
  if (setup.postmaster > 0) {
    PrintRow("CPU per step, database", (after->database - before->database) * 1e6 / steps, "us");
  }
  PrintRow("CPU per start, client", (after->client - before->client) * 1e6 / executions, "us");

  // The limit, in the same run: the same rows in the same batches, and nothing else.
  worker.Stop();
  engine.Stop();
  auto bare = MeasureBareStore(
      absl::StrReplaceAll(setup.url, {{"FOLDER", folder.path()}}), setup.postmaster,
      std::max(1, static_cast<int>(transitions / commits)), static_cast<int>(row_bytes), 100);
  if (!bare.ok()) return bare.status();
  PrintRow("the same rows bare, store CPU per row", bare->store_cpu_us_per_row, "us");
  PrintRow("the same rows bare, rows per second", bare->rows_per_second, "/s");
  const double store_cpu = setup.postmaster > 0 ? (after->database - before->database)
                                                : (after->engine - before->engine);
  PrintRow(setup.postmaster > 0 ? "ratio: database CPU per transition / bare"
                                : "ratio: engine CPU per transition / bare",
           store_cpu * 1e6 / transitions / bare->store_cpu_us_per_row, "x");
  if (result->refused > 0) PrintRow("starts refused and tried again", result->refused, "");
  std::printf("\n");
  std::fflush(stdout);
  return absl::OkStatus();
}

// A database of its own on PostgreSQL: what one load leaves behind would go on beside the next.
absl::StatusOr<std::string> NewStore(const Setup& setup) {
  if (setup.postmaster == 0) return setup.url;
  static int count = 0;
  const std::string name = absl::StrCat("bench_", getpid(), "_", ++count);
  const std::string command =
      absl::StrCat("psql -XAtqc 'CREATE DATABASE ", name, "' '", setup.url, "'");
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread of this program sets the environment
  if (std::system(command.c_str()) != 0) return absl::InternalError("psql: no new database");
  return absl::StrCat(setup.url.substr(0, setup.url.rfind('/') + 1), name);
}

int Main(const std::vector<std::string>& arguments) {
  bool is_quick = false, wants_interference = false, wants_memory = false, wants_starts = false;
  int recovery = 0;
  std::string store, workload;
  InterferenceOptions interference;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--worker" && has_value) return RunWorker(arguments[i + 1]);
    if (arguments[i] == "--quick") {
      is_quick = true;
    } else if (arguments[i] == "--interference") {
      wants_interference = true;
    } else if (arguments[i] == "--starts") {
      wants_starts = true;
    } else if (arguments[i] == "--memory") {
      wants_memory = true;
    } else if (arguments[i] == "--beside" && has_value) {
      wants_interference = true;
      interference.only = arguments[++i];
    } else if (has_value &&
               ((arguments[i] == "--recovery" && absl::SimpleAtoi(arguments[i + 1], &recovery)) ||
                (arguments[i] == "--rows" &&
                 absl::SimpleAtoi(arguments[i + 1], &interference.listed_rows)))) {
      ++i;
    } else if (arguments[i] == "--store" && has_value) {
      store = arguments[++i];
    } else if (arguments[i] == "--workload" && has_value) {
      workload = arguments[++i];
    } else {
      std::fprintf(
          stderr,
          "usage: pawl-bench [--quick] [--store sqlite|postgres] [--workload W1|W5]\n"
          "       pawl-bench --interference [--beside LOAD] [--rows N] [--store sqlite|postgres]\n"
          "       pawl-bench --starts [--quick] [--store sqlite|postgres]\n"
          "       pawl-bench --recovery N [--store sqlite|postgres]\n"
          "       pawl-bench --memory [--quick] [--store sqlite|postgres]\n");
      return 2;
    }
  }
  std::vector<Setup> setups = {{"SQLite", "sqlite:FOLDER", 0}};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread of this program sets the environment
  if (const char* url = std::getenv("PAWL_TEST_POSTGRES")) {
    setups.push_back({"PostgreSQL", url, PostmasterPid()});
  } else {
    std::printf("PostgreSQL is left out: PAWL_TEST_POSTGRES is not set (make bench sets it)\n\n");
  }
  for (const Setup& setup : setups) {
    if (!store.empty() && store != (setup.postmaster > 0 ? "postgres" : "sqlite")) continue;
    if (wants_interference) {
      const absl::Status status =
          MeasureInterference(setup.store_name, [&setup] { return NewStore(setup); }, interference);
      if (!status.ok()) {
        std::fprintf(stderr, "pawl-bench: interference on %s: %s\n", setup.store_name.c_str(),
                     status.ToString().c_str());
        return 1;
      }
      continue;
    }
    if (wants_starts) {
      const absl::Status status =
          MeasureStarts(setup.store_name, setup.url, is_quick ? 2'000 : 20'000);
      if (!status.ok()) {
        std::fprintf(stderr, "pawl-bench: starts on %s: %s\n", setup.store_name.c_str(),
                     status.ToString().c_str());
        return 1;
      }
      continue;
    }
    if (wants_memory) {
      const absl::Status status = MeasureMemory(setup.store_name, setup.url, is_quick ? 2 : 15);
      if (!status.ok()) {
        std::fprintf(stderr, "pawl-bench: memory on %s: %s\n", setup.store_name.c_str(),
                     status.ToString().c_str());
        return 1;
      }
      continue;
    }
    if (recovery > 0) {
      const absl::Status status = MeasureRecovery(setup.store_name, setup.url, recovery);
      if (!status.ok()) {
        std::fprintf(stderr, "pawl-bench: restart on %s: %s\n", setup.store_name.c_str(),
                     status.ToString().c_str());
        return 1;
      }
      continue;
    }
    for (const Workload& w : {Workload{"W1", 1}, Workload{"W5", 5}}) {
      if (!workload.empty() && workload != w.name) continue;
      const int executions = (is_quick ? 2'000 : 20'000) / (w.tasks == 1 ? 1 : 4);
      const absl::Status status = Measure(setup, w, executions);
      if (!status.ok()) {
        std::fprintf(stderr, "pawl-bench: %s on %s: %s\n", w.name.c_str(), setup.store_name.c_str(),
                     status.ToString().c_str());
        return 1;
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace pawl::bench

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  return pawl::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
}
