#include "tests/simulation/simulation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/runtime/range/slots.h"
#include "tests/simulation/machines.h"

namespace pawl::simulation {
namespace {

constexpr absl::Duration kStorm = absl::Minutes(10);    // while faults are on
constexpr absl::Duration kCalm = absl::Hours(24 * 30);  // until everything must have ended
constexpr int64_t kMaxSteps = 2'000'000;
constexpr size_t kPayloadLimit = 4'000;  // bytes

}  // namespace

Simulation::Simulation(uint64_t seed)
    : seed_(seed), random_(seed), now_(absl::FromUnixSeconds(1'700'000'000)) {
  memory_ = std::make_unique<persistence::MemoryStore>(
      persistence::MemoryOptions{[this] { return engine_ != nullptr ? engine_->now() : now_; },
                                 /*initial_ranges=*/1 + static_cast<int>(Pick(3))});
  plan_ = std::make_unique<Plan>(&random_, 0.02 + 0.1 * random_.NextUnit());
  has_clock_steps_ = Chance(0.3);
  for (int i = 0; i < 3; ++i) {
    workers_.push_back(std::make_unique<SimWorker>(this, absl::StrCat("worker-", i)));
  }
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

bool Simulation::is_storm() const { return plan_->is_on; }

runtime::TaskQueues* Simulation::queues() {
  return engine_ != nullptr && is_open_ ? &engine_->node().queues() : nullptr;
}

// The earliest thing that can happen, inside an engine or outside; false where nothing is left.
bool Simulation::RunStep() {
  ++counts_.steps;
  if (engine_ != nullptr && engine_->world().RunOne()) return true;
  for (Zombie& zombie : zombies_) {
    if (zombie.engine->world().RunOne()) return true;
  }
  const absl::Time outside = later_.empty() ? absl::InfiniteFuture() : later_.top().time;
  absl::Time inside = absl::InfiniteFuture();
  if (engine_ != nullptr) inside = engine_->world().next().value_or(absl::InfiniteFuture());
  for (Zombie& zombie : zombies_) {
    inside = std::min(inside, zombie.engine->world().next().value_or(absl::InfiniteFuture()));
  }
  if (outside == absl::InfiniteFuture() && inside == absl::InfiniteFuture()) return false;
  now_ = std::max(now_, std::min(outside, inside));
  if (engine_ != nullptr) engine_->world().AdvanceTo(now_);
  for (auto it = zombies_.begin(); it != zombies_.end();) {
    it->engine->world().AdvanceTo(now_);
    it = it->until <= now_ ? zombies_.erase(it) : std::next(it);
  }
  if (outside <= inside) {
    const auto work = later_.top().work;
    later_.pop();
    (*work)();
  }
  return true;
}

void Simulation::StartEngine(bool is_alone) {
  link_ = std::make_unique<Link>(plan_.get());
  store_ = std::make_unique<persistence::FaultStore>(memory_.get(), link_.get());
  runtime::InProcessOptions options;
  options.store = store_.get();
  options.objects = &objects_;
  options.seed = random_.Next();
  options.start = now_;
  options.has_leases = true;
  options.is_alone = is_alone;
  options.runtime.incarnation = absl::StrCat("pawl#", random_.Next());  // one name for all
  options.runtime.verify_replay = true;
  options.runtime.park_after = absl::Seconds(35);  // beyond every pause but a nap's
  options.runtime.limits.max_express_duration = absl::Hours(24);
  // Small limits, so that the rare paths are common.
  options.runtime.max_batch_transitions = 1 + Pick(8);
  options.runtime.checkpoint_events = 5 + static_cast<int64_t>(Pick(20));
  options.runtime.limits.max_events_per_transition = 4 + static_cast<int>(Pick(20));
  options.runtime.limits.max_payload_bytes = kPayloadLimit;
  options.runtime.max_input_bytes = kPayloadLimit;
  options.runtime.limits.max_transition_bytes = 1'000 + Pick(2 * kPayloadLimit);
  options.runtime.limits.max_map_bytes = 1'000 + Pick(kPayloadLimit);
  options.runtime.memory_limit = 200'000 + Pick(2'000'000);
  options.runtime.limits.slow_expression_steps = Pick(20'000);
  engine_ = std::make_unique<runtime::InProcessEngine>(options);
  engine_->world().StepWallClock(wall_step_);
  engine_->world().AllowLeaving(Chance(0.5));
  is_open_ = false;
  engine_->node().Open([this](absl::Status status) {
    is_open_ = status.ok();
    opened_at_ = now_;
    if (!is_open_) return After(absl::Seconds(1), [this] { Crash(); });
    for (const auto& [name, wanted] : wanted_) {
      if (wanted.ref.has_value()) Watch(name, *wanted.ref);
    }
  });
}

void Simulation::Crash() {
  ++counts_.crashes;
  engine_ = nullptr;
  is_open_ = false;
  for (const auto& worker : workers_) worker->LoseEngine();
  After(absl::Milliseconds(static_cast<int64_t>(Pick(5'000))), [this] {
    if (engine_ == nullptr) StartEngine(/*is_alone=*/zombies_.empty());
  });
}

void Simulation::LeaveAsZombie() {
  ++counts_.zombies;
  Zombie& zombie = zombies_.emplace_back();
  zombie.link = std::move(link_);
  zombie.link->is_cut = Chance(0.7);
  zombie.store = std::move(store_);
  zombie.engine = std::move(engine_);
  zombie.until = now_ + absl::Seconds(5 + static_cast<int64_t>(Pick(120)));
  is_open_ = false;
  for (const auto& worker : workers_) worker->LoseEngine();
  StartEngine(/*is_alone=*/false);
}

// What else goes wrong while the storm lasts.
void Simulation::Disturb() {
  if (!is_storm()) return;
  After(absl::Seconds(5 + static_cast<int64_t>(Pick(60))), [this] { Disturb(); });
  switch (Pick(4)) {
    case 0:
      plan_->is_down = true;
      After(absl::Seconds(static_cast<int64_t>(Pick(30))), [this] { plan_->is_down = false; });
      return;
    case 1:
      if (!has_clock_steps_) return;
      ++counts_.clock_steps;
      wall_step_ = absl::Minutes(static_cast<int64_t>(Pick(121)) - 60);
      furthest_step_ = std::max(furthest_step_, wall_step_);
      if (engine_ != nullptr)
        engine_->world().StepWallClock(wall_step_ - engine_->world().wall_step());
      return;
    case 2:
      if (engine_ != nullptr && is_open_ && zombies_.size() < 2) LeaveAsZombie();
      return;
    default:
      if (!damaged_.has_value()) Damage();
  }
}

// The stored history of one execution is damaged; whoever reads it next cannot go on with it.
void Simulation::Damage() {
  for (const auto& [name, wanted] : wanted_) {
    if (wanted.machine != "patient" || !wanted.ref.has_value()) continue;
    const auto row = memory_->GetExecution(*wanted.ref);
    if (!row.ok() || row->status != persistence::Status::kRunning) continue;
    damaged_ = name;
    ++counts_.quarantined;
    memory_->Tamper(*wanted.ref, [](persistence::HistoryRow* stored) { stored->record = "\xFF"; });
    return;
  }
}

void Simulation::Watch(const std::string& name, persistence::ExecutionRef ref) {
  engine_->node().watchers().Add(ref, [this, name](bool is_closed) {
    wanted_[name].is_told = wanted_[name].is_told || is_closed;
  });
  AskWhetherItHasEnded(name, ref);
}

// It may have ended before it was watched. Who is not answered asks again.
void Simulation::AskWhetherItHasEnded(const std::string& name, persistence::ExecutionRef ref) {
  if (!is_open_ || wanted_[name].is_told) return;
  LookAt(name, ref, engine_.get(), [this, name, ref] {
    After(absl::Seconds(1), [this, name, ref] { AskWhetherItHasEnded(name, ref); });
  });
}

// What an engine says of an execution is no older than the lease.
void Simulation::LookAt(const std::string& name, persistence::ExecutionRef ref,
                        runtime::InProcessEngine* engine, std::function<void()> unanswered) {
  engine->node().View(
      ref, {},
      [this, name, ref,
       unanswered = std::move(unanswered)](const absl::StatusOr<runtime::ExecutionView>& view) {
        if (!view.ok()) {
          if (unanswered) unanswered();
          return;
        }
        if (view->is_closed() || view->row.status != persistence::Status::kRunning) {
          wanted_[name].is_told = true;
          return;
        }
        const auto row = memory_->GetExecution(ref);
        const bool has_ended = row.ok() && row->status != persistence::Status::kRunning;
        if (has_ended && ended_seen_.emplace(name, now_).first->second < now_ - absl::Seconds(2)) {
          Violation(absl::StrCat(name, ": told to be running long after its end"));
        }
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
        if (result.ok() && !mine.ref.has_value()) {
          mine.ref = result->ref;
          if (engine_ != nullptr && is_open_) Watch(name, result->ref);
        }
      });
}

void Simulation::Received(runtime::SessionId session, const runtime::QueuedTask& task) {
  if (queues() == nullptr) return;
  engine_->node().TaskReceived(session, task.key);
  if (task.task.queue == "poison") ++counts_.poisoned;
}

// Nobody works at what is not in the store.
void Simulation::CheckIsCommitted(const runtime::QueuedTask& task) {
  const auto rows = memory_->ReadHistory(task.key.ref, 1, 100'000, false);
  int64_t last = 0;
  for (const persistence::HistoryRow& row : *rows) {
    if (row.event_count > 0) last = row.first_event + row.event_count - 1;
  }
  if (last < task.key.scheduled.value()) {
    Violation(absl::StrCat(task.execution_arn, ": attempt ", task.key.scheduled.value(),
                           " is at a worker and not in the store"));
  }
}

void Simulation::Work(SimWorker* worker, const runtime::QueuedTask& task) {
  const std::string token = task.token;
  offered_[token].is_express = absl::StrContains(task.execution_arn, ":express:");
  if (!offered_[token].is_express) CheckIsCommitted(task);
  // A handler that hangs, and beats no more.
  if (is_storm() && absl::StrContains(task.execution_arn, ":beating:") && Chance(0.6)) return;
  const bool is_callback = task.task.queue == "sqs:sendMessage";
  const bool is_bulky = absl::StrContains(task.execution_arn, ":bulky:");
  const bool storms = is_storm();
  const auto output = [&] {
    std::string text = absl::StrCat("{\"by\":\"", token, "\",\"n\":", random_.Next() % 1'000'000);
    if (is_bulky) {
      // Around the limit of a payload; beyond it the attempt fails, and is retried.
      const size_t size = kPayloadLimit - 20 + Pick(storms ? 40 : 15);
      absl::StrAppend(&text, ",\"x\":\"", std::string(size - text.size(), 'x'), "\"");
    }
    return text + "}";
  };
  const absl::Duration delay =
      absl::Milliseconds(static_cast<int64_t>(storms && Chance(0.2) ? Pick(30'000) : Pick(500)));
  if (storms && Chance(0.15)) {
    return After(delay, [this, worker, token] {
      if (worker->Holds(token)) WorkerFails(token);
      worker->Forget(token);
    });
  }
  if (is_callback) {
    WorkerSends(worker, token, "{\"submitted\":true}", /*by_token=*/false);
    // It does not know whether that arrived, and says it again.
    if (storms && Chance(0.4)) {
      After(delay / 2,
            [=, this] { WorkerSends(worker, token, "{\"submitted\":true}", /*by_token=*/false); });
    }
    if (storms && Chance(0.2)) return;
  }
  std::string first = output();
  offered_[token].outputs.insert(first);
  After(delay, [=, this] { WorkerSends(worker, token, first, is_callback); });
  if (storms && Chance(0.2)) {  // and answers again, with something else
    std::string second = output();
    offered_[token].outputs.insert(second);
    After(delay + absl::Milliseconds(static_cast<int64_t>(Pick(3'000))),
          [=, this] { WorkerSends(worker, token, second, is_callback); });
  }
}

// Sent until the engine says what became of it, or the worker has died or forgotten it.
void Simulation::WorkerSends(SimWorker* worker, const std::string& token, const std::string& output,
                             bool by_token) {
  const bool is_alive = by_token || worker->Holds(token);
  if (!is_alive) return;
  auto is_answered = std::make_shared<bool>(false);
  After(absl::Seconds(4), [=, this] {
    if (!*is_answered) WorkerSends(worker, token, output, by_token);
  });
  if (!is_open_) return;
  engine_->node().CompleteTask(
      kAccount, token, output, by_token, [=, this](absl::StatusOr<core::CommandOutcome> outcome) {
        if (absl::IsUnavailable(outcome.status())) return;
        *is_answered = true;
        if (output != "{\"submitted\":true}") worker->Forget(token);
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
  if (name == damaged_.value_or("")) return;
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
  StartEngine(/*is_alone=*/true);
  for (const auto& worker : workers_) worker->Live();
  const int executions = 4 + static_cast<int>(Pick(24));
  for (int i = 0; i < executions; ++i) {
    const Machine& machine = Machines()[Pick(Machines().size())];
    const std::string name = absl::StrCat("e", i);
    wanted_[name].machine = machine.name;
    wanted_[name].input = absl::StrCat("{\"items\":[1,2,3,4],\"n\":", i, "}");
    After(absl::Milliseconds(static_cast<int64_t>(Pick(300'000))),
          [this, name] { ClientStarts(name); });
  }
  plan_->is_on = true;
  After(absl::Seconds(10), [this] { Disturb(); });
  const absl::Time storm_ends = now_ + kStorm;
  // Some engines hardly crash, and live to see what follows from other faults.
  const double crash_per_step = Chance(0.4) ? 0.00005 : 0.0005 + 0.004 * random_.NextUnit();
  while (now_ < storm_ends && counts_.steps < kMaxSteps) {
    // Killed between any two steps: every wait for the store is such a place.
    if (engine_ != nullptr && Chance(crash_per_step)) Crash();
    if (Chance(0.002)) ReadSomeHistory();
    if (counts_.steps % 256 == 0) CheckNews();
    if (Chance(zombies_.empty() ? 0.002 : 0.05) && !wanted_.empty()) {
      auto it = wanted_.begin();
      std::advance(it, static_cast<int64_t>(Pick(wanted_.size())));
      runtime::InProcessEngine* engine = engine_.get();
      if (!zombies_.empty() && Chance(0.5)) engine = zombies_.front().engine.get();
      if (engine != nullptr && is_open_ && it->second.ref.has_value()) {
        LookAt(it->first, *it->second.ref, engine);
      }
    }
    if (!RunStep()) break;
  }
  plan_->is_on = plan_->is_down = false;
  calm_since_ = now_;
  const absl::Time calm_ends = now_ + kCalm;
  while (now_ < calm_ends && counts_.steps < kMaxSteps) {
    if (counts_.steps % 256 == 0) {
      CheckNews();
      bool all_closed = is_open_;
      for (const auto& [name, wanted] : wanted_) all_closed = all_closed && wanted.is_acked;
      for (const persistence::ExecutionRow& row : AllExecutions()) {
        const bool is_damaged = damaged_.has_value() && row.name == *damaged_;
        all_closed = all_closed && (is_damaged || row.status != persistence::Status::kRunning);
      }
      if (all_closed) break;
    }
    if (!RunStep()) break;
  }
  counts_.commit_faults = plan_->counts.commits;
  counts_.unknown_outcomes = plan_->counts.unknown;
  counts_.read_faults = plan_->counts.reads;
  counts_.refused = plan_->counts.refused;
  // News on their way arrive.
  const absl::Time settled = now_ + absl::Minutes(5);
  while (now_ < settled && RunStep()) {
  }
  Check();
}

}  // namespace pawl::simulation
