#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/core/aws_history.h"
#include "engine/runtime/in_process_engine.h"
#include "engine/value/json.h"
#include "persistence/memory/memory_store.h"
#include "tests/conformance/engines.h"
#include "tests/conformance/mock_tasks.h"

namespace pawl::conformance {
namespace {

constexpr char kRole[] = "arn:aws:iam::000000000000:role/test";

bool IsPayloadKey(absl::string_view key) {
  return key == "input" || key == "output" || key == "parameters";
}

Value TextOrNull(const absl::optional<std::string>& text) {
  return text.has_value() ? Value::String(*text) : Value::Null();
}

Value ToAws(const core::Event& event) {
  const core::EventTypeInfo& info = core::InfoOf(event.type);
  Value::Members members = {{"id", Value::Int(event.id)},
                            {"previousEventId", Value::Int(event.previous)},
                            {"type", Value::String(info.name)}};
  if (!info.details_key.empty()) {
    members.emplace_back(std::string(info.details_key),
                         ParsePayloads(core::AwsDetails(event, kRole, "us-east-1")));
  }
  return Value::Object(std::move(members));
}

class CoreEngine final : public Engine {
 public:
  absl::StatusOr<Outcome> Run(const Case& test) override {
    persistence::MemoryStore store;
    runtime::InProcessOptions options;
    options.store = &store;
    options.runtime.verify_replay = true;
    // The recordings are of AWS: its limit.
    options.runtime.limits.max_payload_bytes = 262'144;
    runtime::InProcessEngine engine(options);
    std::vector<asl::Diagnostic> diagnostics;
    auto machine = engine.CreateMachine("machine", test.DefinitionText(), kRole, &diagnostics);
    for (const asl::Diagnostic& problem : diagnostics) {
      if (problem.code == "PAWL_UNSUPPORTED") return absl::UnimplementedError(problem.message);
    }
    if (!machine.ok()) return machine.status();
    MockTasks mocks(test);
    Serve(&mocks, &engine);
    auto ref = engine.Start("machine", "run", test.InputText(engine.now()));
    if (!ref.ok()) return ref.status();
    if (test.Expect("status").is_string() && test.Expect("status").AsString() == "ABORTED") {
      engine.RunFor(absl::Seconds(1));
      engine.node().Stop(*ref, absl::nullopt, absl::nullopt, [](auto) {});
    }
    engine.RunUntilClosed(*ref, absl::Hours(24 * 366 * 70));
    auto live = engine.Load(*ref);
    if (!live.ok()) return live.status();
    const core::Execution& state = (*live)->state;
    Outcome outcome;
    outcome.status = std::string(core::StatusName(state.status()));
    outcome.output = state.output().value();
    outcome.error = TextOrNull(state.error());
    outcome.cause = TextOrNull(state.cause());
    if (state.status() == core::ExecutionStatus::kTimedOut) outcome.error = outcome.cause = Value();
    auto history = engine.History(*ref);
    if (!history.ok()) return history.status();
    for (const core::Event& event : *history) {
      if (event.is_numbered()) outcome.history.push_back(ToAws(event));
    }
    return outcome;
  }

 private:
  static void Serve(MockTasks* mocks, runtime::InProcessEngine* engine) {
    for (const std::string& queue : mocks->Queues()) {
      engine->Serve(
          queue,
          [mocks, engine](const runtime::QueuedTask& task,
                          const runtime::InProcessEngine::Responder& respond) {
            Answer(mocks, engine, task, respond);
          },
          mocks->WorkerName(queue));
    }
  }

  static void Answer(MockTasks* mocks, runtime::InProcessEngine* engine,
                     const runtime::QueuedTask& task,
                     const runtime::InProcessEngine::Responder& respond) {
    const bool awaits_token = AwaitsToken(*engine, task);
    const MockReply reply = mocks->Next(task.task.queue, task.task.input.value(), awaits_token);
    if (awaits_token) respond.Succeed(reply.submit.output.value_or("{}"));
    const MockAnswer answer = reply.answer;
    if (answer.never) return;
    engine->RunAt(engine->now() + answer.after, [=, token = task.token] {
      const std::string& ns = engine->node().options().account;
      if (answer.output.has_value()) {
        engine->node().CompleteTask(ns, token, *answer.output, awaits_token, [](auto) {});
      } else {
        engine->node().FailTask(ns, token, answer.error, answer.cause, awaits_token, [](auto) {});
      }
    });
  }

  static bool AwaitsToken(runtime::InProcessEngine& engine, const runtime::QueuedTask& task) {
    bool result = false;
    auto live = engine.Load(task.key.ref);
    if (!live.ok()) return false;
    const asl::StateMachine& machine = (*live)->state.machine();
    const asl::State& state = machine.state(machine.Find(task.task.state));
    result =
        state.As<asl::TaskFields>().resource.pattern == asl::IntegrationPattern::kWaitForTaskToken;
    return result;
  }
};

}  // namespace

Value ParsePayloads(const Value& details) {
  Value::Members members;
  for (const auto& [key, value] : details.AsObject()) {
    if (value.is_string() &&
        (IsPayloadKey(key) || (key == "cause" && absl::StartsWith(value.AsString(), "{")))) {
      absl::StatusOr<Value> parsed = ParseJson(value.AsString());
      members.emplace_back(key, parsed.ok() ? *std::move(parsed) : value);
    } else {
      members.emplace_back(key, value);
    }
  }
  return Value::Object(std::move(members));
}

std::string MissingFeature(const Case& test) {
  if (test.Field("type").is_string() && test.Field("type").AsString() == "EXPRESS") {
    return "EXPRESS state machines";
  }
  if (!test.Field("definition").is_object()) return "not an execution case";
  if (absl::StrContains(ToJson(test.Field("tasks")), "activity_deleted_before_start")) {
    return "registered activities";
  }
  if (absl::StrContains(ToJson(test.Field("definition")),
                        "arn:aws:states:::states:startExecution")) {
    return "nested executions (states:startExecution)";
  }
  return "";
}

std::unique_ptr<Engine> MakeCoreEngine() { return std::make_unique<CoreEngine>(); }

}  // namespace pawl::conformance
