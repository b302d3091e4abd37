#include "engine/machine_test/run_case.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/machine_test/mock_player.h"
#include "engine/machine_test/mocked_definition.h"
#include "engine/objects/memory_store.h"
#include "engine/runtime/in_process_engine.h"
#include "engine/value/json.h"
#include "persistence/memory/memory_store.h"

namespace pawl::machine_test {
namespace {

constexpr char kExecution[] = "test";
constexpr absl::Duration kLongest = absl::Hours(24 * 366 * 10);
// Where a machine goes round for ever, it ends as it would at AWS.
constexpr int64_t kMaxHistoryEvents = 25'000;

// "NAME" of "NAME/LABEL", the machine of a Distributed Map's children.
std::string MachineOf(const core::Execution& execution) {
  const std::string& name = execution.header().machine_name;
  return name.substr(0, name.find('/'));
}

// Notes which way the executions go.
class Recorder final : public core::Listener {
 public:
  Recorder(const TestFile& file, Coverage* coverage, Observed* observed)
      : machine_(file.machine.name), coverage_(*coverage), observed_(*observed) {
    paths_[file.machine.name] = file.machine.path;
    coverage_.Add(file.machine);
    for (const Machine& child : file.children) {
      paths_[child.name] = child.path;
      coverage_.Add(child);
    }
  }

  void Entered(const core::Execution& execution, const core::Frame& frame,
               const asl::State& state) override {
    const std::string machine = MachineOf(execution);
    Hit(execution, CoverageKind::kState, state, 0);
    ++observed_.visits[machine == machine_ ? state.name : absl::StrCat(machine, "/", state.name)];
    if (frame.id == core::kRootFrame && execution.header().machine_name == machine_ &&
        execution.header().name == kExecution) {
      observed_.path.push_back(state.name);
    }
  }
  void Chose(const core::Execution& execution, const asl::State& state, int rule) override {
    Hit(execution, CoverageKind::kTransition, state, rule);
  }
  void Retried(const core::Execution& execution, const asl::State& state, int retrier) override {
    Hit(execution, CoverageKind::kRetrier, state, retrier);
  }
  void Caught(const core::Execution& execution, const asl::State& state, int catcher) override {
    Hit(execution, CoverageKind::kCatcher, state, catcher);
  }

 private:
  void Hit(const core::Execution& execution, CoverageKind kind, const asl::State& state,
           int index) {
    const auto path = paths_.find(MachineOf(execution));
    if (path != paths_.end()) coverage_.Hit(path->second, kind, state.name, index);
  }

  const std::string& machine_;
  std::map<std::string, std::string> paths_;  // of definitions, by machine
  Coverage& coverage_;
  Observed& observed_;
};

// Answers tasks as the mocks say.
class MockWorker {
 public:
  MockWorker(runtime::InProcessEngine* engine, const Mocks& mocks)
      : engine_(*engine), player_(mocks) {}

  void Handle(const runtime::QueuedTask& task, const runtime::InProcessEngine::Responder& respond) {
    const absl::StatusOr<const MockAnswer*> answer =
        player_.Next({MachineOf(task), task.task.state, task.task.queue, task.task.input.value()});
    if (!answer.ok()) {
      problems_.insert(std::string(answer.status().message()));
      return respond.Fail("Pawl.NoMock", std::string(answer.status().message()));
    }
    const bool by_token = task.task.is_callback;
    if (by_token) {
      MockAnswer said;
      said.result = Value::EmptyObject();
      if ((*answer)->submitted != nullptr) said = *(*answer)->submitted;
      if (said.kind == MockAnswer::Kind::kFail) return Send(said, task, /*by_token=*/false);
      if (said.kind == MockAnswer::Kind::kSilent) return;  // so nobody has the token
      respond.Succeed(ResultOf(said, task));
    }
    Send(**answer, task, by_token);
  }

  const std::set<std::string>& problems() const { return problems_; }

 private:
  static std::string MachineOf(const runtime::QueuedTask& task) {
    // arn:aws:states:REGION:ACCOUNT:execution:MACHINE[/LABEL]:NAME
    std::string arn = task.execution_arn;
    for (int i = 0; i < 6; ++i) arn.erase(0, arn.find(':') + 1);
    return arn.substr(0, arn.find_first_of(":/"));
  }

  static std::string ResultOf(const MockAnswer& answer, const runtime::QueuedTask& task) {
    if (answer.kind == MockAnswer::Kind::kEcho) return task.task.input.text();
    return ToJson(answer.result);
  }

  void Send(const MockAnswer& answer, const runtime::QueuedTask& task, bool by_token) {
    const absl::Time at = engine_.now() + answer.after;
    if (answer.heartbeat_every > absl::ZeroDuration()) {
      const bool ends = answer.kind != MockAnswer::Kind::kSilent || answer.after > absl::Duration();
      Beat(task.token, answer.heartbeat_every, ends ? at : absl::InfiniteFuture());
    }
    if (answer.kind == MockAnswer::Kind::kSilent) return;
    engine_.RunAt(at, [this, by_token, token = task.token,
                       is_failure = answer.kind == MockAnswer::Kind::kFail, error = answer.error,
                       cause = answer.cause, output = ResultOf(answer, task)] {
      const std::string& ns = engine_.node().options().account;
      if (is_failure) {
        engine_.node().FailTask(ns, token, error, cause, by_token, [](const auto&) {});
      } else {
        engine_.node().CompleteTask(ns, token, output, by_token, [](const auto&) {});
      }
    });
  }

  // Heartbeats until `until`, or until the attempt is not open any more.
  void Beat(const std::string& token, absl::Duration every, absl::Time until) {
    const absl::Time next = engine_.now() + every;
    if (next >= until) return;
    engine_.RunAt(next, [this, token, every, until] {
      engine_.node().Heartbeat(engine_.node().options().account, token, "",
                               [this, token, every, until](const absl::Status& status) {
                                 if (status.ok()) Beat(token, every, until);
                               });
    });
  }

  runtime::InProcessEngine& engine_;
  MockPlayer player_;
  std::set<std::string> problems_;
};

absl::Status CreateMachine(runtime::InProcessEngine* engine, const Machine& machine,
                           const Mocks& mocks) {
  std::vector<asl::Diagnostic> diagnostics;
  return engine
      ->CreateMachine(machine.name, WithMockedTasks(machine.definition, machine.name, mocks), "",
                      &diagnostics)
      .status();
}

void Observe(const core::Execution& execution, absl::Time now, Observed* out) {
  out->status = std::string(core::StatusName(execution.status()));
  out->output = execution.output().value();
  out->error = execution.error();
  out->cause = execution.cause();
  out->duration =
      (execution.is_closed() ? execution.stop_time() : now) - execution.header().start_time;
}

std::string WhereItStands(const core::Execution& execution) {
  std::string states;
  for (const auto& [id, frame] : execution.frames()) {
    if (frame.state == asl::kNone) continue;
    absl::StrAppend(&states, states.empty() ? "" : ", ",
                    execution.machine().state(frame.state).name);
  }
  return states;
}

absl::Status Execute(const TestFile& file, const TestCase& test, Coverage* coverage,
                     CaseResult* result) {
  persistence::MemoryStore store;
  objects::MemoryStore objects(test.now);
  for (const auto& [name, body] : file.objects) objects.Put(name.first, name.second, body);
  Recorder recorder(file, coverage, &result->observed);
  runtime::InProcessOptions options;
  options.store = &store;
  options.objects = &objects;
  options.listener = &recorder;
  options.start = test.now;
  options.runtime.limits.max_history_events = kMaxHistoryEvents;
  runtime::InProcessEngine engine(options);
  MockWorker worker(&engine, test.mocks);
  if (absl::Status opened = engine.Open(); !opened.ok()) return opened;
  for (const Machine& child : file.children) {
    if (absl::Status made = CreateMachine(&engine, child, test.mocks); !made.ok()) return made;
  }
  if (absl::Status made = CreateMachine(&engine, file.machine, test.mocks); !made.ok()) return made;
  engine.Serve("*", [&worker](const runtime::QueuedTask& task,
                              const runtime::InProcessEngine::Responder& respond) {
    worker.Handle(task, respond);
  });
  const auto ref = engine.Start(file.machine.name, kExecution, ToJson(test.input));
  if (!ref.ok()) return ref.status();
  const bool has_ended = engine.RunUntilClosed(*ref, kLongest);
  const auto live = engine.Load(*ref);
  if (!live.ok()) return live.status();
  Observe((*live)->state, engine.now(), &result->observed);
  for (const std::string& problem : worker.problems()) result->problems.push_back(problem);
  if (!has_ended) {
    result->problems.push_back(absl::StrCat("the execution does not end: nothing more happens in ",
                                            WhereItStands((*live)->state)));
  }
  return absl::OkStatus();
}

}  // namespace

CaseResult RunCase(const TestFile& file, const TestCase& test, Coverage* coverage) {
  CaseResult result;
  result.name = test.name;
  const absl::Status status = Execute(file, test, coverage, &result);
  if (!status.ok()) {
    result.problems.push_back(
        absl::StrCat("the case could not be run: ", std::string(status.message())));
    return result;
  }
  // Without an answer, or without an end, the rest only follows from that.
  if (!result.problems.empty()) return result;
  for (std::string& problem : Check(test.expect, result.observed)) {
    result.problems.push_back(std::move(problem));
  }
  return result;
}

}  // namespace pawl::machine_test
