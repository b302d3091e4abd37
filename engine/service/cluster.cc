#include "engine/service/cluster.h"

#include <utility>

namespace pawl::service {
namespace {

std::vector<Limit> LimitsOf(const runtime::Options& options) {
  const core::Limits& core = options.limits;
  const auto bytes = [](size_t value) { return static_cast<int64_t>(value); };
  return {
      {"--max-payload-bytes", bytes(core.max_payload_bytes),
       "of one payload: input, output, task result"},
      {"--max-history-events", core.max_history_events, "of one execution; 0 = no limit"},
      {"--max-events-per-transition", core.max_events_per_transition,
       "decided in one go before others have their turn"},
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
  };
}

}  // namespace

void Cluster::Describe(const CallContext& context, Done<ClusterDescription> done) {
  absl::Status status = deps_.authorizer->Check(context, "DescribeCluster", "");
  if (!status.ok()) return done(std::move(status));
  deps_.RunBlocking<ClusterDescription>(
      context, runtime::ReadLane::kList,
      [this](persistence::Store& store) -> absl::StatusOr<ClusterDescription> {
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
        out.queues = deps_.node->queues().Stats();
        return out;
      },
      std::move(done));
}

}  // namespace pawl::service
