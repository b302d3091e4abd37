// An engine over a store that fails as a test says, for what broke an engine once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/engine_fixture.h"
#include "engine/runtime/world/log.h"
#include "persistence/memory/fault_store.h"

namespace pawl::runtime {

using Fault = persistence::CommitFault;

inline constexpr char kAccount[] = "000000000000";
inline constexpr char kTask[] =
    R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:q","End":true}}})";

// Fails what the test says.
class Script final : public persistence::FaultPlan {
 public:
  std::function<Fault(const persistence::CommitBatch&)> on_commit;
  std::function<absl::Status(absl::string_view)> before_call;

  Fault OnCommit(const persistence::CommitBatch& batch) override {
    return on_commit ? on_commit(batch) : Fault{};
  }
  absl::Status BeforeCall(absl::string_view call) override {
    return before_call ? before_call(call) : absl::OkStatus();
  }
  absl::Status AfterCall(absl::string_view) override { return absl::OkStatus(); }
};

struct Worker final : WorkerSession {
  void Deliver(std::shared_ptr<const QueuedTask> task) override { tasks.push_back(task); }
  void Cancel(const std::string& token, const std::string&) override { cancelled.push_back(token); }
  std::vector<std::shared_ptr<const QueuedTask>> tasks;
  std::vector<std::string> cancelled;
};

class Hardening : public EngineFixture {
 protected:
  Hardening() {
    SetLogLevel(LogLevel::kError);
    options_.store = &store_;
    Restart();
  }

  SessionId Connect(const std::shared_ptr<Worker>& worker, int64_t credit,
                    const std::vector<AttemptKey>& held = {}) {
    std::vector<AttemptKey> unknown;
    const SessionId id = Queues().Connect(worker, "000000000000", "w", held, &unknown);
    EXPECT_TRUE(unknown.empty());
    EXPECT_TRUE(Queues().AddCredit(id, "q", credit).ok());
    return id;
  }
  absl::StatusOr<core::CommandOutcome> Complete(const std::string& token,
                                                const std::string& output) {
    absl::StatusOr<core::CommandOutcome> answer = absl::UnknownError("not answered");
    engine_->node().CompleteTask(
        kAccount, token, output, false,
        [&](absl::StatusOr<core::CommandOutcome> o) { answer = std::move(o); });
    engine_->RunFor(absl::Seconds(5));
    return answer;
  }
  absl::Status ViewStatus(persistence::ExecutionRef ref) {
    absl::Status status = absl::UnknownError("not answered");
    engine_->node().View(
        ref, {}, [&](const absl::StatusOr<ExecutionView>& live) { status = live.status(); });
    engine_->RunFor(absl::Milliseconds(10));
    return status;
  }
  // By a commit whose outcome nobody knows, a start's.
  void LoseOwnership() {
    script_.on_commit = [this](const persistence::CommitBatch&) {
      script_.on_commit = nullptr;
      return Fault{Fault::Kind::kUnknownNotCommitted, 0};
    };
    EXPECT_FALSE(engine_->Start("m", "other", "{}").ok());
  }
  TaskQueues& Queues() { return engine_->node().queues(); }

  Script script_;
  persistence::FaultStore store_{&memory_, &script_};
};

}  // namespace pawl::runtime
