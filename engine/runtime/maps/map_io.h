// The object store's side of Distributed Maps: reads items for Map Runs, writes their results, reads
// again what children were given that are to be redriven.
//
// Thread-safe; all return at once and answer with a command for the Map Run's execution.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "engine/aws/arn.h"
#include "engine/aws/execution_record.h"
#include "engine/core/decide.h"
#include "engine/core/execution.h"
#include "engine/objects/item_reader.h"
#include "engine/objects/object_store.h"
#include "engine/runtime/maps/map_run_history.h"
#include "engine/runtime/range/map_run_files.h"
#include "engine/runtime/world/world.h"

namespace pawl::runtime {

class MapIo final : public MapRunFiles {
 public:
  MapIo(WorldRef world, aws::ArnContext arns) : world_(std::move(world)), arns_(std::move(arns)) {}

  // An object store that is away is asked again until it answers.
  void Read(const LiveExecution& live, const core::ItemsToRead& read, Answer answer) override;
  // Out of the history, both.
  void ReadChildren(const LiveExecution& live, const core::ChildrenToRead& read,
                    Answer answer) override;
  void Write(const LiveExecution& live, const core::ResultsToWrite& write, Answer answer) override;

 private:
  struct ReadJob;
  struct ChildrenJob;
  struct WriteJob;
  // A Map Run's open reader; a read that goes on where it stands need not open the object again.
  using RunKey = std::tuple<persistence::Slot, int64_t, int64_t>;
  struct OpenReader {
    std::unique_ptr<objects::ItemReader> reader;
    std::string cursor;
  };

  void RunRead(const std::shared_ptr<ReadJob>& job);
  void ReadChunk(ReadJob* job);
  void RunReadChildren(const std::shared_ptr<ChildrenJob>& job);
  void RunWrite(const std::shared_ptr<WriteJob>& job);
  static aws::ExecutionRecord RecordOf(const WriteJob& job, const aws::ArnContext& context,
                                       const core::MapChildEnded& ended, const Payload& input,
                                       absl::Time stop);
  absl::Status WriteResults(persistence::Store& store, WriteJob* job);

  WorldRef world_;
  const aws::ArnContext arns_;
  absl::Mutex mutex_;
  std::map<RunKey, OpenReader> readers_ ABSL_GUARDED_BY(mutex_);
  // Where the children stand in the history that a redriven Map Run wants next.
  std::map<RunKey, MapRunHistory::Place> places_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pawl::runtime
