#include "pawl/task.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "worker-sdk/src/task_state.h"

namespace pawl {
namespace sdk {
namespace {

// User code: what it throws ends here.
void CallBack(const std::function<void()>& callback) {
  try {
    callback();
  } catch (...) {  // NOLINT(bugprone-empty-catch): nobody is there to be told
  }
}

}  // namespace

std::string TaskState::cancel_reason() const {
  absl::MutexLock lock(&mutex_);
  return reason_;
}

void TaskState::OnCancel(std::function<void()> callback) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_closed_) return;
    if (!has_reason_) {
      has_callbacks_ = true;
      callbacks_.push_back(std::move(callback));
      return;
    }
  }
  CallBack(callback);
}

bool TaskState::WaitForCancel(absl::Duration span) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&has_reason_), span);
}

void TaskState::Cancel(const std::string& reason) {
  std::vector<std::function<void()>> callbacks;
  {
    absl::MutexLock lock(&mutex_);
    if (has_reason_) return;
    has_reason_ = true;
    reason_ = reason;
    is_cancelled_.store(true, std::memory_order_release);
    callbacks.swap(callbacks_);
  }
  for (const auto& callback : callbacks) CallBack(callback);
}

void TaskState::Close() {
  is_closed_ = true;
  if (!has_callbacks_) return;                   // most tasks: no lock is taken for them
  std::vector<std::function<void()>> callbacks;  // destroyed without the lock
  absl::MutexLock lock(&mutex_);
  callbacks.swap(callbacks_);
}

}  // namespace sdk

const std::string& Task::input() const { return state_->info().input; }
const std::string& Task::queue() const { return state_->info().queue; }
int Task::attempt() const { return state_->info().attempt; }
const std::string& Task::idempotency_key() const { return state_->info().idempotency_key; }
absl::Time Task::deadline() const { return state_->info().deadline; }
absl::Duration Task::heartbeat_interval() const { return state_->info().heartbeat_interval; }
const std::string& Task::execution_arn() const { return state_->info().execution_arn; }
const std::string& Task::state_name() const { return state_->info().state_name; }
absl::Time Task::scheduled_time() const { return state_->info().scheduled_time; }
const std::string& Task::trace_parent() const { return state_->info().trace_parent; }
const std::string& Task::token() const { return state_->info().token; }
bool Task::awaits_token() const { return state_->info().awaits_token; }

absl::Duration Task::time_left() const {
  const auto host = state_->host();
  const absl::Time now = host == nullptr ? absl::Now() : host->Now();
  return std::max(absl::ZeroDuration(), deadline() - now);
}

void Task::Heartbeat(std::string details_json) const {
  if (const auto host = state_->host()) host->Heartbeat(token(), std::move(details_json));
}

bool Task::is_cancelled() const { return state_->is_cancelled(); }
std::string Task::cancel_reason() const { return state_->cancel_reason(); }
void Task::OnCancel(std::function<void()> callback) const { state_->OnCancel(std::move(callback)); }

bool Task::WaitForCancel(absl::Duration span) const {
  const auto host = state_->host();
  const bool can_wait = host != nullptr && !host->is_virtual_time();
  return state_->WaitForCancel(can_wait ? span : absl::ZeroDuration());
}

}  // namespace pawl
