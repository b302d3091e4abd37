#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/core/aws_history.h"
#include "engine/objects/memory_store.h"
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
  Value::Members members = {{"id", Value::Int(event.id.value())},
                            {"previousEventId", Value::Int(event.previous.value())},
                            {"type", Value::String(info.name)}};
  if (!info.details_key.empty()) {
    members.emplace_back(std::string(info.details_key),
                         ParsePayloads(core::AwsDetails(event, {.role_arn = kRole, .region = "us-east-1"})));
  }
  return Value::Object(std::move(members));
}

class CoreEngine final : public Engine {
 public:
  std::string StoreFor(const std::string& /*folder*/) const override { return "memory:"; }

  absl::StatusOr<Outcome> Run(const Case& test) override {
    persistence::MemoryStore store;
    objects::MemoryStore objects(absl::FromUnixSeconds(1'700'000'000));
    PutObjects(test, &objects);
    runtime::InProcessOptions options;
    options.store = &store;
    options.objects = &objects;
    options.runtime.verify_replay = true;
    // The recordings are of AWS: its limit.
    options.runtime.limits.max_payload_bytes = 262'144;
    runtime::InProcessEngine engine(options);
    const absl::Status others = CreateOthers(test, &engine);
    if (!others.ok()) return others;
    const bool is_express =
        test.Field("type").is_string() && test.Field("type").AsString() == "EXPRESS";
    std::vector<asl::Diagnostic> diagnostics;
    auto machine = engine.CreateMachine("machine", test.DefinitionText(), kRole, &diagnostics,
                                        is_express ? "EXPRESS" : "STANDARD");
    if (!machine.ok()) return machine.status();
    MockTasks mocks(test);
    Serve(&mocks, &engine);
    engine.Serve("sqs:sendMessage",
                 [&mocks, &engine](const runtime::QueuedTask& task,
                                   const runtime::InProcessEngine::Responder& respond) {
                   Answer(&mocks, &engine, task, respond);
                 });
    if (is_express) return RunExpress(test, &engine);
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
  static absl::StatusOr<Outcome> RunExpress(const Case& test, runtime::InProcessEngine* engine) {
    const absl::Status opened = engine->Open();
    if (!opened.ok()) return opened;
    Outcome outcome;
    bool is_done = false;
    absl::Status status;
    auto input = Payload::FromText(test.InputText(engine->now()));
    if (!input.ok()) return input.status();
    engine->node().Start(
        {engine->node().options().account, "machine"}, "run", *std::move(input),
        [&status](absl::StatusOr<runtime::StartResult> started) { status = started.status(); },
        [&outcome, &is_done](const core::Execution& state) {
          outcome.status = std::string(core::StatusName(state.status()));
          outcome.output = state.output().value();
          outcome.error = TextOrNull(state.error());
          outcome.cause = TextOrNull(state.cause());
          is_done = true;
        });
    engine->RunFor(absl::Hours(1));
    if (!status.ok()) return status;
    if (!is_done) return absl::InternalError("the execution did not end");
    return outcome;
  }

  static void PutObjects(const Case& test, objects::MemoryStore* store) {
    if (!test.Field("s3_objects").is_object()) return;
    for (const auto& [path, body] : test.Field("s3_objects").AsObject()) {
      const size_t slash = path.find('/');
      store->Put(path.substr(0, slash), path.substr(slash + 1),
                 body.is_string() ? body.AsString() : ToJson(body));
    }
  }

  static absl::Status CreateOthers(const Case& test, runtime::InProcessEngine* engine) {
    if (!test.Field("other_state_machines").is_object()) return absl::OkStatus();
    for (const auto& [arn, machine] : test.Field("other_state_machines").AsObject()) {
      auto id = aws::ParseMachine(engine->node().arns(), arn);
      if (!id.ok()) return id.status();
      std::vector<asl::Diagnostic> diagnostics;
      const Value* type = machine.Find("type");
      const absl::Status opened = engine->Open();
      if (!opened.ok()) return opened;
      auto created = engine->CreateMachine(
          id->name, ToJson(*machine.Find("definition")), kRole, &diagnostics,
          type != nullptr && type->is_string() ? type->AsString() : "STANDARD", id->ns);
      if (!created.ok()) return created.status();
    }
    return absl::OkStatus();
  }

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
    if (AnswerMessage(engine, task, respond)) return;
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

  // The recorded machines that wait for a token send it in a message; whoever got that message sent
  // its text back with the token.
  static bool AnswerMessage(runtime::InProcessEngine* engine, const runtime::QueuedTask& task,
                            const runtime::InProcessEngine::Responder& respond) {
    const Value* body = task.task.input.value().Find("MessageBody");
    const Value* token = body == nullptr ? nullptr : body->Find("TaskToken");
    const Value* message = body == nullptr ? nullptr : body->Find("Message");
    const bool is_of_another = token != nullptr && token->is_string() && message != nullptr &&
                               token->AsString() != task.token && !AwaitsToken(*engine, task);
    if (!is_of_another) return false;
    respond.Succeed("{}");
    engine->RunAt(engine->now() + absl::Seconds(1),
                  [engine, token = token->AsString(), text = ToJson(*message)] {
                    engine->node().CompleteTask(engine->node().options().account, token, text,
                                                /*by_token=*/true, [](auto) {});
                  });
    return true;
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
    } else if (key == "assignedVariables" && value.is_object()) {
      Value::Members variables;
      for (const auto& [name, text] : value.AsObject()) {
        absl::StatusOr<Value> parsed = ParseJson(text.AsString());
        variables.emplace_back(name, parsed.ok() ? *std::move(parsed) : text);
      }
      members.emplace_back(key, Value::Object(std::move(variables)));
    } else {
      members.emplace_back(key, value);
    }
  }
  return Value::Object(std::move(members));
}

std::string MissingFeature(const Case& test) {
  if (!test.Field("definition").is_object()) return "not an execution case";
  if (absl::StrContains(ToJson(test.Field("tasks")), "activity_deleted_before_start")) {
    return "registered activities";
  }
  return "";
}

std::unique_ptr<Engine> MakeCoreEngine() { return std::make_unique<CoreEngine>(); }

}  // namespace pawl::conformance
