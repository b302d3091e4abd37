// Transitions on their way to the store: while one batch commits, the next ones fill. Nothing of a
// transition leaves the process before its batch is committed. Touched only from the range's strand.
//
// Small transitions and large ones fill batches of their own, which commit in turn: a small one
// waits for one large one at most, not for all that have come before it. Between executions there is
// no order to keep, and an execution has one transition in flight at most.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/types/optional.h"
#include "engine/runtime/options.h"
#include "engine/runtime/range/execution_log.h"
#include "engine/runtime/range/live_execution.h"
#include "engine/runtime/range/metrics.h"
#include "engine/runtime/range/ownership.h"
#include "engine/runtime/range/requests.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

// What was decided for one execution, and who waits for it to be durable.
struct Transition {
  persistence::ExecutionRef ref;
  std::vector<PendingCommand> commands;
  std::vector<core::CommandOutcome> outcomes;
  StartCallback start_done;          // of a start
  std::set<core::EventId> answered;  // attempts that a worker's answer closed
  int64_t events = 0;
  int64_t retries = 0;
  std::vector<core::ChildRef> abandoned;
  std::unique_ptr<LoggedTransition> log;  // nullptr: nothing is logged
};

// What is stored of one transition.
struct TransitionRows {
  absl::optional<persistence::ExecutionRow> start;
  absl::optional<persistence::HistoryRow> history;
  absl::optional<persistence::ExecutionUpdate> update;
  absl::optional<persistence::RedriveUpdate> redrive;
  absl::optional<persistence::CheckpointRow> checkpoint;

  size_t bytes() const {
    return (history.has_value() ? history->record.size() : 0) +
           (checkpoint.has_value() ? checkpoint->state.size() : 0);
  }
};

class CommitPipeline {
 public:
  // Of what is stored: a transition with more is a large one.
  static constexpr size_t kLargeBytes = size_t{64} * 1024;
  // A batch of large ones takes no more once it has so many.
  static constexpr size_t kLargeBatchBytes = size_t{1024} * 1024;

  struct Handlers {
    std::function<void(Transition)> committed;
    // A start under a name that is taken: nothing of it was written.
    std::function<void(Transition, persistence::ExecutionRow)> name_taken;
    // The store refuses its rows, and always will.
    std::function<void(Transition, const std::string& why)> rejected;
    // Whether the batch was written is not known, or the range is another's.
    std::function<void(const std::string& why)> lost;
    // `trouble` has come or gone.
    std::function<void()> troubled;
    // There is room again, and the transitions of a batch have had their effects.
    std::function<void()> drained;
  };

  // All arguments outlive the pipeline.
  CommitPipeline(const WorldRef& world, const Options& options, Strand* strand,
                 Ownership* ownership, Metrics* metrics, Handlers handlers);

  // Into one of the next batches.
  void Add(TransitionRows rows, Transition transition);
  // The next batches take no more; what is decided waits for those after.
  bool IsFull() const;
  // Of the transitions in the next batches.
  int64_t filling_events() const { return filling_events_; }
  bool IsIdle() const { return !is_in_flight_ && small_.IsEmpty() && large_.empty(); }

  // Sends the next batch, if there is one and none is on its way.
  void Send();
  // Forgets all batches: what was in them, for whoever waits to be told.
  std::vector<Transition> TakeAll();

  // What keeps commits from succeeding, since they last did; ok where nothing does. Its code tells
  // callers what to do: Unavailable or ResourceExhausted.
  const absl::Status& trouble() const { return trouble_; }

 private:
  struct Batch {
    std::shared_ptr<persistence::CommitBatch> rows = std::make_shared<persistence::CommitBatch>();
    std::vector<Transition> transitions;
    size_t bytes = 0;
    int64_t events = 0;

    bool IsEmpty() const { return transitions.empty(); }
  };

  Batch TakeNext();

  void Commit();
  void OnOutcome(absl::Duration sent, persistence::CommitOutcome outcome);
  void OnCommitted(absl::Duration sent);
  void RetryLater(const persistence::CommitOutcome& outcome);
  // Takes one execution out of the batch on its way.
  Transition Remove(persistence::ExecutionRef ref, persistence::ExecutionRow* start);
  void SendRest();

  const WorldRef& world_;
  const Options& options_;
  Strand* const strand_;
  Ownership* const ownership_;
  Metrics* const metrics_;
  const Handlers handlers_;
  Batch small_;
  std::deque<Batch> large_;
  // Of `small_` and `large_`.
  size_t filling_transitions_ = 0;
  size_t filling_bytes_ = 0;
  int64_t filling_events_ = 0;
  bool is_large_next_ = false;  // where both wait
  Batch in_flight_;
  bool is_in_flight_ = false;
  int64_t generation_ = 0;  // grows with TakeAll: outcomes of forgotten batches count no more
  absl::Status trouble_;
  absl::Duration retry_delay_;
  absl::Duration said_at_ = -absl::InfiniteDuration();
};

}  // namespace pawl::runtime
