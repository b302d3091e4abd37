#include "engine/runtime/node.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/expr/expression.h"
#include "engine/runtime/range/slots.h"
#include "engine/runtime/world/log.h"
#include "engine/value/planted_fault.h"

namespace pawl::runtime {
namespace {

constexpr size_t kTokenKeyBytes = 32;
constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);

std::string RandomKey(const WorldRef& world) {
  std::string key;
  while (key.size() < kTokenKeyBytes) {
    const uint64_t bits = world.seed();
    key.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
  }
  return key;
}

}  // namespace

Node::Node(const Options& options, WorldRef world,
           std::function<Strand*(persistence::SlotRange)> strand_of, Metrics* metrics,
           ExecutionLog* log)
    : options_(options),
      world_(std::move(world)),
      strand_of_(std::move(strand_of)),
      strand_(world_.strand),
      metrics_(metrics),
      log_(log),
      queues_(options_, world_.clock),
      machines_(options_),
      namespaces_(options_.account),
      memory_(options_.memory_limit),
      deletions_(&options_, &world_, &ranges_),
      children_(
          &ranges_, world_, arns(),
          [this](const aws::MachineId& id, auto then) { WithMachine(id, std::move(then)); },
          &namespaces_),
      map_io_(world_, arns()) {}

Node::~Node() = default;

void Node::Open(std::function<void(absl::Status)> ready) {
  start_time_ = world_.clock->Now();
  persistence::Store& store = world_.store->store();
  absl::StatusOr<std::string> key = store.GetOrCreateSetting("task_token_key", RandomKey(world_));
  if (!key.ok()) return ready(key.status());
  tokens_ = std::make_unique<TaskTokens>(*std::move(key));
  absl::StatusOr<std::vector<persistence::RangeState>> ranges = store.ListRanges();
  if (!ranges.ok()) return ready(ranges.status());
  for (const persistence::RangeState& range : *ranges) {
    Strand* strand = strand_of_(range.slots);
    if (ranges->size() == 1) strand_ = strand;
    ranges_.Add(std::make_unique<RangeRunner>(
        range.slots,
        RangeDeps{world_, strand, &options_, &queues_, &machines_, &activities_, &namespaces_,
                  tokens_.get(), &watchers_, metrics_, &children_, &map_io_, &memory_, &load_, log_,
                  [this](const std::string& why) { OnUnserved(why); }}));
  }
  absl::Status status = RefreshConfiguration(&store);
  if (!status.ok()) return ready(std::move(status));
  if (options_.configuration_refresh < absl::InfiniteDuration()) KeepRefreshing();
  ConnectQueues();
  auto left = std::make_shared<std::atomic<int>>(static_cast<int>(this->ranges().size()));
  auto shared = std::make_shared<std::function<void(absl::Status)>>(std::move(ready));
  for (const auto& range : this->ranges()) {
    range->Open([this, left, shared] {
      if (--*left != 0) return;
      for (const Namespace& ns : namespaces_.All()) deletions_.Resume(ns.account);
      (*shared)(absl::OkStatus());
    });
  }
}

absl::Status Node::RefreshConfiguration(persistence::Store* store) {
  absl::Status status = namespaces_.Refresh(store);
  if (options_.open_activities) return status;
  for (const Namespace& ns : namespaces_.All()) {
    status.Update(activities_.Refresh(store, ns.account));
  }
  return status;
}

// Again and again: another node may have changed it.
void Node::KeepRefreshing() {
  any_strand()->PostAfter(options_.configuration_refresh, [this] {
    world_.store->Read(
        ReadLane::kCall,
        [this](persistence::Store& store) {
          // What was known goes on being true; the next one may succeed.
          const absl::Status status = RefreshConfiguration(&store);
          if (!status.ok()) {
            Log(LogLevel::kWarning, "namespaces and activities could not be read",
                {{"error", std::string(status.message())}});
          }
        },
        any_strand(), [this] { KeepRefreshing(); });
  });
}

void Node::ConnectQueues() {
  TaskQueues::Hooks hooks;
  hooks.wake_after = [this](absl::Duration delay) {
    any_strand()->PostAfter(delay, [this] { queues_.Tick(); });
  };
  hooks.may_deliver = [this](persistence::Slot slot) { return ranges_.Of(slot).IsCertain(); };
  hooks.resumed = [this](AttemptKey key) {
    if (IsPlanted(PlantedFault::kHeartbeatsForgottenAfterReconnect)) return;
    ranges_.TaskStarted(key);
  };
  hooks.poisoned = [this](AttemptKey key, int deliveries) { FailPoisoned(key, deliveries); };
  queues_.SetHooks(std::move(hooks));
}

void Node::FailPoisoned(AttemptKey key, int deliveries) {
  core::FailTask command;
  command.scheduled = key.scheduled;
  command.error = "States.TaskFailed";
  command.cause = absl::StrCat(
      "The task was given to workers ", deliveries,
      " times, and each of them was lost before it reported: the task may be what ends them (flag "
      "--max-lost-deliveries).");
  command.by_token = true;
  ranges_.Submit(key.ref, std::move(command),
                 [this, key, deliveries](const absl::StatusOr<core::CommandOutcome>& outcome) {
                   // No queue has the task any more: only its end may end this.
                   const bool is_over = outcome.ok() || absl::IsNotFound(outcome.status()) ||
                                        absl::IsDataLoss(outcome.status());
                   if (is_over) return;
                   any_strand()->PostAfter(
                       kRetryDelay, [this, key, deliveries] { FailPoisoned(key, deliveries); });
                 });
}

// Workers have nothing to wait for here; another node may have the ranges.
void Node::OnUnserved(const std::string& why) {
  for (const auto& range : ranges()) {
    if (range->health().is_serving) return;
  }
  queues_.SendAway(why);
}

Node::Readiness Node::readiness() const {
  Readiness readiness;
  readiness.is_ready = !ranges().empty();
  if (ranges().empty()) readiness.why = "the store has not been read yet";
  for (const auto& range : ranges()) {
    const RangeHealth health = range->health();
    if (!health.is_serving || !health.takes_starts) readiness.is_ready = false;
    if (!health.why.empty()) {
      readiness.why = absl::StrCat("slots ", range->slots().first.value(), "-",
                                   range->slots().last.value(), ": ", health.why);
    }
  }
  return readiness;
}

void Node::Close(std::function<void()> closed) {
  auto left = std::make_shared<std::atomic<int>>(static_cast<int>(ranges().size()));
  auto shared = std::make_shared<std::function<void()>>(std::move(closed));
  if (ranges().empty()) return (*shared)();
  for (const auto& range : ranges()) {
    range->Close([left, shared] {
      if (--*left == 0) (*shared)();
    });
  }
}

void Node::WithMachine(const aws::MachineId& id,
                       absl::AnyInvocable<void(absl::StatusOr<MachineTarget>)> then) {
  const absl::Time now = world_.clock->Now();
  double draw = 0;
  if (!id.is_qualified()) {
    if (MachinePtr machine = machines_.PeekCurrent(id.ns, id.name, now)) {
      return then(MachineTarget{std::move(machine)});
    }
  } else if (!id.alias.empty()) {
    draw = expr::RandomSource(world_.seed()).NextUnit();
  }
  auto found = std::make_shared<absl::StatusOr<MachineTarget>>(MachineTarget());
  world_.store->Read(
      ReadLane::kCall,
      [this, id, now, draw, found](persistence::Store& store) {
        *found = machines_.Find(&store, id, draw, now);
        if (!absl::IsNotFound(found->status())) return;
        const absl::StatusOr<bool> is_deleting = IsDeleting(&store, id);
        if (is_deleting.ok() && *is_deleting) *found = BeingDeleted({options_.region, id.ns}, id);
      },
      any_strand(), [found, then = std::move(then)]() mutable { then(*std::move(found)); });
}

void Node::UpdateMapRun(persistence::ExecutionRef ref, const core::UpdateMapRun& command,
                        CommandCallback done) {
  RangeOf(ref.slot).Submit(ref, command, std::move(done));
}

absl::Status Node::CheckStart(std::string* name, const Payload& input) {
  if (name->empty()) {
    *name = expr::RandomSource(world_.seed()).NextUuid();
  } else if (absl::Status status = aws::CheckName("execution name", *name); !status.ok()) {
    return status;
  }
  return CheckInputSize(input.size_bytes(), options_);
}

void Node::Start(const aws::MachineId& machine, std::string name, Payload input, StartCallback done,
                 EndCallback on_end) {
  absl::Status status = CheckStart(&name, input);
  if (!status.ok()) return done(std::move(status));
  WithMachine(machine,
              [this, name = std::move(name), input = std::move(input), done = std::move(done),
               on_end = std::move(on_end)](absl::StatusOr<MachineTarget> found) mutable {
                if (!found.ok()) return done(found.status());
                StartOf(*std::move(found), std::move(name), std::move(input), std::move(done),
                        std::move(on_end));
              });
}

void Node::Start(MachineTarget machine, std::string name, Payload input, StartCallback done,
                 EndCallback on_end) {
  absl::Status status = CheckStart(&name, input);
  if (!status.ok()) return done(std::move(status));
  StartOf(std::move(machine), std::move(name), std::move(input), std::move(done),
          std::move(on_end));
}

void Node::StartOf(MachineTarget target, std::string name, Payload input, StartCallback done,
                   EndCallback on_end) {
  StartRequest request;
  request.target = std::move(target);
  const persistence::MachineRevision& info = request.target.machine->info;
  request.name = std::move(name);
  request.input = std::move(input);
  if (info.type == "EXPRESS") {
    // Names of EXPRESS executions need not be unique: what is added makes them so.
    request.name = absl::StrCat(request.name, ":", expr::RandomSource(world_.seed()).NextUuid());
    request.recording = on_end ? Recording::kNothing : Recording::kStart;
    request.on_end = std::move(on_end);
  } else if (on_end) {
    return done(aws::MakeError(aws::Error::kStateMachineTypeNotSupported,
                               "This operation is not supported by this type of state machine"));
  }
  RangeRunner& range = RangeOf(SlotOf(info.ns, info.name, request.name));
  range.Start(std::move(request), std::move(done));
}

void Node::Redrive(persistence::ExecutionRef ref, std::string client_token, RedriveCallback done) {
  RangeOf(ref.slot).Redrive(ref, core::RedriveExecution{std::move(client_token)}, std::move(done));
}

void Node::Find(const aws::ExecutionId& id,
                absl::AnyInvocable<void(absl::StatusOr<persistence::ExecutionRef>)> done) {
  auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
      absl::UnavailableError("not read"));
  const persistence::Slot slot = SlotOf(id.ns, id.machine, id.name);
  world_.store->Read(
      ReadLane::kCall,
      [id, slot, found](persistence::Store& store) {
        *found = store.FindExecution(slot, id.ns, id.machine, id.name);
      },
      any_strand(),
      [this, found, id, done = std::move(done)]() mutable {
        if (found->ok()) return done((*found)->ref);
        if (!absl::IsNotFound(found->status())) return done(found->status());
        const aws::ArnContext arns{options_.region, id.ns};
        const std::string arn = aws::IsExpressName(id.name)
                                    ? aws::ExpressArn(arns, id.machine, id.name)
                                    : aws::ExecutionArn(arns, id.machine, id.name);
        done(aws::MakeError(aws::Error::kExecutionDoesNotExist,
                            absl::StrCat("Execution Does Not Exist: '", arn, "'")));
      });
}

void Node::View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) {
  RangeOf(ref.slot).View(ref, parts, std::move(done));
}

void Node::Stop(persistence::ExecutionRef ref, absl::optional<std::string> error,
                absl::optional<std::string> cause, CommandCallback done) {
  RangeOf(ref.slot).Submit(ref, core::StopExecution{std::move(error), std::move(cause)},
                           std::move(done));
}

void Node::CompleteTask(absl::string_view ns, const std::string& token, std::string output_json,
                        bool by_token, CommandCallback done) {
  CompleteTask(ns, token, Payload::FromText(std::move(output_json)), by_token, std::move(done));
}

void Node::CompleteTask(absl::string_view ns, const std::string& token,
                        absl::StatusOr<Payload> output, bool by_token, CommandCallback done) {
  absl::StatusOr<AttemptKey> key = tokens_->Verify(ns, token);
  if (!key.ok()) return done(key.status());
  if (!output.ok()) {
    if (by_token) return done(aws::WithError(output.status(), aws::Error::kInvalidOutput));
    return FailTask(
        ns, token, std::string("Pawl.InvalidOutput"),
        absl::StrCat("The worker's output is not JSON: ", std::string(output.status().message())),
        by_token, std::move(done));
  }
  core::CompleteTask command;
  command.scheduled = key->scheduled;
  command.output = *std::move(output);
  command.by_token = by_token;
  RangeOf(key->ref.slot).Submit(key->ref, std::move(command), std::move(done));
}

void Node::FailTask(absl::string_view ns, const std::string& token,
                    absl::optional<std::string> error, absl::optional<std::string> cause,
                    bool by_token, CommandCallback done) {
  absl::StatusOr<AttemptKey> key = tokens_->Verify(ns, token);
  if (!key.ok()) return done(key.status());
  core::FailTask command;
  command.scheduled = key->scheduled;
  command.error = std::move(error);
  command.cause = std::move(cause);
  command.by_token = by_token;
  RangeOf(key->ref.slot).Submit(key->ref, std::move(command), std::move(done));
}

void Node::Heartbeat(absl::string_view ns, const std::string& token, std::string details,
                     absl::AnyInvocable<void(absl::Status)> done) {
  absl::StatusOr<AttemptKey> key = tokens_->Verify(ns, token);
  if (!key.ok()) return done(key.status());
  RangeOf(key->ref.slot).Heartbeat(*key, std::move(details), std::move(done));
}

void Node::TaskReceived(SessionId session, const AttemptKey& key) {
  if (queues_.Received(session, key)) ranges_.TaskStarted(key);
}

}  // namespace pawl::runtime
