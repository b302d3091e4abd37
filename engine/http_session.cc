#include "engine/http_session.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/http_task/url.h"
#include "engine/value/check.h"
#include "engine/value/json.h"

namespace pawl {
namespace {

// A range that changes its owner answers Unavailable for a while; so long an answer waits for it.
constexpr absl::Duration kRetryPause = absl::Milliseconds(500);
// Tasks that wait for their host beyond what it may run; their payloads are those of executions
// that are in memory anyway.
constexpr int kMaxWaiting = 10'000;

// Whose lane a call is in; "" for parameters that will be refused.
std::string HostOf(const Value& parameters) {
  const Value* endpoint = parameters.Find("ApiEndpoint");
  if (endpoint == nullptr || !endpoint->is_string()) return "";
  const absl::optional<http_task::Url> url = http_task::ParseUrl(endpoint->AsString());
  return url.has_value() ? absl::StrCat(url->host, ":", url->port) : "";
}

}  // namespace

HttpSession::HttpSession(http_task::Options options, Concurrency concurrency, runtime::Node* node,
                         runtime::Blocking* blocking)
    : http_(std::move(options)),
      node_(node),
      blocking_(blocking),
      credits_(concurrency.per_host, kMaxWaiting),
      lanes_(concurrency.total, concurrency.per_host) {}

std::shared_ptr<HttpSession> HttpSession::Connect(http_task::Options options,
                                                  Concurrency concurrency, runtime::Node* node,
                                                  runtime::Blocking* blocking) {
  std::shared_ptr<HttpSession> session(
      new HttpSession(std::move(options), concurrency, node, blocking));
  std::vector<runtime::AttemptKey> unknown;
  session->id_ =
      node->queues().Connect(session, "", "http:invoke@" + node->options().node_name, {}, &unknown);
  session->Grant(concurrency.total);
  return session;
}

void HttpSession::Deliver(std::shared_ptr<const runtime::QueuedTask> task) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  const std::string host = HostOf(task->task.input.value());
  int given_back = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (is_stopped_) return;
    taken_[task->token] = {cancelled, host};
    given_back = credits_.TaskCame(host);
  }
  node_->TaskReceived(id_, task->key);
  auto result =
      std::make_shared<OrFailure<Value>>(Failure{"States.Http.Socket", absl::nullopt, ""});
  RunInLane(
      host,
      [this, self = shared_from_this(), task, cancelled, result] {
        if (cancelled->load()) return;  // while it waited
        const absl::Duration timeout = task->task.times_out_at - absl::Now();
        *result = http_.Invoke(task->task.input.value(), timeout, cancelled.get());
      },
      [self = shared_from_this(), task, result] { self->Report(task, *result); });
  if (given_back > 0) Grant(given_back);
}

void HttpSession::RunInLane(const std::string& host, std::function<void()> call,
                            std::function<void()> done) {
  lanes_.Enter(host,
               [self = shared_from_this(), host, call = std::move(call), done = std::move(done)] {
                 self->blocking_->Run(call, self->node_->any_strand(), [self, host, done] {
                   self->lanes_.Leave(host);
                   done();
                 });
               });
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
  const std::string& ns = task->ns;
  if (result.ok()) {
    node_->CompleteTask(ns, task->token, ToJson(*result), /*by_token=*/false, std::move(done));
    return;
  }
  const Failure& failure = result.failure();
  node_->FailTask(ns, task->token, failure.error, failure.cause, /*by_token=*/false,
                  std::move(done));
}

void HttpSession::Forget(const std::string& token) {
  int granted = 0;
  {
    absl::MutexLock lock(&mutex_);
    const auto taken = taken_.find(token);
    granted = credits_.TaskEnded(taken->second.host);
    taken_.erase(taken);
    if (is_stopped_) return;
  }
  if (granted > 0) Grant(granted);
}

void HttpSession::Grant(int count) {
  // One queue of a name that is not empty: nothing of it can be refused.
  PAWL_CHECK(node_->queues().AddCredit(id_, kQueue, count).ok());
}

void HttpSession::Cancel(const std::string& token, const std::string&) {
  absl::MutexLock lock(&mutex_);
  const auto found = taken_.find(token);
  if (found != taken_.end()) found->second.cancelled->store(true);
}

void HttpSession::Try(test_state::TaskCall call, std::function<void(test_state::TaskAnswer)> done) {
  auto answer = std::make_shared<test_state::TaskAnswer>();
  const std::string host = HostOf(call.input);
  RunInLane(
      host,
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
      [answer, done = std::move(done)] { done(std::move(*answer)); });
}

void HttpSession::Stop() {
  absl::MutexLock lock(&mutex_);
  is_stopped_ = true;
  for (const auto& [token, taken] : taken_) taken.cancelled->store(true);
}

}  // namespace pawl
