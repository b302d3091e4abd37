#include "engine/runtime/in_process_engine.h"

#include <limits>
#include <utility>

#include "engine/core/record_codec.h"

namespace pawl::runtime {
namespace {

constexpr int64_t kCredit = 1'000'000;

// In virtual time nothing is gained by leases and parking, and their ticking would cost.
Options WithoutTicks(Options options, bool has_leases) {
  if (!has_leases) options.lease = absl::Hours(24 * 366 * 200);
  if (options.park_after == Options().park_after) options.park_after = absl::InfiniteDuration();
  options.max_credits = kCredit;
  return options;
}

}  // namespace

class InProcessEngine::Session final : public WorkerSession {
 public:
  Session(InProcessEngine* engine, std::string queue) : engine_(engine), queue_(std::move(queue)) {}

  void Deliver(std::shared_ptr<const QueuedTask> task) override {
    engine_->RunAt(engine_->now() + engine_->options_.handler_delay, [this, task] {
      engine_->node_->TaskReceived(id, task->key);
      engine_->node_->queues().AddCredit(id, task->task.queue, 1).IgnoreError();
      Responder respond;
      respond.engine_ = engine_;
      respond.token_ = task->token;
      const auto own = engine_->handlers_.find(queue_);
      const auto any = engine_->handlers_.find("*");
      const Handler& handler = own != engine_->handlers_.end() ? own->second : any->second;
      handler(*task, respond);
    });
  }
  void Cancel(const std::string&, const std::string&) override {}

  SessionId id;

 private:
  InProcessEngine* engine_;
  std::string queue_;
};

void InProcessEngine::Responder::Succeed(std::string output_json) const {
  engine_->node_->CompleteTask(engine_->options_.runtime.account, token_, std::move(output_json),
                               /*by_token=*/false,
                               [](const absl::StatusOr<core::CommandOutcome>&) {});
}

void InProcessEngine::Responder::Fail(absl::optional<std::string> error,
                                      absl::optional<std::string> cause) const {
  engine_->node_->FailTask(engine_->options_.runtime.account, token_, std::move(error),
                           std::move(cause), /*by_token=*/false,
                           [](const absl::StatusOr<core::CommandOutcome>&) {});
}

InProcessEngine::InProcessEngine(InProcessOptions options)
    : options_(std::move(options)), world_(options_.store, options_.seed, options_.start) {
  options_.runtime = WithoutTicks(options_.runtime, options_.has_leases);
  WorldRef world = world_.ref(options_.objects, options_.listener);
  if (!options_.is_alone) world.is_dead = nullptr;
  node_ = std::make_unique<Node>(
      options_.runtime, std::move(world),
      [this](persistence::SlotRange) { return world_.strand(); }, &metrics_, options_.log);
  admin_ = std::make_unique<MachineAdmin>(&options_.runtime, &node_->machines());
}

InProcessEngine::~InProcessEngine() = default;

absl::Status InProcessEngine::Open() {
  if (is_open_) return absl::OkStatus();
  absl::Status status = absl::UnavailableError("the engine did not open");
  bool is_done = false;
  node_->Open([&](absl::Status result) {
    status = std::move(result);
    is_done = true;
  });
  world_.RunUntil([&] { return is_done; }, world_.now() + absl::Hours(1));
  is_open_ = status.ok();
  return status;
}

absl::StatusOr<persistence::MachineRevision> InProcessEngine::CreateMachine(
    const std::string& name, const std::string& definition, const std::string& role_arn,
    std::vector<asl::Diagnostic>* diagnostics, const std::string& type,
    const std::string& account) {
  const std::string& ns = account.empty() ? options_.runtime.account : account;
  NewMachine machine;
  machine.definition = definition;
  machine.type = type;
  machine.role_arn = role_arn;
  absl::StatusOr<ChangedMachine> created =
      admin_->Create(options_.store, {ns, name}, machine, world_.now(), diagnostics);
  if (!created.ok()) return created.status();
  return std::move(created->revision);
}

absl::StatusOr<persistence::ExecutionRef> InProcessEngine::Start(const std::string& machine,
                                                                 const std::string& name,
                                                                 const std::string& input_json) {
  if (absl::Status status = Open(); !status.ok()) return status;
  absl::StatusOr<Payload> input = Payload::FromText(input_json);
  if (!input.ok()) return input.status();
  absl::StatusOr<persistence::ExecutionRef> ref =
      absl::UnavailableError("the start was not answered");
  bool is_done = false;
  node_->Start({options_.runtime.account, machine}, name, *std::move(input),
               [&](absl::StatusOr<StartResult> result) {
                 is_done = true;
                 ref = result.ok() ? absl::StatusOr<persistence::ExecutionRef>(result->ref)
                                   : absl::StatusOr<persistence::ExecutionRef>(result.status());
               });
  world_.RunUntil([&] { return is_done; }, world_.now() + absl::Hours(1));
  return ref;
}

void InProcessEngine::ServeQueue(const std::string& queue) {
  if (sessions_.count(queue) > 0) return;
  auto session = std::make_shared<Session>(this, queue);
  std::vector<AttemptKey> unknown;
  const auto name = worker_names_.find(queue);
  session->id = node_->queues().Connect(
      session, options_.runtime.account,
      name == worker_names_.end() ? worker_names_["*"] : name->second, {}, &unknown);
  node_->queues().AddCredit(session->id, queue, kCredit).IgnoreError();
  sessions_[queue] = std::move(session);
}

void InProcessEngine::Serve(const std::string& queue, Handler handler, std::string worker_name) {
  handlers_[queue] = std::move(handler);
  worker_names_[queue] = std::move(worker_name);
  if (queue != "*") ServeQueue(queue);
}

bool InProcessEngine::RunUntilClosed(persistence::ExecutionRef ref, absl::Duration limit) {
  bool is_closed = false;
  const Watchers::Id watch =
      node_->watchers().Add(ref, [&](bool closed) { is_closed = is_closed || closed; });
  node_->View(ref, {}, [&](const absl::StatusOr<ExecutionView>& view) {
    is_closed = is_closed || (view.ok() && view->is_closed());
  });
  const auto done = [&] {
    if (handlers_.count("*") > 0) {
      for (const QueueStats& queue : node_->queues().Stats()) {
        if (queue.ready > 0) ServeQueue(queue.queue.name);
      }
    }
    return is_closed;
  };
  world_.RunUntil(done, world_.now() + limit);
  node_->watchers().Remove(ref, watch);
  return is_closed;
}

void InProcessEngine::RunFor(absl::Duration span) {
  const absl::Time until = world_.now() + span;
  world_.RunUntil([] { return false; }, until);
  world_.AdvanceTo(until);
}

absl::StatusOr<std::vector<core::Event>> InProcessEngine::History(persistence::ExecutionRef ref) {
  absl::StatusOr<std::vector<persistence::HistoryRow>> rows = options_.store->ReadHistory(
      ref, 1, 1'000'000, /*reverse=*/false, std::numeric_limits<size_t>::max());
  if (!rows.ok()) return rows.status();
  std::vector<core::Event> events;
  for (const persistence::HistoryRow& row : *rows) {
    absl::StatusOr<std::vector<core::Event>> decoded = core::DecodeTransition(row.record);
    if (!decoded.ok()) return decoded.status();
    for (core::Event& event : *decoded) events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<std::unique_ptr<LiveExecution>> InProcessEngine::Load(
    persistence::ExecutionRef ref) {
  return ReadAndLoad(node_->arns(), &node_->machines(), options_.store, ref, false);
}

}  // namespace pawl::runtime
