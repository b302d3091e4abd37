#include "engine/core/event.h"

#include <array>
#include <cstdlib>
#include <type_traits>

#include "engine/value/check.h"

namespace pawl::core {
namespace {

using T = EventType;

constexpr absl::string_view kEntered = "stateEnteredEventDetails";
constexpr absl::string_view kExited = "stateExitedEventDetails";

template <typename Details>
EventDetails Make() {
  return Details();
}

constexpr EventTypeInfo kTypes[] = {
    {T::kExecutionStarted, "ExecutionStarted", "executionStartedEventDetails",
     Make<ExecutionStarted>},
    {T::kExecutionSucceeded, "ExecutionSucceeded", "executionSucceededEventDetails",
     Make<ExecutionSucceeded>},
    {T::kExecutionFailed, "ExecutionFailed", "executionFailedEventDetails", Make<ExecutionFailed>},
    {T::kExecutionTimedOut, "ExecutionTimedOut", "executionTimedOutEventDetails",
     Make<ExecutionTimedOut>},
    {T::kExecutionAborted, "ExecutionAborted", "executionAbortedEventDetails",
     Make<ExecutionAborted>},
    {T::kExecutionRedriven, "ExecutionRedriven", "executionRedrivenEventDetails",
     Make<ExecutionRedriven>},
    {T::kTaskStateEntered, "TaskStateEntered", kEntered, Make<StateEntered>},
    {T::kTaskStateExited, "TaskStateExited", kExited, Make<StateExited>},
    {T::kTaskStateAborted, "TaskStateAborted", "", Make<StateAborted>},
    {T::kPassStateEntered, "PassStateEntered", kEntered, Make<StateEntered>},
    {T::kPassStateExited, "PassStateExited", kExited, Make<StateExited>},
    {T::kChoiceStateEntered, "ChoiceStateEntered", kEntered, Make<StateEntered>},
    {T::kChoiceStateExited, "ChoiceStateExited", kExited, Make<StateExited>},
    {T::kWaitStateEntered, "WaitStateEntered", kEntered, Make<StateEntered>},
    {T::kWaitStateExited, "WaitStateExited", kExited, Make<StateExited>},
    {T::kWaitStateAborted, "WaitStateAborted", "", Make<StateAborted>},
    {T::kSucceedStateEntered, "SucceedStateEntered", kEntered, Make<StateEntered>},
    {T::kSucceedStateExited, "SucceedStateExited", kExited, Make<StateExited>},
    {T::kFailStateEntered, "FailStateEntered", kEntered, Make<StateEntered>},
    {T::kParallelStateEntered, "ParallelStateEntered", kEntered, Make<StateEntered>},
    {T::kParallelStateStarted, "ParallelStateStarted", "", Make<ParallelStarted>},
    {T::kParallelStateSucceeded, "ParallelStateSucceeded", "", Make<FanOutSucceeded>},
    {T::kParallelStateFailed, "ParallelStateFailed", "", Make<FanOutFailed>},
    {T::kParallelStateAborted, "ParallelStateAborted", "", Make<StateAborted>},
    {T::kParallelStateExited, "ParallelStateExited", kExited, Make<StateExited>},
    {T::kMapStateEntered, "MapStateEntered", kEntered, Make<StateEntered>},
    {T::kMapStateStarted, "MapStateStarted", "mapStateStartedEventDetails", Make<MapStarted>},
    {T::kMapStateSucceeded, "MapStateSucceeded", "", Make<FanOutSucceeded>},
    {T::kMapStateFailed, "MapStateFailed", "", Make<FanOutFailed>},
    {T::kMapStateAborted, "MapStateAborted", "", Make<StateAborted>},
    {T::kMapStateExited, "MapStateExited", kExited, Make<StateExited>},
    {T::kMapIterationStarted, "MapIterationStarted", "mapIterationStartedEventDetails",
     Make<IterationStarted>},
    {T::kMapIterationSucceeded, "MapIterationSucceeded", "mapIterationSucceededEventDetails",
     Make<IterationSucceeded>},
    {T::kMapIterationFailed, "MapIterationFailed", "mapIterationFailedEventDetails",
     Make<IterationFailed>},
    {T::kMapIterationAborted, "MapIterationAborted", "mapIterationAbortedEventDetails",
     Make<IterationAborted>},
    {T::kEvaluationFailed, "EvaluationFailed", "evaluationFailedEventDetails",
     Make<EvaluationFailed>},
    {T::kMapRunStarted, "MapRunStarted", "mapRunStartedEventDetails", Make<MapRunStarted>},
    {T::kMapRunSucceeded, "MapRunSucceeded", "", Make<MapRunSucceeded>},
    {T::kMapRunFailed, "MapRunFailed", "mapRunFailedEventDetails", Make<MapRunFailed>},
    {T::kMapRunRedriven, "MapRunRedriven", "mapRunRedrivenEventDetails", Make<MapRunRedriven>},
    {T::kTaskScheduled, "TaskScheduled", "taskScheduledEventDetails", Make<TaskScheduled>},
    {T::kTaskStarted, "TaskStarted", "taskStartedEventDetails", Make<TaskStarted>},
    {T::kTaskSubmitted, "TaskSubmitted", "taskSubmittedEventDetails", Make<TaskSubmitted>},
    {T::kTaskSucceeded, "TaskSucceeded", "taskSucceededEventDetails", Make<TaskSucceeded>},
    {T::kTaskFailed, "TaskFailed", "taskFailedEventDetails", Make<TaskFailed>},
    {T::kTaskTimedOut, "TaskTimedOut", "taskTimedOutEventDetails", Make<TaskTimedOut>},
    {T::kLambdaFunctionScheduled, "LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails",
     Make<TaskScheduled>},
    {T::kLambdaFunctionStarted, "LambdaFunctionStarted", "", Make<TaskStarted>},
    {T::kLambdaFunctionSucceeded, "LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails",
     Make<TaskSucceeded>},
    {T::kLambdaFunctionFailed, "LambdaFunctionFailed", "lambdaFunctionFailedEventDetails",
     Make<TaskFailed>},
    {T::kLambdaFunctionTimedOut, "LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails",
     Make<TaskTimedOut>},
    {T::kActivityScheduled, "ActivityScheduled", "activityScheduledEventDetails",
     Make<TaskScheduled>},
    {T::kActivityStarted, "ActivityStarted", "activityStartedEventDetails", Make<TaskStarted>},
    {T::kActivitySucceeded, "ActivitySucceeded", "activitySucceededEventDetails",
     Make<TaskSucceeded>},
    {T::kActivityFailed, "ActivityFailed", "activityFailedEventDetails", Make<TaskFailed>},
    {T::kActivityTimedOut, "ActivityTimedOut", "activityTimedOutEventDetails", Make<TaskTimedOut>},
    {T::kRetryScheduled, "RetryScheduled", "", Make<RetryScheduled>},
    {T::kMapItemsRead, "MapItemsRead", "", Make<MapItemsRead>},
    {T::kMapChildrenStarted, "MapChildrenStarted", "", Make<MapChildrenStarted>},
    {T::kMapChildEnded, "MapChildEnded", "", Make<MapChildEnded>},
    {T::kMapRunUpdated, "MapRunUpdated", "", Make<MapRunUpdated>},
    {T::kStateRedriven, "StateRedriven", "", Make<StateRedriven>},
    {T::kMapChildrenRead, "MapChildrenRead", "", Make<MapChildrenRead>},
    {T::kMapChildrenRedriven, "MapChildrenRedriven", "", Make<MapChildrenRedriven>},
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

absl::string_view StateOf(const Event& event) {
  return std::visit(
      [](const auto& details) -> absl::string_view {
        if constexpr (requires { details.state; }) return details.state;
        return "";
      },
      event.details);
}

void ForEachPayload(const Event& event, absl::FunctionRef<void(const Payload&)> see) {
  const auto see_all = [&see](const std::vector<AssignedVariable>& variables) {
    for (const AssignedVariable& variable : variables) see(variable.value);
  };
  std::visit(
      [&](const auto& details) {
        if constexpr (requires { details.input; }) see(details.input);
        if constexpr (requires { details.output; }) see(details.output);
        if constexpr (requires { details.parameters; }) see(details.parameters);
        if constexpr (requires { details.worker_input; }) see(details.worker_input);
        if constexpr (requires { details.branch_input; }) see(details.branch_input);
        if constexpr (requires { details.items; }) see(details.items);
        if constexpr (requires { details.config; }) see(details.config);
        if constexpr (requires { details.inputs; }) see(details.inputs);
        if constexpr (requires { details.record; }) see(details.record);
        if constexpr (requires { details.assigned; }) see_all(details.assigned);
        if constexpr (requires { details.variables; }) see_all(details.variables);
      },
      event.details);
}

const ErrorAndCause* FailureOf(const Event& event) {
  return std::visit(
      [](const auto& details) -> const ErrorAndCause* {
        if constexpr (std::is_base_of_v<ErrorAndCause, std::decay_t<decltype(details)>>) {
          return &details;
        }
        return nullptr;
      },
      event.details);
}

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
