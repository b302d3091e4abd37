// What the engine has to say on one Work stream, and how it becomes frames of bounded size.
// Internal to engine/api.
//
// Thread-compatible: its stream guards it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/runtime/tasks/task_queues.h"
#include "pawl/v1/workers.pb.h"

namespace pawl::api {

class WorkOutbox {
 public:
  using Task = std::shared_ptr<const runtime::QueuedTask>;

  // A frame is closed when it has so much, so that a large one does not hold up what follows.
  static constexpr size_t kFrameBytes = size_t{1024} * 1024;
  // gRPC's default, of workers that do not say what they receive.
  static constexpr size_t kDefaultReceiveBytes = size_t{4} * 1024 * 1024;

  // The largest frame that the worker receives; values below 64 KiB count as that.
  void SetReceiveLimit(size_t bytes);
  size_t receive_limit() const { return receive_limit_; }

  void Welcome(v1::Welcome welcome);
  // False: it waits here already.
  bool AddTask(Task task, absl::Duration now);
  void Acknowledge(std::string token, v1::CompletionAck::Outcome outcome);
  // The task if it had not been sent: then nothing is sent at all.
  Task Cancel(const std::string& token, const std::string& reason);
  void GoAway() { go_away_ = true; }

  bool empty() const;
  // Bytes of acknowledgements and cancellations that wait.
  size_t reply_bytes() const { return reply_bytes_; }
  // Bytes of inputs of tasks that wait. They are shared with their executions.
  size_t task_bytes() const { return task_bytes_; }

  // What is taken out but not sent.
  struct Unsent {
    std::vector<Task> too_large;  // for any frame that this worker receives
    std::vector<Task> stale;      // waited since before `stale_before`: the queues take them back
  };
  // Fills a frame with what comes first: replies, then tasks.
  void Fill(absl::Duration stale_before, v1::WorkersWorkResponse* frame, Unsent* unsent);

 private:
  struct Waiting {
    Task task;
    absl::Duration since;  // by the steady clock
  };
  size_t FillReplies(v1::WorkersWorkResponse* frame);
  void FillTasks(size_t used, absl::Duration stale_before, v1::WorkersWorkResponse* frame,
                 Unsent* unsent);
  size_t frame_limit() const { return receive_limit_ < kFrameBytes ? receive_limit_ : kFrameBytes; }

  size_t receive_limit_ = kDefaultReceiveBytes;
  bool has_welcome_ = false;
  v1::Welcome welcome_;
  bool go_away_ = false;
  std::deque<v1::CompletionAck> acknowledged_;
  std::deque<v1::CancelTask> cancels_;
  std::deque<Waiting> tasks_;                      // those not in tokens_ were cancelled
  absl::flat_hash_set<absl::string_view> tokens_;  // of tasks_
  bool made_way_ = false;  // the last frame had replies only, though tasks waited
  size_t reply_bytes_ = 0;
  size_t task_bytes_ = 0;
};

// Bytes that a task takes in a frame, at most.
size_t FrameBytes(const runtime::QueuedTask& task);

}  // namespace pawl::api
