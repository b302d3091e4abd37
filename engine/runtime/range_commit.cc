// The commit pipeline, and what follows a commit. Nothing in this file leaves the process before
// the commit that it follows from.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/core/record_codec.h"
#include "engine/runtime/child_executions.h"
#include "engine/runtime/express_log.h"
#include "engine/runtime/log.h"
#include "engine/runtime/map_io.h"
#include "engine/runtime/range_runner.h"
#include "engine/value/check.h"

namespace pawl::runtime {
namespace {

persistence::Status StoredStatus(core::ExecutionStatus status) {
  return static_cast<persistence::Status>(status);  // both enums have AWS's order
}
static_assert(static_cast<int>(persistence::Status::kAborted) ==
              static_cast<int>(core::ExecutionStatus::kAborted));

// A function of the execution, so that all its attempts, on whatever node, stand in one trace.
std::string TraceParent(const std::string& arn, const persistence::ExecutionRef& ref,
                        core::EventId scheduled) {
  uint64_t hash = 14695981039346656037u;
  for (char c : arn) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  const auto id = static_cast<uint64_t>(ref.id);
  return absl::StrFormat("00-%016x%016x-%016x-01", hash, id ^ (hash >> 7),
                         (id << 20 ^ static_cast<uint64_t>(scheduled)) | 1);
}

constexpr absl::Duration kCommitRetryDelay = absl::Milliseconds(200);

void IgnoreOutcome(const absl::StatusOr<core::CommandOutcome>&) {}

}  // namespace

void RangeRunner::AddToBatch(LiveExecution* live, Transition transition,
                             const std::vector<core::Event>& events) {
  transition.abandoned = live->state.TakeAbandoned();
  const bool is_start = live->sequence == 0;
  const bool is_recorded =
      live->recording == Recording::kAll || (live->recording == Recording::kStart && is_start);
  if (live->recording != Recording::kAll) {
    LogExpressEvents(deps_.options->express_log, live->state, events);
  }
  if (is_recorded) {
    AddRows(live, &transition, events);
  } else {
    ++live->sequence;
    transition.events = static_cast<int64_t>(events.size());
  }
  const bool is_closed = live->state.is_closed();
  if (is_closed || live->row.parked) {
    live->row.parked = false;
    live->row.wake_at = absl::InfiniteFuture();
    live->row.status = StoredStatus(live->state.status());
    live->row.stop_time = live->state.stop_time();
    if (live->recording != Recording::kNothing) {
      filling_.rows->updates.push_back(persistence::ExecutionUpdate{
          live->row.ref, live->row.status, live->row.stop_time, false, absl::InfiniteFuture()});
    }
  }
  live->is_in_flight = true;
  Touch(live);
  const bool has_rows = is_recorded || (live->recording == Recording::kStart && is_closed);
  if (!has_rows) {
    unrecorded_.push_back(std::move(transition));
    return RequestFlush();
  }
  filling_.transitions.push_back(std::move(transition));
}

// The history row, and a checkpoint where one is due.
void RangeRunner::AddRows(LiveExecution* live, Transition* transition,
                          const std::vector<core::Event>& events) {
  persistence::HistoryRow row;
  row.ref = live->row.ref;
  row.sequence = ++live->sequence;
  row.record = core::EncodeTransition(events);
  for (const core::Event& event : events) {
    if (event.is_numbered()) {
      if (row.first_event == 0) row.first_event = event.id;
      ++row.event_count;
    } else {
      if (event.type == core::EventType::kRetryScheduled) ++transition->retries;
    }
  }
  transition->events = row.event_count;
  live->events_since_checkpoint += static_cast<int64_t>(events.size());
  if (deps_.options->verify_replay) {
    live->verify_records.push_back(row.record);
    VerifyReplay(*live);
  }
  filling_.bytes += row.record.size();
  filling_.rows->history.push_back(std::move(row));

  if (!live->state.is_closed() &&
      live->events_since_checkpoint >= deps_.options->checkpoint_events) {
    live->events_since_checkpoint = 0;
    std::string state = core::EncodeCheckpoint(live->state);
    filling_.bytes += state.size();
    if (deps_.options->verify_replay) {
      live->verify_checkpoint = state;
      live->verify_records.clear();
    }
    filling_.rows->checkpoints.push_back(
        persistence::CheckpointRow{live->row.ref, live->sequence, std::move(state)});
  }
}

void RangeRunner::SendBatch() {
  if (is_commit_in_flight_ || filling_.empty()) return;
  in_flight_ = std::exchange(filling_, Batch());
  in_flight_.rows->range = range_.slots;
  in_flight_.rows->epoch = range_.epoch;
  in_flight_.rows->batch_seq = range_.batch_seq + 1;
  is_commit_in_flight_ = true;
  Send();
}

void RangeRunner::Send() {
  deps_.world.store->Commit(
      in_flight_.rows, deps_.strand,
      [this, generation = generation_, sent = Now()](persistence::CommitOutcome outcome) {
        OnOutcome(generation, sent, std::move(outcome));
      });
}

void RangeRunner::OnOutcome(int64_t generation, absl::Time sent,
                            persistence::CommitOutcome outcome) {
  if (generation != generation_) return;
  using Kind = persistence::CommitOutcome::Kind;
  switch (outcome.kind) {
    case Kind::kCommitted:
      return OnCommitted(sent);
    case Kind::kNameTaken:
      deps_.metrics->BatchFailed("name_taken");
      PAWL_CHECK(!outcome.taken.empty());
      for (const persistence::ExecutionRef& ref : outcome.taken) {
        DropTransition(ref, absl::AlreadyExistsError(""));
      }
      break;
    case Kind::kRejected:
      deps_.metrics->BatchFailed("rejected");
      PAWL_CHECK(outcome.rejected.has_value());
      DropTransition(*outcome.rejected,
                     absl::InternalError(absl::StrCat(
                         "the database refuses this execution's rows: ", outcome.message)));
      break;
    case Kind::kNotCommitted:
      deps_.metrics->BatchFailed("not_committed");
      // Certainly not written: the same bytes may go again.
      deps_.strand->PostAt(Now() + kCommitRetryDelay, [this, generation] {
        if (generation == generation_) Send();
      });
      return;
    case Kind::kFenced:
      deps_.metrics->BatchFailed("fenced");
      return LoseOwnership(absl::StrCat("another owner has the range: ", outcome.message));
    case Kind::kUnknown:
      deps_.metrics->BatchFailed("unknown");
      return LoseOwnership(absl::StrCat("the outcome of a commit is not known: ", outcome.message));
  }
  // One execution is out of the batch; nothing of the batch was written, so the rest goes again.
  if (in_flight_.empty()) {
    is_commit_in_flight_ = false;
    return RequestFlush();
  }
  Send();
}

// Takes one execution out of the batch in flight. Its memory is ahead of the store, so it is
// dropped; whoever asks next folds it again.
void RangeRunner::DropTransition(persistence::ExecutionRef ref, const absl::Status& status) {
  persistence::CommitBatch& rows = *in_flight_.rows;
  persistence::ExecutionRow start_row;
  const auto drop = [&ref](auto* list) {
    list->erase(std::remove_if(list->begin(), list->end(),
                               [&ref](const auto& row) { return row.ref == ref; }),
                list->end());
  };
  for (const persistence::ExecutionRow& row : rows.starts) {
    if (row.ref == ref) start_row = row;
  }
  drop(&rows.starts);
  drop(&rows.history);
  drop(&rows.updates);
  drop(&rows.checkpoints);
  auto it = std::find_if(in_flight_.transitions.begin(), in_flight_.transitions.end(),
                         [&ref](const Transition& t) { return t.ref == ref; });
  PAWL_CHECK(it != in_flight_.transitions.end());
  Transition transition = std::move(*it);
  in_flight_.transitions.erase(it);
  LiveExecution* live = FindLive(ref);
  PAWL_CHECK(live != nullptr);
  Payload input = live->state.input();
  const absl::optional<core::ParentLink> parent = live->state.parent();
  std::deque<PendingCommand> waiting = std::move(live->queue);
  std::vector<InspectCallback> views = std::move(live->after_commit);
  for (const auto& [scheduled, attempt] : live->attempts) {
    deps_.queues->Remove(AttemptKey{ref, scheduled}, "the execution is loaded again");
  }
  Erase(ref);
  pending_commands_ -= static_cast<int64_t>(transition.commands.size() + waiting.size());
  if (transition.start_done) {
    --pending_commands_;
    if (absl::IsAlreadyExists(status)) {
      AnswerTakenName(start_row, std::move(input), parent, std::move(transition.start_done));
    } else {
      transition.start_done(status);
    }
  }
  for (PendingCommand& command : transition.commands) {
    if (command.done) command.done(status);
  }
  for (PendingCommand& command : waiting) {
    if (command.done) command.done(absl::UnavailableError("try again"));
  }
  for (InspectCallback& view : views) Inspect(ref, std::move(view));
}

// The name belongs to an execution that this node does not have in memory: ended or parked.
void RangeRunner::AnswerTakenName(const persistence::ExecutionRow& row, Payload input,
                                  absl::optional<core::ParentLink> parent, StartCallback done) {
  auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
      absl::UnavailableError("not read"));
  deps_.world.store->Read(
      [row, found](persistence::Store& store) {
        *found = store.FindExecution(row.ref.slot, row.ns, row.machine, row.name);
      },
      deps_.strand,
      [this, found, input = std::move(input), parent, done = std::move(done)]() mutable {
        if (!found->ok()) return done(found->status());
        AnswerExisting((*found)->ref, std::move(input), parent, std::move(done));
      });
}

void RangeRunner::OnCommitted(absl::Time sent) {
  Batch batch = std::exchange(in_flight_, Batch());
  is_commit_in_flight_ = false;
  range_.batch_seq = batch.rows->batch_seq;
  last_commit_ = Now();
  deps_.metrics->BatchCommitted(static_cast<int64_t>(batch.transitions.size()),
                                static_cast<int64_t>(batch.bytes), last_commit_ - sent);
  // The next batch first: it commits while the effects of this one are carried out.
  SendBatch();
  for (Transition& transition : batch.transitions) AfterCommit(std::move(transition));
  RequestFlush();
  if (mode_ == Mode::kClosing && !is_commit_in_flight_ && filling_.empty()) Close(nullptr);
}

void RangeRunner::AfterCommit(Transition transition) {
  LiveExecution* live = FindLive(transition.ref);
  PAWL_CHECK(live != nullptr);
  live->is_in_flight = false;
  deps_.metrics->Events(transition.events);
  for (int64_t i = 0; i < transition.retries; ++i) deps_.metrics->RetryScheduled();
  pending_commands_ -= static_cast<int64_t>(transition.commands.size());
  UpdateAttempts(live, transition);
  Dispatch(live, /*is_recovery=*/false);
  Arm(live);
  if (transition.start_done) {
    --pending_commands_;
    deps_.metrics->ExecutionStarted();
    transition.start_done(
        StartResult{live->row.ref, live->state.header().arn, live->row.start_time, true});
  }
  for (size_t i = 0; i < transition.commands.size(); ++i) {
    if (transition.commands[i].done) transition.commands[i].done(transition.outcomes[i]);
  }
  for (InspectCallback& view : std::exchange(live->after_commit, {})) view(live);
  for (const core::ChildRef& child : transition.abandoned) deps_.children->Stop(*live, child);
  const bool is_closed = live->state.is_closed();
  if (is_closed) {
    deps_.children->Ended(*live);
    if (live->on_end) live->on_end(live->state);
    if (live->recording != Recording::kAll) {
      LogExpressEnd(deps_.options->express_log, live->state);
    }
  }
  deps_.watchers->Notify(transition.ref, is_closed);
  if (live->is_parking) {
    live->is_parking = false;
    // Something may have arrived meanwhile; then it stays, and its next transition unparks the row.
    if (live->queue.empty()) return Erase(transition.ref);
  }
  if (is_closed) {
    deps_.metrics->ExecutionEnded(live->state.status());
    for (PendingCommand& pending : std::exchange(live->queue, {})) {
      --pending_commands_;
      if (pending.done) pending.done(core::CommandOutcome::kClosed);
    }
    return Erase(transition.ref);
  }
  if (live->state.wants_continue()) return Enqueue(live, core::Continue{}, nullptr);
  Schedule(live);
}

// Attempts that are over leave the queues, and their workers are told unless they said so
// themselves.
void RangeRunner::UpdateAttempts(LiveExecution* live, const Transition& transition) {
  const auto& open = live->state.open_tasks();
  for (auto it = live->attempts.begin(); it != live->attempts.end();) {
    const AttemptKey key{live->row.ref, it->first};
    const bool was_answered = transition.answered.contains(it->first);
    const core::Frame* frame = live->state.FindTask(it->first);
    if (frame != nullptr && frame->task->is_submitted && !it->second.is_awaiting_token) {
      // The worker has done its part; from now on the token's owner is awaited.
      it->second.is_awaiting_token = true;
      deps_.queues->Remove(key, "");
      heartbeats_.erase({it->second.heartbeat_due, key});
      it->second.heartbeat_due = absl::InfiniteFuture();
      if (frame->task->heartbeat_seconds.has_value()) {
        it->second.heartbeat_due = Now() + absl::Seconds(*frame->task->heartbeat_seconds);
        heartbeats_.insert({it->second.heartbeat_due, key});
        WakeAt(it->second.heartbeat_due);
      }
    }
    if (open.find(it->first) != open.end()) {
      ++it;
      continue;
    }
    deps_.metrics->TaskEnded(Now() - it->second.scheduled_at);
    heartbeats_.erase({it->second.heartbeat_due, key});
    deps_.queues->Remove(key, was_answered              ? ""
                              : live->state.is_closed() ? "the execution has ended"
                                                        : "the attempt is over");
    it = live->attempts.erase(it);
  }
}

// Hands out the tasks that are open and not yet known to the queues.
void RangeRunner::Dispatch(LiveExecution* live, bool is_recovery) {
  const core::OutstandingWork work = core::Outstanding(live->state, live->dispatched_up_to);
  live->dispatched_up_to = live->state.sequence();
  for (const core::ChildToStart& child : work.children) deps_.children->Start(*live, child);
  ReadForMapRuns(live, work);
  if (work.tasks.empty()) return;
  std::vector<std::shared_ptr<const QueuedTask>> tasks;
  for (const core::TaskToRun& task : work.tasks) {
    const AttemptKey key{live->row.ref, task.scheduled};
    LiveAttempt attempt;
    attempt.scheduled_at = task.scheduled_at;
    attempt.is_awaiting_token = task.awaits_token;
    if (task.heartbeat_seconds.has_value() && task.awaits_token) {
      attempt.heartbeat_due = Now() + absl::Seconds(*task.heartbeat_seconds);
      heartbeats_.insert({attempt.heartbeat_due, key});
      WakeAt(attempt.heartbeat_due);
    }
    live->attempts[task.scheduled] = std::move(attempt);
    if (task.awaits_token) continue;
    auto queued = std::make_shared<QueuedTask>();
    queued->key = key;
    queued->token = deps_.tokens->Mint(live->row.ns, key);
    queued->idempotency_key =
        absl::StrCat(live->row.ref.slot, "-", live->row.ref.id, "-", task.entered);
    queued->execution_arn = live->state.header().arn;
    queued->trace_parent = TraceParent(queued->execution_arn, live->row.ref, task.scheduled);
    queued->task = task;
    tasks.push_back(std::move(queued));
    if (!is_recovery) deps_.metrics->TaskScheduled();
  }
  if (tasks.empty()) return;
  if (is_recovery) {
    deps_.queues->PushRecovered(std::move(tasks), Now() + deps_.options->reconnect_grace);
  } else {
    deps_.queues->Push(std::move(tasks), Now());
  }
}

// One read, and one write, at a time of each Map Run.
void RangeRunner::ReadForMapRuns(LiveExecution* live, const core::OutstandingWork& work) {
  const persistence::ExecutionRef ref = live->row.ref;
  for (const core::ItemsToRead& read : work.reads) {
    std::string& from = live->reading.try_emplace(read.map_run, "\n").first->second;
    if (from == read.cursor) continue;
    from = read.cursor;
    deps_.map_io->Read(*live, read, [this, ref, generation = generation_](core::Command command) {
      if (generation == generation_) Submit(ref, std::move(command), IgnoreOutcome);
    });
  }
  for (const core::ResultsToWrite& write : work.writes) {
    if (!live->writing.insert(write.map_run).second) continue;
    deps_.map_io->Write(*live, write, [this, ref, generation = generation_](core::Command command) {
      if (generation == generation_) Submit(ref, std::move(command), IgnoreOutcome);
    });
  }
}

void RangeRunner::TaskStarted(AttemptKey key) {
  deps_.strand->Post([this, key] {
    LiveExecution* live = FindLive(key.ref);
    if (live == nullptr) return;
    const auto it = live->attempts.find(key.scheduled);
    const core::Frame* frame = live->state.FindTask(key.scheduled);
    if (it == live->attempts.end() || frame == nullptr) return;
    deps_.metrics->TaskStarted(Now() - it->second.scheduled_at);
    // From here on the worker owes heartbeats.
    if (!frame->task->heartbeat_seconds.has_value()) return;
    if (it->second.heartbeat_due != absl::InfiniteFuture()) return;
    it->second.heartbeat_due = Now() + absl::Seconds(*frame->task->heartbeat_seconds);
    heartbeats_.insert({it->second.heartbeat_due, key});
    WakeAt(it->second.heartbeat_due);
  });
}

}  // namespace pawl::runtime
