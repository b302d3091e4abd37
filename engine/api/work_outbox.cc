#include "engine/api/work_outbox.h"

#include <algorithm>
#include <utility>

#include "engine/api/convert.h"

namespace pawl::api {
namespace {

// Tags, lengths and the fields of fixed size, generously.
constexpr size_t kTaskOverhead = 256;
constexpr size_t kReplyOverhead = 32;
constexpr size_t kMinReceiveBytes = size_t{64} * 1024;
// Of a welcome: unknown tokens beyond this follow as cancellations.
constexpr size_t kMaxUnknownBytes = size_t{32} * 1024;

size_t SizeOf(const v1::CompletionAck& ack) { return ack.token().size() + kReplyOverhead; }
size_t SizeOf(const v1::CancelTask& cancel) {
  return cancel.token().size() + cancel.reason().size() + kReplyOverhead;
}

}  // namespace

size_t FrameBytes(const runtime::QueuedTask& queued) {
  return queued.token.size() + queued.task.queue.size() + queued.task.input.size_bytes() +
         queued.idempotency_key.size() + queued.execution_arn.size() + queued.task.state.size() +
         queued.trace_parent.size() + kTaskOverhead;
}

void WorkOutbox::SetReceiveLimit(size_t bytes) {
  receive_limit_ = std::max(bytes, kMinReceiveBytes);
}

void WorkOutbox::Welcome(v1::Welcome welcome) {
  has_welcome_ = true;
  welcome_ = std::move(welcome);
  size_t bytes = 0;
  auto* unknown = welcome_.mutable_unknown_tokens();
  for (int i = 0; i < unknown->size(); ++i) {
    bytes += unknown->at(i).size() + kReplyOverhead;
    if (bytes <= kMaxUnknownBytes) continue;
    for (int k = i; k < unknown->size(); ++k) Cancel(unknown->at(k), "lease lost");
    unknown->DeleteSubrange(i, unknown->size() - i);
  }
}

bool WorkOutbox::AddTask(Task task, absl::Duration now) {
  if (!tokens_.insert(task->token).second) return false;
  task_bytes_ += FrameBytes(*task);
  tasks_.push_back(Waiting{std::move(task), now});
  return true;
}

void WorkOutbox::Acknowledge(std::string token, v1::CompletionAck::Outcome outcome) {
  v1::CompletionAck ack;
  ack.set_token(std::move(token));
  ack.set_outcome(outcome);
  reply_bytes_ += SizeOf(ack);
  acknowledged_.push_back(std::move(ack));
}

WorkOutbox::Task WorkOutbox::Cancel(const std::string& token, const std::string& reason) {
  if (tokens_.contains(token)) {
    const auto it = std::find_if(tasks_.begin(), tasks_.end(), [&token](const Waiting& waiting) {
      return waiting.task->token == token;
    });
    Task task = std::move(it->task);
    tokens_.erase(token);
    task_bytes_ -= FrameBytes(*task);
    tasks_.erase(it);
    return task;
  }
  v1::CancelTask cancel;
  cancel.set_token(token);
  cancel.set_reason(reason);
  reply_bytes_ += SizeOf(cancel);
  cancels_.push_back(std::move(cancel));
  return nullptr;
}

bool WorkOutbox::empty() const {
  return !has_welcome_ && !go_away_ && acknowledged_.empty() && cancels_.empty() && tasks_.empty();
}

void WorkOutbox::Fill(absl::Duration stale_before, v1::WorkersWorkResponse* frame, Unsent* unsent) {
  if (std::exchange(has_welcome_, false)) *frame->mutable_welcome() = std::move(welcome_);
  if (std::exchange(go_away_, false)) frame->set_go_away(true);
  size_t used = frame->ByteSizeLong();
  // A large task must not wait for ever for a frame without replies.
  const bool is_tasks_turn =
      made_way_ && !tasks_.empty() && FrameBytes(*tasks_.front().task) > frame_limit() / 2;
  if (!is_tasks_turn) used += FillReplies(frame);
  FillTasks(used, stale_before, frame, unsent);
  made_way_ = !tasks_.empty() && frame->tasks().empty();
}

size_t WorkOutbox::FillReplies(v1::WorkersWorkResponse* frame) {
  size_t used = 0;
  // Half a frame, so that tasks are not kept back by a stream of acknowledgements.
  const size_t limit = frame_limit() / 2;
  while (!acknowledged_.empty() && used < limit) {
    const size_t size = SizeOf(acknowledged_.front());
    used += size;
    reply_bytes_ -= size;
    *frame->add_acknowledged() = std::move(acknowledged_.front());
    acknowledged_.pop_front();
  }
  while (!cancels_.empty() && used < limit) {
    const size_t size = SizeOf(cancels_.front());
    used += size;
    reply_bytes_ -= size;
    *frame->add_cancels() = std::move(cancels_.front());
    cancels_.pop_front();
  }
  return used;
}

void WorkOutbox::FillTasks(size_t used, absl::Duration stale_before, v1::WorkersWorkResponse* frame,
                           Unsent* unsent) {
  bool has_task = false;
  while (!tasks_.empty()) {
    const Waiting& first = tasks_.front();
    const size_t size = FrameBytes(*first.task);
    const bool is_stale = first.since < stale_before;
    const bool is_too_large = size > receive_limit_;
    if (!is_stale && !is_too_large) {
      // A task that is larger than a frame ought to be goes alone.
      const bool fits =
          used + size <= frame_limit() || (!has_task && used + size <= receive_limit_);
      if (!fits) return;
      ToProto(*first.task, frame->add_tasks());
      used += size;
      has_task = true;
    } else {
      (is_stale ? unsent->stale : unsent->too_large).push_back(first.task);
    }
    tokens_.erase(first.task->token);
    task_bytes_ -= size;
    tasks_.pop_front();
  }
}

}  // namespace pawl::api
