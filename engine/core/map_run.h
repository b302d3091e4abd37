// A Distributed Map at work: a Map Run (AWS guide, "Map Runs"). Part of the folded state.
//
// Items come from the state's input or, chunk by chunk, from a reader; each item (or batch) becomes
// a child execution. Only what is at work is kept: the items read and not yet started, and the
// inputs of the running children. That bounds memory, and a crash starts no finished item again:
// whatever is not in `running` and has an index below `next_child` has ended.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "engine/core/event.h"
#include "engine/core/execution_status.h"
#include "engine/value/payload.h"

namespace pawl::core {

struct MapChild {
  Payload input;
  int64_t items = 1;     // of its batch
  int64_t sequence = 0;  // Execution::sequence() when it was started
};

struct MapRun {
  int64_t ordinal = 0;  // of the Map Runs of the execution, from 0
  std::string state;    // its name
  std::string label;
  absl::Time started_at;
  // What the state's fields gave when the run began: members "Reader" (absent: items from the
  // input), "MaxItemsPerBatch" and "MaxInputBytesPerBatch" (absent: no batches; 0 = no limit),
  // "BatchInput", "Writer" (absent: the results are the state's) and "MaxResultBytes".
  Payload config;
  std::string cursor;        // where the reader goes on
  bool is_keyed = false;     // the items are members of an object, as {"Key", "Value"}
  bool is_exhausted = true;  // all items have been read
  int64_t batch_items = 0;   // at most so many items in a batch; 0 = no limit
  int64_t batch_bytes = 0;
  bool is_batched = false;
  Payload items;  // read; those from `next_item` on are not yet started
  int64_t next_item = 0;
  int64_t items_taken = 0;  // items of the children started so far
  int64_t next_child = 0;
  MapRunLimits limits;
  bool has_writer = false;  // which takes the results from the history
  std::map<int64_t, MapChild> running;
  size_t running_bytes = 0;      // of the inputs of `running`, about
  StatusCounts children;         // that have ended
  StatusCounts items_ended;      // theirs
  std::vector<Payload> results;  // by child, without a writer; absent for failed ones
  int64_t result_bytes = 0;
  int64_t max_result_bytes = 0;

  int64_t ItemsWaiting() const {
    return items ? static_cast<int64_t>(items.value().AsArray().size()) - next_item : 0;
  }
  // Then nothing of the results is kept, and the state will fail.
  bool HasTooLargeResults() const { return result_bytes > max_result_bytes; }
  // Takes the numbers out of `config`.
  void ReadConfig();

  // Folding (map_run_fold.cc).
  void Fold(const MapRunStarted& details, absl::Time now);
  void Fold(const MapItemsRead& details);
  void Fold(const MapChildrenStarted& details, int64_t execution_sequence);
  void Fold(const MapChildEnded& details);

  // The next chunk is read while the last one is worked at.
  bool WantsItems() const {
    return !is_exhausted && ItemsWaiting() < std::max<int64_t>(500, batch_items);
  }
  // As far as it is known: all items once the reader has come to the end.
  int64_t TotalItems() const { return items_taken + ItemsWaiting(); }
  int64_t FailedItems() const { return items_ended.Unsuccessful(); }
};

// A Map Run as it is shown, also after its end.
struct MapRunSummary {
  int64_t ordinal = 0;
  std::string state;
  std::string label;
  ExecutionStatus status = ExecutionStatus::kRunning;
  absl::Time started_at;
  absl::Time stopped_at = absl::InfiniteFuture();
  MapRunLimits limits;
  StatusCounts children;
  StatusCounts items;  // of children; those that have been read and wait to be started:
  int64_t items_pending = 0;
};
// Children that still run count as RUNNING or, where the run has ended, as ABORTED.
MapRunSummary Summarize(const MapRun& run, ExecutionStatus status, absl::Time stopped_at);

}  // namespace pawl::core
