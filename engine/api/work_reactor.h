// One worker's Work stream. Internal to engine/api.
//
// Batches form by themselves: while one frame is being written, what is to be said gathers in the
// outbox. Nothing grows with a worker that does not read: acknowledgements are bounded because
// reading stops while they wait, tasks because credits are passed on as frames are written.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/credit_window.h"
#include "engine/api/unary.h"
#include "engine/api/work_outbox.h"
#include "pawl/v1/workers.grpc.pb.h"

namespace pawl::api {

class WorkReactor;

// The streams that are open, so that a stop can tell them. Thread-safe.
class WorkStreams {
 public:
  void Add(std::weak_ptr<WorkReactor> stream);
  // Tells every worker to go elsewhere: no further tasks, and the worker ends its stream.
  void SayGoAway();

 private:
  absl::Mutex mutex_;
  std::vector<std::weak_ptr<WorkReactor>> streams_ ABSL_GUARDED_BY(mutex_);
};

class WorkReactor final
    : public grpc::ServerBidiReactor<v1::WorkersWorkRequest, v1::WorkersWorkResponse>,
      public runtime::WorkerSession,
      public std::enable_shared_from_this<WorkReactor> {
 public:
  static grpc::ServerBidiReactor<v1::WorkersWorkRequest, v1::WorkersWorkResponse>* Start(
      service::Service* service, WorkStreams* streams, grpc::CallbackServerContext* context,
      int max_frame_bytes);

  WorkReactor(service::Service* service, grpc::CallbackServerContext* context, int max_frame_bytes);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void GoAway();

  // WorkerSession
  void Deliver(std::shared_ptr<const runtime::QueuedTask> task) override;
  void Cancel(const std::string& token, const std::string& reason) override;
  void SendAway(const std::string& reason) override;

 private:
  // A result on its way into the engine.
  struct Report {
    std::string token;
    service::TaskResult result;
    size_t bytes = 0;        // counted in pending_bytes_
    bool is_workers = true;  // to be acknowledged
  };

  // InvalidArgument ends the stream.
  absl::Status Handle(v1::WorkersWorkRequest* frame);
  absl::Status Hello(const v1::Hello& hello);
  absl::Status TakeCompletions(v1::WorkersWorkRequest* frame);
  void TakeHeartbeats(const v1::WorkersWorkRequest& frame);
  absl::Status TakeCredits(const v1::WorkersWorkRequest& frame);
  void Submit(const std::shared_ptr<const Report>& report);
  void Reported(const Report& report, v1::CompletionAck::Outcome outcome);
  // Fails the attempts of tasks that the worker cannot receive.
  void Refuse(const std::vector<WorkOutbox::Task>& tasks);
  // Whether the worker may take tasks of `queue`; asked once for each.
  absl::Status AskFor(const std::string& queue);
  void PassCredit(const std::string& queue, int64_t count);

  // What has gathered goes out when the strand has done what it is at: all that one commit leads to
  // is one frame.
  void Send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Starts a write if there is something to say; what could not be sent is seen to.
  void Flush() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads on, unless too much waits to be answered.
  void ReadOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasRoomToRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ScheduleCheck();
  void CheckLiveness();
  void End(const absl::Status& status);

  runtime::Node* const node_;
  service::Service* const service_;
  const runtime::Options& options_;
  grpc::CallbackServerContext* const context_;
  service::CallContext call_;  // written by Start
  const int max_frame_bytes_;
  std::shared_ptr<WorkReactor> self_;  // until OnDone
  v1::WorkersWorkRequest incoming_;
  v1::WorkersWorkResponse writing_;
  std::atomic<runtime::SessionId> session_{runtime::kNoSession};
  std::atomic<int64_t> last_read_us_{0};  // by the steady clock, as is last_write_

  absl::Mutex mutex_;
  WorkOutbox outbox_ ABSL_GUARDED_BY(mutex_);
  CreditWindow credits_ ABSL_GUARDED_BY(mutex_);
  size_t pending_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of results that are not answered
  bool is_read_paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool wants_write_ ABSL_GUARDED_BY(mutex_) = false;  // a frame is due, be it empty
  bool is_flush_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration last_write_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::api
