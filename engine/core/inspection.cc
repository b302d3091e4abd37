// The interpreter's side of TestState. See inspection.h.
#include <utility>

#include "engine/core/interpreter.h"

namespace pawl::core {

void Interpreter::Note(absl::optional<Value> Inspection::* step, const Value& value) const {
  if (world_.inspection != nullptr) world_.inspection->*step = value;
}

bool Interpreter::IsMocked() const {
  return world_.inspection != nullptr && world_.inspection->mock.has_value();
}

void Interpreter::AnswerByMock(FrameId id) {
  const StateMock& mock = *world_.inspection->mock;
  if (!mock.result.has_value()) {
    StateFailure failure;
    failure.error = mock.error;
    failure.cause = mock.cause;
    failure.is_heartbeat = mock.error == "States.HeartbeatTimeout";
    failure.is_timeout = failure.is_heartbeat || mock.error == "States.Timeout";
    failure.is_task_failure = mock.is_task_failure;
    return FailState(id, failure);
  }
  const Frame& frame = Get(id);
  if (frame.map_run != nullptr && ExceedsTolerance(*world_.inspection, *frame.map_run)) {
    return FailMapRun(id, ToleranceExceeded());
  }
  LeaveWithResult(id, Payload::FromValue(*mock.result));
}

// By AWS's record the state under test fails only by a threshold that it gives itself.
bool Interpreter::ExceedsTolerance(const Inspection& inspection, const MapRun& run) const {
  const int64_t failed = inspection.mock->failed_iterations.value_or(0);
  if (inspection.tolerated_failure_count.has_value() &&
      failed > *inspection.tolerated_failure_count) {
    return true;
  }
  return inspection.tolerated_failure_percentage.has_value() &&
         static_cast<double>(failed) * 100 >
             *inspection.tolerated_failure_percentage * static_cast<double>(run.TotalItems());
}

}  // namespace pawl::core
