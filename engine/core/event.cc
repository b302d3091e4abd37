#include "engine/core/event.h"

#include <array>
#include <cstdlib>

#include "engine/value/check.h"

namespace pawl::core {
namespace {

using T = EventType;
using G = EventGroup;

constexpr absl::string_view kEntered = "stateEnteredEventDetails";
constexpr absl::string_view kExited = "stateExitedEventDetails";

constexpr EventTypeInfo kTypes[] = {
    {T::kExecutionStarted, "ExecutionStarted", "executionStartedEventDetails", G::kExecution},
    {T::kExecutionSucceeded, "ExecutionSucceeded", "executionSucceededEventDetails", G::kExecution},
    {T::kExecutionFailed, "ExecutionFailed", "executionFailedEventDetails", G::kExecution},
    {T::kExecutionTimedOut, "ExecutionTimedOut", "executionTimedOutEventDetails", G::kExecution},
    {T::kExecutionAborted, "ExecutionAborted", "executionAbortedEventDetails", G::kExecution},
    {T::kTaskStateEntered, "TaskStateEntered", kEntered, G::kStateEntered},
    {T::kTaskStateExited, "TaskStateExited", kExited, G::kStateExited},
    {T::kTaskStateAborted, "TaskStateAborted", "", G::kStateAborted},
    {T::kPassStateEntered, "PassStateEntered", kEntered, G::kStateEntered},
    {T::kPassStateExited, "PassStateExited", kExited, G::kStateExited},
    {T::kChoiceStateEntered, "ChoiceStateEntered", kEntered, G::kStateEntered},
    {T::kChoiceStateExited, "ChoiceStateExited", kExited, G::kStateExited},
    {T::kWaitStateEntered, "WaitStateEntered", kEntered, G::kStateEntered},
    {T::kWaitStateExited, "WaitStateExited", kExited, G::kStateExited},
    {T::kWaitStateAborted, "WaitStateAborted", "", G::kStateAborted},
    {T::kSucceedStateEntered, "SucceedStateEntered", kEntered, G::kStateEntered},
    {T::kSucceedStateExited, "SucceedStateExited", kExited, G::kStateExited},
    {T::kFailStateEntered, "FailStateEntered", kEntered, G::kStateEntered},
    {T::kParallelStateEntered, "ParallelStateEntered", kEntered, G::kStateEntered},
    {T::kParallelStateStarted, "ParallelStateStarted", "", G::kFanOut},
    {T::kParallelStateSucceeded, "ParallelStateSucceeded", "", G::kFanOut},
    {T::kParallelStateFailed, "ParallelStateFailed", "", G::kFanOut},
    {T::kParallelStateAborted, "ParallelStateAborted", "", G::kStateAborted},
    {T::kParallelStateExited, "ParallelStateExited", kExited, G::kStateExited},
    {T::kMapStateEntered, "MapStateEntered", kEntered, G::kStateEntered},
    {T::kMapStateStarted, "MapStateStarted", "mapStateStartedEventDetails", G::kFanOut},
    {T::kMapStateSucceeded, "MapStateSucceeded", "", G::kFanOut},
    {T::kMapStateFailed, "MapStateFailed", "", G::kFanOut},
    {T::kMapStateAborted, "MapStateAborted", "", G::kStateAborted},
    {T::kMapStateExited, "MapStateExited", kExited, G::kStateExited},
    {T::kMapIterationStarted, "MapIterationStarted", "mapIterationStartedEventDetails",
     G::kIteration},
    {T::kMapIterationSucceeded, "MapIterationSucceeded", "mapIterationSucceededEventDetails",
     G::kIteration},
    {T::kMapIterationFailed, "MapIterationFailed", "mapIterationFailedEventDetails", G::kIteration},
    {T::kMapIterationAborted, "MapIterationAborted", "mapIterationAbortedEventDetails",
     G::kIteration},
    {T::kEvaluationFailed, "EvaluationFailed", "evaluationFailedEventDetails",
     G::kEvaluationFailed},
    {T::kMapRunStarted, "MapRunStarted", "mapRunStartedEventDetails", G::kMapRun},
    {T::kMapRunSucceeded, "MapRunSucceeded", "", G::kMapRun},
    {T::kMapRunFailed, "MapRunFailed", "mapRunFailedEventDetails", G::kMapRun},
    {T::kTaskScheduled, "TaskScheduled", "taskScheduledEventDetails", G::kTaskScheduled},
    {T::kTaskStarted, "TaskStarted", "taskStartedEventDetails", G::kTaskStarted},
    {T::kTaskSubmitted, "TaskSubmitted", "taskSubmittedEventDetails", G::kTaskSubmitted},
    {T::kTaskSucceeded, "TaskSucceeded", "taskSucceededEventDetails", G::kTaskSucceeded},
    {T::kTaskFailed, "TaskFailed", "taskFailedEventDetails", G::kTaskFailed},
    {T::kTaskTimedOut, "TaskTimedOut", "taskTimedOutEventDetails", G::kTaskTimedOut},
    {T::kLambdaFunctionScheduled, "LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails",
     G::kTaskScheduled},
    {T::kLambdaFunctionStarted, "LambdaFunctionStarted", "", G::kTaskStarted},
    {T::kLambdaFunctionSucceeded, "LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails",
     G::kTaskSucceeded},
    {T::kLambdaFunctionFailed, "LambdaFunctionFailed", "lambdaFunctionFailedEventDetails",
     G::kTaskFailed},
    {T::kLambdaFunctionTimedOut, "LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails",
     G::kTaskTimedOut},
    {T::kActivityScheduled, "ActivityScheduled", "activityScheduledEventDetails",
     G::kTaskScheduled},
    {T::kActivityStarted, "ActivityStarted", "activityStartedEventDetails", G::kTaskStarted},
    {T::kActivitySucceeded, "ActivitySucceeded", "activitySucceededEventDetails",
     G::kTaskSucceeded},
    {T::kActivityFailed, "ActivityFailed", "activityFailedEventDetails", G::kTaskFailed},
    {T::kActivityTimedOut, "ActivityTimedOut", "activityTimedOutEventDetails", G::kTaskTimedOut},
    {T::kRetryScheduled, "RetryScheduled", "", G::kRetry},
    {T::kMapItemsRead, "MapItemsRead", "", G::kMapRun},
    {T::kMapChildrenStarted, "MapChildrenStarted", "", G::kMapRun},
    {T::kMapChildEnded, "MapChildEnded", "", G::kMapRun},
    {T::kMapRunUpdated, "MapRunUpdated", "", G::kMapRun},
};

constexpr size_t kNumbers = 128;

const std::array<const EventTypeInfo*, kNumbers>& ByNumber() {
  static const std::array<const EventTypeInfo*, kNumbers> table = [] {
    std::array<const EventTypeInfo*, kNumbers> result{};
    for (const EventTypeInfo& info : kTypes) result[static_cast<size_t>(info.type)] = &info;
    return result;
  }();
  return table;
}

}  // namespace

const EventTypeInfo* FindEventType(int number) {
  if (number < 0 || number >= static_cast<int>(kNumbers)) return nullptr;
  return ByNumber()[static_cast<size_t>(number)];
}

const EventTypeInfo& InfoOf(EventType type) {
  const EventTypeInfo* info = FindEventType(static_cast<int>(type));
  PAWL_CHECK(info != nullptr);
  return *info;
}

EventType EnteredType(asl::StateType type) {
  switch (type) {
    case asl::StateType::kTask:
      return T::kTaskStateEntered;
    case asl::StateType::kPass:
      return T::kPassStateEntered;
    case asl::StateType::kChoice:
      return T::kChoiceStateEntered;
    case asl::StateType::kWait:
      return T::kWaitStateEntered;
    case asl::StateType::kSucceed:
      return T::kSucceedStateEntered;
    case asl::StateType::kFail:
      return T::kFailStateEntered;
    case asl::StateType::kParallel:
      return T::kParallelStateEntered;
    case asl::StateType::kMap:
      return T::kMapStateEntered;
  }
  std::abort();
}

EventType ExitedType(asl::StateType type) {
  switch (type) {
    case asl::StateType::kTask:
      return T::kTaskStateExited;
    case asl::StateType::kPass:
      return T::kPassStateExited;
    case asl::StateType::kChoice:
      return T::kChoiceStateExited;
    case asl::StateType::kWait:
      return T::kWaitStateExited;
    case asl::StateType::kSucceed:
      return T::kSucceedStateExited;
    case asl::StateType::kFail:
      break;
    case asl::StateType::kParallel:
      return T::kParallelStateExited;
    case asl::StateType::kMap:
      return T::kMapStateExited;
  }
  std::abort();
}

absl::optional<EventType> AbortedType(asl::StateType type) {
  switch (type) {
    case asl::StateType::kTask:
      return T::kTaskStateAborted;
    case asl::StateType::kWait:
      return T::kWaitStateAborted;
    case asl::StateType::kParallel:
      return T::kParallelStateAborted;
    case asl::StateType::kMap:
      return T::kMapStateAborted;
    case asl::StateType::kPass:
    case asl::StateType::kChoice:
    case asl::StateType::kSucceed:
    case asl::StateType::kFail:
      return absl::nullopt;
  }
  return absl::nullopt;
}

const TaskEventTypes& TaskEvents(asl::Resource::Kind kind) {
  static constexpr TaskEventTypes kLambda = {T::kLambdaFunctionScheduled, T::kLambdaFunctionStarted,
                                             T::kLambdaFunctionSucceeded, T::kLambdaFunctionFailed,
                                             T::kLambdaFunctionTimedOut};
  static constexpr TaskEventTypes kActivity = {T::kActivityScheduled, T::kActivityStarted,
                                               T::kActivitySucceeded, T::kActivityFailed,
                                               T::kActivityTimedOut};
  static constexpr TaskEventTypes kTask = {T::kTaskScheduled, T::kTaskStarted, T::kTaskSucceeded,
                                           T::kTaskFailed, T::kTaskTimedOut};
  switch (kind) {
    case asl::Resource::Kind::kLambda:
      return kLambda;
    case asl::Resource::Kind::kActivity:
      return kActivity;
    case asl::Resource::Kind::kPawl:
    case asl::Resource::Kind::kIntegration:
      return kTask;
  }
  return kTask;
}

}  // namespace pawl::core
