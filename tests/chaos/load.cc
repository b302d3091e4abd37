#include "tests/chaos/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <deque>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pawl/client.h"
#include "pawl/worker.h"

namespace pawl::chaos {
namespace {

// Failures are retried without limit, so everything succeeds in the end.
constexpr char kRetry[] =
    R"("Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":1,"MaxAttempts":100000,"MaxDelaySeconds":3}])";

std::string Sequence() {
  return absl::StrCat(
      R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":30,"ResultPath":"$.a","Next":"W",)",
      kRetry,
      R"(},"W":{"Type":"Wait","Seconds":2,"Next":"B"},"B":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":30,"ResultPath":"$.b","End":true,)",
      kRetry, "}}}");
}

std::string Fan() {
  return absl::StrCat(
      R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"End":true,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":30,"End":true,)",
      kRetry, "}}}}}}");
}

// A Distributed Map: its items are executions of their own.
std::string Spread(const char* type) {
  return absl::StrCat(
      R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"End":true,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":")",
      type,
      R"("},"StartAt":"I","States":{"I":{"Type":"Task","Resource":"pawl:work","TimeoutSeconds":30,"End":true,)",
      kRetry, "}}}}}}");
}

std::string Nest() {
  return R"({"StartAt":"N","States":{"N":{"Type":"Task","End":true,
      "Resource":"arn:aws:states:::states:startExecution.sync:2",
      "Parameters":{"StateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:sequence","Input.$":"$"}}}})";
}

constexpr const char* kMachines[] = {"sequence", "fan", "spread", "nest", "express-spread"};

}  // namespace

int RunWorker(const std::string& address, const std::string& log_path) {
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return 1;
  std::random_device device;
  auto random = std::make_shared<std::mt19937_64>(device());
  auto mutex = std::make_shared<absl::Mutex>();
  Handlers handlers;
  HandlerOptions options;
  options.max_concurrency = 32;
  handlers.Add(
      "work",
      [=](const Task& task) {
        uint64_t id = 0;
        {
          absl::MutexLock lock(mutex.get());
          id = (*random)();
        }
        if (id % 20 == 0) return Fail("Flaky", "by the test");
        absl::SleepFor(absl::Milliseconds(static_cast<int64_t>(id % 30)));
        const std::string name = absl::StrCat(id);
        const std::string line = absl::StrCat(name, " ", task.idempotency_key(), "\n");
        // Logged before it is sent: what the engine has applied stands here.
        if (write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(1);
        return Succeed(
            absl::StrCat("{\"id\":\"", name, "\",\"key\":\"", task.idempotency_key(), "\"}"));
      },
      options);
  WorkerOptions worker_options;
  worker_options.backoff_max = absl::Seconds(1);
  worker_options.log = [](const std::string&) {};
  Worker worker(std::move(handlers), {.addresses = {address}}, worker_options);
  return worker.RunUntilSignal(absl::Seconds(5)).ok() ? 0 : 1;
}

absl::Status CreateMachines(const std::string& address) {
  Client client({.addresses = {address}});
  for (const auto& [name, definition] :
       {std::pair<const char*, std::string>{"sequence", Sequence()},
        std::pair<const char*, std::string>{"fan", Fan()},
        std::pair<const char*, std::string>{"spread", Spread("STANDARD")},
        std::pair<const char*, std::string>{"express-spread", Spread("EXPRESS")},
        std::pair<const char*, std::string>{"nest", Nest()}}) {
    auto machine = client.CreateStateMachine(name, definition);
    if (!machine.ok()) return machine.status();
  }
  return absl::OkStatus();
}

Clients::Clients(std::string address, int threads, int max_open)
    : address_(std::move(address)), max_open_(max_open) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

Clients::~Clients() { StopStarting(); }

void Clients::StopStarting() {
  is_stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::vector<Clients::Acked> Clients::acked() const {
  absl::MutexLock lock(&mutex_);
  return acked_;
}

// Starts one after another; the same again until it is acknowledged. Looks at the oldest from time
// to time, to know how many are open.
void Clients::Run(int number) {
  Client client({.addresses = {address_}, .call_timeout = absl::Seconds(5)});
  std::deque<Acked> open;
  for (int i = 0; !is_stopping_; ++i) {
    const Acked wanted = {absl::StrCat("c", number, "-", i), kMachines[i % std::size(kMachines)]};
    const std::string input = absl::StrCat("{\"items\":[1,2,3],\"i\":", i, "}");
    while (!is_stopping_) {
      auto started = client.Start(wanted.machine, wanted.name, input);
      // It may have ended before it was asked again.
      if (started.ok() || absl::IsAlreadyExists(started.status())) {
        absl::MutexLock lock(&mutex_);
        acked_.push_back(wanted);
        open.push_back(wanted);
        break;
      }
      ++errors_;
      absl::SleepFor(absl::Milliseconds(100));
    }
    while (!is_stopping_ && !open.empty()) {
      auto info = client.Describe(absl::StrCat(open.front().machine, "/", open.front().name));
      if (info.ok() && info->is_closed()) {
        ++ended_;
        open.pop_front();
        continue;
      }
      if (static_cast<int>(open.size()) < max_open_) break;
      absl::SleepFor(absl::Milliseconds(50));
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
}

}  // namespace pawl::chaos
