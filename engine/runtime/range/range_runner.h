// The owner of one slot range: all logic of its executions runs here, on one strand.
//
//   commands ──▶ Decide ──▶ batch ──commit──▶ effects (answers, tasks, timers, watchers)
//
// An execution has at most one transition in flight; what arrives meanwhile waits and is decided
// together in the next one. An outcome that is not certain ends ownership: everything in memory is
// dropped and folded again under a new epoch.
//
// This is the conductor. What it conducts:
//   Ownership        who owns the range, and until when that is certain
//   CommitPipeline   transitions on their way to the store
//   ResidentSet      the executions in memory
//   Deadlines        timers and heartbeats
//   Loader           from the store into memory, and the quarantine
//   Parking          out of memory again
//   Retention        out of the store, long after the end
//   Decider          decisions, on the strand and away from it
//   TransitionWriter from decided events to rows
//   Effects          tasks, children, Map Runs
//
// Public methods may be called from any thread; callbacks run on the strand and must not block.
//   range_runner.cc        life of the range; executions in and out of memory
//   range_requests.cc      what is asked of it
//   range_redrive.cc       redrives, of executions and of Map Runs' children
//   range_decide.cc        what is decided when
//   range_after_commit.cc  what follows a commit, or its refusal
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/runtime/range/commit_pipeline.h"
#include "engine/runtime/range/deadlines.h"
#include "engine/runtime/range/decider.h"
#include "engine/runtime/range/effects.h"
#include "engine/runtime/range/execution_view.h"
#include "engine/runtime/range/loader.h"
#include "engine/runtime/range/node_load.h"
#include "engine/runtime/range/ownership.h"
#include "engine/runtime/range/parking.h"
#include "engine/runtime/range/requests.h"
#include "engine/runtime/range/resident_set.h"
#include "engine/runtime/range/retention.h"
#include "engine/runtime/range/transition_writer.h"
#include "engine/runtime/range/waiting_starts.h"
#include "engine/runtime/range/watchers.h"

namespace pawl::runtime {

struct RangeDeps {
  WorldRef world;
  Strand* strand = nullptr;
  const Options* options = nullptr;
  TaskQueues* queues = nullptr;
  MachineCache* machines = nullptr;
  const ActivityRegistry* activities = nullptr;
  const NamespaceRegistry* namespaces = nullptr;
  const TaskTokens* tokens = nullptr;
  Watchers* watchers = nullptr;
  Metrics* metrics = nullptr;
  Relatives* relatives = nullptr;
  MapRunFiles* map_files = nullptr;
  MemoryBudget* memory = nullptr;
  NodeLoad* load = nullptr;
  ExecutionLog* log = nullptr;  // may be null: nothing is logged
  // The range is not served, and not only for a moment: its lease has lapsed, or somebody else has
  // it. May be empty.
  std::function<void(const std::string& why)> unserved;
};

// How a range stands, for health, metrics and people.
struct RangeHealth {
  bool is_serving = false;
  std::string why;  // it does not serve, or serves with trouble; "" where all is well
  bool takes_starts = false;
  int64_t resident = 0;
  int64_t quarantined = 0;
  int64_t slowed = 0;  // executions whose decisions take long
};

class RangeRunner {
 public:
  RangeRunner(persistence::SlotRange slots, RangeDeps deps);
  ~RangeRunner();

  // Takes the range and loads it; `ready` is called once it serves. Later losses of ownership are
  // mended without being asked.
  void Open(std::function<void()> ready);
  // Refuses new commands, lets the batch in flight finish, gives up the range.
  void Close(std::function<void()> closed);

  // See range_router.h.
  void Start(StartRequest request, StartCallback done);
  void Submit(persistence::ExecutionRef ref, core::Command command, CommandCallback done);
  void StopByName(aws::ExecutionId id, core::StopExecution command);
  void Redrive(persistence::ExecutionRef ref, core::RedriveExecution command, RedriveCallback done);
  void TaskStarted(AttemptKey key);
  void Heartbeat(AttemptKey key, std::string details, absl::AnyInvocable<void(absl::Status)> done);
  void View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done);

  // Reads the execution again; ok where it could be read this time. DataLoss, NotFound, Unavailable.
  void RetryQuarantined(persistence::ExecutionRef ref, absl::AnyInvocable<void(absl::Status)> done);
  void ListQuarantined(absl::AnyInvocable<void(std::vector<Quarantined>)> done);

  // From memory, at once, whatever hangs. Thread-safe.
  RangeHealth health() const;
  // Whether answers and tasks may still be given: the lease certainly runs. Thread-safe.
  bool IsCertain() const { return ownership_.IsCertain(); }

  persistence::SlotRange slots() const { return slots_; }

 private:
  enum class Mode { kClosed, kOpening, kServing, kClosing };

  // --- range_runner.cc (all below run on the strand)
  absl::Status CheckServing() const;
  absl::Status CheckTakesStarts() const;
  void OnLoaded();
  void LoseOwnership(const std::string& why);
  void AnswerAll(std::vector<Transition> transitions, const absl::Status& status);
  void FinishClose();
  void StartOnStrand(StartRequest request, StartCallback done);
  void SubmitOnStrand(persistence::ExecutionRef ref, core::Command command, CommandCallback done);
  [[nodiscard]] bool StartNow(StartRequest request, StartCallback done);
  void AnswerExisting(persistence::ExecutionRef ref, Payload input,
                      absl::optional<core::ParentLink> parent, StartCallback done);
  void AnswerTakenName(Transition transition, const persistence::ExecutionRow& row);
  void Inspect(persistence::ExecutionRef ref, InspectCallback done);
  LiveExecution* Adopt(std::unique_ptr<LiveExecution> live);
  void Activate(LiveExecution* live);
  void Erase(LiveExecution* live);
  void OnTimer(persistence::ExecutionRef ref);
  void OnHeartbeatLost(AttemptKey key);
  void Housekeep();
  void PublishHealth();
  absl::optional<int64_t> NextId();

  // --- range_redrive.cc
  void RedriveOnStrand(persistence::ExecutionRef ref, core::RedriveExecution command,
                       RedriveCallback done);
  void AnswerRedriven(persistence::ExecutionRef ref, const core::RedriveExecution& command,
                      RedriveCallback done);
  void Reopen(std::unique_ptr<LiveExecution> closed, core::RedriveExecution command,
              RedriveCallback done);
  // A Map Run's child that may have been started before: see StartRequest::is_redriven.
  void StartRedriven(StartRequest request, StartCallback done);
  // The child was started before its Map Run was redriven.
  void AnswerBeforeRedrive(const LiveExecution& existing, const core::ParentLink& parent,
                           StartCallback done);

  // --- range_decide.cc
  void Enqueue(LiveExecution* live, core::Command command, CommandCallback done);
  void Schedule(LiveExecution* live);
  void RequestFlush();
  void Flush();
  // Whether the batch has room for one that only goes on where it was cut short.
  bool HasRoomToContinue() const;
  // As Decider::Run, both.
  [[nodiscard]] bool DecideFirst(std::deque<persistence::ExecutionRef>* list);
  [[nodiscard]] bool DecideOne(LiveExecution* live);
  void FinishDecision(std::shared_ptr<Decision> decision);

  // --- range_after_commit.cc
  void AfterCommit(Transition transition);
  void TellRelatives(LiveExecution* live, const Transition& transition);
  void CloseLive(LiveExecution* live);
  void Continue(LiveExecution* live);
  void OnRejected(Transition transition, const std::string& why);
  void EndRefused(persistence::ExecutionRow row, std::vector<PendingCommand> commands,
                  const std::string& why);

  template <typename Done>
  auto IfStillOwner(Done done) {
    return [this, generation = generation_, done = std::move(done)](auto&&... args) mutable {
      if (generation == generation_) done(std::forward<decltype(args)>(args)...);
    };
  }
  aws::ArnContext arns() const { return {deps_.options->region, deps_.options->account}; }
  absl::Time Now() const { return deps_.world.clock->Now(); }

  const persistence::SlotRange slots_;
  RangeDeps deps_;
  Mode mode_ = Mode::kClosed;
  int64_t generation_ = 0;  // grows with every loss of ownership: late callbacks compare it
  std::function<void()> ready_;
  std::vector<std::function<void()>> closed_;
  absl::Duration opened_at_;
  std::string trouble_;   // what keeps the range from serving
  uint32_t next_id_ = 1;  // low half of the next execution id in this epoch

  ResidentSet resident_;
  Ownership ownership_;
  CommitPipeline pipeline_;
  Deadlines deadlines_;
  Loader loader_;
  Effects effects_;
  Retention retention_;
  TransitionWriter writer_;
  Parking parking_;
  Decider decider_;

  std::deque<persistence::ExecutionRef> to_decide_;
  // Those that only go on where they were cut short: after all others, a few in each batch.
  std::deque<persistence::ExecutionRef> to_continue_;
  WaitingStarts waiting_starts_;
  // Closed executions that are being redriven, each with the redrives that came meanwhile.
  std::map<persistence::ExecutionRef, std::vector<absl::AnyInvocable<void()>>> redriving_;
  std::vector<Transition> unrecorded_;  // decided, with nothing to store: effects follow at once
  bool is_flush_posted_ = false;
  int64_t flushed_events_ = 0;  // in this turn of the strand
  LoadShare pending_;           // commands that wait for a commit
  int64_t slowed_ = 0;          // executions whose decisions take long

  mutable absl::Mutex health_mutex_;
  RangeHealth health_ ABSL_GUARDED_BY(health_mutex_);
};

}  // namespace pawl::runtime
