#include "worker-sdk/src/testing/test_worker.h"

#include <utility>
#include <vector>

#include "worker-sdk/src/invoke.h"
#include "worker-sdk/src/sanitize.h"

namespace pawl::sdk {
namespace {

TaskInfo ToInfo(const runtime::QueuedTask& queued) {
  const core::TaskToRun& task = queued.task;
  TaskInfo info;
  info.token = queued.token;
  info.queue = task.queue;
  info.input = task.input.text();
  info.attempt = task.attempt;
  info.idempotency_key = queued.idempotency_key;
  info.deadline = task.times_out_at;
  if (task.heartbeat_seconds.has_value()) {
    info.heartbeat_interval = absl::Seconds(*task.heartbeat_seconds);
  }
  info.execution_arn = queued.execution_arn;
  info.state_name = task.state;
  info.scheduled_time = task.scheduled_at;
  info.trace_parent = queued.trace_parent;
  info.awaits_token = task.is_callback;
  return info;
}

}  // namespace

void TestWorker::Connect() {
  std::vector<runtime::AttemptKey> unknown;
  runtime::Node& node = engine_->node();
  session_ = node.queues().Connect(shared_from_this(), node.options().account, "test-worker", {},
                                   &unknown);
  for (const auto& [name, entry] : handlers_->entries) Serve(name);
}

void TestWorker::Serve(const std::string& queue) {
  if (std::exchange(served_[queue], true)) return;
  Grant(queue, handlers_->entries[queue].options.max_concurrency);
}

void TestWorker::Deliver(std::shared_ptr<const runtime::QueuedTask> task) {
  // Posted: the engine must not be called from inside its own call.
  engine_->RunAt(engine_->now(), [self = shared_from_this(), key = task->key] {
    if (self->engine_ != nullptr) self->engine_->node().TaskReceived(self->session_, key);
  });
  engine_->RunAt(engine_->now() + latency_, [self = shared_from_this(), task] {
    if (self->engine_ != nullptr) self->Run(*task);
  });
}

void TestWorker::Run(const runtime::QueuedTask& queued) {
  const std::string& queue = queued.task.queue;
  auto task = std::make_shared<TaskState>(ToInfo(queued), 0, weak_from_this());
  running_[queued.token] = task;
  if (Inject(queue, task)) return;
  ++handlers_->calls[queue];
  const Handlers::Entry entry = handlers_->entries[queue];  // a copy: it may replace itself
  if (entry.async == nullptr) return Answer(task, Invoke(entry.handler, Task(task)));
  InvokeAsync(entry.async, Task(task), [weak = weak_from_this(), task](TaskResult result) {
    if (const auto self = weak.lock()) self->Answer(task, std::move(result));
  });
}

bool TestWorker::Inject(const std::string& queue, const std::shared_ptr<TaskState>& task) {
  std::vector<TestHandlers::Injection>& injections = handlers_->injections[queue];
  if (injections.empty()) return false;
  const TestHandlers::Injection injection = injections.front();
  if (--injections.front().times == 0) injections.erase(injections.begin());
  if (injection.is_lost) {
    lost_.insert(task->info().token);
  } else {
    Answer(task, Fail(injection.error, injection.cause));
  }
  return true;
}

void TestWorker::Answer(const std::shared_ptr<TaskState>& task, TaskResult result) {
  task->Close();
  if (engine_ == nullptr) return;
  const std::string& token = task->info().token;
  const auto it = running_.find(token);
  const bool is_wanted = it != running_.end() && it->second == task;
  if (is_wanted) running_.erase(it);
  // Before the credit, as a worker's frame is read.
  if (is_wanted) {
    result = Sanitize(std::move(result), task->info().awaits_token);
    runtime::Node& node = engine_->node();
    const auto done = [](const absl::StatusOr<core::CommandOutcome>&) {};
    if (result.ok()) {
      node.CompleteTask(node.options().account, token, result.output(), /*by_token=*/false, done);
    } else {
      node.FailTask(node.options().account, token, result.error(), result.cause(),
                    /*by_token=*/false, done);
    }
  }
  ReturnCredit(task->info().queue);
}

// A handler whose name no queue can have is never called, here as with an engine.
void TestWorker::Grant(const std::string& queue, int count) {
  engine_->node().queues().AddCredit(session_, queue, count).IgnoreError();
}

void TestWorker::ReturnCredit(const std::string& queue) {
  engine_->RunAt(engine_->now(), [self = shared_from_this(), queue] {
    if (self->engine_ == nullptr) return;
    self->Grant(queue, 1);
  });
}

void TestWorker::Cancel(const std::string& token, const std::string& reason) {
  if (engine_ == nullptr) return;
  // Posted: callbacks of the user must not run inside the engine.
  engine_->RunAt(engine_->now(), [self = shared_from_this(), token, reason] {
    const auto it = self->running_.find(token);
    if (self->engine_ == nullptr || it == self->running_.end()) return;
    const std::shared_ptr<TaskState> task = std::move(it->second);
    self->running_.erase(it);
    if (self->lost_.erase(token) > 0) self->ReturnCredit(task->info().queue);
    task->Cancel(reason);
  });
}

void TestWorker::Heartbeat(const std::string& token, std::string details) {
  if (engine_ == nullptr) return;
  runtime::Node& node = engine_->node();
  node.Heartbeat(node.options().account, token, std::move(details),
                 [weak = weak_from_this(), token](const absl::Status& status) {
                   const auto self = weak.lock();
                   if (self == nullptr) return;
                   if (absl::IsFailedPrecondition(status) || absl::IsNotFound(status)) {
                     self->Cancel(token, "the attempt is over");
                   }
                 });
}

absl::Time TestWorker::Now() const {
  return engine_ == nullptr ? absl::InfinitePast() : engine_->now();
}

}  // namespace pawl::sdk
