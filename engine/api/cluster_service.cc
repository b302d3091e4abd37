#include "engine/api/cluster_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/api/convert.h"
#include "engine/runtime/world/incarnation.h"

namespace pawl::api {
namespace {

void Fill(const service::ClusterDescription& cluster, v1::ClusterDescribeResponse* response) {
  response->set_version(cluster.version);
  response->set_store(cluster.store);
  v1::Node* node = response->add_nodes();
  node->set_name(cluster.node_name);
  node->set_address(cluster.node_address);
  node->set_version(cluster.version);
  *node->mutable_start_time() = ToProto(cluster.started);
  node->set_connected_workers(cluster.workers);
  node->set_open_executions(cluster.open_executions);
  node->set_parked_executions(cluster.parked_executions);
  for (const service::Limit& limit : cluster.limits) {
    v1::Limit* out = response->add_limits();
    out->set_flag(limit.flag);
    out->set_value(limit.value);
    out->set_meaning(limit.meaning);
  }
  for (const persistence::RangeState& range : cluster.ranges) {
    v1::Range* out = response->add_ranges();
    out->set_first_slot(static_cast<int32_t>(range.slots.first.value()));
    out->set_last_slot(static_cast<int32_t>(range.slots.last.value()));
    out->set_owner(runtime::NodeNameOf(range.owner));
    out->set_epoch(range.epoch);
    out->set_batch_seq(range.batch_seq);
    *out->mutable_lease_until() = ToProto(range.lease_until);
  }
  for (const runtime::QueueStats& queue : cluster.queues) {
    v1::Queue* out = response->add_queues();
    out->set_name(queue.queue.name);
    out->set_namespace_(queue.queue.ns);
    out->set_ready(queue.ready);
    out->set_running(queue.running);
    out->set_credits(queue.credits);
    out->set_workers(queue.workers);
  }
}

}  // namespace

grpc::ServerUnaryReactor* ClusterService::Describe(grpc::CallbackServerContext* context,
                                                   const v1::ClusterDescribeRequest*,
                                                   v1::ClusterDescribeResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Cluster.Describe");
  if (!answer->is_admitted()) return answer->reactor();
  service_->cluster.Describe(answer->context(),
                             AnswerWith<service::ClusterDescription>(
                                 answer, [response](auto& cluster) { Fill(cluster, response); }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ClusterService::ListQuarantined(
    grpc::CallbackServerContext* context, const v1::ClusterListQuarantinedRequest*,
    v1::ClusterListQuarantinedResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Cluster.ListQuarantined");
  if (!answer->is_admitted()) return answer->reactor();
  service_->cluster.ListQuarantined(
      answer->context(),
      AnswerWith<std::vector<runtime::Quarantined>>(answer, [response](auto& list) {
        for (const runtime::Quarantined& entry : list) {
          v1::QuarantinedExecution* out = response->add_executions();
          out->set_slot(static_cast<int32_t>(entry.row.ref.slot.value()));
          out->set_id(entry.row.ref.id);
          if (!entry.row.name.empty()) {
            out->set_execution(absl::StrCat(entry.row.machine, "/", entry.row.name));
          }
          out->set_reason(entry.why);
          *out->mutable_since() = ToProto(entry.since);
        }
      }));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ClusterService::RetryQuarantined(
    grpc::CallbackServerContext* context, const v1::ClusterRetryQuarantinedRequest* request,
    v1::ClusterRetryQuarantinedResponse*) {
  auto answer = LongAnswer::To(*service_, *context, "Cluster.RetryQuarantined");
  if (!answer->is_admitted()) return answer->reactor();
  service_->cluster.RetryQuarantined(answer->context(),
                                     {persistence::Slot(request->slot()), request->id()},
                                     AnswerWith<service::Empty>(answer, [](auto&) {}));
  return answer->reactor();
}

grpc::ServerUnaryReactor* ClusterService::ExportExecution(
    grpc::CallbackServerContext* context, const v1::ClusterExportExecutionRequest* request,
    v1::ClusterExportExecutionResponse* response) {
  auto answer = LongAnswer::To(*service_, *context, "Cluster.ExportExecution");
  if (!answer->is_admitted()) return answer->reactor();
  service_->cluster.Export(
      answer->context(), {persistence::Slot(request->slot()), request->id()},
      request->from_sequence(),
      AnswerWith<std::vector<persistence::HistoryRow>>(answer, [response](auto& rows) {
        for (persistence::HistoryRow& row : rows) {
          v1::StoredRecord* out = response->add_records();
          out->set_sequence(row.sequence);
          out->set_record(std::move(row.record));
        }
        if (!rows.empty()) response->set_next_sequence(rows.back().sequence + 1);
      }));
  return answer->reactor();
}

}  // namespace pawl::api
