// What the runtime counts. The default counts nothing; engine/api/prometheus_metrics.h shows it
// all.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/core/execution.h"

namespace pawl::runtime {

// Called from strands: thread-safe and quick.
class Metrics {
 public:
  virtual ~Metrics() = default;
  virtual void ExecutionStarted() {}
  virtual void ExecutionEnded(core::ExecutionStatus /*status*/) {}
  // A committed batch: its transitions, its bytes, and how long the store took.
  virtual void BatchCommitted(int64_t /*transitions*/, int64_t /*bytes*/, absl::Duration /*took*/) {
  }
  virtual void BatchFailed(absl::string_view /*outcome*/) {}
  virtual void Events(int64_t /*count*/) {}
  virtual void TaskScheduled() {}
  virtual void TaskStarted(absl::Duration /*since_scheduled*/) {}
  virtual void TaskEnded(absl::Duration /*since_scheduled*/) {}
  virtual void RetryScheduled() {}
  virtual void RangeRecovered(absl::Duration /*took*/, int64_t /*executions*/) {}
  virtual void OwnershipLost() {}
  virtual void StartRefused() {}
};

}  // namespace pawl::runtime
