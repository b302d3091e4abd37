// Every setting and limit of the runtime, with its default. engine/flags.cc gives each a flag.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/asl/compile.h"
#include "engine/core/decide.h"

namespace pawl::runtime {

// What is left of EXPRESS executions in the log (range/express_log.h).
enum class ExpressLogLevel {
  kOff,
  kErrors,  // executions that did not succeed
  kEnds,    // every end; of a Map Run's children, of which there may be millions, as kErrors
  kEvents,  // every history event, as AWS's level ALL
};

struct ExpressLogOptions {
  ExpressLogLevel level = ExpressLogLevel::kEnds;
  // Also the details of events, with inputs and outputs (AWS's includeExecutionData).
  bool with_data = false;
};

struct Options {
  std::string node_name = "pawl";
  // Who owns ranges: one run of one process (incarnation.h).
  std::string incarnation = "pawl#in-process";
  std::string node_address;
  std::string region = "us-east-1";
  std::string account = "000000000000";  // the default namespace

  core::Limits limits;
  asl::CompileOptions compile;
  size_t max_input_bytes =
      size_t{1024} * 1024;  // of an execution's input (--max-payload-bytes as well)

  // Overload: beyond these, starts are refused with RESOURCE_EXHAUSTED before anything is written.
  int64_t max_resident_executions = 200'000;
  int64_t max_pending_commands = 20'000;                 // that wait for a commit
  absl::Duration retry_after = absl::Milliseconds(500);  // the hint that goes with a refusal
  // Bytes of payloads in memory: executions, pages of histories, waiting starts, outgoing frames.
  // Beyond it starts are refused and what can leave memory does.
  // (pawl-engine: 0 means a quarter of the machine's or the control group's memory)
  size_t memory_limit = size_t{1024} * 1024 * 1024;

  // Commit pipeline: a batch is sent when the one before is done; these only bound its size.
  size_t max_batch_transitions = 1'000;
  size_t max_batch_bytes = size_t{4} * 1024 * 1024;

  absl::Duration lease = absl::Seconds(10);
  absl::Duration park_after = absl::Seconds(10);  // without anything to do
  ExpressLogOptions express_log;
  // The limits are AWS's, and what exceeds them is refused in AWS's words (flag --aws-limits).
  bool has_aws_limits = false;
  // How often, at least, an idle execution asks its parent whether it still waits, and its children
  // whether they have ended: a crash may have kept the news from it.
  absl::Duration relatives_check = absl::Hours(1);
  int64_t checkpoint_events = 1'000;  // between two checkpoints
  // How long a closed execution is kept, with its history and its name. Beyond all that a parent may
  // take to ask for a child's end (relatives_check).
  absl::Duration retention = absl::InfiniteDuration();
  // How often namespaces and activities are read again, for other nodes may have changed them.
  // Infinite where there are none.
  absl::Duration configuration_refresh = absl::InfiniteDuration();
  // Queues that the engine itself serves, for all namespaces: what they hold is kept apart by task
  // alone.
  std::vector<std::string> shared_queues;

  // A task on any activity name waits on the queue of that name; otherwise only on a registered one.
  bool open_activities = true;

  // Workers.
  absl::Duration received_timeout = absl::Seconds(2);
  absl::Duration reconnect_grace = absl::Seconds(5);
  absl::Duration ping_interval = absl::Seconds(5);
  int64_t max_credits = 10'000;  // per worker and queue
  int64_t max_queues_per_worker = 1'000;
  // Deliveries of one attempt to workers that were lost before they reported. After the last one the
  // attempt fails (States.TaskFailed) and Retry decides: the task may be what kills them.
  int max_lost_deliveries = 5;

  // After every transition the stored history is folded from nothing and compared (test builds).
  bool verify_replay = false;
};

// AWS's limits of executions and machines, exactly (AWS guide, "Service quotas").
void SetAwsLimits(Options* options);

// Refuses an execution's input by its size: ValidationException with AWS's limits, otherwise
// InvalidExecutionInput that names the flag. Needs the text's size only, so it goes before parsing.
absl::Status CheckInputSize(size_t bytes, const Options& options);

// The refusal of a member that is longer than AWS's API allows.
absl::Status TooLong(absl::string_view member, size_t limit);

}  // namespace pawl::runtime
