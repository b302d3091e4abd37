#include "tests/bench/starts.h"

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/bench/load.h"
#include "tests/support/engine_process.h"
#include "tests/support/http_client.h"

namespace pawl::bench {
namespace {

constexpr int kInFlight = 64;
constexpr char kMachine[] = "starts";
constexpr char kMachineArn[] = "arn:aws:states:us-east-1:000000000000:stateMachine:starts";

// As an SDK sends it; one request at a time on each of kInFlight connections.
absl::Status StartOverHttp(int port, const std::string& prefix, int starts) {
  const std::map<std::string, std::string> headers = {
      {"Content-Type", "application/x-amz-json-1.0"},
      {"X-Amz-Target", "AWSStepFunctions.StartExecution"},
      {"User-Agent", "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux lang/python#3.11.7"},
      {"X-Amz-Date", "20261121T220000Z"},
      {"Authorization",
       absl::StrCat("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/states/"
                    "aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
                    "Signature=",
                    std::string(64, 'a'))},
      {"amz-sdk-invocation-id", "4e2f3a1c-0000-4000-8000-00000000cafe"},
      {"amz-sdk-request", "attempt=1"}};
  std::atomic<int> next{0};
  absl::Mutex mutex;
  absl::Status failure;
  std::vector<std::thread> threads;
  for (int t = 0; t < kInFlight; ++t) {
    threads.emplace_back([&] {
      testing::HttpClient client(port);
      for (int i = next++; i < starts; i = next++) {
        const auto answer =
            client.Post("/", headers,
                        absl::StrCat("{\"stateMachineArn\": \"", kMachineArn, "\", \"name\": \"",
                                     prefix, i, "\", \"input\": \"{\\\"order\\\": 4711}\"}"));
        if (answer.ok() && answer->status == 200) continue;
        absl::MutexLock lock(&mutex);
        failure = answer.ok() ? absl::InternalError(answer->body) : answer.status();
        return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failure;
}

absl::Status StartOverGrpc(const testing::EngineProcess& engine, const std::string& prefix,
                           int starts) {
  LoadOptions load;
  load.address = engine.address();
  load.http_port = engine.http_port();
  load.machine = kMachineArn;
  load.prefix = prefix;
  load.input = "{\"order\": 4711}";
  load.executions = starts;
  load.starts_in_flight = kInFlight;
  load.waits_for_end = false;
  return RunLoad(load).status();
}

struct Cost {
  double cpu_us = 0;  // of the engine, per start
  double per_second = 0;
};

template <typename Start>
absl::StatusOr<Cost> MeasureFront(const testing::EngineProcess& engine, int starts, Start start) {
  // Connections, caches and the allocator are warm when it counts.
  absl::Status status = start("warm-", starts / 10);
  if (!status.ok()) return status;
  const double before = testing::CpuSeconds(engine.pid());
  const absl::Time began = absl::Now();
  status = start("full-", starts);
  if (!status.ok()) return status;
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  const double cpu = testing::CpuSeconds(engine.pid()) - before;
  return Cost{cpu * 1e6 / starts, starts / seconds};
}

}  // namespace

absl::Status MeasureStarts(const std::string& store_name, const std::string& url, int starts) {
  testing::TempFolder folder;
  testing::EngineProcess::Options options;
  options.store = absl::StrReplaceAll(url, {{"FOLDER", folder.path()}});
  testing::EngineProcess engine(options);
  absl::Status status = engine.Start();
  if (status.ok()) status = PutMachine(engine.address(), kMachine, kProbeMachine);
  if (!status.ok()) return status;
  const auto grpc = MeasureFront(engine, starts, [&](const std::string& prefix, int count) {
    return StartOverGrpc(engine, absl::StrCat("grpc-", prefix), count);
  });
  if (!grpc.ok()) return grpc.status();
  const auto http = MeasureFront(engine, starts, [&](const std::string& prefix, int count) {
    return StartOverHttp(engine.http_port(), absl::StrCat("http-", prefix), count);
  });
  if (!http.ok()) return http.status();
  std::printf("StartExecution on %s, two Pass states, %d at once\n", store_name.c_str(), kInFlight);
  std::printf("  %-30s %10.1f us  %10.0f /s\n", "gRPC: engine CPU per start", grpc->cpu_us,
              grpc->per_second);
  std::printf("  %-30s %10.1f us  %10.0f /s\n", "HTTP: engine CPU per start", http->cpu_us,
              http->per_second);
  std::printf("  %-30s %10.2f x\n\n", "ratio", http->cpu_us / grpc->cpu_us);
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace pawl::bench
