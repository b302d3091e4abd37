// What is asked of a range.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/runtime/range/loading.h"
#include "engine/runtime/range/range_runner.h"
#include "engine/runtime/range/slots.h"

namespace pawl::runtime {
namespace {

absl::Status NameTaken(const std::string& arn, const char* by) {
  const std::string message = absl::StrCat("Execution Already Exists: '", arn, "'");
  return aws::MakeError(aws::Error::kExecutionAlreadyExists,
                        absl::StrCat(message, " ", by, "; choose another name"), message);
}

void IgnoreOutcome(const absl::StatusOr<core::CommandOutcome>&) {}

// The same child of the same Map Run, of another redrive of it.
bool IsBeforeRedrive(const absl::optional<core::ParentLink>& existing, core::ParentLink asked) {
  if (!existing.has_value() || existing->map_run_redrive == asked.map_run_redrive) return false;
  asked.map_run_redrive = existing->map_run_redrive;
  return *existing == asked;
}

}  // namespace

void RangeRunner::Start(StartRequest request, StartCallback done) {
  deps_.strand->Post([this, request = std::move(request), done = std::move(done)]() mutable {
    StartOnStrand(std::move(request), std::move(done));
  });
}

void RangeRunner::StartOnStrand(StartRequest request, StartCallback done) {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
  const persistence::MachineRevision& info = request.target.machine->info;
  const auto same_name = resident_.FindOpen(info.ns, info.name, request.name);
  if (same_name.has_value()) {
    // The other start may not be durable yet: its answer, and so ours, comes after its commit.
    return AnswerExisting(*same_name, std::move(request.input), request.parent, std::move(done));
  }
  if (request.is_redriven) return StartRedriven(std::move(request), std::move(done));
  if (const absl::Status takes = CheckTakesStarts(); !takes.ok()) {
    deps_.metrics->StartRefused();
    return done(takes);
  }
  if (mode_ == Mode::kClosing) {
    return done(absl::UnavailableError("the engine is stopping; try again shortly"));
  }
  if (pipeline_.IsFull()) {
    waiting_starts_.Push(std::move(request), std::move(done));
    return;  // Flush takes it into the next batch
  }
  // Nothing may follow: the decision may have left the strand.
  static_cast<void>(StartNow(std::move(request), std::move(done)));
}

// AWS: the same name and input while it runs is the same start; anything else is refused.
// A parent that starts the child that it has started already finds it, ended or not.
void RangeRunner::AnswerExisting(persistence::ExecutionRef ref, Payload input,
                                 absl::optional<core::ParentLink> parent, StartCallback done) {
  Inspect(ref, [this, input = std::move(input), parent,
                done = std::move(done)](absl::StatusOr<const LiveExecution*> found) mutable {
    if (absl::IsNotFound(found.status())) {
      return done(absl::UnavailableError(
          "another start under this name was lost before its commit; send yours again"));
    }
    if (!found.ok()) return done(found.status());
    const LiveExecution& existing = **found;
    const std::string& arn = existing.state.header().arn;
    if (parent.has_value() && IsBeforeRedrive(existing.state.parent(), *parent)) {
      return AnswerBeforeRedrive(existing, *parent, std::move(done));
    }
    if (parent.has_value() && existing.state.parent() == parent) {
      done(StartResult{existing.row.ref, arn, existing.row.start_time, /*is_new=*/false});
      if (existing.state.is_closed()) deps_.relatives->Ended(existing);
      return;
    }
    if (existing.state.is_closed()) {
      return done(NameTaken(arn, "has ended"));
    }
    if (existing.state.input().value() != input.value()) {
      return done(NameTaken(arn, "runs with another input"));
    }
    done(StartResult{existing.row.ref, arn, existing.row.start_time, /*is_new=*/false});
  });
}

// The name belongs to an execution that this node does not have in memory: ended or parked.
void RangeRunner::AnswerTakenName(Transition transition, const persistence::ExecutionRow& row) {
  LiveExecution* live = resident_.Find(transition.ref);
  Payload input = live->state.input();
  const absl::optional<core::ParentLink> parent = live->state.parent();
  auto waiting = std::exchange(live->after_commit, {});
  std::deque<PendingCommand> queue = std::move(live->queue);
  pending_.Remove(static_cast<int64_t>(queue.size()) + 1);
  effects_.DropAttempts(*live);
  Erase(live);
  for (PendingCommand& command : queue) {
    if (command.done) command.done(absl::UnavailableError("try again"));
  }
  for (auto& then : waiting) then(nullptr);
  auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
      absl::UnavailableError("not read"));
  deps_.world.store->Read(
      ReadLane::kCall,
      [row, found](persistence::Store& store) {
        *found = store.FindExecution(row.ref.slot, row.ns, row.machine, row.name);
      },
      deps_.strand,
      [this, found, input = std::move(input), parent,
       done = std::move(transition.start_done)]() mutable {
        if (!found->ok()) return done(found->status());
        AnswerExisting((*found)->ref, std::move(input), parent, std::move(done));
      });
}

void RangeRunner::Submit(persistence::ExecutionRef ref, core::Command command,
                         CommandCallback done) {
  deps_.strand->Post([this, ref, command = std::move(command), done = std::move(done)]() mutable {
    SubmitOnStrand(ref, std::move(command), std::move(done));
  });
}

void RangeRunner::SubmitOnStrand(persistence::ExecutionRef ref, core::Command command,
                                 CommandCallback done) {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
  if (pending_.total() >= 2 * deps_.options->max_pending_commands) {
    return done(absl::UnavailableError(
        absl::StrCat("too many commands wait for a commit (", pending_.total(),
                     ", flag --max-pending-commands); send it again")));
  }
  loader_.With(ref, [this, command = std::move(command),
                     done = std::move(done)](absl::StatusOr<LiveExecution*> live) mutable {
    if (!live.ok()) return done(live.status());
    if (*live == nullptr) return done(core::CommandOutcome::kClosed);
    Enqueue(*live, std::move(command), std::move(done));
  });
}

void RangeRunner::StopByName(aws::ExecutionId id, core::StopExecution command) {
  deps_.strand->Post([this, id = std::move(id), command = std::move(command)]() mutable {
    const auto open = resident_.FindOpen(id.ns, id.machine, id.name);
    if (open.has_value()) return SubmitOnStrand(*open, command, IgnoreOutcome);
    auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
        absl::UnavailableError("not read"));
    deps_.world.store->Read(
        ReadLane::kCall,
        [id, found](persistence::Store& store) {
          *found =
              store.FindExecution(SlotOf(id.ns, id.machine, id.name), id.ns, id.machine, id.name);
        },
        deps_.strand,
        [this, found, command = std::move(command)]() mutable {
          if (!found->ok() || (*found)->status != persistence::Status::kRunning) return;
          SubmitOnStrand((*found)->ref, std::move(command), IgnoreOutcome);
        });
  });
}

void RangeRunner::TaskStarted(AttemptKey key) {
  deps_.strand->Post([this, key] {
    LiveExecution* live = resident_.Find(key.ref);
    if (live == nullptr) return;
    if (!live->is_away) return effects_.TaskStarted(live, key.scheduled);
    live->after_commit.push_back([this, key](LiveExecution* then) {
      if (then != nullptr) effects_.TaskStarted(then, key.scheduled);
    });
  });
}

void RangeRunner::Heartbeat(AttemptKey key, std::string details,
                            absl::AnyInvocable<void(absl::Status)> done) {
  deps_.strand->Post([this, key, details = std::move(details), done = std::move(done)]() mutable {
    if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
    auto beat = [this, key, details = std::move(details),
                 done = std::move(done)](LiveExecution* live) mutable {
      if (live == nullptr) {
        return done(absl::FailedPreconditionError("Task Timed Out: the task is no longer open"));
      }
      done(effects_.Heartbeat(live, key.scheduled, std::move(details)));
    };
    loader_.With(key.ref, [beat = std::move(beat)](absl::StatusOr<LiveExecution*> live) mutable {
      if (!live.ok()) return beat(nullptr);
      if (*live != nullptr && (*live)->is_away) {
        (*live)->after_commit.push_back(std::move(beat));
      } else {
        beat(*live);
      }
    });
  });
}

void RangeRunner::View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done) {
  deps_.strand->Post([this, ref, parts, done = std::move(done)]() mutable {
    Inspect(ref, [this, parts, done = std::move(done)](
                     const absl::StatusOr<const LiveExecution*>& found) mutable {
      if (!found.ok()) return done(found.status());
      done(MakeView(**found, parts, *deps_.queues));
    });
  });
}

// From memory, else folded from the store.
void RangeRunner::Inspect(persistence::ExecutionRef ref, InspectCallback done) {
  LiveExecution* live = CheckServing().ok() ? resident_.Find(ref) : nullptr;
  if (live != nullptr && !live->is_in_flight) return done(live);
  if (live != nullptr) {
    // Its memory is ahead of the store: what is not durable is not shown. It is right after the
    // commit, and before the next decision.
    live->after_commit.push_back([this, ref, done = std::move(done)](LiveExecution* then) mutable {
      if (then != nullptr) return done(then);
      // Its ownership was lost, or the store refused it: the store knows.
      deps_.strand->Post(
          [this, ref, done = std::move(done)]() mutable { Inspect(ref, std::move(done)); });
    });
    return;
  }
  auto result = std::make_shared<absl::StatusOr<std::unique_ptr<LiveExecution>>>(nullptr);
  deps_.world.store->Read(
      ReadLane::kBulk,
      [this, ref, result](persistence::Store& store) {
        *result = ReadAndLoad(arns(), deps_.machines, &store, ref, false);
      },
      deps_.strand,
      [result, done = std::move(done)]() mutable {
        if (!result->ok()) return done(result->status());
        done((*result)->get());
      });
}

void RangeRunner::RetryQuarantined(persistence::ExecutionRef ref,
                                   absl::AnyInvocable<void(absl::Status)> done) {
  deps_.strand->Post([this, ref, done = std::move(done)]() mutable {
    if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
    loader_.With(
        ref, [this, done = std::move(done)](const absl::StatusOr<LiveExecution*>& live) mutable {
          PublishHealth();
          done(live.status());
        });
  });
}

void RangeRunner::ListQuarantined(absl::AnyInvocable<void(std::vector<Quarantined>)> done) {
  deps_.strand->Post([this, done = std::move(done)]() mutable {
    std::vector<Quarantined> list;
    for (const auto& [ref, entry] : loader_.quarantine()) list.push_back(entry);
    done(std::move(list));
  });
}

}  // namespace pawl::runtime
