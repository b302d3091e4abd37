// The owner of one slot range: all logic of its executions runs here, on one strand.
//
//   commands ──▶ Decide ──▶ batch ──commit──▶ effects (answers, tasks, timers, watchers)
//
// An execution has at most one transition in flight; what arrives meanwhile waits and is decided
// together in the next one. While a batch commits, the next one fills. An outcome that is not
// certain ends ownership: everything in memory is dropped and folded again under a new epoch.
//
// Public methods may be called from any thread; callbacks run on the strand and must not block.
//   range_runner.cc    commands in: starting, deciding, timers, views
//   range_commit.cc    the commit pipeline and the effects that follow a commit
//   range_recovery.cc  taking the range, loading, parking and unparking
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "engine/runtime/execution_view.h"
#include "engine/runtime/live_execution.h"
#include "engine/runtime/loading.h"
#include "engine/runtime/metrics.h"
#include "engine/runtime/options.h"
#include "engine/runtime/task_queues.h"
#include "engine/runtime/task_token.h"
#include "engine/runtime/watchers.h"
#include "engine/runtime/world.h"

namespace pawl::runtime {

class ChildExecutions;
class MapIo;

struct RangeDeps {
  WorldRef world;
  Strand* strand = nullptr;
  const Options* options = nullptr;
  TaskQueues* queues = nullptr;
  MachineCache* machines = nullptr;
  const TaskTokens* tokens = nullptr;
  Watchers* watchers = nullptr;
  Metrics* metrics = nullptr;
  ChildExecutions* children = nullptr;
  MapIo* map_io = nullptr;
};

struct StartRequest {
  MachinePtr machine;
  std::string name;
  Payload input;
  absl::optional<core::ParentLink> parent = absl::nullopt;
  Recording recording = Recording::kAll;
  EndCallback on_end = nullptr;
};
struct StartResult {
  persistence::ExecutionRef ref;
  std::string arn;
  absl::Time start_time;
  bool is_new = true;  // false: it was running already, with the same name and input
};
// AlreadyExists, ResourceExhausted (nothing was written; try later), Unavailable (outcome not
// known).
using StartCallback = absl::AnyInvocable<void(absl::StatusOr<StartResult>)>;

class RangeRunner {
 public:
  RangeRunner(persistence::SlotRange slots, RangeDeps deps);

  // Takes the range and loads it; `ready` is called once it serves (or with an error that will not
  // pass by itself, such as DataLoss). Later losses of ownership are mended without being asked.
  void Open(std::function<void(absl::Status)> ready);
  // Refuses new commands, lets the batch in flight finish, gives up the range.
  void Close(std::function<void()> closed);

  void Start(StartRequest request, StartCallback done);
  void Submit(persistence::ExecutionRef ref, core::Command command, CommandCallback done);
  // As Submit, of an open execution that is known by name. Nothing where there is none.
  void StopByName(ExecutionId id, core::StopExecution command);
  // A worker has received the attempt: the time until its first heartbeat begins.
  void TaskStarted(AttemptKey key);
  // Of a task that is open; the deadline moves. FailedPrecondition where it is not open.
  void Heartbeat(AttemptKey key, std::string details, absl::AnyInvocable<void(absl::Status)> done);
  // The execution as it is committed: from memory, right after the commit in flight if there is
  // one, else folded from the store. Errors as of ViewCallback.
  void View(persistence::ExecutionRef ref, ViewParts parts, ViewCallback done);

  persistence::SlotRange slots() const { return range_.slots; }

 private:
  enum class Mode { kClosed, kOpening, kServing, kClosing };

  // A decided transition on its way to the store.
  struct Transition {
    persistence::ExecutionRef ref;
    std::vector<PendingCommand> commands;
    std::vector<core::CommandOutcome> outcomes;
    StartCallback start_done;          // of a start
    std::set<core::EventId> answered;  // attempts that a worker's answer closed
    int64_t events = 0;
    int64_t retries = 0;
    std::vector<core::ChildRef> abandoned;
  };
  struct Batch {
    std::shared_ptr<persistence::CommitBatch> rows = std::make_shared<persistence::CommitBatch>();
    std::vector<Transition> transitions;
    size_t bytes = 0;
    bool empty() const { return transitions.empty(); }
  };

  // --- range_runner.cc (all below run on the strand)
  absl::Status CheckServing() const;
  void Inspect(persistence::ExecutionRef ref, InspectCallback done);
  void StartOnStrand(StartRequest request, StartCallback done);
  void AnswerExisting(persistence::ExecutionRef ref, Payload input,
                      absl::optional<core::ParentLink> parent, StartCallback done);
  void SubmitOnStrand(persistence::ExecutionRef ref, core::Command command, CommandCallback done);
  void Enqueue(LiveExecution* live, core::Command command, CommandCallback done);
  void Schedule(LiveExecution* live);
  void RequestFlush();
  void Flush();
  bool IsBatchFull() const;
  void DecideOne(LiveExecution* live);
  core::World MakeWorld(const core::TokenMinter* minter, expr::RandomSource* random) const;
  void FillStarted(const LiveExecution& live, absl::Time now, core::Command* command) const;
  void Arm(LiveExecution* live);
  void WakeAt(absl::Time time);
  void OnWake();
  void Touch(LiveExecution* live);
  LiveExecution* FindLive(persistence::ExecutionRef ref);
  LiveExecution* Insert(std::unique_ptr<LiveExecution> live);
  void Erase(persistence::ExecutionRef ref);

  // --- range_commit.cc
  void AddToBatch(LiveExecution* live, Transition transition,
                  const std::vector<core::Event>& events);
  void SendBatch();
  void Send();
  void OnOutcome(int64_t generation, absl::Time sent, persistence::CommitOutcome outcome);
  void OnCommitted(absl::Time sent);
  void AfterCommit(Transition transition);
  void UpdateAttempts(LiveExecution* live, const Transition& transition);
  void Dispatch(LiveExecution* live, bool is_recovery);
  void DropTransition(persistence::ExecutionRef ref, const absl::Status& status);
  void AnswerTakenName(const persistence::ExecutionRow& row, Payload input,
                       absl::optional<core::ParentLink> parent, StartCallback done);
  void AddRows(LiveExecution* live, Transition* transition, const std::vector<core::Event>& events);
  void ReadForMapRuns(LiveExecution* live, const core::OutstandingWork& work);

  // --- range_recovery.cc
  void TakeRange();
  void LoadPage(persistence::ExecutionRef after);
  void FindNextWake();
  void StartServing();
  void LoseOwnership(const std::string& why);
  void WithLive(persistence::ExecutionRef ref,
                absl::AnyInvocable<void(absl::StatusOr<LiveExecution*>)> then);
  void LoadDue();
  void LoadParked(persistence::ExecutionRef ref);
  void ParkIdle();
  void CheckRelatives(LiveExecution* live, absl::Time now);
  bool CanPark(const LiveExecution& live, absl::Time now) const;
  void RenewLease();

  std::string Slots() const;  // for the log
  ArnContext arns() const { return {deps_.options->region, deps_.options->account}; }
  absl::Time Now() const { return deps_.world.clock->Now(); }

  RangeDeps deps_;
  persistence::RangeState range_;
  Mode mode_ = Mode::kClosed;
  int64_t generation_ = 0;  // grows with every loss of ownership: late callbacks compare it
  std::function<void(absl::Status)> ready_;
  std::function<void()> closed_;
  absl::Time opened_at_;
  int64_t recovered_ = 0;
  absl::Time last_complaint_ = absl::InfinitePast();
  uint32_t next_id_ = 1;  // low half of the next execution id in this epoch

  absl::flat_hash_map<persistence::ExecutionRef, std::unique_ptr<LiveExecution>> live_;
  absl::flat_hash_map<std::string, persistence::ExecutionRef> open_names_;  // "ns/machine/name"
  std::list<persistence::ExecutionRef> by_activity_;                        // longest idle first
  absl::flat_hash_map<persistence::ExecutionRef,
                      std::vector<absl::AnyInvocable<void(absl::StatusOr<LiveExecution*>)>>>
      loading_;

  std::deque<persistence::ExecutionRef> to_decide_;
  std::deque<std::pair<StartRequest, StartCallback>> waiting_starts_;  // for a batch with room
  bool is_flush_posted_ = false;
  Batch filling_;
  std::vector<Transition> unrecorded_;  // decided, with nothing to store: effects follow at once
  Batch in_flight_;
  bool is_commit_in_flight_ = false;
  int64_t pending_commands_ = 0;
  absl::Time last_commit_;

  std::set<std::pair<absl::Time, persistence::ExecutionRef>> timers_;
  std::set<std::pair<absl::Time, AttemptKey>> heartbeats_;
  absl::Time next_wake_ = absl::InfiniteFuture();         // earliest wake-up asked of the strand
  absl::Time next_parked_wake_ = absl::InfiniteFuture();  // earliest parked execution of the range
  bool is_loading_due_ = false;
};

}  // namespace pawl::runtime
