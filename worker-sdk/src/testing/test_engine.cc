#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/arn.h"
#include "engine/core/aws_history.h"
#include "engine/runtime/range/open_states.h"
#include "engine/runtime/range/slots.h"
#include "engine/value/json.h"
#include "pawl/testing.h"
#include "persistence/memory/memory_store.h"
#include "worker-sdk/src/testing/test_worker.h"

namespace pawl {
namespace {

ExecutionStatus ToStatus(core::ExecutionStatus status) {
  switch (status) {
    case core::ExecutionStatus::kRunning:
      return ExecutionStatus::kRunning;
    case core::ExecutionStatus::kSucceeded:
      return ExecutionStatus::kSucceeded;
    case core::ExecutionStatus::kFailed:
      return ExecutionStatus::kFailed;
    case core::ExecutionStatus::kTimedOut:
      return ExecutionStatus::kTimedOut;
    case core::ExecutionStatus::kAborted:
      return ExecutionStatus::kAborted;
  }
  return ExecutionStatus::kRunning;
}

absl::Status WithDiagnostics(const absl::Status& status,
                             const std::vector<asl::Diagnostic>& diagnostics) {
  if (status.ok() || diagnostics.empty()) return status;
  std::string text(status.message());
  for (const asl::Diagnostic& diagnostic : diagnostics) {
    absl::StrAppend(&text, "\n  ", diagnostic.line, ":", diagnostic.column, " ", diagnostic.code,
                    " ", diagnostic.message);
  }
  return absl::Status(status.code(), text);
}

std::string Where(const runtime::OpenState& state) {
  std::string text = absl::StrCat("'", state.path, state.path.empty() ? "" : "/", state.name, "'");
  switch (state.waiting_for) {
    case runtime::OpenState::WaitingFor::kWorker:
      return absl::StrCat(text, " waits for a handler '", state.queue, "', which there is not");
    case runtime::OpenState::WaitingFor::kCompletion:
      return absl::StrCat(text, " waits for an answer of the handler '", state.queue, "'");
    case runtime::OpenState::WaitingFor::kTaskToken:
      return absl::StrCat(text, " waits for its task token to be sent");
    case runtime::OpenState::WaitingFor::kTime:
    case runtime::OpenState::WaitingFor::kRetry:
      return absl::StrCat(text, " waits until ",
                          absl::FormatTime(absl::RFC3339_sec, state.until, absl::UTCTimeZone()));
    case runtime::OpenState::WaitingFor::kChildren:
      return absl::StrCat(text, " waits for its children");
    case runtime::OpenState::WaitingFor::kExecution:
      return absl::StrCat(text, " waits for the execution '", state.execution, "'");
    case runtime::OpenState::WaitingFor::kNothing:
      break;
  }
  return text;
}

}  // namespace

class TestEngine::Impl {
 public:
  Impl(Handlers handlers, TestOptions options)
      : options_(options), store_({.now = [this] { return now_of_store(); }}) {
    for (const auto& [name, entry] : handlers.entries()) handlers_.entries[name] = entry;
    Boot(options_.start);
  }
  ~Impl() { worker_->Disconnect(); }

  void Serve(const std::string& name, Handlers::Entry entry) {
    const auto it = handlers_.entries.find(name);
    if (it != handlers_.entries.end()) entry.options = it->second.options;
    handlers_.entries[name] = std::move(entry);
    worker_->Serve(name);
  }

  void Crash() {
    const absl::Time now = engine_->now();
    worker_->Disconnect();
    engine_ = nullptr;
    Boot(now);
    for (const auto& [id, pending] : after_) Arm(id);
  }

  void After(absl::Duration span, std::function<void()> work) {
    const int64_t id = next_after_++;
    after_[id] = {engine_->now() + span, std::move(work)};
    Arm(id);
  }

  absl::Status PutStateMachine(const std::string& name, const std::string& definition) {
    if (!boot_status_.ok()) return boot_status_;
    std::vector<asl::Diagnostic> diagnostics;
    absl::Status status = engine_->CreateMachine(name, definition, "", &diagnostics).status();
    if (absl::IsAlreadyExists(status)) {
      runtime::Node& node = engine_->node();
      runtime::MachineAdmin admin(&node.options(), &node.machines());
      diagnostics.clear();
      runtime::MachineUpdate update;
      update.definition = definition;
      status =
          admin
              .Update(&store_, {node.options().account, name}, update, engine_->now(), &diagnostics)
              .status();
    }
    return WithDiagnostics(status, diagnostics);
  }

  absl::StatusOr<std::string> Start(const std::string& machine, const std::string& input,
                                    const std::string& name) {
    if (!boot_status_.ok()) return boot_status_;
    const auto ref = engine_->Start(machine, name, input);
    if (!ref.ok()) return ref.status();
    const auto row = store_.GetExecution(*ref);
    if (!row.ok()) return row.status();
    return aws::ExecutionArn(engine_->node().arns(), machine, row->name);
  }

  absl::StatusOr<TestExecution> RunUntilClosed(const std::string& arn, absl::Duration limit) {
    const auto ref = Find(arn);
    if (!ref.ok()) return ref.status();
    if (engine_->RunUntilClosed(*ref, limit)) return Describe(arn);
    std::string text = absl::StrCat("the execution ", arn, " is still open");
    const auto live = engine_->Load(*ref);
    if (live.ok()) {
      for (const runtime::OpenState& state :
           runtime::OpenStates(**live, engine_->node().queues())) {
        absl::StrAppend(&text, "; ", Where(state));
      }
    }
    return absl::DeadlineExceededError(text);
  }

  absl::StatusOr<TestExecution> Describe(const std::string& arn) {
    const auto ref = Find(arn);
    if (!ref.ok()) return ref.status();
    const auto live = engine_->Load(*ref);
    if (!live.ok()) return live.status();
    const auto events = engine_->History(*ref);
    if (!events.ok()) return events.status();
    const core::Execution& state = (*live)->state;
    TestExecution out;
    out.arn = state.header().arn;
    out.name = state.header().name;
    out.state_machine_arn = state.header().machine_arn;
    out.status = ToStatus(state.status());
    out.start_time = state.header().start_time;
    out.stop_time = state.stop_time();
    out.input = state.input().text();
    out.output = state.output().text();
    out.error = state.error().value_or("");
    out.cause = state.cause().value_or("");
    out.history_events = state.last_event_id().value();
    for (const core::Event& event : *events) {
      const core::EventTypeInfo& info = core::InfoOf(event.type);
      if (const auto* entered = event.As<core::StateEntered>()) out.path.push_back(entered->state);
      out.history.push_back(
          {event.id.value(), event.previous.value(), event.time, std::string(info.name),
           ToJson(core::AwsDetails(event, {.region = engine_->node().options().region}))});
    }
    return out;
  }

  // Waits in virtual time for the answer to a command.
  template <typename Send>
  absl::Status Command(const Send& send) {
    absl::StatusOr<core::CommandOutcome> answer = absl::UnavailableError("no answer came");
    bool is_done = false;
    send([&](absl::StatusOr<core::CommandOutcome> outcome) {
      answer = std::move(outcome);
      is_done = true;
    });
    engine_->world().RunUntil([&] { return is_done; }, engine_->now() + absl::Hours(1));
    if (!answer.ok()) return answer.status();
    if (*answer == core::CommandOutcome::kApplied) return absl::OkStatus();
    return absl::FailedPreconditionError("Task Timed Out: the task is no longer open");
  }

  absl::StatusOr<persistence::ExecutionRef> Find(const std::string& arn) {
    const auto id = aws::ParseExecution(engine_->node().arns(), arn);
    if (!id.ok()) return id.status();
    const auto row = store_.FindExecution(runtime::SlotOf(id->ns, id->machine, id->name), id->ns,
                                          id->machine, id->name);
    if (!row.ok()) return row.status();
    return row->ref;
  }

  runtime::InProcessEngine& engine() { return *engine_; }
  const std::string& account() { return engine_->node().options().account; }
  sdk::TestHandlers& handlers() { return handlers_; }

 private:
  struct Pending {
    absl::Time time;
    std::function<void()> work;
  };

  void Boot(absl::Time now) {
    runtime::InProcessOptions options;
    options.store = &store_;
    options.seed = options_.seed++;
    options.start = now;
    // What was open is handed out again at once after a crash: nobody will come back for it.
    options.runtime.reconnect_grace = absl::ZeroDuration();
    engine_ = std::make_unique<runtime::InProcessEngine>(std::move(options));
    boot_status_ = engine_->Open();
    worker_ =
        std::make_shared<sdk::TestWorker>(engine_.get(), &handlers_, options_.handler_latency);
    worker_->Connect();
  }

  void Arm(int64_t id) {
    engine_->RunAt(after_[id].time, [this, id] {
      const auto it = after_.find(id);
      if (it == after_.end()) return;
      const std::function<void()> work = std::move(it->second.work);
      after_.erase(it);
      work();
    });
  }

  absl::Time now_of_store() const { return engine_ == nullptr ? options_.start : engine_->now(); }

  TestOptions options_;
  sdk::TestHandlers handlers_;
  persistence::MemoryStore store_;
  std::map<int64_t, Pending> after_;
  int64_t next_after_ = 1;
  absl::Status boot_status_;
  std::shared_ptr<sdk::TestWorker> worker_;
  std::unique_ptr<runtime::InProcessEngine> engine_;
};

TestEngine::TestEngine(Handlers handlers, TestOptions options)
    : impl_(std::make_unique<Impl>(std::move(handlers), options)) {}
TestEngine::~TestEngine() = default;

absl::Status TestEngine::PutStateMachine(const std::string& name, const std::string& definition) {
  return impl_->PutStateMachine(name, definition);
}

void TestEngine::Handle(const std::string& name, Handler handler) {
  impl_->Serve(name, {std::move(handler), nullptr, {}});
}

void TestEngine::HandleAsync(const std::string& name, AsyncHandler handler) {
  impl_->Serve(name, {nullptr, std::move(handler), {}});
}

absl::StatusOr<TestExecution> TestEngine::Run(const std::string& machine,
                                              const std::string& input_json, absl::Duration limit) {
  const absl::StatusOr<std::string> arn = Start(machine, input_json);
  if (!arn.ok()) return arn.status();
  return RunUntilClosed(*arn, limit);
}

absl::StatusOr<std::string> TestEngine::Start(const std::string& machine,
                                              const std::string& input_json,
                                              const std::string& name) {
  return impl_->Start(machine, input_json, name);
}

absl::StatusOr<TestExecution> TestEngine::RunUntilClosed(const std::string& arn,
                                                         absl::Duration limit) {
  return impl_->RunUntilClosed(arn, limit);
}

void TestEngine::Skip(absl::Duration span) { impl_->engine().RunFor(span); }
absl::Time TestEngine::now() const { return impl_->engine().now(); }
void TestEngine::After(absl::Duration span, std::function<void()> work) {
  impl_->After(span, std::move(work));
}

absl::StatusOr<TestExecution> TestEngine::Describe(const std::string& arn) {
  return impl_->Describe(arn);
}

int TestEngine::calls(const std::string& name) const {
  const auto& calls = impl_->handlers().calls;
  const auto it = calls.find(name);
  return it == calls.end() ? 0 : it->second;
}

absl::Status TestEngine::Stop(const std::string& arn, const std::string& error,
                              const std::string& cause) {
  const auto ref = impl_->Find(arn);
  if (!ref.ok()) return ref.status();
  const auto optional = [](const std::string& text) {
    return text.empty() ? absl::optional<std::string>() : absl::optional<std::string>(text);
  };
  return impl_->Command([&](auto done) {
    impl_->engine().node().Stop(*ref, optional(error), optional(cause), std::move(done));
  });
}

absl::Status TestEngine::SendTaskSuccess(const std::string& task_token,
                                         const std::string& output_json) {
  return impl_->Command([&](auto done) {
    impl_->engine().node().CompleteTask(impl_->account(), task_token, output_json,
                                        /*by_token=*/true, std::move(done));
  });
}

absl::Status TestEngine::SendTaskFailure(const std::string& task_token, const std::string& error,
                                         const std::string& cause) {
  return impl_->Command([&](auto done) {
    impl_->engine().node().FailTask(impl_->account(), task_token, error, cause,
                                    /*by_token=*/true, std::move(done));
  });
}

void TestEngine::FailNext(const std::string& name, const std::string& error,
                          const std::string& cause, int times) {
  if (times > 0) impl_->handlers().injections[name].push_back({false, error, cause, times});
}

void TestEngine::LoseNext(const std::string& name, int times) {
  if (times > 0) impl_->handlers().injections[name].push_back({true, "", "", times});
}

void TestEngine::CrashEngine() { impl_->Crash(); }

}  // namespace pawl
