// Cases against a real engine process and a real worker, in real time.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "engine/core/event.h"
#include "engine/value/json.h"
#include "pawl/client.h"
#include "pawl/worker.h"
#include "tests/conformance/engines.h"
#include "tests/conformance/mock_tasks.h"
#include "tests/support/engine_process.h"
#include "tests/support/postgres.h"

namespace pawl::conformance {
namespace {

constexpr char kRole[] = "arn:aws:iam::000000000000:role/test";
// No case needs longer; what waits for its own time-out does so within it.
constexpr absl::Duration kPatience = absl::Seconds(40);
constexpr absl::Duration kLongestSleep = absl::Seconds(12);

std::string DetailsKey(const std::string& type) {
  for (int number = 0; number < 128; ++number) {
    const core::EventTypeInfo* info = core::FindEventType(number);
    if (info != nullptr && info->name == type) return std::string(info->details_key);
  }
  return "";
}

std::string TextOf(const Value& value) { return value.is_string() ? value.AsString() : ""; }

Value TextOrNull(const std::string& text) {
  return text.empty() ? Value::Null() : Value::String(text);
}

class ProcessEngine final : public Engine {
 public:
  explicit ProcessEngine(std::string store) : store_(std::move(store)) { Restart(); }

  // A new engine; over an empty store where that is a folder.
  void Restart() {
    worlds_.push_back(std::make_unique<testing::TempFolder>());
    testing::EngineProcess::Options options;
    options.store =
        store_.empty() ? absl::StrCat("sqlite:", worlds_.back()->path(), "/data") : store_;
    // The recordings are of AWS: its limit.
    options.flags = {"--max-payload-bytes=262144", "--verify-replay", "--http-invoke=workers",
                     "--open-activities", absl::StrCat("--object-store=folder:", ObjectFolder())};
    engine_ = std::make_unique<testing::EngineProcess>(options);
    status_ = engine_->Start();
    client_ = std::make_unique<Client>(ConnectOptions{.addresses = {engine_->address()}});
  }

  absl::StatusOr<Outcome> Run(const Case& test) override {
    if (!status_.ok()) return status_;
    // Their children have the same names in all cases.
    if (test.Field("other_state_machines").is_object()) {
      if (!store_.empty()) return absl::UnimplementedError("a store of its own for each case");
      Restart();
    }
    absl::Status prepared = PutObjects(test);
    if (prepared.ok()) prepared = CreateOthers(test);
    if (!prepared.ok()) return prepared;
    const std::string machine = absl::StrCat("case-", ++number_);
    const bool is_express = TextOf(test.Field("type")) == "EXPRESS";
    auto created =
        client_->CreateStateMachine(machine, test.DefinitionText(), kRole,
                                    is_express ? MachineType::kExpress : MachineType::kStandard);
    if (!created.ok()) return created.status();
    MockTasks mocks(test);
    Context context{this, &mocks, absl::StrCat(machine, "/run"), {}, {}};
    std::unique_ptr<Worker> worker = MakeWorker(test, &context);
    if (worker != nullptr) {
      if (absl::Status started = worker->Start(); !started.ok()) return started;
    }
    auto run = client_->StartAndWait(machine, "run", test.InputText(absl::Now()),
                                     is_express ? absl::Minutes(1) : absl::Seconds(1));
    if (!run.ok()) return run.status();
    if (is_express) {
      context.Join();
      if (worker != nullptr) (void)worker->Stop(absl::Milliseconds(100));
      return ReadEnd(*run);
    }
    if (test.Expect("status").is_string() && test.Expect("status").AsString() == "ABORTED") {
      const absl::Status stopped = client_->Stop(context.execution);
      if (!stopped.ok()) return stopped;
    }
    const absl::Time deadline = absl::Now() + kPatience;
    auto info = client_->Describe(context.execution);
    while (info.ok() && !info->is_closed() && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(50));
      info = client_->Describe(context.execution);
    }
    if (!info.ok()) return info.status();
    // What is still open must not be served by the next case's worker.
    if (!info->is_closed()) (void)client_->Stop(context.execution);
    context.Join();
    if (worker != nullptr) (void)worker->Stop(absl::Milliseconds(100));
    return ReadOutcome(*info, context.execution);
  }

  std::string StoreFor(const std::string& folder) const override {
    return store_.empty() ? absl::StrCat("sqlite:", folder) : store_;
  }

 private:
  struct Context {
    ProcessEngine* engine;
    MockTasks* mocks;
    std::string execution;
    absl::Mutex mutex;
    std::vector<std::thread> threads ABSL_GUARDED_BY(mutex);

    void Go(std::function<void()> work) {
      absl::MutexLock lock(&mutex);
      threads.emplace_back(std::move(work));
    }
    void Join() {
      std::vector<std::thread> all;
      {
        absl::MutexLock lock(&mutex);
        all.swap(threads);
      }
      for (std::thread& thread : all) thread.join();
    }
  };

  std::unique_ptr<Worker> MakeWorker(const Case& test, Context* context) {
    Handlers handlers;
    WorkerOptions options;
    options.log = [](const std::string&) {};
    options.reports_crashes = false;
    std::vector<std::string> queues = context->mocks->Queues();
    constexpr char kMessages[] = "sqs:sendMessage";
    if (absl::StrContains(ToJson(test.Field("other_state_machines")), kMessages) &&
        std::find(queues.begin(), queues.end(), kMessages) == queues.end()) {
      queues.push_back(kMessages);
    }
    if (queues.empty()) return nullptr;
    for (const std::string& queue : queues) {
      const std::string name = context->mocks->WorkerName(queue);
      if (!name.empty()) options.name = name;
      handlers.AddAsync(queue, [context](const Task& task, Responder respond) {
        auto input = ParseJson(task.input());
        MockReply reply;
        {
          absl::MutexLock lock(&context->mutex);
          reply = context->mocks->Next(task.queue(), input.ok() ? *input : Value(),
                                       task.awaits_token());
        }
        context->engine->Answer(context, reply, task.token(), task.awaits_token(), respond);
      });
    }
    return std::make_unique<Worker>(
        std::move(handlers), ConnectOptions{.addresses = {engine_->address()}}, std::move(options));
  }

  void Answer(Context* context, const MockReply& reply, const std::string& token, bool awaits_token,
              const Responder& respond) {
    const MockAnswer& answer = reply.answer;
    if (awaits_token) respond(Succeed(reply.submit.output.value_or("{}")));
    if (answer.never || answer.after > kLongestSleep) {
      // An answer that never comes must keep its place: a lost responder would be a failure.
      if (!awaits_token) {
        absl::MutexLock lock(&kept_mutex_);
        kept_.push_back(respond);
      }
      return;
    }
    context->Go([=, this] {
      absl::SleepFor(answer.after);
      if (!awaits_token) {
        respond(answer.output.has_value()
                    ? Succeed(*answer.output)
                    : Fail(answer.error.value_or(""), answer.cause.value_or("")));
        return;
      }
      AwaitSubmission(context->execution);
      const absl::Status status = answer.output.has_value()
                                      ? client_->SendTaskSuccess(token, *answer.output)
                                      : client_->SendTaskFailure(token, answer.error.value_or(""),
                                                                 answer.cause.value_or(""));
      (void)status;  // the comparison tells
    });
  }

  // The token may overtake the worker's own answer, and then there is no TaskSubmitted event.
  void AwaitSubmission(const std::string& execution) {
    const absl::Time deadline = absl::Now() + absl::Seconds(5);
    while (absl::Now() < deadline) {
      auto history = client_->History(execution);
      if (history.ok()) {
        for (const HistoryEvent& event : history->items) {
          if (event.type == "TaskSubmitted") return;
        }
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
  }

  std::string ObjectFolder() const { return absl::StrCat(worlds_.back()->path(), "/objects"); }

  // The engine's store is a folder: BUCKET/KEY.
  absl::Status PutObjects(const Case& test) const {
    if (!test.Field("s3_objects").is_object()) return absl::OkStatus();
    for (const auto& [path, body] : test.Field("s3_objects").AsObject()) {
      const std::filesystem::path file = std::filesystem::path(ObjectFolder()) / path;
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file) << (body.is_string() ? body.AsString() : ToJson(body));
    }
    return absl::OkStatus();
  }

  absl::Status CreateOthers(const Case& test) {
    if (!test.Field("other_state_machines").is_object()) return absl::OkStatus();
    for (const auto& [arn, machine] : test.Field("other_state_machines").AsObject()) {
      const std::string name = arn.substr(arn.rfind(':') + 1);
      if (!absl::StrContains(arn, ":000000000000:")) {
        return absl::UnimplementedError("state machines of another account");
      }
      const std::string definition = ToJson(*machine.Find("definition"));
      const Value* type = machine.Find("type");
      auto created = client_->CreateStateMachine(name, definition, kRole,
                                                 type != nullptr && TextOf(*type) == "EXPRESS"
                                                     ? MachineType::kExpress
                                                     : MachineType::kStandard);
      // Another case's machine may have had the name.
      if (absl::IsAlreadyExists(created.status())) {
        created = client_->UpdateStateMachine(name, definition);
      }
      if (!created.ok()) return created.status();
    }
    return absl::OkStatus();
  }

  static Outcome ReadEnd(const ExecutionInfo& info) {
    Outcome outcome;
    outcome.status = ExecutionStatusName(info.status);
    if (!info.output.empty()) outcome.output = ParseJson(info.output).value();
    outcome.error = TextOrNull(info.error);
    outcome.cause = TextOrNull(info.cause);
    return outcome;
  }

  absl::StatusOr<Outcome> ReadOutcome(const ExecutionInfo& info, const std::string& execution) {
    Outcome outcome = ReadEnd(info);
    Pages<HistoryEvent> pages = client_->HistoryPages(execution);
    while (pages.Next()) {
      for (const HistoryEvent& event : pages.items()) {
        Value::Members members = {{"id", Value::Int(event.id)},
                                  {"previousEventId", Value::Int(event.previous)},
                                  {"type", Value::String(event.type)}};
        const std::string key = DetailsKey(event.type);
        if (!key.empty()) {
          auto details = ParseJson(event.details_json);
          if (!details.ok()) return details.status();
          members.emplace_back(key, ParsePayloads(*details));
        }
        outcome.history.push_back(Value::Object(std::move(members)));
      }
    }
    if (!pages.status().ok()) return pages.status();
    return outcome;
  }

  const std::string store_;
  std::vector<std::unique_ptr<testing::TempFolder>> worlds_;  // the last one is in use
  std::unique_ptr<testing::EngineProcess> engine_;
  std::unique_ptr<Client> client_;
  absl::Status status_;
  int number_ = 0;
  absl::Mutex kept_mutex_;
  std::vector<Responder> kept_ ABSL_GUARDED_BY(kept_mutex_);
};

}  // namespace

std::unique_ptr<Engine> MakeSqliteEngine() { return std::make_unique<ProcessEngine>(""); }

std::unique_ptr<Engine> MakePostgresEngine() {
  auto url = testing::CreateDatabase(absl::StrCat("conformance_", absl::ToUnixMicros(absl::Now())));
  if (!url.ok()) return nullptr;
  return std::make_unique<ProcessEngine>(*url);
}

}  // namespace pawl::conformance
