#include "engine/http_session.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/value/check.h"
#include "engine/value/json.h"

namespace pawl {
namespace {

// A range that changes its owner answers Unavailable for a while; so long an answer waits for it.
constexpr absl::Duration kRetryPause = absl::Milliseconds(500);

}  // namespace

std::shared_ptr<HttpSession> HttpSession::Connect(http_task::Options options, int concurrency,
                                                  runtime::Node* node,
                                                  runtime::Blocking* blocking) {
  std::shared_ptr<HttpSession> session(new HttpSession(std::move(options), node, blocking));
  std::vector<runtime::AttemptKey> unknown;
  session->id_ =
      node->queues().Connect(session, "http:invoke@" + node->options().node_name, {}, &unknown);
  session->Grant(concurrency);
  return session;
}

void HttpSession::Deliver(std::shared_ptr<const runtime::QueuedTask> task) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  {
    absl::MutexLock lock(&mutex_);
    if (is_stopped_) return;
    running_[task->token] = cancelled;
  }
  node_->TaskReceived(id_, task->key);
  auto result =
      std::make_shared<OrFailure<Value>>(Failure{"States.Http.Socket", absl::nullopt, ""});
  blocking_->Run(
      [this, self = shared_from_this(), task, cancelled, result] {
        const absl::Duration timeout = task->task.times_out_at - absl::Now();
        *result = http_.Invoke(task->task.input.value(), timeout, cancelled.get());
      },
      node_->any_strand(),
      [self = shared_from_this(), task, result] { self->Report(task, *result); });
}

void HttpSession::Report(const std::shared_ptr<const runtime::QueuedTask>& task,
                         const OrFailure<Value>& result) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_stopped_) return;  // the engine that starts next makes the call again
  }
  auto done = [self = shared_from_this(), task,
               result](const absl::StatusOr<core::CommandOutcome>& outcome) {
    if (absl::IsUnavailable(outcome.status())) {
      runtime::Node* node = self->node_;
      node->any_strand()->PostAfter(kRetryPause,
                                    [self, task, result] { self->Report(task, result); });
      return;
    }
    self->Forget(task->token);
  };
  const std::string& ns = node_->options().account;
  if (result.ok()) {
    node_->CompleteTask(ns, task->token, ToJson(*result), /*by_token=*/false, std::move(done));
    return;
  }
  const Failure& failure = result.failure();
  node_->FailTask(ns, task->token, failure.error, failure.cause, /*by_token=*/false,
                  std::move(done));
}

void HttpSession::Forget(const std::string& token) {
  {
    absl::MutexLock lock(&mutex_);
    running_.erase(token);
    if (is_stopped_) return;
  }
  Grant(1);
}

void HttpSession::Grant(int count) {
  // One queue of a name that is not empty: nothing of it can be refused.
  PAWL_CHECK(node_->queues().AddCredit(id_, kQueue, count).ok());
}

void HttpSession::Cancel(const std::string& token, const std::string&) {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(token);
  if (found != running_.end()) found->second->store(true);
}

void HttpSession::Try(test_state::TaskCall call, std::function<void(test_state::TaskAnswer)> done) {
  auto answer = std::make_shared<test_state::TaskAnswer>();
  blocking_->Run(
      [self = shared_from_this(), call = std::move(call), answer] {
        http_task::Trace trace;
        trace.reveals_secrets = call.reveals_secrets;
        OrFailure<Value> result = self->http_.Invoke(call.input, call.timeout, nullptr, &trace);
        answer->http_request = std::move(trace.request);
        answer->http_response = std::move(trace.response);
        if (result.ok()) {
          answer->result = std::move(result).value();
        } else {
          answer->error = result.failure().error;
          answer->cause = result.failure().cause;
        }
      },
      node_->any_strand(), [answer, done = std::move(done)] { done(std::move(*answer)); });
}

void HttpSession::Stop() {
  absl::MutexLock lock(&mutex_);
  is_stopped_ = true;
  for (const auto& [token, cancelled] : running_) cancelled->store(true);
}

}  // namespace pawl
