// From decided events to rows of the next batches: the history row, a checkpoint where one is due,
// the start and the update of the execution's own row. Touched only from the range's strand.
#pragma once

#include <vector>

#include "engine/runtime/options.h"
#include "engine/runtime/range/commit_pipeline.h"
#include "engine/runtime/range/live_execution.h"

namespace pawl::runtime {

class TransitionWriter {
 public:
  // Both outlive the writer.
  TransitionWriter(const Options& options, CommitPipeline* pipeline)
      : options_(options), pipeline_(pipeline) {}

  // Adds what is stored of the transition to the batch. Returns the transition where nothing of it
  // is stored: its effects need not wait for a commit.
  absl::optional<Transition> Write(LiveExecution* live, Transition transition,
                                   const std::vector<core::Event>& events);
  // The execution leaves memory until `wake_at`.
  void WritePark(LiveExecution* live, absl::Time wake_at);

 private:
  void WriteHistory(LiveExecution* live, const std::vector<core::Event>& events,
                    TransitionRows* rows, Transition* transition);
  void WriteCheckpoint(LiveExecution* live, TransitionRows* rows);
  void WriteUpdate(LiveExecution* live, TransitionRows* rows);

  const Options& options_;
  CommitPipeline* const pipeline_;
};

}  // namespace pawl::runtime
