// Unit tests of workflows with the handlers of production, in virtual time, without a server: a
// whole engine in the test's thread. A year of waiting takes milliseconds.
//
//   TEST(Order, ShipsAfterADay) {
//     pawl::TestEngine engine(OrderHandlers(&fake_bank));
//     ASSERT_TRUE(engine.PutStateMachine("Order", kDefinition).ok());
//     engine.FailNext("Charge", "BankDown", "try later", 2);          // its retriers will see to
//     it auto order = engine.Run("Order", "{\"id\":7}"); ASSERT_TRUE(order.ok()) << order.status();
//     EXPECT_EQ(order->status, pawl::ExecutionStatus::kSucceeded);
//     EXPECT_EQ(order->path, (std::vector<std::string>{"Charge", "WaitADay", "Ship"}));
//     EXPECT_GE(order->stop_time - order->start_time, absl::Hours(24));
//     EXPECT_EQ(engine.calls("Charge"), 1);                           // two were injected
//   }
//
// The same seed gives the same run. Handlers run on the test's thread, one at a time, in no time:
// do not sleep in them. Not thread-safe (an async handler answers from the test's thread, e.g. in
// After()).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pawl/execution.h"
#include "pawl/handlers.h"

namespace pawl {

struct TestOptions {
  uint64_t seed = 1;  // of jitter, States.UUID and the like
  absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  // Virtual time between a task's delivery and the call of its handler.
  absl::Duration handler_latency = absl::ZeroDuration();
};

struct TestExecution : ExecutionInfo {
  // Names of the states in the order in which they were entered; those of Map and Parallel too. A
  // state stands there once per visit, however often it was retried.
  std::vector<std::string> path;
  std::vector<HistoryEvent> history;  // with RetryScheduled
};

class TestEngine {
 public:
  explicit TestEngine(Handlers handlers = {}, TestOptions options = {});
  ~TestEngine();

  // InvalidArgument lists every problem of the definition.
  absl::Status PutStateMachine(const std::string& name, const std::string& definition);

  // Adds or replaces a handler: a fake for one that has effects.
  void Handle(const std::string& name, Handler handler);
  void HandleAsync(const std::string& name, AsyncHandler handler);

  // --- running ----------------------------------------------------------------------------------
  // Start and RunUntilClosed in one.
  absl::StatusOr<TestExecution> Run(const std::string& machine, const std::string& input_json,
                                    absl::Duration limit = absl::Hours(24 * 366));
  // Durable when it returns; nothing has run yet. "" as name: a UUID. Returns the ARN.
  absl::StatusOr<std::string> Start(const std::string& machine, const std::string& input_json,
                                    const std::string& name = std::string());
  // Until the execution has ended, skipping all time in which nothing happens. DeadlineExceeded
  // where it is still open after `limit` of virtual time, or when nothing is left that could
  // happen; the message says in which states it stands.
  absl::StatusOr<TestExecution> RunUntilClosed(const std::string& arn,
                                               absl::Duration limit = absl::Hours(24 * 366));
  // Everything that is due within `span`.
  void Skip(absl::Duration span);
  absl::Time now() const;
  // Runs `work` when virtual time gets there.
  void After(absl::Duration span, std::function<void()> work);

  // What is true now. NotFound.
  absl::StatusOr<TestExecution> Describe(const std::string& arn);
  // How often the handler was called since the start, injected failures not counted.
  int calls(const std::string& name) const;

  // --- from outside -----------------------------------------------------------------------------
  absl::Status Stop(const std::string& arn, const std::string& error = std::string(),
                    const std::string& cause = std::string());
  // As Client's. FailedPrecondition: the task is no longer open.
  absl::Status SendTaskSuccess(const std::string& task_token, const std::string& output_json);
  absl::Status SendTaskFailure(const std::string& task_token, const std::string& error,
                               const std::string& cause);

  // --- injected failures ------------------------------------------------------------------------
  // The next `times` tasks of the handler fail without its being called.
  void FailNext(const std::string& name, const std::string& error, const std::string& cause,
                int times = 1);
  // The next `times` tasks are never answered: they time out, if the state has a time-out.
  void LoseNext(const std::string& name, int times = 1);
  // The engine dies and recovers from what it has stored: results that were not committed are lost,
  // the tasks that were open run again.
  void CrashEngine();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl
