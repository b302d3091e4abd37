#include "engine/core/aws_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>

#include "engine/core/test_support.h"
#include "engine/value/json.h"

namespace pawl::core {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kNumbers = 128;
constexpr EventLogLevel kLevels[] = {EventLogLevel::kAll, EventLogLevel::kError,
                                     EventLogLevel::kFatal, EventLogLevel::kOff};

// AWS's table, and below it what it lacks. Types that are not named here are logged by ALL alone.
const std::map<std::string, EventLogLevel>& Table() {
  static const auto* const table = new std::map<std::string, EventLogLevel>{
      {"ExecutionAborted", EventLogLevel::kFatal},
      {"ExecutionFailed", EventLogLevel::kFatal},
      {"ExecutionTimedOut", EventLogLevel::kFatal},
      {"FailStateEntered", EventLogLevel::kError},
      {"LambdaFunctionFailed", EventLogLevel::kError},
      {"LambdaFunctionTimedOut", EventLogLevel::kError},
      {"MapIterationAborted", EventLogLevel::kError},
      {"MapIterationFailed", EventLogLevel::kError},
      {"MapStateAborted", EventLogLevel::kError},
      {"MapStateFailed", EventLogLevel::kError},
      {"ParallelStateAborted", EventLogLevel::kError},
      {"ParallelStateFailed", EventLogLevel::kError},
      {"TaskFailed", EventLogLevel::kError},
      {"TaskStateAborted", EventLogLevel::kError},
      {"TaskTimedOut", EventLogLevel::kError},
      {"WaitStateAborted", EventLogLevel::kError},

      {"ActivityFailed", EventLogLevel::kError},
      {"ActivityTimedOut", EventLogLevel::kError},
      {"EvaluationFailed", EventLogLevel::kError},
      {"MapRunFailed", EventLogLevel::kError},
  };
  return *table;
}

TEST(AwsLog, LevelsHoldTheTypesOfAwsTable) {
  size_t named = 0;
  for (int number = 0; number < kNumbers; ++number) {
    const EventTypeInfo* info = FindEventType(number);
    if (info == nullptr) continue;
    Event event;
    event.type = info->type;
    const auto found = Table().find(std::string(info->name));
    if (found != Table().end()) ++named;
    const EventLogLevel least = found == Table().end() ? EventLogLevel::kAll : found->second;
    for (const EventLogLevel level : kLevels) {
      const bool is_expected =
          event.is_numbered() && level != EventLogLevel::kOff && level <= least;
      EXPECT_EQ(IsLogged(info->type, level), is_expected)
          << info->name << " at level " << static_cast<int>(level);
    }
  }
  EXPECT_EQ(named, Table().size());
}

TEST(AwsLog, LevelsHaveAwsNames) {
  EXPECT_EQ(EventLogLevelOf("ALL"), EventLogLevel::kAll);
  EXPECT_EQ(EventLogLevelOf("ERROR"), EventLogLevel::kError);
  EXPECT_EQ(EventLogLevelOf("FATAL"), EventLogLevel::kFatal);
  EXPECT_EQ(EventLogLevelOf("OFF"), EventLogLevel::kOff);
  EXPECT_EQ(EventLogLevelOf("all"), absl::nullopt);
}

LogLineStyle Style(bool includes_data) {
  LogLineStyle style;
  style.history.role_arn = "arn:role";
  style.execution_arn = "arn:execution";
  style.redrive_count = 2;
  style.includes_execution_data = includes_data;
  return style;
}

Event EventOf(EventType type, EventDetails details) {
  Event event;
  event.type = type;
  event.id = EventId(7);
  event.previous = EventId(6);
  event.time = absl::FromUnixMillis(1'700'000'000'123);
  event.details = std::move(details);
  return event;
}

std::string LineOf(const Event& event, const LogLineStyle& style) {
  std::string line;
  AppendLogLine(event, style, &line);
  return line;
}

Value DetailsOf(const std::string& line) {
  const auto json = ParseJson(line);
  EXPECT_TRUE(json.ok()) << line;
  return json.ok() ? *json->Find("details") : Value();
}

TEST(AwsLog, LineHasTheFormOfCloudWatch) {
  const Event event = EventOf(EventType::kPassStateEntered,
                              StateEntered{"A", Payload::FromTrustedText("{\"a\":1}")});
  EXPECT_EQ(LineOf(event, Style(true)),
            R"({"id":"7","type":"PassStateEntered","details":{"name":"A","input":"{\"a\":1}",)"
            R"("inputDetails":{"truncated":false}},"previous_event_id":"6",)"
            R"("event_timestamp":"1700000000123","execution_arn":"arn:execution",)"
            R"("redrive_count":"2"})"
            "\n");
  LogLineStyle style = Style(false);
  style.log_group = "/aws/\"x";
  EXPECT_EQ(LineOf(event, style),
            R"({"id":"7","type":"PassStateEntered","details":{"name":"A"},"previous_event_id":"6",)"
            R"("event_timestamp":"1700000000123","execution_arn":"arn:execution",)"
            R"("redrive_count":"2","log_group":"/aws/\"x"})"
            "\n");
}

TEST(AwsLog, DetailsAreThoseOfTheHistory) {
  Driver driver(R"({"StartAt": "F", "States": {
    "F": {"Type": "Parallel", "Next": "T", "Branches": [
      {"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"v": 1}, "End": true}}}]},
    "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "TimeoutSeconds": 60,
          "Credentials": {"RoleArn": "arn:aws:iam::000000000000:role/other"},
          "Parameters": {"MessageBody": "b"}, "End": true}}})");
  driver.Start("{\"secret\":1}");
  LogLineStyle style = Style(true);
  style.history.region = "us-east-1";
  int compared = 0;
  for (const Event& event : driver.events) {
    if (!event.is_numbered()) continue;
    const std::string line = LineOf(event, style);
    EXPECT_EQ(DetailsOf(line), AwsDetails(event, style.history)) << line;
    ++compared;
  }
  EXPECT_GE(compared, 8);
}

TEST(AwsLog, DataIsLeftOutUnlessItIsIncluded) {
  const Payload secret = Payload::FromTrustedText("\"secret\"");
  StateExited exited;
  exited.state = "A";
  exited.output = secret;
  exited.assigned.push_back({"v", secret});
  TaskScheduled scheduled;
  scheduled.resource_type = "sqs";
  scheduled.resource = "sendMessage";
  scheduled.parameters = secret;
  TaskSucceeded succeeded;
  succeeded.output = secret;
  const Event events[] = {
      EventOf(EventType::kExecutionStarted, ExecutionStarted{secret, {}, {}, {}}),
      EventOf(EventType::kExecutionSucceeded, ExecutionSucceeded{secret}),
      EventOf(EventType::kPassStateEntered, StateEntered{"A", secret}),
      EventOf(EventType::kPassStateExited, exited),
      EventOf(EventType::kTaskScheduled, scheduled),
      EventOf(EventType::kTaskSucceeded, succeeded),
  };
  for (const Event& event : events) {
    const std::string line = LineOf(event, Style(false));
    EXPECT_THAT(line, Not(HasSubstr("secret")));
    EXPECT_THAT(line, Not(HasSubstr("truncated")));
    EXPECT_TRUE(DetailsOf(line).is_object());
    EXPECT_THAT(LineOf(event, Style(true)), HasSubstr("secret"));
  }
}

TEST(AwsLog, WhatFailedIsNotData) {
  ExecutionFailed failed;
  failed.error = "E";
  failed.cause = "C";
  const std::string line = LineOf(EventOf(EventType::kExecutionFailed, failed), Style(false));
  EXPECT_EQ(ToJson(DetailsOf(line)), R"({"error":"E","cause":"C"})");
}

TEST(AwsLog, LargeDataIsCut) {
  for (const std::string& character : {std::string("x"), std::string("\\\\"), std::string("ä")}) {
    std::string text = "\"";
    while (text.size() < 2 * kMaxLoggedDataBytes) text += character;
    const Event event = EventOf(EventType::kPassStateEntered,
                                StateEntered{"A", Payload::FromTrustedText(text + "\"")});
    const std::string line = LineOf(event, Style(true));
    EXPECT_LT(line.size(), kMaxLoggedDataBytes + 1'000);
    EXPECT_GT(line.size(), kMaxLoggedDataBytes - 100);
    const Value details = DetailsOf(line);
    EXPECT_EQ(ToJson(*details.Find("inputDetails")), "{\"truncated\":true}");
    EXPECT_EQ(details.Find("input")->AsString(),
              text.substr(0, details.Find("input")->AsString().size()));
  }
  StateExited exited;
  exited.assigned.push_back({"small", Payload::FromTrustedText("1")});
  exited.assigned.push_back(
      {"large", Payload::FromTrustedText("\"" + std::string(kMaxLoggedDataBytes, 'x') + "\"")});
  const Value details =
      DetailsOf(LineOf(EventOf(EventType::kPassStateExited, exited), Style(true)));
  EXPECT_EQ(ToJson(*details.Find("assignedVariables")), R"({"small":"1"})");
  EXPECT_EQ(ToJson(*details.Find("assignedVariablesDetails")), "{\"truncated\":true}");
}

TEST(AwsLog, LineCannotBeBrokenFromOutside) {
  const std::string hostile = "a\nb\x1b[2J\u202e\u0085\"}";
  const Event event = EventOf(EventType::kPassStateEntered,
                              StateEntered{hostile, Payload::FromValue(Value::String(hostile))});
  LogLineStyle style = Style(true);
  style.log_group = hostile;
  const std::string line = LineOf(event, style);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, Not(HasSubstr("\u202e")));
  EXPECT_EQ(DetailsOf(line).Find("name")->AsString(), hostile);
}

}  // namespace
}  // namespace pawl::core
