#include "engine/service/cluster.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/auth/principal.h"
#include "engine/aws/error.h"

namespace pawl::service {
namespace {

constexpr int kExportRows = 1'000;
constexpr size_t kExportBytes = size_t{1024} * 1024;

absl::Status CheckSlot(persistence::ExecutionRef ref) {
  if (ref.slot.value() >= 0 && ref.slot.value() < persistence::kSlotCount) return absl::OkStatus();
  return aws::MakeError(aws::Error::kValidation,
                        absl::StrCat("slot must be between 0 and ", persistence::kSlotCount - 1));
}

std::vector<Limit> LimitsOf(const runtime::Options& options) {
  const core::Limits& core = options.limits;
  const auto bytes = [](size_t value) { return static_cast<int64_t>(value); };
  return {
      {"--max-payload-bytes", bytes(core.max_payload_bytes),
       "of one payload: input, output, task result"},
      {"--max-history-events", core.max_history_events, "of one execution; 0 = no limit"},
      {"--max-events-per-transition", core.max_events_per_transition,
       "decided in one go before others have their turn"},
      {"--max-transition-bytes", bytes(core.max_transition_bytes),
       "of payloads decided in one go before others have their turn"},
      {"--max-transition-steps", bytes(core.max_transition_steps),
       "of all expressions decided in one go, 10 ns each"},
      {"--max-expression-steps", bytes(core.expression.max_steps), "of one expression, 10 ns each"},
      {"--max-gathered-bytes", bytes(core.max_gathered_bytes),
       "items of an inline Map, results of a Map or Parallel"},
      {"--max-map-bytes", bytes(core.max_map_bytes),
       "inputs of a Distributed Map's children that run at once"},
      {"--max-execution-bytes", bytes(core.max_execution_bytes), "that one execution may hold"},
      {"--memory-limit", bytes(options.memory_limit), "of payloads in this process"},
      {"--max-inline-concurrency", core.max_inline_concurrency,
       "iterations of an inline Map at once"},
      {"--max-definition-bytes", bytes(options.compile.max_definition_bytes),
       "of a state machine's definition"},
      {"--max-states", options.compile.max_states, "states of one machine"},
      {"--max-json-depth", core.expression.max_depth, "nesting of a JSON value"},
      {"--max-resident-executions", options.max_resident_executions,
       "open executions in memory; parked ones do not count"},
      {"--max-pending-commands", options.max_pending_commands, "that wait for a commit"},
      {"--max-batch-transitions", bytes(options.max_batch_transitions), "of one commit"},
      {"--max-batch-bytes", bytes(options.max_batch_bytes), "of one commit"},
      {"--max-credits", options.max_credits, "of one worker for one queue"},
      {"--max-queues-per-worker", options.max_queues_per_worker, "that one worker may serve"},
      {"--max-lost-deliveries", options.max_lost_deliveries,
       "of an attempt whose workers were lost; then it fails"},
  };
}

}  // namespace

void Cluster::Describe(const CallContext& context, Done<ClusterDescription> done) {
  absl::Status status = deps_.authorizer->Check(context, "DescribeCluster", "");
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<ClusterDescription>(
      context, runtime::ReadLane::kList,
      [this, bounds = BoundsOf(context)](
          persistence::Store& store) -> absl::StatusOr<ClusterDescription> {
        const runtime::Options& options = deps_.node->options();
        ClusterDescription out;
        out.version = version_;
        out.store = store.description();
        out.node_name = options.node_name;
        out.node_address = options.node_address;
        out.started = deps_.node->start_time();
        out.workers = deps_.node->queues().sessions();
        out.limits = LimitsOf(options);
        auto ranges = store.ListRanges();
        if (!ranges.ok()) return ranges.status();
        for (const persistence::RangeState& range : *ranges) {
          auto counts = store.CountOpen(range.slots);
          if (!counts.ok()) return counts.status();
          out.open_executions += counts->resident;
          out.parked_executions += counts->parked;
        }
        out.ranges = *std::move(ranges);
        for (runtime::QueueStats& queue : deps_.node->queues().Stats()) {
          const bool is_visible =
              bounds.empty() || queue.queue.ns.empty() || queue.queue.ns == bounds;
          if (is_visible) out.queues.push_back(std::move(queue));
        }
        return out;
      },
      std::move(done));
}

void Cluster::ListQuarantined(const CallContext& context,
                              Done<std::vector<runtime::Quarantined>> done) {
  absl::Status status = deps_.authorizer->Check(context, "ListQuarantined", "");
  if (!status.ok()) return done(std::move(status));
  struct Gathering {
    absl::Mutex mutex;
    size_t left ABSL_GUARDED_BY(mutex) = 0;
    std::vector<runtime::Quarantined> all ABSL_GUARDED_BY(mutex);
    Done<std::vector<runtime::Quarantined>> done;
  };
  auto gathering = std::make_shared<Gathering>();
  gathering->done = std::move(done);
  const auto& ranges = deps_.node->ranges();
  {
    absl::MutexLock lock(&gathering->mutex);
    gathering->left = ranges.size();
  }
  for (const auto& range : ranges) {
    range->ListQuarantined([gathering](std::vector<runtime::Quarantined> list) {
      std::vector<runtime::Quarantined> all;
      {
        absl::MutexLock lock(&gathering->mutex);
        for (runtime::Quarantined& entry : list) gathering->all.push_back(std::move(entry));
        if (--gathering->left > 0) return;
        all = std::move(gathering->all);
      }
      gathering->done(std::move(all));
    });
  }
}

void Cluster::RetryQuarantined(const CallContext& context, persistence::ExecutionRef ref,
                               Done<Empty> done) {
  absl::Status status = deps_.authorizer->Check(context, "RetryQuarantined", "");
  if (status.ok()) status = CheckSlot(ref);
  if (!status.ok()) return done(std::move(status));
  deps_.node->RangeOf(ref.slot).RetryQuarantined(
      ref, [done = std::move(done)](absl::Status read) mutable {
        if (read.ok()) return done(Empty());
        done(std::move(read));
      });
}

void Cluster::Export(const CallContext& context, persistence::ExecutionRef ref, int64_t from,
                     Done<std::vector<persistence::HistoryRow>> done) {
  absl::Status status = deps_.authorizer->Check(context, "ExportExecution", "");
  if (status.ok()) status = CheckSlot(ref);
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<std::vector<persistence::HistoryRow>>(
      context, runtime::ReadLane::kBulk,
      [ref, from](persistence::Store& store) {
        return store.ReadHistory(ref, std::max<int64_t>(from, 1), kExportRows, /*reverse=*/false,
                                 kExportBytes);
      },
      std::move(done));
}

}  // namespace pawl::service
