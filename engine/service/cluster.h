// The installation: who runs, on what, with which limits.
#pragma once

#include <string>
#include <vector>

#include "engine/runtime/tasks/task_queues.h"
#include "engine/service/call.h"
#include "engine/service/deps.h"

namespace pawl::service {

struct Limit {
  std::string flag;
  int64_t value = 0;
  std::string meaning;
};

struct ClusterDescription {
  std::string version;
  std::string store;
  std::string node_name;
  std::string node_address;
  absl::Time started;
  int workers = 0;
  int64_t open_executions = 0;  // that are not parked
  int64_t parked_executions = 0;
  std::vector<persistence::RangeState> ranges;
  std::vector<Limit> limits;
  std::vector<runtime::QueueStats> queues;
};

// Thread-safe.
class Cluster {
 public:
  Cluster(Deps deps, std::string version) : deps_(deps), version_(std::move(version)) {}
  void Describe(const CallContext& context, Done<ClusterDescription> done);
  // The quarantined executions of all ranges of this node.
  void ListQuarantined(const CallContext& context, Done<std::vector<runtime::Quarantined>> done);
  // As RangeRunner::RetryQuarantined.
  void RetryQuarantined(const CallContext& context, persistence::ExecutionRef ref,
                        Done<Empty> done);
  // What is stored of it, from transition `from` on; a page of about a MiB.
  void Export(const CallContext& context, persistence::ExecutionRef ref, int64_t from,
              Done<std::vector<persistence::HistoryRow>> done);

 private:
  const Deps deps_;
  const std::string version_;
};

}  // namespace pawl::service
