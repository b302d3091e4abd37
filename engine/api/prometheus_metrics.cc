#include "engine/api/prometheus_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace pawl::api {
namespace {

using prometheus::Histogram;

constexpr absl::Duration kCountInterval = absl::Seconds(15);
constexpr size_t kMaxQueues = 1'000;

Histogram::BucketBoundaries SecondsBuckets() {
  return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600};
}

Histogram::BucketBoundaries SizeBuckets() {
  return {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000};
}

class Implementation final : public PrometheusMetrics {
 public:
  void ExecutionStarted() override { started_.Increment(); }
  void ExecutionEnded(core::ExecutionStatus status) override {
    ended_.Add({{"status", std::string(core::StatusName(status))}}).Increment();
  }
  void BatchCommitted(int64_t transitions, int64_t bytes, absl::Duration took) override {
    transitions_.Increment(static_cast<double>(transitions));
    history_bytes_.Increment(static_cast<double>(bytes));
    batch_size_.Observe(static_cast<double>(transitions));
    commit_seconds_.Observe(absl::ToDoubleSeconds(took));
  }
  void BatchFailed(absl::string_view outcome) override {
    failed_.Add({{"outcome", std::string(outcome)}}).Increment();
  }
  void Events(int64_t count) override { events_.Increment(static_cast<double>(count)); }
  void TaskScheduled() override { tasks_.Increment(); }
  void TaskStarted(absl::Duration d) override { to_start_.Observe(absl::ToDoubleSeconds(d)); }
  void TaskEnded(absl::Duration d) override { to_end_.Observe(absl::ToDoubleSeconds(d)); }
  void RetryScheduled() override { retries_.Increment(); }
  void RangeRecovered(absl::Duration took, int64_t executions) override {
    recoveries_.Increment();
    recovery_seconds_.Set(absl::ToDoubleSeconds(took));
    recovered_.Set(static_cast<double>(executions));
  }
  void OwnershipLost() override { lost_.Increment(); }
  void StartRefused() override { refused_.Increment(); }

  void StartCounting(runtime::Node* node) override { Count(node); }

  std::string Expose(runtime::Node* node) override {
    if (node != nullptr) Sample(node);
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  prometheus::Counter& Counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add({});
  }
  prometheus::Gauge& Gauge(const char* name, const char* help) {
    return GaugeFamily(name, help).Add({});
  }
  prometheus::Family<prometheus::Gauge>& GaugeFamily(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
  }
  prometheus::Histogram& Histo(const char* name, const char* help,
                               const Histogram::BucketBoundaries& buckets) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_).Add({}, buckets);
  }

  void SampleRanges(const runtime::Node& node) {
    int64_t quarantined = 0, slowed = 0, serving = 0;
    for (const auto& range : node.ranges()) {
      const runtime::RangeHealth health = range->health();
      quarantined += health.quarantined;
      slowed += health.slowed;
      serving += health.is_serving ? 1 : 0;
    }
    quarantined_.Set(static_cast<double>(quarantined));
    slowed_.Set(static_cast<double>(slowed));
    ranges_serving_.Set(static_cast<double>(serving));
  }

  void Sample(runtime::Node* node) {
    SampleRanges(*node);
    memory_used_.Set(static_cast<double>(node->memory().used()));
    memory_limit_.Set(static_cast<double>(node->memory().limit()));
    workers_.Set(node->queues().sessions());
    SampleQueues(node->queues().Stats());
    const persistence::Store::Stats stats = node->world().store->store().stats();
    store_commits_.Set(static_cast<double>(stats.commits));
    store_statements_.Set(static_cast<double>(stats.statements));
    store_reads_.Set(static_cast<double>(stats.reads));
  }

  // Queues in use, as many as a scrape should hold; those that have gone are shown no more.
  void SampleQueues(const std::vector<runtime::QueueStats>& queues) {
    std::map<runtime::QueueId, QueueGauges> shown;
    for (const runtime::QueueStats& queue : queues) {
      if (queue.ready == 0 && queue.running == 0 && queue.workers == 0) continue;
      if (shown.size() >= kMaxQueues) break;
      const std::map<std::string, std::string> labels = {{"namespace", queue.queue.ns},
                                                         {"queue", queue.queue.name}};
      QueueGauges gauges{&queue_ready_.Add(labels), &queue_running_.Add(labels)};
      gauges.ready->Set(static_cast<double>(queue.ready));
      gauges.running->Set(static_cast<double>(queue.running));
      shown_queues_.erase(queue.queue);
      shown.emplace(queue.queue, gauges);
    }
    for (const auto& [name, gauges] : shown_queues_) {
      queue_ready_.Remove(gauges.ready);
      queue_running_.Remove(gauges.running);
    }
    shown_queues_ = std::move(shown);
  }

  void Count(runtime::Node* node) {
    auto counts = std::make_shared<absl::StatusOr<persistence::Store::OpenCounts>>();
    node->world().store->Read(
        runtime::ReadLane::kList,
        [counts, node](persistence::Store& store) { *counts = CountAll(node, store); },
        node->any_strand(),
        [this, counts, node] {
          if (counts->ok()) {  // else the store is away, and the last values stay
            open_.Set(static_cast<double>((*counts)->resident));
            parked_.Set(static_cast<double>((*counts)->parked));
          }
          node->any_strand()->PostAfter(kCountInterval, [this, node] { Count(node); });
        });
  }

  static absl::StatusOr<persistence::Store::OpenCounts> CountAll(runtime::Node* node,
                                                                 persistence::Store& store) {
    persistence::Store::OpenCounts all;
    for (const auto& range : node->ranges()) {
      const auto counts = store.CountOpen(range->slots());
      if (!counts.ok()) return counts.status();
      all.resident += counts->resident;
      all.parked += counts->parked;
    }
    return all;
  }

  struct QueueGauges {
    prometheus::Gauge* ready;
    prometheus::Gauge* running;
  };

  prometheus::Registry registry_;
  std::map<runtime::QueueId, QueueGauges> shown_queues_;  // touched by Expose, on one thread
  prometheus::Counter& started_ = Counter("pawl_executions_started_total", "Executions started");
  prometheus::Family<prometheus::Counter>& ended_ = prometheus::BuildCounter()
                                                        .Name("pawl_executions_ended_total")
                                                        .Help("Executions ended, by status")
                                                        .Register(registry_);
  prometheus::Counter& transitions_ = Counter("pawl_transitions_total", "Transitions committed");
  prometheus::Counter& events_ = Counter("pawl_history_events_total", "History events committed");
  prometheus::Counter& history_bytes_ =
      Counter("pawl_history_bytes_total", "Bytes of history records committed");
  prometheus::Histogram& batch_size_ =
      Histo("pawl_commit_batch_transitions", "Transitions per commit", SizeBuckets());
  prometheus::Histogram& commit_seconds_ =
      Histo("pawl_commit_seconds", "Time from sending a batch to its commit", SecondsBuckets());
  prometheus::Family<prometheus::Counter>& failed_ =
      prometheus::BuildCounter()
          .Name("pawl_commits_failed_total")
          .Help("Batches that were not committed at once, by outcome")
          .Register(registry_);
  prometheus::Counter& tasks_ = Counter("pawl_tasks_scheduled_total", "Task attempts scheduled");
  prometheus::Histogram& to_start_ = Histo("pawl_task_schedule_to_start_seconds",
                                           "From schedule to a worker's receipt", SecondsBuckets());
  prometheus::Histogram& to_end_ = Histo("pawl_task_schedule_to_end_seconds",
                                         "From schedule to the attempt's end", SecondsBuckets());
  prometheus::Counter& retries_ = Counter("pawl_retries_total", "Retries scheduled");
  prometheus::Counter& recoveries_ = Counter("pawl_recoveries_total", "Ranges taken and loaded");
  prometheus::Gauge& recovery_seconds_ =
      Gauge("pawl_recovery_seconds", "Time that the last recovery took");
  prometheus::Gauge& recovered_ =
      Gauge("pawl_recovered_executions", "Executions that the last recovery loaded");
  prometheus::Counter& lost_ =
      Counter("pawl_ownership_lost_total", "Times that a range's ownership was lost");
  prometheus::Counter& refused_ =
      Counter("pawl_starts_refused_total", "Starts refused because of a limit");
  prometheus::Gauge& ranges_serving_ =
      Gauge("pawl_ranges_serving", "Ranges that this node owns for certain and serves");
  prometheus::Gauge& quarantined_ =
      Gauge("pawl_executions_quarantined", "Executions that cannot be read and stay as they are");
  prometheus::Gauge& slowed_ =
      Gauge("pawl_executions_slowed", "Executions whose expressions keep taking long");
  prometheus::Gauge& memory_used_ =
      Gauge("pawl_memory_payload_bytes", "Bytes of payloads in memory, about");
  prometheus::Gauge& memory_limit_ =
      Gauge("pawl_memory_limit_bytes", "Beyond it starts are refused (--memory-limit)");
  prometheus::Gauge& workers_ = Gauge("pawl_workers_connected", "Worker sessions");
  prometheus::Gauge& open_ = Gauge("pawl_executions_open", "Open executions that are not parked");
  prometheus::Gauge& parked_ = Gauge("pawl_executions_parked", "Parked executions");
  prometheus::Gauge& store_commits_ = Gauge("pawl_store_commits", "Commits since the start");
  prometheus::Gauge& store_statements_ =
      Gauge("pawl_store_statements", "Statements sent on the commit path since the start");
  prometheus::Gauge& store_reads_ = Gauge("pawl_store_reads", "Read calls since the start");
  prometheus::Family<prometheus::Gauge>& queue_ready_ =
      GaugeFamily("pawl_queue_ready_tasks", "Tasks that wait for a worker");
  prometheus::Family<prometheus::Gauge>& queue_running_ =
      GaugeFamily("pawl_queue_running_tasks", "Tasks at workers");
};

}  // namespace

std::unique_ptr<PrometheusMetrics> PrometheusMetrics::Create() {
  return std::make_unique<Implementation>();
}

}  // namespace pawl::api
