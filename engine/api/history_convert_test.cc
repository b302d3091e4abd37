#include "engine/api/history_convert.h"

#include <string>

#include "engine/core/aws_history.h"
#include "engine/value/json.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"

namespace pawl::api {
namespace {

using ::testing::HasSubstr;

constexpr int kNumbers = 128;

// With every field that some type shows.
core::Event Sample(core::EventType type) {
  core::Event event;
  event.type = type;
  event.id = 7;
  event.previous = 6;
  event.time = absl::FromUnixMillis(1'700'000'000'123);
  event.name = "State";
  event.payload = Payload::FromTrustedText("{\"a\":[1,\"\\u00e9\"]}");
  event.work = Payload::FromTrustedText("[1,2,3]");
  event.error = "E";
  event.cause = "C";
  event.resource = "sendMessage";
  event.resource_type = "sqs";
  event.task_role_arn = "arn:role";
  event.worker_name = "w";
  event.timeout_seconds = 60;
  event.index = 3;
  event.length = 4;
  event.location = "Output/x";
  event.child_status = 2;
  event.assigned.push_back({"v", Payload::FromTrustedText("[1]")});
  return event;
}

TEST(HistoryConvert, EveryTypeHasTheFormThatAwsGivesIt) {
  const service::HistoryStyle style{"arn:aws:iam::1:role/r", "eu-central-1"};
  int types = 0;
  for (int number = 0; number < kNumbers; ++number) {
    const core::EventTypeInfo* info = core::FindEventType(number);
    if (info == nullptr) continue;
    const core::Event event = Sample(info->type);
    v1::HistoryEvent converted;
    ASSERT_TRUE(ToProto(event, style, &converted).ok()) << info->name;
    EXPECT_EQ(converted.type(), std::string(info->name));
    ++types;
    if (!event.is_numbered() || info->details_key.empty()) continue;
    // The slow way, by JSON.
    v1::HistoryEvent expected;
    const Value json = Value::Object(
        {{std::string(info->details_key), core::AwsDetails(event, style.role_arn, style.region)}});
    google::protobuf::util::JsonParseOptions lenient;
    lenient.ignore_unknown_fields = true;
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(ToJson(json), &expected, lenient).ok());
    *expected.mutable_timestamp() = converted.timestamp();
    expected.set_type(converted.type());
    expected.set_id(7);
    expected.set_previous_event_id(6);
    EXPECT_EQ(converted.DebugString(), expected.DebugString());
  }
  EXPECT_GE(types, 59);
}

// A3: this was a CHECK, again after every restart.
TEST(HistoryConvert, NumberBeyondTheFieldIsAStatus) {
  core::Event event = Sample(core::EventType::kTaskScheduled);
  event.timeout_seconds = int64_t{1} << 40;
  v1::HistoryEvent out;
  const absl::Status status = ToProto(event, {}, &out);
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("event 7 (TaskScheduled)"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("timeoutInSeconds"));
}

// Its sibling: AWS's shape of this event has no heartbeat, and unknown members were a CHECK too.
TEST(HistoryConvert, LambdaWithHeartbeatIsShown) {
  core::Event event = Sample(core::EventType::kLambdaFunctionScheduled);
  event.heartbeat_seconds = 5;
  v1::HistoryEvent out;
  EXPECT_TRUE(ToProto(event, {}, &out).ok());
  EXPECT_EQ(out.lambda_function_scheduled_event_details().timeout_in_seconds(), 60);
}

TEST(HistoryConvert, DamagedInternalEventsAreAStatus) {
  v1::HistoryEvent out;
  core::Event read = Sample(core::EventType::kMapItemsRead);
  read.work = Payload::FromTrustedText("\"no array\"");
  EXPECT_TRUE(absl::IsDataLoss(ToProto(read, {}, &out)));
  core::Event ended = Sample(core::EventType::kMapChildEnded);
  ended.child_status = 99;
  EXPECT_TRUE(absl::IsDataLoss(ToProto(ended, {}, &out)));
}

}  // namespace
}  // namespace pawl::api
