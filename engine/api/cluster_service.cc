#include "engine/api/cluster_service.h"

#include "engine/api/convert.h"

namespace pawl::api {
namespace {

void AddLimits(const runtime::Options& options, v1::DescribeClusterResponse* response) {
  const auto add = [response](const char* flag, int64_t value, const char* meaning) {
    v1::Limit* limit = response->add_limits();
    limit->set_flag(flag);
    limit->set_value(value);
    limit->set_meaning(meaning);
  };
  const core::Limits& core = options.limits;
  add("--max-payload-bytes", static_cast<int64_t>(core.max_payload_bytes),
      "of one payload: input, output, task result");
  add("--max-history-events", core.max_history_events, "of one execution; 0 = no limit");
  add("--max-events-per-transition", core.max_events_per_transition,
      "decided in one go before others have their turn");
  add("--max-inline-concurrency", core.max_inline_concurrency,
      "iterations of an inline Map at once");
  add("--max-definition-bytes", static_cast<int64_t>(options.compile.max_definition_bytes),
      "of a state machine's definition");
  add("--max-states", options.compile.max_states, "states of one machine");
  add("--max-json-depth", core.expression.max_depth, "nesting of a JSON value");
  add("--max-resident-executions", options.max_resident_executions,
      "open executions in memory; parked ones do not count");
  add("--max-pending-commands", options.max_pending_commands, "that wait for a commit");
  add("--max-batch-transitions", static_cast<int64_t>(options.max_batch_transitions),
      "of one commit");
  add("--max-batch-bytes", static_cast<int64_t>(options.max_batch_bytes), "of one commit");
  add("--max-credits", options.max_credits, "of one worker for one queue");
}

void AddNode(const runtime::Options& options, const std::string& version, absl::Time started,
             int workers, v1::DescribeClusterResponse* response) {
  v1::Node* node = response->add_nodes();
  node->set_name(options.node_name);
  node->set_address(options.node_address);
  node->set_version(version);
  *node->mutable_start_time() = ToProto(started);
  node->set_connected_workers(workers);
}

}  // namespace

grpc::ServerUnaryReactor* ClusterService::Describe(grpc::CallbackServerContext* context,
                                                   const v1::DescribeClusterRequest*,
                                                   v1::DescribeClusterResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    response->set_version(options_.version);
    response->set_store(store.description());
    AddNode(node_->options(), options_.version, node_->start_time(), node_->queues().sessions(),
            response);
    AddLimits(node_->options(), response);
    auto ranges = store.ListRanges();
    if (!ranges.ok()) return ranges.status();
    int64_t resident = 0, parked = 0;
    for (const persistence::RangeState& range : *ranges) {
      v1::Range* out = response->add_ranges();
      out->set_first_slot(range.slots.first);
      out->set_last_slot(range.slots.last);
      out->set_owner(range.owner);
      out->set_epoch(range.epoch);
      out->set_batch_seq(range.batch_seq);
      *out->mutable_lease_until() = ToProto(range.lease_until);
      auto counts = store.CountOpen(range.slots);
      if (!counts.ok()) return counts.status();
      resident += counts->resident;
      parked += counts->parked;
    }
    response->mutable_nodes(0)->set_open_executions(resident);
    response->mutable_nodes(0)->set_parked_executions(parked);
    for (const runtime::QueueStats& queue : node_->queues().Stats()) {
      v1::Queue* out = response->add_queues();
      out->set_name(queue.name);
      out->set_ready(queue.ready);
      out->set_running(queue.running);
      out->set_credits(queue.credits);
      out->set_workers(queue.workers);
    }
    return absl::OkStatus();
  });
}

}  // namespace pawl::api
