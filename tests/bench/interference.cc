#include "tests/bench/interference.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "pawl/client.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "tests/bench/load.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {
namespace {

constexpr int kProbes = 150;

struct Machine {
  const char* name;
  const char* definition;
};

constexpr Machine kMachines[] = {
    {"probe",
     R"({"StartAt":"P","States":{"P":{"Type":"Pass","Next":"Q"},"Q":{"Type":"Pass","End":true}}})"},
    {"fib", R"J({"QueryLanguage":"JSONata","StartAt":"A","States":{
        "A":{"Type":"Pass","Output":"{% ($f := function($n){$n < 2 ? $n : $f($n-1)+$f($n-2)}; $f(23)) %}","Next":"B"},
        "B":{"Type":"Choice","Choices":[{"Condition":"{% $states.input < 0 %}","Next":"C"}],"Default":"A"},
        "C":{"Type":"Succeed"}}})J"},
    {"match", R"({"StartAt":"A","States":{
        "A":{"Type":"Choice","Choices":[{"Variable":"$.t","StringMatches":"*a*a*a*a*a*a*a*a*b","Next":"C"}],"Default":"W"},
        "W":{"Type":"Pass","Next":"A2"},
        "A2":{"Type":"Choice","Choices":[{"Variable":"$.t","StringMatches":"*a*a*a*a*b","Next":"C"}],"Default":"A"},
        "C":{"Type":"Succeed"}}})"},
    {"large", R"({"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"t.$":"$.t"},"Next":"Q"},
        "Q":{"Type":"Pass","Parameters":{"t.$":"$.t"},"End":true}}})"},
    {"spin", R"({"StartAt":"A","States":{
        "A":{"Type":"Pass","Next":"B"},
        "B":{"Type":"Choice","Choices":[{"Variable":"$.end","IsPresent":true,"Next":"C"}],"Default":"A"},
        "C":{"Type":"Succeed"}}})"},
    {"nap", R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":8,"End":true}}})"},
};

// One kind of load: what is there before the probes begin, and what goes on beside them.
struct Load {
  const char* name;
  int threads = 1;
  std::function<void(Client*)> prepare = nullptr;
  std::function<void(Client*, v1::Executions::Stub*, int64_t round)> again = nullptr;
};

std::string Text(size_t bytes) { return absl::StrCat("{\"t\":\"", std::string(bytes, 'a'), "\"}"); }

// The probes measure; what becomes of a single call of the load does not matter.
void Start(Client* client, const std::string& machine, const std::string& name,
           const std::string& input) {
  static_cast<void>(client->Start(machine, name, input));
}

std::vector<Load> Loads() {
  return {
      {"nothing", 0},
      {"20 loops of JSONata fib(23)", 0,
       [](Client* client) {
         for (int i = 0; i < 20; ++i) Start(client, "fib", absl::StrCat("f", i), "{}");
       }},
      {"20 loops of StringMatches on 900 KB", 0,
       [](Client* client) {
         for (int i = 0; i < 20; ++i) Start(client, "match", absl::StrCat("m", i), Text(900'000));
       }},
      {"20 loops of Pass states", 0,
       [](Client* client) {
         for (int i = 0; i < 20; ++i) Start(client, "spin", absl::StrCat("s", i), "{}");
       }},
      {"starts with 900 KB, two at a time", 2, nullptr,
       [](Client* client, v1::Executions::Stub*, int64_t round) {
         Start(client, "large", absl::StrCat("l", absl::ToUnixNanos(absl::Now()), "-", round),
               Text(900'000));
       }},
      {"four readers of a history of 200 MB", 4,
       [](Client* client) {
         for (int i = 0; i < 100; ++i) {
           Start(client, "large", absl::StrCat("h", i), Text(900'000));
         }
       },
       [](Client* client, v1::Executions::Stub*, int64_t round) {
         static_cast<void>(client->History(absl::StrCat("large/h", round % 100)));
       }},
      {"four listings by status, one after another", 4,
       [](Client* client) {
         for (int i = 0; i < 5'000; ++i) Start(client, "probe", absl::StrCat("p", i), "{}");
       },
       [](Client*, v1::Executions::Stub* stub, int64_t) {
         grpc::ClientContext context;
         v1::ExecutionsListRequest request;
         request.set_status(v1::EXECUTION_STATUS_FAILED);
         request.set_page_size(1'000);
         v1::ExecutionsListResponse response;
         stub->List(&context, request, &response);
       }},
      {"5,000 timers that come due", 0,
       [](Client* client) {
         for (int i = 0; i < 5'000; ++i) Start(client, "nap", absl::StrCat("n", i), "{}");
       }},
  };
}

absl::Status Measure(const Load& load, const std::string& url, double* unloaded_p99) {
  testing::TempFolder folder;
  testing::EngineProcess::Options options;
  options.store = absl::StrReplaceAll(url, {{"FOLDER", folder.path()}});
  testing::EngineProcess engine(options);
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  for (const Machine& machine : kMachines) {
    absl::Status status = PutMachine(engine.address(), machine.name, machine.definition);
    if (!status.ok()) return status;
  }
  const ConnectOptions connect = {.addresses = {engine.address()}};
  Client client(connect);
  if (load.prepare) load.prepare(&client);
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < load.threads; ++i) {
    threads.emplace_back([&, i] {
      Client own(connect);
      const auto stub = v1::Executions::NewStub(
          grpc::CreateChannel(engine.address(), grpc::InsecureChannelCredentials()));
      for (int64_t round = i; !is_over; ++round) load.again(&own, stub.get(), round);
    });
  }
  LoadOptions probes;
  probes.address = engine.address();
  probes.http_port = engine.http_port();
  probes.machine = "probe";
  probes.input = "{}";
  probes.prefix = absl::StrCat("probe", absl::ToUnixMicros(absl::Now()), "-");
  probes.executions = kProbes;
  auto seconds = RunOneByOne(probes);
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  if (!seconds.ok()) return seconds.status();
  const double p50 = (*seconds)[seconds->size() / 2] * 1e3;
  const double p99 = (*seconds)[seconds->size() * 99 / 100] * 1e3;
  if (*unloaded_p99 == 0) *unloaded_p99 = p99;
  std::printf("  %-46s %8.1f %8.1f %8.1f\n", load.name, p50, p99, p99 / *unloaded_p99);
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureInterference(const std::string& store_name, const std::string& url) {
  std::printf("A small execution, start to end, on %s, beside:\n  %-46s %8s %8s %8s\n",
              store_name.c_str(), "", "p50 ms", "p99 ms", "x");
  double unloaded_p99 = 0;
  for (const Load& load : Loads()) {
    if (absl::Status status = Measure(load, url, &unloaded_p99); !status.ok()) return status;
  }
  std::printf("\n");
  return absl::OkStatus();
}

}  // namespace pawl::bench
