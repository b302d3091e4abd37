#include "tests/simulation/sim_worker.h"

#include <utility>
#include <vector>

#include "tests/simulation/simulation.h"

namespace pawl::simulation {

class SimWorker::Stream final : public runtime::WorkerSession,
                                public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(SimWorker* worker) : worker_(worker) {}
  void Deliver(std::shared_ptr<const runtime::QueuedTask> task) override {
    // Not from inside the queues.
    worker_->simulation_->After(absl::Milliseconds(1), [self = shared_from_this(), task] {
      self->worker_->Receive(self, task);
    });
  }
  void Cancel(const std::string& token, const std::string&) override { worker_->Forget(token); }

  runtime::SessionId id;

 private:
  SimWorker* worker_;
};

void SimWorker::Live() {
  const bool is_storm = simulation_->is_storm();
  simulation_->After(absl::Milliseconds(500 + static_cast<int64_t>(simulation_->Pick(4'000))),
                     [this] { Live(); });
  if (stream_ == nullptr) return Connect();
  if (is_storm && simulation_->Chance(0.15)) Break(/*forgets=*/simulation_->Chance(0.4));
}

void SimWorker::LoseEngine() { stream_ = nullptr; }

void SimWorker::Connect() {
  runtime::TaskQueues* queues = simulation_->queues();
  if (queues == nullptr) return;
  stream_ = std::make_shared<Stream>(this);
  std::vector<runtime::AttemptKey> held, unknown;
  for (const auto& [token, key] : held_) held.push_back(key);
  stream_->id = queues->Connect(stream_, kAccount, name_, held, &unknown);
  for (const runtime::AttemptKey& key : unknown) {
    for (auto it = held_.begin(); it != held_.end();) {
      it = it->second == key ? held_.erase(it) : std::next(it);
    }
  }
  for (const char* queue : {"work", "sqs:sendMessage", "poison"}) {
    const absl::Status status = queues->AddCredit(stream_->id, queue, 100);
    if (!status.ok()) simulation_->Violation(status.ToString());
  }
}

void SimWorker::Break(bool forgets) {
  const std::shared_ptr<Stream> stream = std::exchange(stream_, nullptr);
  if (forgets) held_.clear();  // the process has died
  if (simulation_->queues() != nullptr) simulation_->queues()->Disconnect(stream->id);
}

void SimWorker::Receive(const std::shared_ptr<Stream>& stream,
                        const std::shared_ptr<const runtime::QueuedTask>& task) {
  // A frame that was on its way when the stream broke is lost; some streams are deaf.
  if (stream != stream_ || (simulation_->is_storm() && simulation_->Chance(0.05))) return;
  simulation_->Received(stream->id, *task);
  if (task->task.queue == "poison") return Break(/*forgets=*/true);
  held_[task->token] = task->key;
  simulation_->Work(this, *task);
}

}  // namespace pawl::simulation
