// Transitions on their way to the store: while one batch commits, the next one fills. Nothing of a
// transition leaves the process before its batch is committed. Touched only from the range's strand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/types/optional.h"
#include "engine/runtime/options.h"
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
};

class CommitPipeline {
 public:
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

  // --- filling the next batch; a row's execution must have a transition in it
  void AddStart(const persistence::ExecutionRow& row) { filling_.rows->starts.push_back(row); }
  void AddHistory(persistence::HistoryRow row);
  void AddUpdate(persistence::ExecutionUpdate update);
  void AddCheckpoint(persistence::CheckpointRow row);
  void AddTransition(Transition transition);
  // The next batch takes no more; what is decided waits for the one after.
  bool IsFull() const;
  // Of the transitions in the next batch.
  int64_t filling_events() const { return filling_.events; }
  bool IsIdle() const { return !is_in_flight_ && filling_.transitions.empty(); }

  // Sends the next batch, if there is one and none is on its way.
  void Send();
  // Forgets both batches: what was in them, for whoever waits to be told.
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
  };

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
  Batch filling_;
  Batch in_flight_;
  bool is_in_flight_ = false;
  int64_t generation_ = 0;  // grows with TakeAll: outcomes of forgotten batches count no more
  absl::Status trouble_;
  absl::Duration retry_delay_;
  absl::Duration said_at_ = -absl::InfiniteDuration();
};

}  // namespace pawl::runtime
