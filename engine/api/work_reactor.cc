#include "engine/api/work_reactor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/check_hello.h"
#include "engine/api/convert.h"
#include "engine/aws/error.h"
#include "engine/service/limits.h"

namespace pawl::api {
namespace {

constexpr absl::Duration kRetryDelay = absl::Milliseconds(200);
constexpr int kSilentIntervals = 3;
// Reading stops beyond these: answers that the worker does not read, and results that the engine
// has not committed. One frame may exceed them.
constexpr size_t kMaxReplyBytes = size_t{1024} * 1024;
constexpr size_t kMaxPendingBytes = size_t{16} * 1024 * 1024;
constexpr size_t kReportOverhead = 128;
constexpr char kRpc[] = "Workers.Work";
constexpr char kTooLarge[] = "States.DataLimitExceeded";

}  // namespace

grpc::ServerBidiReactor<v1::WorkersWorkRequest, v1::WorkersWorkResponse>* WorkReactor::Start(
    service::Service* service, WorkStreams* streams, grpc::CallbackServerContext* context,
    int max_frame_bytes) {
  auto reactor = std::make_shared<WorkReactor>(service, context, max_frame_bytes);
  reactor->self_ = reactor;
  streams->Add(reactor);
  absl::StatusOr<service::CallContext> call = Admit(*service, *context, kRpc);
  if (!call.ok()) {
    reactor->End(call.status());
    return reactor.get();
  }
  reactor->call_ = *std::move(call);
  reactor->call_.is_authorized = true;  // to answer tasks, by whoever may take them: AskFor
  reactor->last_read_us_ = absl::ToInt64Microseconds(reactor->node_->world().clock->Steady());
  reactor->StartRead(&reactor->incoming_);
  reactor->ScheduleCheck();
  return reactor.get();
}

WorkReactor::WorkReactor(service::Service* service, grpc::CallbackServerContext* context,
                         int max_frame_bytes)
    : node_(service->deps.node),
      service_(service),
      options_(node_->options()),
      context_(context),
      max_frame_bytes_(max_frame_bytes),
      credits_(options_.max_credits) {}

// --- frames in ----------------------------------------------------------------------------------

void WorkReactor::OnReadDone(bool ok) {
  if (!ok) return End(absl::OkStatus());  // half-closed by the worker, or broken
  last_read_us_ = absl::ToInt64Microseconds(node_->world().clock->Steady());
  const absl::Status status = Handle(&incoming_);
  if (!status.ok()) return End(status);
  incoming_.Clear();
  absl::MutexLock lock(&mutex_);
  is_read_paused_ = true;
  ReadOn();
}

bool WorkReactor::HasRoomToRead() const {
  return outbox_.reply_bytes() <= kMaxReplyBytes && pending_bytes_ <= kMaxPendingBytes;
}

void WorkReactor::ReadOn() {
  if (!is_read_paused_ || is_ended_ || !HasRoomToRead()) return;
  is_read_paused_ = false;
  // A pause of ours is no silence of the worker's.
  last_read_us_ = absl::ToInt64Microseconds(node_->world().clock->Steady());
  StartRead(&incoming_);
}

absl::Status WorkReactor::Handle(v1::WorkersWorkRequest* frame) {
  if (frame->has_hello() == (session_ != runtime::kNoSession)) {
    return aws::MakeError(aws::Error::kValidation,
                          "the first frame of a Work stream, and only that, must hold `hello`");
  }
  if (frame->has_hello()) {
    absl::Status status = Hello(frame->hello());
    if (!status.ok()) return status;
  }
  for (const std::string& token : frame->received()) {
    const auto key = node_->tokens().Verify(call_.ns, token);
    if (key.ok()) node_->TaskReceived(session_, *key);
  }
  absl::Status status = TakeCompletions(frame);
  if (!status.ok()) return status;
  TakeHeartbeats(*frame);
  // Credits last: a worker that completes and grants in one frame finds its place free.
  status = TakeCredits(*frame);
  if (frame->drain()) node_->queues().Drain(session_);
  return status;
}

absl::Status WorkReactor::Hello(const v1::Hello& hello) {
  absl::Status status = CheckHello(hello);
  if (!status.ok()) return status;
  std::vector<runtime::AttemptKey> held, unknown;
  v1::Welcome welcome;
  for (const std::string& token : hello.held_tokens()) {
    const auto key = node_->tokens().Verify(call_.ns, token);
    if (key.ok()) {
      held.push_back(*key);
    } else {
      welcome.add_unknown_tokens(token.substr(0, service::kMaxTaskTokenCharacters));
    }
  }
  std::string name = hello.worker_name();
  if (name.empty()) name = context_->peer();
  session_ = node_->queues().Connect(shared_from_this(), call_.ns, std::move(name), held, &unknown);
  for (const runtime::AttemptKey& key : unknown) {
    welcome.add_unknown_tokens(node_->tokens().Mint(call_.ns, key));
  }
  welcome.set_node(options_.node_name);
  *welcome.mutable_ping_interval() = ToProto(options_.ping_interval);
  welcome.set_max_frame_bytes(max_frame_bytes_);
  absl::MutexLock lock(&mutex_);
  if (hello.max_receive_bytes() > 0) {
    outbox_.SetReceiveLimit(static_cast<size_t>(hello.max_receive_bytes()));
  }
  outbox_.Welcome(std::move(welcome));
  Send();
  return absl::OkStatus();
}

absl::Status WorkReactor::TakeCompletions(v1::WorkersWorkRequest* frame) {
  for (v1::Completion& completion : *frame->mutable_completions()) {
    if (completion.token().size() > service::kMaxTaskTokenCharacters) {
      return runtime::TooLong("taskToken", service::kMaxTaskTokenCharacters);
    }
    auto report = std::make_shared<Report>();
    report->bytes = completion.ByteSizeLong() + kReportOverhead;
    report->token = std::move(*completion.mutable_token());
    if (completion.has_failure()) {
      v1::TaskFailure& failure = *completion.mutable_failure();
      absl::optional<std::string> error, cause;
      if (failure.has_error()) error = std::move(*failure.mutable_error());
      if (failure.has_cause()) cause = std::move(*failure.mutable_cause());
      report->result = service::Failed(std::move(error), std::move(cause));
    } else {
      report->result = service::Succeeded(std::move(*completion.mutable_output()));
    }
    {
      absl::MutexLock lock(&mutex_);
      pending_bytes_ += report->bytes;
    }
    Submit(report);
  }
  return absl::OkStatus();
}

void WorkReactor::TakeHeartbeats(const v1::WorkersWorkRequest& frame) {
  for (const v1::TaskHeartbeat& beat : frame.heartbeats()) {
    // The worker lives, whatever is wrong with what it says.
    const bool is_fine = service::CheckHeartbeatDetails(beat.details()).ok();
    node_->Heartbeat(call_.ns, beat.token(), is_fine ? beat.details() : std::string(),
                     [self = shared_from_this(), token = beat.token()](const absl::Status& status) {
                       if (absl::IsFailedPrecondition(status) || absl::IsNotFound(status)) {
                         self->Cancel(token, "the attempt is over");
                       }
                     });
  }
}

absl::Status WorkReactor::TakeCredits(const v1::WorkersWorkRequest& frame) {
  for (const v1::Credit& credit : frame.credits()) {
    absl::Status status = service::CheckQueue(credit.queue());
    if (!status.ok()) return status;
    status = AskFor(credit.queue());
    if (!status.ok()) return status;
    int64_t passed = 0;
    {
      absl::MutexLock lock(&mutex_);
      if (!credits_.has_queue(credit.queue()) && credits_.queues() >= service::kMaxQueuesOfWorker) {
        return aws::MakeError(aws::Error::kValidation,
                              absl::StrCat("a worker serves at most ", service::kMaxQueuesOfWorker,
                                           " queues on one stream"));
      }
      passed = credits_.Grant(credit.queue(), credit.count());
    }
    PassCredit(credit.queue(), passed);
  }
  return absl::OkStatus();
}

absl::Status WorkReactor::AskFor(const std::string& queue) {
  {
    absl::MutexLock lock(&mutex_);
    if (credits_.has_queue(queue)) return absl::OkStatus();
  }
  service::CallContext call = call_;
  call.is_authorized = false;
  absl::Status status = service_->gate.Check(call, "WorkOnQueue", queue);
  service::EndCall(call, status);
  return status;
}

void WorkReactor::PassCredit(const std::string& queue, int64_t count) {
  if (count > 0) {
    const absl::Status status = node_->queues().AddCredit(session_, queue, count);
    if (!status.ok()) End(status);
  }
}

// --- results ------------------------------------------------------------------------------------

void WorkReactor::Submit(const std::shared_ptr<const Report>& report) {
  auto done = [self = shared_from_this(),
               report](const absl::StatusOr<core::CommandOutcome>& outcome) {
    if (absl::IsUnavailable(outcome.status())) {
      // The engine lost its range under it, or is recovering. The worker has said its part on this
      // stream; so it is tried again here.
      runtime::Node* node = self->node_;
      return node->any_strand()->PostAfter(kRetryDelay, [self, report] {
        {
          absl::MutexLock lock(&self->mutex_);
          if (self->is_ended_) return;
        }
        self->Submit(report);
      });
    }
    v1::CompletionAck::Outcome answer = v1::CompletionAck::OUTCOME_UNKNOWN;
    if (outcome.ok()) {
      answer = *outcome == core::CommandOutcome::kApplied ? v1::CompletionAck::OUTCOME_APPLIED
                                                          : v1::CompletionAck::OUTCOME_STALE;
    } else if (absl::IsInternal(outcome.status())) {
      answer = v1::CompletionAck::OUTCOME_REFUSED;
    }
    self->Reported(*report, answer);
  };
  service_->tasks.Complete(call_, report->token, report->result, std::move(done));
}

void WorkReactor::Reported(const Report& report, v1::CompletionAck::Outcome outcome) {
  absl::MutexLock lock(&mutex_);
  pending_bytes_ -= report.bytes;
  if (report.is_workers) {
    outbox_.Acknowledge(report.token, outcome);
    Send();
  }
  ReadOn();
}

// --- frames out ---------------------------------------------------------------------------------

void WorkReactor::Deliver(std::shared_ptr<const runtime::QueuedTask> task) {
  const std::string& queue = task->task.queue;
  int64_t returned = 0;
  {
    absl::MutexLock lock(&mutex_);
    credits_.Used(queue, FrameBytes(*task));
    if (!outbox_.AddTask(task, node_->world().clock->Steady())) {
      returned = credits_.Grant(queue, 1);  // it waits here already: one of the two is sent
    }
    Send();
  }
  // Posted: the queues are handing out.
  if (returned > 0) {
    node_->any_strand()->Post([self = shared_from_this(), queue = std::string(queue), returned] {
      self->PassCredit(queue, returned);
    });
  }
}

void WorkReactor::Cancel(const std::string& token, const std::string& reason) {
  WorkOutbox::Task unsent;
  int64_t returned = 0;
  {
    absl::MutexLock lock(&mutex_);
    unsent = outbox_.Cancel(token, reason);
    if (unsent != nullptr) returned = credits_.Grant(unsent->task.queue, 1);
    Send();
  }
  if (returned == 0) return;
  node_->any_strand()->Post([self = shared_from_this(), unsent, returned] {
    self->PassCredit(unsent->task.queue, returned);
  });
}

// The frame has no place for the reason; the engine's log has it.
void WorkReactor::SendAway(const std::string&) { GoAway(); }

void WorkReactor::GoAway() {
  if (session_ != runtime::kNoSession) node_->queues().Drain(session_);
  absl::MutexLock lock(&mutex_);
  outbox_.GoAway();
  Send();
}

void WorkReactor::Send() {
  wants_write_ = true;
  if (is_writing_ || is_ended_ || is_flush_posted_) return;
  is_flush_posted_ = true;
  node_->any_strand()->Post([self = shared_from_this()] {
    {
      absl::MutexLock lock(&self->mutex_);
      self->is_flush_posted_ = false;
    }
    self->Flush();
  });
}

void WorkReactor::Flush() {
  WorkOutbox::Unsent unsent;
  std::vector<CreditWindow::Pass> passes;
  {
    absl::MutexLock lock(&mutex_);
    if (is_writing_ || is_ended_) return;
    if (!wants_write_ && outbox_.empty()) return;
    wants_write_ = false;
    const absl::Duration now = node_->world().clock->Steady();
    writing_.Clear();
    // The queues take a task back that is not received in time. One that has waited for half of
    // that time would come too late: it is left to them.
    outbox_.Fill(now - options_.received_timeout, &writing_, &unsent);
    for (const WorkOutbox::Task& task : unsent.stale) {
      const int64_t count = credits_.Grant(task->task.queue, 1);
      if (count > 0) passes.push_back({task->task.queue, count});
    }
    is_writing_ = true;
    last_write_ = now;
    StartWrite(&writing_);
  }
  for (const CreditWindow::Pass& pass : passes) PassCredit(pass.queue, pass.count);
  if (!unsent.too_large.empty()) Refuse(unsent.too_large);
}

void WorkReactor::Refuse(const std::vector<WorkOutbox::Task>& tasks) {
  for (const WorkOutbox::Task& task : tasks) {
    int64_t returned = 0;
    auto report = std::make_shared<Report>();
    {
      absl::MutexLock lock(&mutex_);
      returned = credits_.Grant(task->task.queue, 1);
      report->result =
          service::Failed(std::string(kTooLarge),
                          absl::StrCat("The task was not sent: it has ", FrameBytes(*task),
                                       " bytes, and its worker receives frames of at most ",
                                       outbox_.receive_limit(),
                                       " bytes (max_receive_bytes of its Hello; 0 means 4 MiB)"));
    }
    report->token = task->token;
    report->is_workers = false;
    // So that the attempt is recorded as begun, and does not return to its queue.
    node_->TaskReceived(session_, task->key);
    Submit(report);
    PassCredit(task->task.queue, returned);
  }
}

void WorkReactor::OnWriteDone(bool ok) {
  if (!ok) return End(absl::UnavailableError("the stream is broken"));
  std::vector<CreditWindow::Pass> passes;
  {
    absl::MutexLock lock(&mutex_);
    is_writing_ = false;
    passes = credits_.Refill();
    ReadOn();
  }
  for (const CreditWindow::Pass& pass : passes) PassCredit(pass.queue, pass.count);
  Flush();
}

// --- life ---------------------------------------------------------------------------------------

void WorkReactor::ScheduleCheck() {
  node_->any_strand()->PostAfter(options_.ping_interval, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->CheckLiveness();
  });
}

void WorkReactor::CheckLiveness() {
  const absl::Duration now = node_->world().clock->Steady();
  const absl::Duration interval = options_.ping_interval;
  const absl::Duration patience = kSilentIntervals * interval;
  bool is_silent = false, is_deaf = false;
  absl::Status admitted;
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;  // and the call's metadata may be gone
    // The key may have been revoked since, or the token have expired.
    admitted = Admit(*service_, *context_, kRpc).status();
    // While reading is paused, only what the worker reads shows that it lives.
    is_silent = !is_read_paused_ && now - absl::Microseconds(last_read_us_.load()) > patience;
    is_deaf = is_read_paused_ && is_writing_ && now - last_write_ > patience;
    if (session_ != runtime::kNoSession && !is_writing_ && now - last_write_ >= interval) Send();
  }
  if (!admitted.ok()) return End(admitted);
  if (is_silent) {
    return End(
        absl::DeadlineExceededError("nothing was heard of the worker for three ping intervals"));
  }
  if (is_deaf) {
    return End(absl::DeadlineExceededError("the worker has read nothing for three ping intervals"));
  }
  ScheduleCheck();
}

void WorkReactor::End(const absl::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    if (is_ended_) return;
    is_ended_ = true;
  }
  if (session_ != runtime::kNoSession) node_->queues().Disconnect(session_);
  Finish(ToGrpc(status, options_));
}

void WorkReactor::OnCancel() { End(absl::CancelledError("the stream was cancelled")); }

void WorkReactor::OnDone() { self_.reset(); }

}  // namespace pawl::api
