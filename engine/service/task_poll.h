// One poll for one task of one queue: a worker for clients that cannot stream.
#pragma once

#include <memory>
#include <string>

#include "engine/runtime/tasks/task_queues.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

inline constexpr absl::Duration kMaxPoll = absl::Minutes(1);
inline constexpr absl::Duration kDefaultLease = absl::Minutes(1);
inline constexpr absl::Duration kMaxLease = absl::Hours(1);

struct PollQuery {
  std::string queue = "";
  std::string worker_name = "";
  absl::Duration wait = kMaxPoll;  // cut to 0 .. kMaxPoll
  // How long the task is kept for the caller; a heartbeat extends it. Cut to a second .. kMaxLease.
  absl::Duration lease = kDefaultLease;
  // GetActivityTask: instead of being leased the task is assigned for good, which is recorded; from
  // then on it is its token's, until it is answered or times out. `worker_name` may be empty.
  bool assigns = false;
  // Which has to be registered; otherwise ActivityDoesNotExist.
  absl::optional<aws::ActivityId> activity = absl::nullopt;
};

// A task, or nullptr when none has come in time.
using PolledTask = std::shared_ptr<const runtime::QueuedTask>;

// Thread-safe.
class TaskPoll final : public runtime::WorkerSession,
                       public std::enable_shared_from_this<TaskPoll> {
 public:
  // ValidationException for an empty or over-long name. nullptr if it was refused at once.
  static std::shared_ptr<TaskPoll> Start(const Deps& deps, const CallContext& context,
                                         PollQuery query, Done<PolledTask> done);
  TaskPoll(const Deps& deps, std::string ns, PollQuery query, Done<PolledTask> done);

  // The caller is gone: its place in the queue, or the task that it has not been told of, is given
  // back at once. `done` may be called before this returns, or not at all.
  void Cancel();

  // WorkerSession
  void Deliver(PolledTask task) override;
  // A polled task learns of its cancellation with its next heartbeat.
  void Cancel(const std::string&, const std::string&) override {}

 private:
  // All on the strand.
  void Begin();
  void Connect();
  void Take(const PolledTask& task);
  void Assign(const PolledTask& task);
  void OnAssigned(const PolledTask& task, const absl::StatusOr<core::CommandOutcome>& outcome);
  void End(PolledTask task);
  void Fail(const absl::Status& status);
  void GiveBack();

  const Deps deps_;
  const std::string ns_;
  const PollQuery query_;
  Done<PolledTask> done_;
  runtime::SessionId id_;
  absl::Time ends_;  // of the wait
  bool is_ended_ = false;
  bool is_assigning_ = false;  // what was delivered is not answered before its commit
  PolledTask given_;           // answered with
};

}  // namespace pawl::service
