#include "tests/bench/memory.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "pawl/client.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/workers.grpc.pb.h"
#include "tests/bench/load.h"
#include "tests/support/engine_process.h"

namespace pawl::bench {
namespace {

constexpr int64_t kMemoryLimit = int64_t{192} << 20;  // what the engine is told
// Beyond the address space that it takes by itself (threads, allocator, libraries).
constexpr int64_t kAddressSpace = int64_t{1} << 30;
constexpr absl::Duration kPatience = absl::Minutes(2);

constexpr char kWaiting[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:nobody","TimeoutSeconds":10,
        "End":true}}})";
constexpr char kOpen[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:nobody","End":true}}})";

struct Load {
  const char* name;
  int threads = 1;
  // Goes on until `is_over`.
  std::function<void(const std::string& address, int thread, const std::atomic<bool>& is_over)> run;
};

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments own_connection;
  own_connection.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own_connection);
}

// Refusals are what is hoped for.
void StartAll(const std::string& address, const std::string& machine, int thread, size_t bytes,
              const std::atomic<bool>& is_over) {
  Client client({.addresses = {address}, .call_timeout = absl::Milliseconds(500)});
  const std::string input = TextInput(bytes);
  const std::string prefix = absl::StrCat("x", absl::ToUnixNanos(absl::Now()), "-", thread, "-");
  for (int i = 0; !is_over; ++i) {
    if (!client.Start(machine, absl::StrCat(prefix, i), input).ok()) {
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
}

// Completions of tasks that do not exist, on a stream whose acknowledgements nobody reads.
void ForgeCompletions(const std::string& address, const std::atomic<bool>& is_over) {
  auto stub = v1::Workers::NewStub(Connect(address));
  grpc::ClientContext context;
  auto stream = stub->Work(&context);
  v1::WorkersWorkRequest hello;
  hello.mutable_hello()->set_worker_name("forger");
  hello.mutable_hello()->add_queues("nobody");
  stream->Write(hello);
  v1::WorkersWorkRequest frame;
  for (int i = 0; i < 1'000; ++i) {
    v1::Completion* completion = frame.add_completions();
    completion->set_token(absl::StrCat("forged-", i, std::string(100, 'x')));
    completion->set_output("1");
  }
  // A write blocks once the engine stops reading; the deadline of the load ends it.
  std::thread watch([&] {
    while (!is_over) absl::SleepFor(absl::Milliseconds(20));
    context.TryCancel();
  });
  while (!is_over && stream->Write(frame)) {
  }
  watch.join();
  stream->Finish();
}

void NameQueues(const std::string& address, int thread, const std::atomic<bool>& is_over) {
  auto stub = v1::Workers::NewStub(Connect(address));
  for (int round = 0; !is_over; ++round) {
    grpc::ClientContext context;
    auto stream = stub->Work(&context);
    v1::WorkersWorkRequest frame;
    frame.mutable_hello()->set_worker_name(std::string(256, 'w'));
    for (int i = 0; i < 1'000; ++i) {
      const std::string name = absl::StrCat("q", thread, "-", round, "-", i);
      frame.mutable_hello()->add_queues(name);
      v1::Credit* credit = frame.add_credits();
      credit->set_queue(name);
      credit->set_count(1);
    }
    stream->Write(frame);
    v1::WorkersWorkResponse welcome;
    stream->Read(&welcome);
    context.TryCancel();
    stream->Finish();
  }
}

// A history of its own, followed by somebody who does not read.
void FollowSilently(const std::string& address, const std::atomic<bool>& is_over) {
  auto stub = v1::Executions::NewStub(Connect(address));
  grpc::ClientContext context;
  v1::ExecutionsFollowHistoryRequest request;
  request.set_execution("large/history");
  auto reader = stub->FollowHistory(&context, request);
  while (!is_over) absl::SleepFor(absl::Milliseconds(20));
  context.TryCancel();
  reader->Finish();
}

std::vector<Load> Loads() {
  return {
      {"executions of 900 KB, each with a task that nobody takes", 8,
       [](const std::string& address, int thread, const std::atomic<bool>& is_over) {
         StartAll(address, "waiting", thread, 900'000, is_over);
       }},
      {"executions of 900 KB that run", 8,
       [](const std::string& address, int thread, const std::atomic<bool>& is_over) {
         StartAll(address, "large", thread, 900'000, is_over);
       }},
      {"starts of 100 KB, 64 at a time", 64,
       [](const std::string& address, int thread, const std::atomic<bool>& is_over) {
         StartAll(address, "waiting", thread, 100'000, is_over);
       }},
      {"forged completions on four streams that never read", 4,
       [](const std::string& address, int, const std::atomic<bool>& is_over) {
         ForgeCompletions(address, is_over);
       }},
      {"queue names without end", 4, NameQueues},
      {"60 followers that never read", 60,
       [](const std::string& address, int, const std::atomic<bool>& is_over) {
         FollowSilently(address, is_over);
       }},
  };
}

// "VmSize" and its like of /proc/PID/status, in bytes.
int64_t StatusBytes(pid_t pid, const std::string& key) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  std::string word;
  int64_t kilobytes = 0;
  while (file >> word) {
    if (word == key + ":" && file >> kilobytes) return kilobytes * 1024;
  }
  return -1;
}

absl::Status Limit(pid_t pid) {
  const auto bytes = static_cast<rlim_t>(StatusBytes(pid, "VmSize") + kAddressSpace);
  const rlimit limit{bytes, bytes};
  if (prlimit(pid, RLIMIT_AS, &limit, nullptr) == 0) return absl::OkStatus();
  return absl::InternalError("prlimit failed");
}

std::string Tail(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  return text.size() <= 2'000 ? text : text.substr(text.size() - 2'000);
}

// The engine answers and, once what it holds is over, carries an execution through.
absl::Status Probe(Client* client, pid_t pid, const std::string& log) {
  const absl::Time deadline = absl::Now() + kPatience;
  absl::Status last;
  for (int i = 0; absl::Now() < deadline; ++i) {
    if (StatusBytes(pid, "VmSize") < 0) {
      return absl::InternalError(absl::StrCat("the engine has ended; its log: ", Tail(log)));
    }
    const auto ended =
        client->StartAndWait("probe", absl::StrCat("p", absl::ToUnixNanos(absl::Now()), "-", i),
                             "{}", absl::Seconds(10));
    if (ended.ok()) return absl::OkStatus();
    last = ended.status();
    absl::SleepFor(absl::Milliseconds(100));
  }
  return absl::InternalError(absl::StrCat("the engine serves no more: ", last.ToString()));
}

void PrintRow(const char* name, pid_t pid) {
  std::printf("  %-60s %10.0f\n", name, static_cast<double>(StatusBytes(pid, "VmHWM")) / (1 << 20));
  std::fflush(stdout);
}

}  // namespace

absl::Status MeasureMemory(const std::string& store_name, const std::string& url, int seconds) {
  testing::TempFolder folder;
  testing::EngineProcess::Options options;
  options.store = absl::StrReplaceAll(url, {{"FOLDER", folder.path()}});
  options.flags = {absl::StrCat("--memory-limit=", kMemoryLimit)};
  options.log_path = absl::StrCat(folder.path(), "/log");
  testing::EngineProcess engine(options);
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  for (const auto& [name, definition] :
       {std::pair("probe", kProbeMachine), std::pair("waiting", kWaiting), std::pair("open", kOpen),
        std::pair("large", kLargeMachine)}) {
    absl::Status status = PutMachine(engine.address(), name, definition);
    if (!status.ok()) return status;
  }
  Client client({.addresses = {engine.address()}, .call_timeout = absl::Seconds(10)});
  const auto history = client.Start("large", "history", TextInput(900'000));
  if (!history.ok()) return history.status();
  if (absl::Status status = Limit(engine.pid()); !status.ok()) return status;
  std::printf("Memory on %s, --memory-limit %lld MiB, address space limited:\n  %-60s %10s\n",
              store_name.c_str(), static_cast<long long>(kMemoryLimit >> 20), "", "peak MiB");
  PrintRow("nothing", engine.pid());
  for (const Load& load : Loads()) {
    std::atomic<bool> is_over{false};
    std::vector<std::thread> threads;
    threads.reserve(static_cast<size_t>(load.threads));
    for (int i = 0; i < load.threads; ++i) {
      threads.emplace_back([&, i] { load.run(engine.address(), i, is_over); });
    }
    absl::SleepFor(absl::Seconds(seconds));
    is_over = true;
    for (std::thread& thread : threads) thread.join();
    if (absl::Status status = Probe(&client, engine.pid(), options.log_path); !status.ok())
      return status;
    PrintRow(load.name, engine.pid());
  }
  // Until memory is full; what is open then is read back.
  for (int i = 0; client.Start("open", absl::StrCat("o", i), TextInput(900'000)).ok(); ++i) {
  }
  engine.Kill();
  if (absl::Status status = engine.Start(); !status.ok()) return status;
  if (absl::Status status = Limit(engine.pid()); !status.ok()) return status;
  if (const auto open = client.Describe("open/o0"); !open.ok()) return open.status();
  PrintRow("a restart with full memory", engine.pid());
  std::printf("\n");
  return absl::OkStatus();
}

}  // namespace pawl::bench
