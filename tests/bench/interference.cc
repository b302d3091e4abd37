#include "tests/bench/interference.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "pawl/client.h"
#include "tests/bench/interference_loads.h"
#include "tests/bench/load.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {
namespace {

constexpr int kProbes = 150;
constexpr int kWarmUp = 20;  // probes that do not count
constexpr int kLoadNice = 10;

absl::Status Measure(const Load& load, const std::string& store, double* unloaded_p99) {
  testing::TempFolder folder;
  testing::EngineProcess::Options options;
  options.store = absl::StrReplaceAll(store, {{"FOLDER", folder.path()}});
  options.flags = {absl::StrCat("--object-store=folder:", folder.path(), "/objects")};
  if (load.fill) {
    if (absl::Status status = load.fill(options.store); !status.ok()) return status;
  }
  std::filesystem::create_directories(absl::StrCat(folder.path(), "/objects/out"));
  testing::EngineProcess engine(options);
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  for (const Machine& machine : InterferenceMachines()) {
    absl::Status status = PutMachine(engine.address(), machine.name, machine.definition);
    if (!status.ok()) return status;
  }
  const ConnectOptions connect = {.addresses = {engine.address()}};
  Client client(connect);
  const LoadSetup setup{engine.address(), engine.http_port(), &client};
  if (load.prepare) {
    if (absl::Status status = load.prepare(setup); !status.ok()) return status;
  }
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  threads.reserve(static_cast<size_t>(load.threads));
  for (int i = 0; i < load.threads; ++i) {
    threads.emplace_back([&, i] {
      if (load.is_elsewhere) {
        setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kLoadNice);
      }
      Client own(connect);
      const auto stub = v1::Executions::NewStub(
          grpc::CreateChannel(engine.address(), grpc::InsecureChannelCredentials()));
      const LoadSetup mine{engine.address(), engine.http_port(), &own};
      for (int64_t round = i; !is_over; ++round) load.again(mine, stub.get(), round, is_over);
    });
  }
  LoadOptions probes;
  probes.address = engine.address();
  probes.http_port = engine.http_port();
  probes.machine = "probe";
  probes.input = "{}";
  probes.prefix = absl::StrCat("probe", absl::ToUnixMicros(absl::Now()), "-");
  probes.executions = kWarmUp;
  auto seconds = RunOneByOne(probes);
  if (seconds.ok()) {
    absl::StrAppend(&probes.prefix, "m-");
    probes.executions = kProbes;
    seconds = RunOneByOne(probes);
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  if (!seconds.ok()) return seconds.status();
  const double p50 = (*seconds)[seconds->size() / 2] * 1e3;
  const double p99 = (*seconds)[seconds->size() * 99 / 100] * 1e3;
  if (*unloaded_p99 == 0) *unloaded_p99 = p99;
  std::printf("  %-48s %8.1f %8.1f %8.1f\n", load.name.c_str(), p50, p99, p99 / *unloaded_p99);
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureInterference(const std::string& store_name, const StoreMaker& make_store,
                                 const InterferenceOptions& options) {
  std::printf("A small execution, start to end, on %s, beside:\n  %-48s %8s %8s %8s\n",
              store_name.c_str(), "", "p50 ms", "p99 ms", "x");
  double unloaded_p99 = 0;
  for (const Load& load : InterferenceLoads(options.listed_rows)) {
    const bool is_wanted = options.only.empty() || load.name == "nothing" ||
                           absl::StrContains(load.name, options.only);
    if (!is_wanted) continue;
    absl::StatusOr<std::string> store = make_store();
    if (!store.ok()) return store.status();
    if (absl::Status status = Measure(load, *store, &unloaded_p99); !status.ok()) return status;
  }
  std::printf("\n");
  return absl::OkStatus();
}

}  // namespace pawl::bench
