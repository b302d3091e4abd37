#include "engine/runtime/range/effects.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace pawl::runtime {
namespace {

// A function of the execution, so that all its attempts, on whatever node, stand in one trace.
std::string TraceParent(const std::string& arn, const persistence::ExecutionRef& ref,
                        core::EventId scheduled) {
  uint64_t hash = 14695981039346656037u;
  for (char c : arn) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  const auto id = static_cast<uint64_t>(ref.id);
  return absl::StrFormat("00-%016x%016x-%016x-01", hash, id ^ (hash >> 7),
                         (id << 20 ^ static_cast<uint64_t>(scheduled.value())) | 1);
}

}  // namespace

std::shared_ptr<const QueuedTask> Effects::MakeTask(const LiveExecution& live,
                                                    const core::TaskToRun& task) const {
  auto queued = std::make_shared<QueuedTask>();
  queued->key = AttemptKey{live.row.ref, task.scheduled};
  queued->token = deps_.tokens->Mint(live.row.ns, queued->key);
  queued->idempotency_key =
      absl::StrCat(live.row.ref.slot.value(), "-", live.row.ref.id, "-", task.entered.value());
  queued->execution_arn = live.state.header().arn;
  queued->trace_parent = TraceParent(queued->execution_arn, live.row.ref, task.scheduled);
  queued->task = task;
  const std::vector<std::string>& shared = deps_.options->shared_queues;
  const bool is_shared = std::find(shared.begin(), shared.end(), task.queue) != shared.end();
  queued->ns = live.row.ns;
  queued->queue = {is_shared ? "" : live.row.ns, task.queue};
  return queued;
}

void Effects::Dispatch(LiveExecution* live, bool is_recovery) {
  const core::OutstandingWork work = core::Outstanding(live->state, live->dispatched_up_to);
  live->dispatched_up_to = live->state.sequence();
  for (const core::ChildToStart& child : work.children) deps_.relatives->Start(*live, child);
  ReadForMapRuns(live, work);
  std::vector<std::shared_ptr<const QueuedTask>> tasks;
  for (const core::TaskToRun& task : work.tasks) {
    LiveAttempt& attempt = live->attempts[task.scheduled];
    attempt.scheduled_at = task.scheduled_at;
    if (task.awaits_token) {
      AwaitToken(live, task.scheduled, &attempt);
      continue;
    }
    tasks.push_back(MakeTask(*live, task));
    if (!is_recovery) deps_.metrics->TaskScheduled();
  }
  if (tasks.empty()) return;
  if (is_recovery) {
    deps_.queues->PushRecovered(std::move(tasks));
  } else {
    deps_.queues->Push(std::move(tasks));
  }
}

// The token's owner owes heartbeats from now on; its end stands among the timers.
void Effects::AwaitToken(LiveExecution* live, core::EventId scheduled, LiveAttempt* attempt) {
  attempt->is_awaiting_token = true;
  const AttemptKey key{live->row.ref, scheduled};
  attempt->ends_at = absl::InfiniteDuration();
  deps_.deadlines->ForgetHeartbeat(key, attempt);
  const core::Frame* frame = live->state.FindTask(scheduled);
  if (frame == nullptr || !frame->task->heartbeat_seconds.has_value()) return;
  deps_.deadlines->ExpectHeartbeat(key, attempt, absl::Seconds(*frame->task->heartbeat_seconds));
}

void Effects::EndAttempts(LiveExecution* live, const std::set<core::EventId>& answered) {
  const auto& open = live->state.open_tasks();
  for (auto it = live->attempts.begin(); it != live->attempts.end();) {
    auto& [scheduled, attempt] = *it;
    const AttemptKey key{live->row.ref, scheduled};
    const core::Frame* frame = live->state.FindTask(scheduled);
    if (frame != nullptr && frame->task->AwaitsToken() && !attempt.is_awaiting_token) {
      deps_.queues->Remove(key, "");
      AwaitToken(live, scheduled, &attempt);
    }
    if (open.find(scheduled) != open.end()) {
      ++it;
      continue;
    }
    deps_.metrics->TaskEnded(deps_.clock->Now() - attempt.scheduled_at);
    deps_.deadlines->ForgetHeartbeat(key, &attempt);
    const bool was_answered = answered.count(scheduled) > 0;
    deps_.queues->Remove(key, was_answered              ? ""
                              : live->state.is_closed() ? "the execution has ended"
                                                        : "the attempt is over");
    it = live->attempts.erase(it);
  }
}

void Effects::DropAttempts(const LiveExecution& live) {
  for (const auto& [scheduled, attempt] : live.attempts) {
    deps_.queues->Remove(AttemptKey{live.row.ref, scheduled}, "the execution is loaded again");
  }
}

void Effects::TaskStarted(LiveExecution* live, core::EventId scheduled) {
  const auto it = live->attempts.find(scheduled);
  const core::Frame* frame = live->state.FindTask(scheduled);
  if (it == live->attempts.end() || frame == nullptr) return;
  deps_.metrics->TaskStarted(deps_.clock->Now() - it->second.scheduled_at);
  LiveAttempt& attempt = it->second;
  if (attempt.heartbeat_due != absl::InfiniteDuration()) return;
  const core::TaskAttempt& task = *frame->task;
  if (task.timeout_seconds.has_value()) {
    attempt.ends_at = deps_.clock->Steady() + absl::Seconds(*task.timeout_seconds);
  }
  if (!task.timeout_seconds.has_value() && !task.heartbeat_seconds.has_value()) return;
  deps_.deadlines->ExpectHeartbeat(AttemptKey{live->row.ref, scheduled}, &attempt,
                                   task.heartbeat_seconds.has_value()
                                       ? absl::Seconds(*task.heartbeat_seconds)
                                       : absl::InfiniteDuration());
}

absl::Status Effects::Heartbeat(LiveExecution* live, core::EventId scheduled, std::string details) {
  const core::Frame* frame = live->state.FindTask(scheduled);
  const auto it = live->attempts.find(scheduled);
  if (frame == nullptr || it == live->attempts.end()) {
    return absl::FailedPreconditionError("Task Timed Out: the task is no longer open");
  }
  if (!details.empty()) it->second.heartbeat_details = std::move(details);
  if (frame->task->heartbeat_seconds.has_value()) {
    deps_.deadlines->ExpectHeartbeat(AttemptKey{live->row.ref, scheduled}, &it->second,
                                     absl::Seconds(*frame->task->heartbeat_seconds));
  }
  return absl::OkStatus();
}

// One read, and one write, at a time of each Map Run.
void Effects::ReadForMapRuns(LiveExecution* live, const core::OutstandingWork& work) {
  const persistence::ExecutionRef ref = live->row.ref;
  if (work.reads.empty() && work.child_reads.empty() && work.writes.empty()) return;
  const std::function<void(core::Command)> answer = deps_.submitter(ref);
  for (const core::ItemsToRead& read : work.reads) {
    std::string& from = live->reading.try_emplace(read.map_run, "\n").first->second;
    if (from == read.cursor) continue;
    from = read.cursor;
    deps_.map_files->Read(*live, read, answer);
  }
  for (const core::ChildrenToRead& read : work.child_reads) {
    int64_t& from = live->reading_children.try_emplace(read.map_run, -1).first->second;
    if (from == read.indexes.front()) continue;
    from = read.indexes.front();
    deps_.map_files->ReadChildren(*live, read, answer);
  }
  for (const core::ResultsToWrite& write : work.writes) {
    if (!live->writing.insert(write.map_run).second) continue;
    deps_.map_files->Write(*live, write, answer);
  }
}

void Effects::CheckRelatives(LiveExecution* live) {
  const absl::Duration now = deps_.clock->Steady();
  if (live->next_relatives_check > now || live->is_in_flight) return;
  live->next_relatives_check = now + live->relatives_pause;
  live->relatives_pause = std::min(2 * live->relatives_pause, deps_.options->relatives_check);
  deps_.relatives->CheckParent(*live);
  for (const core::ChildToStart& child : core::Outstanding(live->state).children) {
    deps_.relatives->Start(*live, child);
  }
}

// "Started" is recorded with the end of an attempt: who has it is known to the queues only.
void Effects::FillStarted(const LiveExecution& live, absl::Time now, core::Command* command) const {
  const auto started_of = [&](core::EventId scheduled) {
    return deps_.queues->StartedOf(AttemptKey{live.row.ref, scheduled});
  };
  auto* complete = std::get_if<core::CompleteTask>(command);
  if (complete != nullptr && !complete->started.has_value()) {
    complete->started = started_of(complete->scheduled);
  }
  auto* fail = std::get_if<core::FailTask>(command);
  if (fail != nullptr && !fail->started.has_value()) fail->started = started_of(fail->scheduled);
  if (auto* c = std::get_if<core::ExpireTask>(command)) c->started = started_of(c->scheduled);
  if (auto* c = std::get_if<core::FireTimers>(command)) {
    for (const core::Timer& timer : live.state.timers()) {
      if (timer.due > now) break;
      if (timer.kind != core::Timer::Kind::kTask) continue;
      const core::EventId scheduled = live.state.FindFrame(timer.frame)->task->scheduled;
      if (auto started = started_of(scheduled)) c->started[scheduled] = *started;
    }
  }
}

}  // namespace pawl::runtime
