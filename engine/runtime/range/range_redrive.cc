// Redrives: of executions, as they are asked for, and of the children of Map Runs, as their redriven
// parents start them again.
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/aws/error.h"
#include "engine/runtime/range/loading.h"
#include "engine/runtime/range/range_runner.h"
#include "engine/runtime/range/slots.h"

namespace pawl::runtime {
namespace {

bool IsMapRunChild(const core::Execution& execution) {
  return execution.parent().has_value() && execution.parent()->map_run >= 0;
}

// AWS's words, where it has some.
absl::Status NotRedrivable(const core::Execution& execution) {
  std::string why = "Execution was started before the launch of RedriveExecution";
  if (!execution.is_closed() || execution.status() == core::ExecutionStatus::kSucceeded) {
    why = absl::StrCat("Execution is ", std::string(core::StatusName(execution.status())),
                       " and cannot be redriven");
  } else if (IsMapRunChild(execution)) {
    why = "Execution is a child of a Map Run and is redriven with the execution that started it";
  }
  return aws::MakeError(
      aws::Error::kExecutionNotRedrivable,
      absl::StrCat("Execution ", execution.header().arn, " invalid for redrive as: ", why));
}

// When the execution was redriven, where the command repeats one that was carried out.
absl::optional<absl::Time> EarlierRedrive(const core::Execution& execution,
                                          const core::RedriveExecution& command) {
  if (command.map_run_redrive > 0 && IsMapRunChild(execution) &&
      execution.parent()->map_run_redrive >= command.map_run_redrive) {
    return execution.redrive_time();
  }
  const core::Redrive* earlier = execution.FindRedrive(command.client_token);
  if (earlier == nullptr) return absl::nullopt;
  return earlier->time;
}

}  // namespace

void RangeRunner::Redrive(persistence::ExecutionRef ref, core::RedriveExecution command,
                          RedriveCallback done) {
  deps_.strand->Post([this, ref, command = std::move(command), done = std::move(done)]() mutable {
    RedriveOnStrand(ref, std::move(command), std::move(done));
  });
}

// One at a time of each execution: what is read must be the last word until it is in memory and its
// redrive is stored.
void RangeRunner::RedriveOnStrand(persistence::ExecutionRef ref, core::RedriveExecution command,
                                  RedriveCallback done) {
  if (const absl::Status serving = CheckServing(); !serving.ok()) return done(serving);
  if (const absl::Status takes = CheckTakesStarts(); !takes.ok()) return done(takes);
  if (resident_.Find(ref) != nullptr) return AnswerRedriven(ref, command, std::move(done));
  const auto [redriving, is_first] = redriving_.try_emplace(ref);
  if (!is_first) {
    redriving->second.push_back(
        [this, ref, command = std::move(command), done = std::move(done)]() mutable {
          RedriveOnStrand(ref, std::move(command), std::move(done));
        });
    return;
  }
  auto answer = [this, ref, done = std::move(done)](absl::StatusOr<absl::Time> result) mutable {
    auto waiting = std::move(redriving_[ref]);
    redriving_.erase(ref);
    done(std::move(result));
    for (auto& next : waiting) next();
  };
  auto loaded = std::make_shared<absl::StatusOr<std::unique_ptr<LiveExecution>>>(nullptr);
  deps_.world.store->Read(
      ReadLane::kBulk,
      [this, ref, loaded](persistence::Store& store) {
        *loaded = ReadAndLoad(arns(), deps_.machines, &store, ref, deps_.options->verify_replay);
      },
      deps_.strand,
      [this, generation = generation_, loaded, command = std::move(command),
       answer = std::move(answer)]() mutable {
        if (generation != generation_) {
          return answer(absl::UnavailableError("the engine lost its range; send it again"));
        }
        if (!loaded->ok()) return answer(loaded->status());
        Reopen(*std::move(*loaded), std::move(command), std::move(answer));
      });
}

// It is open, or was redriven a moment ago.
void RangeRunner::AnswerRedriven(persistence::ExecutionRef ref,
                                 const core::RedriveExecution& command, RedriveCallback done) {
  Inspect(ref,
          [command, done = std::move(done)](absl::StatusOr<const LiveExecution*> found) mutable {
            if (!found.ok()) return done(found.status());
            const core::Execution& state = (*found)->state;
            if (const auto earlier = EarlierRedrive(state, command)) return done(*earlier);
            if (command.map_run_redrive > 0) {
              return done(absl::UnavailableError("the child has not ended; send it again"));
            }
            done(NotRedrivable(state));
          });
}

void RangeRunner::Reopen(std::unique_ptr<LiveExecution> closed, core::RedriveExecution command,
                         RedriveCallback done) {
  const core::Execution& state = closed->state;
  if (const auto earlier = EarlierRedrive(state, command)) return done(*earlier);
  const bool is_asked_by_map_run = command.map_run_redrive > 0;
  if (!state.is_redrivable() || IsMapRunChild(state) != is_asked_by_map_run ||
      resident_.Find(closed->row.ref) != nullptr) {
    return done(NotRedrivable(state));
  }
  LiveExecution* live = resident_.Insert(std::move(closed), deps_.world.clock->Steady());
  Enqueue(live, std::move(command),
          [this, ref = live->row.ref,
           done = std::move(done)](const absl::StatusOr<core::CommandOutcome>& outcome) mutable {
            if (!outcome.ok()) return done(outcome.status());
            const LiveExecution* redriven = resident_.Find(ref);
            done(redriven == nullptr ? Now() : redriven->row.redrive_time);
          });
}

// Looked up before it is started: most of them are there, and their names are taken.
void RangeRunner::StartRedriven(StartRequest request, StartCallback done) {
  const persistence::MachineRevision& info = request.target.machine->info;
  auto found = std::make_shared<absl::StatusOr<persistence::ExecutionRow>>(
      absl::UnavailableError("not read"));
  deps_.world.store->Read(
      ReadLane::kBulk,
      [slot = SlotOf(info.ns, info.name, request.name), ns = info.ns, machine = info.name,
       name = request.name,
       found](persistence::Store& store) { *found = store.FindExecution(slot, ns, machine, name); },
      deps_.strand,
      [this, found, request = std::move(request), done = std::move(done)]() mutable {
        if (absl::IsNotFound(found->status())) {
          request.is_redriven = false;
          return StartOnStrand(std::move(request), std::move(done));
        }
        if (!found->ok()) return done(found->status());
        AnswerExisting((*found)->ref, std::move(request.input), request.parent, std::move(done));
      });
}

void RangeRunner::AnswerBeforeRedrive(const LiveExecution& existing, const core::ParentLink& parent,
                                      StartCallback done) {
  const persistence::ExecutionRef ref = existing.row.ref;
  const core::Execution& state = existing.state;
  StartResult result{ref, state.header().arn, existing.row.start_time, /*is_new=*/false};
  // A late repetition, of a redrive before the last one: nobody waits for what it asks for.
  if (state.parent()->map_run_redrive > parent.map_run_redrive) return done(std::move(result));
  if (!state.is_closed()) {
    // The Map Run had ended without it, and the child has not been stopped yet.
    Submit(ref,
           core::StopExecution{absl::nullopt, "Stopped because its Map Run has ended without it"},
           [](const absl::StatusOr<core::CommandOutcome>&) {});
    return done(absl::UnavailableError("the child is being stopped; send it again"));
  }
  const bool has_succeeded = state.status() == core::ExecutionStatus::kSucceeded;
  if (existing.recording != Recording::kAll && !has_succeeded) {
    return done(absl::UnavailableError("the child leaves memory just now; send it again"));
  }
  if (!state.is_redrivable()) {
    deps_.relatives->StaysEnded(existing, parent);
    return done(std::move(result));
  }
  Redrive(ref, core::RedriveExecution{"", parent.map_run_redrive},
          [result = std::move(result),
           done = std::move(done)](const absl::StatusOr<absl::Time>& redriven) mutable {
            if (redriven.ok()) return done(std::move(result));
            const bool has_changed =
                absl::IsNotFound(redriven.status()) ||
                aws::ErrorOf(redriven.status()) == aws::Error::kExecutionNotRedrivable;
            done(has_changed ? absl::UnavailableError("the child has changed; send it again")
                             : redriven.status());
          });
}

}  // namespace pawl::runtime
