#include "engine/api/work_reactor.h"

#include <algorithm>
#include <utility>

#include "engine/api/convert.h"

namespace pawl::api {
namespace {

constexpr absl::Duration kRetryDelay = absl::Milliseconds(200);
constexpr int kSilentIntervals = 3;

}  // namespace

void WorkStreams::Add(std::weak_ptr<WorkReactor> stream) {
  absl::MutexLock lock(&mutex_);
  streams_.erase(
      std::remove_if(streams_.begin(), streams_.end(), [](const auto& s) { return s.expired(); }),
      streams_.end());
  streams_.push_back(std::move(stream));
}

void WorkStreams::SayGoAway() {
  std::vector<std::weak_ptr<WorkReactor>> streams;
  {
    absl::MutexLock lock(&mutex_);
    streams = streams_;
  }
  for (const auto& weak : streams) {
    if (auto stream = weak.lock()) stream->GoAway();
  }
}

grpc::ServerBidiReactor<v1::WorkerFrame, v1::EngineFrame>* WorkReactor::Start(
    runtime::Node* node, WorkStreams* streams, grpc::CallbackServerContext* context,
    int max_frame_bytes) {
  auto reactor = std::make_shared<WorkReactor>(node, context, max_frame_bytes);
  reactor->self_ = reactor;
  streams->Add(reactor);
  reactor->last_read_us_ = absl::ToUnixMicros(node->world().clock->Now());
  reactor->StartRead(&reactor->incoming_);
  reactor->ScheduleCheck();
  return reactor.get();
}

WorkReactor::WorkReactor(runtime::Node* node, grpc::CallbackServerContext* context,
                         int max_frame_bytes)
    : node_(node), context_(context), max_frame_bytes_(max_frame_bytes) {}

void WorkReactor::OnReadDone(bool ok) {
  if (!ok) return End(grpc::Status::OK);  // half-closed by the worker, or broken
  last_read_us_ = absl::ToUnixMicros(node_->world().clock->Now());
  if (!Handle(incoming_)) return;
  incoming_.Clear();
  StartRead(&incoming_);
}

bool WorkReactor::Handle(const v1::WorkerFrame& frame) {
  const absl::Time now = node_->world().clock->Now();
  if (frame.has_hello() == (session_ != 0)) {
    End(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                     "the first frame of a Work stream, and only that, must hold `hello`"));
    return false;
  }
  if (frame.has_hello()) {
    const absl::Status status = Hello(frame.hello());
    if (!status.ok()) {
      End(ToGrpc(status));
      return false;
    }
  }
  const std::string& ns = node_->options().account;
  for (const std::string& token : frame.received()) {
    const auto key = node_->tokens().Verify(ns, token);
    if (key.ok()) node_->TaskReceived(session_, *key);
  }
  for (const v1::Completion& completion : frame.completions()) {
    Complete(std::make_shared<const v1::Completion>(completion));
  }
  for (const v1::TaskHeartbeat& beat : frame.heartbeats()) {
    node_->Heartbeat(ns, beat.token(), beat.details(),
                     [self = shared_from_this(), token = beat.token()](const absl::Status& status) {
                       if (absl::IsFailedPrecondition(status) || absl::IsNotFound(status)) {
                         self->Cancel(token, "the attempt is over");
                       }
                     });
  }
  // Credits last: a worker that completes and grants in one frame finds its place free.
  for (const v1::Credit& credit : frame.credits()) {
    node_->queues().AddCredit(session_, credit.queue(), credit.count(), now);
  }
  if (frame.drain()) node_->queues().Drain(session_);
  return true;
}

absl::Status WorkReactor::Hello(const v1::Hello& hello) {
  const std::string& ns = node_->options().account;
  std::vector<runtime::AttemptKey> held, unknown;
  v1::EngineFrame frame;
  v1::Welcome* welcome = frame.mutable_welcome();
  for (const std::string& token : hello.held_tokens()) {
    const auto key = node_->tokens().Verify(ns, token);
    if (key.ok()) {
      held.push_back(*key);
    } else {
      welcome->add_unknown_tokens(token);
    }
  }
  std::string name = hello.worker_name();
  if (name.empty()) name = context_->peer();
  session_ = node_->queues().Connect(shared_from_this(), std::move(name), held,
                                     node_->world().clock->Now(), &unknown);
  for (const runtime::AttemptKey& key : unknown) {
    welcome->add_unknown_tokens(node_->tokens().Mint(ns, key));
  }
  welcome->set_node(node_->options().node_name);
  *welcome->mutable_ping_interval() = ToProto(node_->options().ping_interval);
  welcome->set_max_frame_bytes(max_frame_bytes_);
  absl::MutexLock lock(&mutex_);
  frame.MergeFrom(outgoing_);
  outgoing_ = std::move(frame);
  Send();
  return absl::OkStatus();
}

void WorkReactor::Complete(const std::shared_ptr<const v1::Completion>& completion) {
  auto done = [self = shared_from_this(),
               completion](const absl::StatusOr<core::CommandOutcome>& outcome) {
    if (absl::IsUnavailable(outcome.status())) {
      // The engine lost its range under it, or is recovering. The worker has said its part on this
      // stream; so it is tried again here.
      runtime::Node* node = self->node_;
      return node->any_strand()->PostAt(node->world().clock->Now() + kRetryDelay,
                                        [self, completion] {
                                          {
                                            absl::MutexLock lock(&self->mutex_);
                                            if (self->is_ended_) return;
                                          }
                                          self->Complete(completion);
                                        });
    }
    v1::CompletionAck::Outcome answer = v1::CompletionAck::UNKNOWN;
    if (outcome.ok()) {
      answer = *outcome == core::CommandOutcome::kApplied ? v1::CompletionAck::APPLIED
                                                          : v1::CompletionAck::STALE;
    } else if (absl::IsInternal(outcome.status())) {
      answer = v1::CompletionAck::REFUSED;
    }
    self->Acknowledge(completion->token(), answer);
  };
  const std::string& ns = node_->options().account;
  if (completion->has_failure()) {
    const v1::TaskFailure& failure = completion->failure();
    absl::optional<std::string> error, cause;
    if (failure.has_error()) error = failure.error();
    if (failure.has_cause()) cause = failure.cause();
    node_->FailTask(ns, completion->token(), std::move(error), std::move(cause),
                    /*by_token=*/false, std::move(done));
  } else {
    node_->CompleteTask(ns, completion->token(), completion->output(), /*by_token=*/false,
                        std::move(done));
  }
}

void WorkReactor::Acknowledge(const std::string& token, v1::CompletionAck::Outcome outcome) {
  absl::MutexLock lock(&mutex_);
  v1::CompletionAck* ack = outgoing_.add_acknowledged();
  ack->set_token(token);
  ack->set_outcome(outcome);
  Send();
}

void WorkReactor::Deliver(std::shared_ptr<const runtime::QueuedTask> task) {
  absl::MutexLock lock(&mutex_);
  ToProto(*task, outgoing_.add_tasks());
  Send();
}

void WorkReactor::Cancel(const std::string& token, const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  v1::CancelTask* cancel = outgoing_.add_cancels();
  cancel->set_token(token);
  cancel->set_reason(reason);
  Send();
}

void WorkReactor::GoAway() {
  if (session_ != 0) node_->queues().Drain(session_);
  absl::MutexLock lock(&mutex_);
  outgoing_.set_go_away(true);
  Send();
}

void WorkReactor::Send() {
  has_outgoing_ = true;
  if (is_writing_ || is_ended_ || is_flush_posted_) return;
  is_flush_posted_ = true;
  node_->any_strand()->Post([self = shared_from_this()] {
    absl::MutexLock lock(&self->mutex_);
    self->is_flush_posted_ = false;
    if (!self->is_writing_ && !self->is_ended_) self->Write();
  });
}

void WorkReactor::Write() {
  is_writing_ = true;
  has_outgoing_ = false;
  writing_.Clear();
  writing_.Swap(&outgoing_);
  last_write_ = node_->world().clock->Now();
  StartWrite(&writing_);
}

void WorkReactor::OnWriteDone(bool ok) {
  if (!ok) return End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream is broken"));
  absl::MutexLock lock(&mutex_);
  is_writing_ = false;
  if (has_outgoing_ && !is_ended_) Write();
}

void WorkReactor::ScheduleCheck() {
  node_->any_strand()->PostAt(node_->world().clock->Now() + node_->options().ping_interval,
                              [weak = weak_from_this()] {
                                if (auto self = weak.lock()) self->CheckLiveness();
                              });
}

void WorkReactor::CheckLiveness() {
  const absl::Time now = node_->world().clock->Now();
  const absl::Duration interval = node_->options().ping_interval;
  if (now - absl::FromUnixMicros(last_read_us_) > kSilentIntervals * interval) {
    return End(grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED,
                            "nothing was heard of the worker for three ping intervals"));
  }
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    if (session_ != 0 && !is_writing_ && now - last_write_ >= interval) Send();
  }
  ScheduleCheck();
}

void WorkReactor::End(const grpc::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    is_ended_ = true;
  }
  if (session_ != 0) node_->queues().Disconnect(session_, node_->world().clock->Now());
  Finish(status);
}

void WorkReactor::OnCancel() { End(grpc::Status::CANCELLED); }

void WorkReactor::OnDone() { self_.reset(); }

}  // namespace pawl::api
