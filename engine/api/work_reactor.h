// One worker's Work stream. Internal to engine/api.
//
// Batches form by themselves: while one frame is being written, what is to be said gathers in the
// next.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/api/unary.h"
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

class WorkReactor final : public grpc::ServerBidiReactor<v1::WorkerFrame, v1::EngineFrame>,
                          public runtime::WorkerSession,
                          public std::enable_shared_from_this<WorkReactor> {
 public:
  static grpc::ServerBidiReactor<v1::WorkerFrame, v1::EngineFrame>* Start(
      runtime::Node* node, WorkStreams* streams, grpc::CallbackServerContext* context,
      int max_frame_bytes);

  WorkReactor(runtime::Node* node, grpc::CallbackServerContext* context, int max_frame_bytes);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void GoAway();

  // WorkerSession
  void Deliver(std::shared_ptr<const runtime::QueuedTask> task) override;
  void Cancel(const std::string& token, const std::string& reason) override;

 private:
  bool Handle(const v1::WorkerFrame& frame);
  absl::Status Hello(const v1::Hello& hello);
  void Complete(const std::shared_ptr<const v1::Completion>& completion);
  void Acknowledge(const std::string& token, v1::CompletionAck::Outcome outcome);
  // What has gathered goes out when the strand has done what it is at: all that one commit leads to
  // is one frame.
  void Send() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ScheduleCheck();
  void CheckLiveness();
  void End(const grpc::Status& status);

  runtime::Node* node_;
  grpc::CallbackServerContext* context_;
  const int max_frame_bytes_;
  std::shared_ptr<WorkReactor> self_;  // until OnDone
  v1::WorkerFrame incoming_;
  std::atomic<runtime::SessionId> session_{0};
  std::atomic<int64_t> last_read_us_{0};

  absl::Mutex mutex_;
  v1::EngineFrame outgoing_ ABSL_GUARDED_BY(mutex_);
  v1::EngineFrame writing_ ABSL_GUARDED_BY(mutex_);
  bool has_outgoing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_flush_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time last_write_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::api
