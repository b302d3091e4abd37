#include "cli/history_text.h"

#include <gtest/gtest.h>

#include "cli/proto_json.h"
#include "engine/value/json.h"
#include "pawl/v1/executions.pb.h"

namespace pawl::cli {
namespace {

v1::HistoryEvent Event(const char* type, int64_t id = 1) {
  v1::HistoryEvent event;
  event.set_type(type);
  event.set_id(id);
  event.mutable_timestamp()->set_seconds(1'700'000'000);
  event.mutable_timestamp()->set_nanos(123'000'000);
  return event;
}

TEST(HistoryText, OfStatesIsNameAndPayload) {
  v1::HistoryEvent event = Event("TaskStateEntered");
  event.mutable_state_entered_event_details()->set_name("Charge");
  event.mutable_state_entered_event_details()->set_input("{\"id\":7}");
  const EventText text = DescribeEvent(event);
  EXPECT_EQ(text.subject, "Charge");
  EXPECT_EQ(text.summary, "{\"id\":7}");
  EXPECT_EQ(text.style, Style::kPlain);
}

TEST(HistoryText, OfFailuresIsErrorAndCause) {
  v1::HistoryEvent event = Event("TaskFailed");
  event.mutable_task_failed_event_details()->set_resource("Charge");
  event.mutable_task_failed_event_details()->set_error("CardDeclined");
  event.mutable_task_failed_event_details()->set_cause("over the limit");
  const EventText text = DescribeEvent(event);
  EXPECT_EQ(text.subject, "Charge");
  EXPECT_EQ(text.summary, "CardDeclined: over the limit");
  EXPECT_EQ(text.style, Style::kBad);
}

TEST(HistoryText, OfScheduledTasksShowsTheirLimits) {
  v1::HistoryEvent event = Event("TaskScheduled");
  event.mutable_task_scheduled_event_details()->set_resource("Charge");
  event.mutable_task_scheduled_event_details()->set_parameters("{}");
  event.mutable_task_scheduled_event_details()->set_timeout_in_seconds(30);
  EXPECT_EQ(DescribeEvent(event).summary, "timeout 30s  {}");
}

TEST(HistoryText, OfMapsAndRetriesSaysHowManyAndWhen) {
  v1::HistoryEvent started = Event("MapStateStarted");
  started.mutable_map_state_started_event_details()->set_length(5);
  EXPECT_EQ(DescribeEvent(started).summary, "5 items");

  v1::HistoryEvent iteration = Event("MapIterationStarted");
  iteration.mutable_map_iteration_started_event_details()->set_name("Items");
  iteration.mutable_map_iteration_started_event_details()->set_index(0);
  EXPECT_EQ(DescribeEvent(iteration).subject, "Items[0]");

  v1::HistoryEvent retry = Event("RetryScheduled", 0);
  retry.mutable_retry_scheduled_event_details()->set_state_name("Charge");
  retry.mutable_retry_scheduled_event_details()->set_error("Timeout");
  retry.mutable_retry_scheduled_event_details()->mutable_next_attempt_at()->set_seconds(
      1'700'000'004);
  const EventText text = DescribeEvent(retry);
  EXPECT_EQ(text.subject, "Charge");
  EXPECT_EQ(text.summary, "next attempt 3.8s later (retrier 0): Timeout");
}

TEST(HistoryText, OfEventsWithoutDetailsIsEmpty) {
  EXPECT_EQ(DescribeEvent(Event("ParallelStateStarted")).summary, "");
}

TEST(ProtoJson, OfEventsIsAwsForm) {
  v1::HistoryEvent event = Event("MapIterationStarted", 5);
  event.set_previous_event_id(4);
  event.mutable_map_iteration_started_event_details()->set_name("Items");
  event.mutable_map_iteration_started_event_details()->set_index(0);
  EXPECT_EQ(ToJson(ToJsonValue(event)),
            "{\"timestamp\":\"2023-11-14T22:13:20.123Z\",\"type\":\"MapIterationStarted\",\"id\":5,"
            "\"previousEventId\":4,\"mapIterationStartedEventDetails\":{\"name\":\"Items\","
            "\"index\":0}}");
}

TEST(ProtoJson, PayloadsAreTextOrValues) {
  v1::StateExitedEventDetails details;
  details.set_name("A");
  details.set_output("{\"n\":1.50}");
  (*details.mutable_assigned_variables())["x"] = "1";
  EXPECT_EQ(ToJson(ToJsonValue(details)),
            "{\"name\":\"A\",\"output\":\"{\\\"n\\\":1.50}\",\"assignedVariables\":{\"x\":\"1\"}}");
  EXPECT_EQ(ToJson(*ToJsonValue(details, Payloads::kAsJson).Find("output")), "{\"n\":1.50}");
}

TEST(ProtoJson, EnumerationsAreAwsWords) {
  v1::Execution execution;
  execution.set_status(v1::EXECUTION_STATUS_TIMED_OUT);
  EXPECT_EQ(ToJsonValue(execution).Find("status")->AsString(), "TIMED_OUT");
  v1::OpenState state;
  state.set_waiting_for(v1::OpenState::WAITING_FOR_TASK_TOKEN);
  EXPECT_EQ(ToJsonValue(state).Find("waitingFor")->AsString(), "TASK_TOKEN");
}

}  // namespace
}  // namespace pawl::cli
