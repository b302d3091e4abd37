#include "pawl/worker.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "worker-sdk/src/connector.h"
#include "worker-sdk/src/crash_reporter.h"
#include "worker-sdk/src/handler_pool.h"
#include "worker-sdk/src/invoke.h"
#include "worker-sdk/src/session.h"
#include "worker-sdk/src/signals.h"
#include "worker-sdk/src/stream.h"

namespace pawl {
namespace {

std::string DefaultName() {
  char host[256] = "worker";
  gethostname(host, sizeof(host) - 1);
  return absl::StrCat(host, ":", getpid());
}

void LogToStderr(const std::string& line) {
  const std::string text = absl::StrCat("pawl-worker: ", line, "\n");
  std::fwrite(text.data(), 1, text.size(), stderr);  // one write a line
}

uint64_t RandomSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

absl::Status Check(const Handlers& handlers, const WorkerOptions& options) {
  if (handlers.entries().empty()) return absl::InvalidArgumentError("the worker has no handlers");
  if (options.max_unacknowledged < 1) {
    return absl::InvalidArgumentError("max_unacknowledged must be at least 1");
  }
  for (const auto& [name, entry] : handlers.entries()) {
    if (entry.options.max_concurrency < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("the handler '", name, "' has a max_concurrency below 1"));
    }
    if (entry.handler == nullptr && entry.async == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("the handler '", name, "' is empty"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

class Worker::Impl {
 public:
  Impl(Handlers handlers, ConnectOptions connect, WorkerOptions options)
      : handlers_(std::move(handlers)), connect_(std::move(connect)), options_(std::move(options)) {
    if (options_.name.empty()) options_.name = DefaultName();
    if (options_.log == nullptr) options_.log = LogToStderr;
    sdk::SessionOptions session;
    session.worker_name = options_.name;
    session.max_unacknowledged = options_.max_unacknowledged;
    session.log = options_.log;
    int threads = 0;
    for (const auto& [name, entry] : handlers_.entries()) {
      session.queues.emplace_back(name, entry.options.max_concurrency);
      by_index_.push_back(&entry);
      threads += std::max(1, entry.options.max_concurrency);
    }
    pool_ = std::make_unique<sdk::HandlerPool>(
        threads, [this](const std::shared_ptr<sdk::TaskState>& task) { RunTask(task); });
    session_ = std::make_shared<sdk::Session>(std::move(session), pool_.get());
  }

  ~Impl() {
    Stop(absl::ZeroDuration()).IgnoreError();
    pool_->Join();
  }

  absl::Status Start() {
    absl::MutexLock lock(&mutex_);
    if (connector_ != nullptr)
      return absl::FailedPreconditionError("the worker was started before");
    if (const absl::Status status = Check(handlers_, options_); !status.ok()) return status;
    const absl::StatusOr<sdk::StreamFactory> open = sdk::GrpcStreams(connect_);
    if (!open.ok()) return open.status();
    sdk::ConnectorOptions connector;
    connector.addresses = connect_.addresses;
    connector.backoff_initial = options_.backoff_initial;
    connector.backoff_max = options_.backoff_max;
    connector.connect_timeout = connect_.connect_timeout;
    connector.seed = RandomSeed();
    connector.log = options_.log;
    connector_ = std::make_unique<sdk::Connector>(std::move(connector), session_, *open);
    connector_->Start();
    return absl::OkStatus();
  }

  absl::Status Stop(absl::Duration grace) {
    sdk::Connector* connector = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      connector = connector_.get();
      if (connector == nullptr || is_stopped_) return absl::OkStatus();
      is_stopped_ = true;
    }
    session_->Drain();
    const bool is_drained = session_->AwaitDrained(absl::Now() + grace);
    const WorkerStats left = session_->stats();
    pool_->Stop();
    session_->CancelAll("worker stopped");
    connector->Stop();
    if (is_drained) return absl::OkStatus();
    return absl::DeadlineExceededError(absl::StrCat("the worker stopped with ", left.running,
                                                    " tasks running and ", left.unacknowledged,
                                                    " results not acknowledged"));
  }

  absl::Status RunUntilSignal(absl::Duration grace) {
    sdk::StopSignals signals;
    std::unique_ptr<sdk::CrashReporter> crashes;
    if (options_.reports_crashes) crashes = std::make_unique<sdk::CrashReporter>(session_);
    if (const absl::Status status = Start(); !status.ok()) return status;
    const int signal_number = signals.Wait();
    options_.log(absl::StrCat("signal ", signal_number, ": finishing what runs, for at most ",
                              absl::FormatDuration(grace)));
    return Stop(grace);
  }

  WorkerStats stats() const { return session_->stats(); }

 private:
  void RunTask(const std::shared_ptr<sdk::TaskState>& task) {
    const Handlers::Entry& entry = *by_index_[static_cast<size_t>(task->queue_index())];
    if (task->is_cancelled()) {  // before it began
      session_->Complete(task, Fail("", ""));
      return;
    }
    const sdk::CrashReporter::Scope scope(task);
    if (entry.async != nullptr) {
      sdk::InvokeAsync(entry.async, Task(task), [session = session_, task](TaskResult result) {
        session->Complete(task, std::move(result));
      });
    } else {
      session_->Complete(task, sdk::Invoke(entry.handler, Task(task)));
    }
  }

  const Handlers handlers_;
  const ConnectOptions connect_;
  WorkerOptions options_;
  std::vector<const Handlers::Entry*> by_index_;  // as the session's queues
  std::unique_ptr<sdk::HandlerPool> pool_;
  std::shared_ptr<sdk::Session> session_;
  absl::Mutex mutex_;
  std::unique_ptr<sdk::Connector> connector_ ABSL_GUARDED_BY(mutex_);
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

Worker::Worker(Handlers handlers, ConnectOptions connect, WorkerOptions options)
    : impl_(std::make_unique<Impl>(std::move(handlers), std::move(connect), std::move(options))) {}
Worker::~Worker() = default;

absl::Status Worker::Start() { return impl_->Start(); }
absl::Status Worker::Stop(absl::Duration grace) { return impl_->Stop(grace); }
absl::Status Worker::RunUntilSignal(absl::Duration grace) { return impl_->RunUntilSignal(grace); }
WorkerStats Worker::stats() const { return impl_->stats(); }

}  // namespace pawl
