// The results of a Map Run, written to an object store in AWS's layout:
//
//   PREFIX/RUNID/SUCCEEDED_0.json, SUCCEEDED_1.json, ...   results of children that succeeded
//   PREFIX/RUNID/FAILED_0.json, ...                        that failed, timed out or were aborted
//   PREFIX/RUNID/PENDING_0.json, ...                       that were never started
//   PREFIX/RUNID/manifest.json                             which of them there are, written last
//
//   auto files = ResultFiles::Create(store, spec);
//   for (const aws::ExecutionRecord& child : children) Check((*files)->Add(child));
//   absl::StatusOr<ManifestLocation> manifest = (*files)->Finish();
//
// Names depend on the specification and the sequence of Add only, and a file replaces its
// predecessor at once: after a crash, do all of it again.
//
// Source: AWS Step Functions Developer Guide, "ResultWriter (Map)".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/aws/execution_record.h"
#include "engine/objects/object_store.h"
#include "engine/value/failure.h"
#include "engine/value/payload.h"
#include "engine/value/value.h"

namespace pawl::objects {

// The files that a child's record may go to.
enum class ResultGroup { kSucceeded, kFailed, kPending };
ResultGroup GroupOf(const aws::ExecutionRecord& child);

enum class ResultTransformation {
  kNone,     // the records of the executions; the default of an export
  kCompact,  // the outputs
  kFlatten,  // the outputs, an array's elements one by one
};
enum class ResultOutputType { kJson, kJsonl };

// What `child` contributes to its file, and to the state's output where a ResultWriter has a
// WriterConfig only. A child that has not succeeded contributes its record, whatever the
// transformation.
std::vector<Value> FormatResult(const aws::ExecutionRecord& child,
                                ResultTransformation transformation);

struct ResultWriterSpec {
  std::string bucket;
  std::string prefix;  // may be empty, may end in '/'
  std::string map_run_arn;
  std::string run_id;  // what follows the last ':' of the ARN on AWS
  ResultTransformation transformation = ResultTransformation::kNone;
  ResultOutputType output_type = ResultOutputType::kJson;
  // A file that would pass this gets a successor; a single larger entry has a file of its own.
  int64_t max_file_bytes = int64_t{5} * 1024 * 1024 * 1024;
};

struct ManifestLocation {
  std::string bucket;
  std::string key;
};

// Thread-compatible; calls block as the store does. Holds no more than a store's write buffer per
// group. Errors as the store has them; after one, only destroy it. Dropped before Finish it leaves
// complete files, if any, but no manifest.
class ResultFiles {
 public:
  // `store` must outlive the result.
  static absl::StatusOr<std::unique_ptr<ResultFiles>> Create(ObjectStore* store,
                                                             ResultWriterSpec spec);
  ~ResultFiles();

  absl::Status Add(const aws::ExecutionRecord& child);
  // Closes the files and writes the manifest.
  absl::StatusOr<ManifestLocation> Finish();

 private:
  class Group;
  ResultFiles(ObjectStore* store, ResultWriterSpec spec);

  ObjectStore* const store_;
  const ResultWriterSpec spec_;
  const std::string folder_;  // "PREFIX/RUNID/"
  std::vector<std::unique_ptr<Group>> groups_;
};

// The failure that the Map state has where writing failed: States.ResultWriterFailed.
Failure ResultWriterFailure(const absl::Status& status);

// {"Bucket": ..., "Key": ...}, for ResultWriterDetails.
Value ToResultWriterDetails(const ManifestLocation& manifest);

}  // namespace pawl::objects
