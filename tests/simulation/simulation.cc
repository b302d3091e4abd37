#include "tests/simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/runtime/slots.h"
#include "tests/simulation/machines.h"

namespace pawl::simulation {
namespace {

constexpr absl::Duration kStorm = absl::Minutes(10);    // while faults are on
constexpr absl::Duration kCalm = absl::Hours(24 * 30);  // until everything must have ended
constexpr int64_t kMaxSteps = 2'000'000;

}  // namespace

// Faults with a probability each, while the storm lasts.
class Simulation::Plan final : public persistence::FaultPlan {
 public:
  Plan(Simulation* simulation, double probability)
      : simulation_(simulation), probability_(probability) {}

  persistence::CommitFault OnCommit(const persistence::CommitBatch&) override {
    using Kind = persistence::CommitFault::Kind;
    persistence::CommitFault fault;
    if (!is_on || !simulation_->Chance(probability_)) return fault;
    constexpr Kind kinds[] = {Kind::kNotCommitted, Kind::kUnknownCommitted,
                              Kind::kUnknownNotCommitted, Kind::kFenced};
    fault.kind = kinds[simulation_->Pick(4)];
    ++simulation_->counts_.commit_faults;
    if (fault.kind == Kind::kUnknownCommitted || fault.kind == Kind::kUnknownNotCommitted) {
      ++simulation_->counts_.unknown_outcomes;
    }
    return fault;
  }
  absl::Status BeforeCall(absl::string_view) override { return Maybe(); }
  absl::Status AfterCall(absl::string_view) override { return Maybe(); }

  bool is_on = false;

 private:
  absl::Status Maybe() {
    if (!is_on || !simulation_->Chance(probability_ / 2)) return absl::OkStatus();
    ++simulation_->counts_.read_faults;
    return absl::UnavailableError("the database is away");
  }

  Simulation* simulation_;
  double probability_;
};

Simulation::Simulation(uint64_t seed)
    : seed_(seed), random_(seed), now_(absl::FromUnixSeconds(1'700'000'000)) {
  memory_ = std::make_unique<persistence::MemoryStore>(
      persistence::MemoryOptions{[this] { return engine_ != nullptr ? engine_->now() : now_; },
                                 /*initial_ranges=*/1 + static_cast<int>(Pick(3))});
  plan_ = std::make_unique<Plan>(this, 0.02 + 0.1 * random_.NextUnit());
  store_ = std::make_unique<persistence::FaultStore>(memory_.get(), plan_.get());
  std::string items;
  for (int i = 0; i < kItems; ++i) absl::StrAppend(&items, "{\"n\":", i, "}\n");
  objects_.Put(kItemsBucket, kItemsKey, items);
  objects_.CreateBucket(kResultsBucket);
}

Simulation::~Simulation() = default;

void Simulation::Violation(const std::string& text) {
  violations_.push_back(absl::StrCat("seed ", seed_, ": ", text));
}

void Simulation::After(absl::Duration delay, std::function<void()> work) {
  later_.push(
      Later{now_ + delay, next_order_++, std::make_shared<std::function<void()>>(std::move(work))});
}

// The earliest thing that can happen, inside the engine or outside; false where nothing is left.
bool Simulation::RunStep() {
  ++counts_.steps;
  if (engine_ != nullptr && engine_->world().RunOne()) return true;
  const absl::Time outside = later_.empty() ? absl::InfiniteFuture() : later_.top().time;
  absl::Time inside = absl::InfiniteFuture();
  if (engine_ != nullptr) inside = engine_->world().next().value_or(absl::InfiniteFuture());
  if (outside == absl::InfiniteFuture() && inside == absl::InfiniteFuture()) return false;
  now_ = std::max(now_, std::min(outside, inside));
  if (engine_ != nullptr) engine_->world().AdvanceTo(now_);
  if (outside <= inside) {
    const auto work = later_.top().work;
    later_.pop();
    (*work)();
  }
  return true;
}

void Simulation::StartEngine() {
  runtime::InProcessOptions options;
  options.store = store_.get();
  options.objects = &objects_;
  options.seed = random_.Next();
  options.start = now_;
  options.runtime.verify_replay = true;
  options.runtime.park_after = absl::Seconds(20);
  options.runtime.limits.max_express_duration = absl::Hours(24);
  // Small limits, so that the rare paths are common.
  options.runtime.max_batch_transitions = 1 + Pick(8);
  options.runtime.checkpoint_events = 5 + static_cast<int64_t>(Pick(20));
  options.runtime.limits.max_events_per_transition = 4 + static_cast<int>(Pick(20));
  engine_ = std::make_unique<runtime::InProcessEngine>(options);
  is_open_ = false;
  engine_->node().Open([this](absl::Status status) {
    is_open_ = status.ok();
    if (!is_open_) return After(absl::Seconds(1), [this] { Crash(); });
    for (const char* queue : {"work", "sqs:sendMessage"}) {
      engine_->Serve(queue, [this](const runtime::QueuedTask& task, auto) { WorkerTakes(task); });
    }
  });
}

void Simulation::Crash() {
  ++counts_.crashes;
  engine_ = nullptr;
  is_open_ = false;
  After(absl::Milliseconds(static_cast<int64_t>(Pick(5'000))), [this] {
    if (engine_ == nullptr) StartEngine();
  });
}

void Simulation::CreateMachines() {
  for (const Machine& machine : Machines()) {
    persistence::MachineRevision revision;
    revision.ns = kAccount;
    revision.name = machine.name;
    revision.revision = 1;
    revision.definition = machine.definition;
    revision.type = machine.type;
    revision.create_time = revision.revision_time = now_;
    const absl::Status status = memory_->AddRevision(revision);
    if (!status.ok()) Violation(status.ToString());
  }
}

// --- clients and workers
// --------------------------------------------------------------------------

// A client asks again until it is answered: the start is idempotent by name.
void Simulation::ClientStarts(const std::string& name) {
  const Wanted& wanted = wanted_[name];
  if (wanted.is_acked) return;
  After(absl::Seconds(3), [this, name] { ClientStarts(name); });  // no answer: ask again
  if (!is_open_) return;
  engine_->node().Start(
      {kAccount, wanted.machine}, name, *Payload::FromText(wanted.input),
      [this, name](absl::StatusOr<runtime::StartResult> result) {
        Wanted& mine = wanted_[name];
        // It may have ended before the client asked again.
        if ((result.ok() || absl::IsAlreadyExists(result.status())) && !mine.is_acked) {
          mine.is_acked = true;
          ++counts_.starts_acked;
        }
      });
}

void Simulation::WorkerTakes(const runtime::QueuedTask& task) {
  const std::string token = task.token;
  offered_[token].is_express = absl::StrContains(task.execution_arn, ":express:");
  const bool is_callback = task.task.queue == "sqs:sendMessage";
  const auto output = [&] {
    return absl::StrCat("{\"by\":\"", token, "\",\"n\":", random_.Next() % 1'000'000, "}");
  };
  const bool is_storm = plan_->is_on;
  if (is_storm && Chance(0.1)) return;  // takes it and dies
  const absl::Duration delay =
      absl::Milliseconds(static_cast<int64_t>(is_storm && Chance(0.2) ? Pick(30'000) : Pick(500)));
  if (is_storm && Chance(0.15)) {
    return After(delay, [this, token] { WorkerFails(token); });
  }
  if (is_callback) {
    WorkerSends(token, "{\"submitted\":true}", /*by_token=*/false);
    if (is_storm && Chance(0.2)) return;
  }
  std::string first = output();
  offered_[token].outputs.insert(first);
  After(delay, [this, token, first, is_callback] { WorkerSends(token, first, is_callback); });
  if (is_storm && Chance(0.2)) {  // and answers again, with something else
    std::string second = output();
    offered_[token].outputs.insert(second);
    After(delay + absl::Milliseconds(static_cast<int64_t>(Pick(3'000))),
          [this, token, second, is_callback] { WorkerSends(token, second, is_callback); });
  }
}

// Sent until the engine says what became of it.
void Simulation::WorkerSends(const std::string& token, const std::string& output, bool by_token) {
  auto is_answered = std::make_shared<bool>(false);
  After(absl::Seconds(4), [=, this] {
    if (!*is_answered) WorkerSends(token, output, by_token);
  });
  if (!is_open_) return;
  engine_->node().CompleteTask(
      kAccount, token, output, by_token, [=, this](absl::StatusOr<core::CommandOutcome> outcome) {
        if (absl::IsUnavailable(outcome.status())) return;
        *is_answered = true;
        if (!outcome.ok() || *outcome != core::CommandOutcome::kApplied) return;
        if (output == "{\"submitted\":true}") return;
        ++counts_.completions_applied;
        std::string& applied = offered_[token].applied;
        if (!offered_[token].is_express && !applied.empty() && applied != output) {
          Violation(absl::StrCat("two results of one attempt were acknowledged: ", applied, " and ",
                                 output));
        }
        applied = output;
      });
}

void Simulation::WorkerFails(const std::string& token) {
  if (!is_open_) return;  // a worker that gives up: the time-out will tell
  engine_->node().FailTask(kAccount, token, std::string("Flaky"), std::string("by the simulation"),
                           /*by_token=*/false, [](absl::StatusOr<core::CommandOutcome>) {});
}

// What was read once is a prefix of everything read later.
void Simulation::ReadSomeHistory() {
  if (wanted_.empty()) return;
  auto it = wanted_.begin();
  std::advance(it, static_cast<int64_t>(Pick(wanted_.size())));
  const auto& [name, wanted] = *it;
  auto row = memory_->FindExecution(runtime::SlotOf(kAccount, wanted.machine, name), kAccount,
                                    wanted.machine, name);
  if (!row.ok()) return;
  auto rows = memory_->ReadHistory(row->ref, 1, 100'000, false);
  if (!rows.ok()) return;
  std::vector<std::string>& seen = seen_history_[name];
  if (rows->size() < seen.size()) return Violation(absl::StrCat(name, ": its history shrank"));
  for (size_t i = 0; i < rows->size(); ++i) {
    if (i < seen.size()) {
      if (seen[i] != (*rows)[i].record) Violation(absl::StrCat(name, ": its history changed"));
    } else {
      seen.push_back((*rows)[i].record);
    }
  }
}

std::vector<persistence::ExecutionRow> Simulation::AllExecutions() {
  persistence::ListFilter filter;
  filter.ns = kAccount;
  const auto rows = memory_->ListExecutions(filter, absl::nullopt, 1'000'000);
  if (!rows.ok()) Violation(rows.status().ToString());
  return rows.ok() ? *rows : std::vector<persistence::ExecutionRow>();
}

// --- the run
// --------------------------------------------------------------------------------------

void Simulation::Run() {
  CreateMachines();
  StartEngine();
  const int executions = 4 + static_cast<int>(Pick(24));
  for (int i = 0; i < executions; ++i) {
    const Machine& machine = Machines()[Pick(Machines().size())];
    const std::string name = absl::StrCat("e", i);
    wanted_[name] =
        Wanted{machine.name, absl::StrCat("{\"items\":[1,2,3,4],\"n\":", i, "}"), false};
    After(absl::Milliseconds(static_cast<int64_t>(Pick(300'000))),
          [this, name] { ClientStarts(name); });
  }
  plan_->is_on = true;
  const absl::Time storm_ends = now_ + kStorm;
  const double crash_per_step = 0.0005 + 0.004 * random_.NextUnit();
  while (now_ < storm_ends && counts_.steps < kMaxSteps) {
    // Killed between any two steps: every wait for the store is such a place.
    if (engine_ != nullptr && Chance(crash_per_step)) Crash();
    if (Chance(0.002)) ReadSomeHistory();
    if (!RunStep()) break;
  }
  plan_->is_on = false;
  const absl::Time calm_ends = now_ + kCalm;
  while (now_ < calm_ends && counts_.steps < kMaxSteps) {
    if (counts_.steps % 256 == 0) {
      bool all_closed = is_open_;
      for (const auto& [name, wanted] : wanted_) all_closed = all_closed && wanted.is_acked;
      for (const persistence::ExecutionRow& row : AllExecutions()) {
        all_closed = all_closed && row.status != persistence::Status::kRunning;
      }
      if (all_closed) break;
    }
    if (!RunStep()) break;
  }
  Check();
}

}  // namespace pawl::simulation
