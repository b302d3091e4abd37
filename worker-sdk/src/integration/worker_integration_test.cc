// Worker and Client against a real engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <stdexcept>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "pawl/client.h"
#include "pawl/json.h"
#include "pawl/worker.h"
#include "tests/support/engine_process.h"

namespace pawl::sdk {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(30);

// Polls; false where it does not come true in time.
bool Await(const std::function<bool()>& condition) {
  const absl::Time limit = absl::Now() + kLimit;
  while (!condition()) {
    if (absl::Now() > limit) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

std::string OneTask(const std::string& resource, const std::string& more = "") {
  return absl::StrCat(R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":")", resource,
                      R"(",)", more, R"("End":true}}})");
}

class WorkerTest : public ::testing::Test {
 protected:
  // A worker that was gone for long on a slow machine still finds its tasks.
  explicit WorkerTest(std::vector<std::string> flags = {"--reconnect-grace", "60s",
                                                        "--ping-interval", "1s"})
      : engine_({.store = absl::StrCat("sqlite:", folder_.path(), "/data"),
                 .flags = std::move(flags),
                 .log_path = absl::StrCat(folder_.path(), "/log")}),
        client_({.addresses = {StartEngine()}, .call_timeout = kLimit}) {}

  // Its address, the same over restarts.
  std::string StartEngine() {
    const absl::Status started = engine_.Start();
    EXPECT_TRUE(started.ok()) << started;
    return engine_.address();
  }

  std::unique_ptr<Worker> StartWorker(Handlers handlers) {
    WorkerOptions options;
    options.name = "tester";
    options.log = [](const std::string&) {};
    auto worker = std::make_unique<Worker>(
        std::move(handlers), ConnectOptions{.addresses = {engine_.address()}}, options);
    EXPECT_TRUE(worker->Start().ok());
    return worker;
  }

  void PutMachine(const std::string& name, const std::string& definition) {
    const auto machine = client_.PutStateMachine(name, definition);
    ASSERT_TRUE(machine.ok()) << machine.status();
  }

  ExecutionInfo AwaitEnd(const std::string& execution) {
    ExecutionInfo info;
    EXPECT_TRUE(Await([&] {
      const auto described = client_.Describe(execution);
      if (described.ok()) info = *described;
      return info.is_closed();
    })) << execution;
    return info;
  }

  testing::TempFolder folder_;
  testing::EngineProcess engine_;
  Client client_;
};

TEST_F(WorkerTest, ServesAnExecutionFromStartToEnd) {
  PutMachine("Echo", OneTask("pawl:Echo"));
  Handlers handlers;
  handlers.Add("Echo", [](const Task& task) {
    EXPECT_EQ(task.attempt(), 1);
    EXPECT_EQ(task.state_name(), "T");
    EXPECT_NE(task.idempotency_key(), "");
    EXPECT_THAT(task.execution_arn(), HasSubstr("execution:Echo:e1"));
    EXPECT_EQ(task.deadline(), absl::InfiniteFuture());
    return Succeed(task.input());
  });
  const auto worker = StartWorker(std::move(handlers));
  const auto end = client_.StartAndWait("Echo", "e1", R"({"n":1})", kLimit);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(end->output, R"({"n":1})");
  EXPECT_TRUE(absl::IsAlreadyExists(client_.Start("Echo", "e1", "{}").status()));
  EXPECT_TRUE(absl::IsNotFound(client_.Describe("Echo/none").status()));

  const auto history = client_.History("Echo/e1");
  ASSERT_TRUE(history.ok()) << history.status();
  EXPECT_EQ(history->items.front().type, "ExecutionStarted");
  EXPECT_EQ(history->items.back().type, "ExecutionSucceeded");
  EXPECT_EQ(history->next_token, "");
  EXPECT_THAT(history->items[1].details_json, HasSubstr(R"("name":"T")"));
}

TEST_F(WorkerTest, AHandlersFailureAndExceptionReachTheHistory) {
  PutMachine("Fails", OneTask("pawl:Fails"));
  Handlers handlers;
  handlers.Add("Fails", [](const Task& task) -> TaskResult {
    if (task.input() == "1") return Fail("Custom", "because");
    if (task.input() == "2") throw std::runtime_error("boom \xff");
    return Succeed("\"\xff\"");
  });
  const auto worker = StartWorker(std::move(handlers));
  const struct {
    const char* input;
    const char* error;
    const char* cause;
  } kCases[] = {{"1", "Custom", "because"},
                {"2", "Pawl.HandlerException", "boom \xef\xbf\xbd"},
                {"3", "Pawl.InvalidOutput", "the handler's output is not UTF-8: see its byte 1"}};
  for (const auto& test : kCases) {
    const auto end = client_.StartAndWait("Fails", "", test.input, kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(end->status, ExecutionStatus::kFailed);
    EXPECT_EQ(end->error, test.error);
    EXPECT_EQ(end->cause, test.cause);
  }
  EXPECT_EQ(worker->stats().connections, 1);
}

constexpr char kThreeSteps[] = R"({"StartAt":"A","States":{
  "A":{"Type":"Task","Resource":"pawl:Step","Next":"B"},
  "B":{"Type":"Task","Resource":"pawl:Hold","Next":"C"},
  "C":{"Type":"Task","Resource":"pawl:Step","End":true}}})";
constexpr int kExecutions = 20;

void StartAll(Client* client) {
  for (int i = 0; i < kExecutions; ++i) {
    const auto started = client->Start("Steps", absl::StrCat("e", i), "{}");
    ASSERT_TRUE(started.ok()) << started.status();
  }
}

// How many results of tasks stand in the history.
int64_t CountResults(Client* client, const std::string& execution) {
  int64_t count = 0;
  Pages<HistoryEvent> pages = client->HistoryPages(execution, {.page_size = 5});
  while (pages.Next()) {
    EXPECT_LE(pages.items().size(), 5U);
    count += std::count_if(pages.items().begin(), pages.items().end(), [](const auto& event) {
      return event.type.ends_with("Succeeded") && event.type != "ExecutionSucceeded";
    });
  }
  EXPECT_TRUE(pages.status().ok()) << pages.status();
  return count;
}

TEST_F(WorkerTest, WhatItHoldsAndWhatItHasToSaySurviveAKillOfTheEngine) {
  PutMachine("Steps", kThreeSteps);
  absl::Notification killed;
  absl::Notification restarted;
  std::atomic<int> holding{0};
  absl::Mutex mutex;
  std::map<std::string, int> calls;  // by idempotency key
  const auto count = [&](const Task& task) {
    absl::MutexLock lock(&mutex);
    ++calls[task.idempotency_key()];
  };
  Handlers handlers;
  handlers.Add("Step", [&](const Task& task) {
    count(task);
    return Succeed(task.input());
  });
  // Half of them answer while there is no engine, half hold their task until the next one is there.
  handlers.Add("Hold",
               [&](const Task& task) {
                 count(task);
                 (++holding % 2 == 0 ? restarted : killed).WaitForNotification();
                 return Succeed(task.input());
               },
               {.max_concurrency = kExecutions});
  const auto worker = StartWorker(std::move(handlers));
  StartAll(&client_);
  ASSERT_TRUE(Await([&] { return holding == kExecutions; }));
  engine_.Kill();
  ASSERT_TRUE(Await([&] { return !worker->stats().is_connected; }));
  killed.Notify();
  ASSERT_TRUE(Await([&] { return worker->stats().running == kExecutions / 2; }));
  StartEngine();
  ASSERT_TRUE(Await([&] { return worker->stats().is_connected; }));
  restarted.Notify();

  for (int i = 0; i < kExecutions; ++i) {
    const std::string name = absl::StrCat("Steps/e", i);
    EXPECT_EQ(AwaitEnd(name).status, ExecutionStatus::kSucceeded);
    EXPECT_EQ(CountResults(&client_, name), 3) << name;  // each applied once
  }
  ASSERT_TRUE(Await([&] { return worker->stats().unacknowledged == 0; }));
  EXPECT_EQ(worker->stats().connections, 2);
  absl::MutexLock lock(&mutex);
  EXPECT_EQ(calls.size(), 3u * kExecutions);
  // The worker named what it held, so nothing of it ran twice.
  for (const auto& [key, times] : calls) EXPECT_EQ(times, 1) << key;
}

class ShortGraceTest : public WorkerTest {
 protected:
  ShortGraceTest() : WorkerTest({"--reconnect-grace", "100ms", "--ping-interval", "1s"}) {}
};

TEST_F(ShortGraceTest, AllExecutionsEndThoughTheEngineIsKilledAtAnyPoint) {
  PutMachine("Steps", kThreeSteps);
  std::atomic<int> calls{0};
  const auto echo = [&](const Task& task) {
    ++calls;
    return Succeed(task.input());
  };
  Handlers handlers;
  handlers.Add("Step", echo).Add("Hold", echo);
  const auto worker = StartWorker(std::move(handlers));
  std::thread starter([&] { StartAll(&client_); });
  for (const int at : {5, 25, 45}) {
    ASSERT_TRUE(Await([&] { return calls >= at; }));
    engine_.Kill();
    StartEngine();
  }
  starter.join();
  for (int i = 0; i < kExecutions; ++i) {
    const std::string name = absl::StrCat("Steps/e", i);
    EXPECT_EQ(AwaitEnd(name).status, ExecutionStatus::kSucceeded);
    EXPECT_EQ(CountResults(&client_, name), 3) << name;
  }
  EXPECT_TRUE(Await([&] { return worker->stats().unacknowledged == 0; }));
}

TEST_F(WorkerTest, AStopOfTheExecutionCancelsItsTask) {
  PutMachine("Slow", OneTask("pawl:Slow"));
  absl::Notification began;
  absl::Notification cancelled;
  Handlers handlers;
  handlers.Add("Slow", [&](const Task& task) {
    task.OnCancel([&] { cancelled.Notify(); });
    began.Notify();
    EXPECT_TRUE(task.WaitForCancel(kLimit));
    EXPECT_NE(task.cancel_reason(), "");
    return Succeed();
  });
  const auto worker = StartWorker(std::move(handlers));
  ASSERT_TRUE(client_.Start("Slow", "e", "{}").ok());
  began.WaitForNotification();
  ASSERT_TRUE(client_.Stop("Slow/e", "Operator", "enough").ok());
  cancelled.WaitForNotification();
  EXPECT_EQ(AwaitEnd("Slow/e").error, "Operator");
  EXPECT_TRUE(Await([&] { return worker->stats().running == 0; }));
  EXPECT_EQ(worker->stats().cancelled, 1);
}

TEST_F(WorkerTest, HeartbeatsKeepATaskAlive) {
  PutMachine("Beats", OneTask("pawl:Beats", R"("HeartbeatSeconds":1,"TimeoutSeconds":60,)"));
  Handlers handlers;
  handlers.Add("Beats", [&](const Task& task) {
    EXPECT_EQ(task.heartbeat_interval(), absl::Seconds(1));
    EXPECT_LE(task.time_left(), absl::Seconds(60));
    for (int i = 0; i < 15 && !task.WaitForCancel(absl::Milliseconds(100)); ++i) {
      task.Heartbeat(absl::StrCat(i));
    }
    return task.is_cancelled() ? Fail("Cancelled") : Succeed("\"alive\"");
  });
  const auto worker = StartWorker(std::move(handlers));
  const auto end = client_.StartAndWait("Beats", "e", "{}", kLimit);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->output, "\"alive\"") << end->error;
}

TEST_F(WorkerTest, SigtermFinishesWhatRunsAndTakesNothingNew) {
  PutMachine("Held", OneTask("pawl:Held"));
  absl::Notification release;
  std::atomic<int> running{0};
  Handlers handlers;
  handlers.Add("Held", [&](const Task&) {
    ++running;
    release.WaitForNotification();
    return Succeed("\"done\"");
  });
  WorkerOptions options;
  std::atomic<bool> is_stopping{false};
  options.log = [&](const std::string& line) {
    if (line.find("finishing what runs") != std::string::npos) is_stopping = true;
  };
  Worker worker(handlers, {.addresses = {engine_.address()}}, options);
  absl::Status status = absl::UnknownError("");
  std::thread runner([&] { status = worker.RunUntilSignal(kLimit); });
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(client_.Start("Held", absl::StrCat("e", i), "{}").ok());
  }
  ASSERT_TRUE(Await([&] { return running == 4; }));
  kill(getpid(), SIGTERM);
  ASSERT_TRUE(Await([&] { return is_stopping.load(); }));
  release.Notify();
  runner.join();
  EXPECT_TRUE(status.ok()) << status;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(AwaitEnd(absl::StrCat("Held/e", i)).output, "\"done\"");
  }
  ASSERT_TRUE(client_.Start("Held", "late", "{}").ok());
  EXPECT_EQ(running, 4);
}

TEST_F(WorkerTest, StopSaysWhatItLeftBehind) {
  PutMachine("Stuck", OneTask("pawl:Stuck"));
  std::atomic<bool> is_running{false};
  Handlers handlers;
  handlers.Add("Stuck", [&](const Task& task) {
    is_running = true;
    task.WaitForCancel(kLimit);
    return Succeed();
  });
  const auto worker = StartWorker(std::move(handlers));
  ASSERT_TRUE(client_.Start("Stuck", "e", "{}").ok());
  ASSERT_TRUE(Await([&] { return is_running.load(); }));
  const absl::Status status = worker->Stop(absl::Milliseconds(10));
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 tasks running"));
}

TEST_F(WorkerTest, ATaskTokenIsAnsweredByAClient) {
  PutMachine("Approve", OneTask("arn:aws:states:::mail:send.waitForTaskToken",
                                R"("Parameters":{"token.$":"$$.Task.Token"},)"));
  absl::Mutex mutex;
  std::string token;
  Handlers handlers;
  handlers.Add("mail:send", [&](const Task& task) {
    std::map<std::string, std::string> input;
    EXPECT_TRUE(JsonReader::Parse(task.input(), &input).ok());
    absl::MutexLock lock(&mutex);
    token = input["token"];
    return Accept(R"({"mail":7})");
  });
  const auto worker = StartWorker(std::move(handlers));
  ASSERT_TRUE(client_.Start("Approve", "e", "{}").ok());
  ASSERT_TRUE(Await([&] { return worker->stats().acknowledged == 1; }));
  absl::MutexLock lock(&mutex);
  EXPECT_TRUE(client_.SendTaskHeartbeat(token).ok());
  EXPECT_TRUE(client_.SendTaskSuccess(token, "\"yes\"").ok());
  EXPECT_EQ(AwaitEnd("Approve/e").output, "\"yes\"");
  EXPECT_TRUE(absl::IsFailedPrecondition(client_.SendTaskFailure(token, "Late", "")));
  const auto history = client_.History("Approve/e");
  ASSERT_TRUE(history.ok()) << history.status();
  const auto submitted =
      std::find_if(history->items.begin(), history->items.end(),
                   [](const HistoryEvent& event) { return event.type == "TaskSubmitted"; });
  ASSERT_NE(submitted, history->items.end());
  EXPECT_THAT(submitted->details_json, HasSubstr(R"("output":"{\"mail\":7}")"));
}

TEST_F(WorkerTest, AcceptingATaskThatAwaitsNoTokenIsAFailure) {
  PutMachine("Plain", OneTask("pawl:Plain"));
  Handlers handlers;
  handlers.Add("Plain", [](const Task&) { return Accept(); });
  const auto worker = StartWorker(std::move(handlers));
  const auto end = client_.StartAndWait("Plain", "e", "{}", kLimit);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_EQ(end->error, "Pawl.NothingAwaited");
}

TEST_F(WorkerTest, ListsExecutionsByPage) {
  PutMachine("Listed", R"({"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}})");
  PutMachine("Sleeps",
             R"({"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":900,"End":true}}})");
  for (int i = 0; i < 7; ++i) {
    const std::string name = absl::StrCat(i < 5 ? "a" : "b", i);
    ASSERT_TRUE(client_.StartAndWait("Listed", name, "{}", kLimit).ok());
  }
  ASSERT_TRUE(client_.Start("Sleeps", "s", "{}").ok());
  const auto names = [this](ExecutionQuery query) {
    std::vector<std::string> out;
    Pages<ExecutionInfo> pages = client_.ListPages(std::move(query));
    while (pages.Next()) {
      EXPECT_LE(pages.items().size(), 2U);
      for (const ExecutionInfo& info : pages.items()) out.push_back(info.name);
    }
    EXPECT_TRUE(pages.status().ok()) << pages.status();
    return out;
  };
  // An end shows in listings by the time of a commit later.
  ASSERT_TRUE(Await(
      [&] { return names({.status = ExecutionStatus::kSucceeded, .page_size = 2}).size() == 7; }));
  EXPECT_THAT(names({.machine = "Listed", .name_prefix = "a", .page_size = 2}),
              ::testing::ElementsAre("a4", "a3", "a2", "a1", "a0"));
  EXPECT_THAT(names({.status = ExecutionStatus::kRunning, .page_size = 2}),
              ::testing::ElementsAre("s"));
  EXPECT_TRUE(names({.started_before = absl::Now() - absl::Hours(1), .page_size = 2}).empty());
  EXPECT_EQ(names({.started_from = absl::Now() - absl::Hours(1), .page_size = 2}).size(), 8U);

  // By hand, and on from a token.
  const auto first = client_.List({.machine = "Listed", .page_size = 3});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->items.size(), 3U);
  EXPECT_EQ(first->items.front().status, ExecutionStatus::kSucceeded);
  const auto second =
      client_.List({.machine = "Listed", .page_size = 3, .page_token = first->next_token});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->items.front().name, "b5" == first->items.back().name ? "a4" : "a3");
  EXPECT_TRUE(names({.machine = "None", .page_size = 2}).empty());
}

TEST_F(WorkerTest, ACrashOfAHandlerIsAFailureOfItsAttempt) {
  const struct {
    const char* handler;
    int signal;
    const char* name;
  } kCases[] = {{"Segfault", SIGSEGV, "SIGSEGV"}, {"Abort", SIGABRT, "SIGABRT"}};
  for (const auto& test : kCases) {
    PutMachine(test.handler, OneTask(absl::StrCat("pawl:", test.handler)));
    const std::string address = engine_.address();
    const std::string binary = absl::StrCat(testing::BinFolder(), "/pawl_crashing_worker");
    const pid_t pid = fork();
    if (pid == 0) {
      execl(binary.c_str(), binary.c_str(), address.c_str(), nullptr);
      _exit(127);
    }
    const auto end = client_.StartAndWait(test.handler, "e", "{}", kLimit);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(end->error, "Pawl.HandlerCrashed");
    EXPECT_THAT(end->cause, HasSubstr(test.name));
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), test.signal);
  }
}

}  // namespace
}  // namespace pawl::sdk
