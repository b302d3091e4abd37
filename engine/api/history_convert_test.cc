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

// Every member that some kind of event has.
template <typename Details>
void Fill(bool is_plain_task, Details* e) {
  const Payload json = Payload::FromTrustedText("{\"a\":[1,\"\\u00e9\"]}");
  if constexpr (requires { e->state; }) e->state = "State";
  if constexpr (requires { e->input; }) e->input = json;
  if constexpr (requires { e->output; }) e->output = json;
  if constexpr (requires { e->parameters; }) e->parameters = json;
  if constexpr (requires { e->items; }) e->items = Payload::FromTrustedText("[1,2,3]");
  if constexpr (requires { e->inputs; }) e->inputs = Payload::FromTrustedText("[1,2,3]");
  if constexpr (requires { e->error; }) e->error = "E";
  if constexpr (requires { e->cause; }) e->cause = "C";
  if constexpr (requires { e->resource; }) e->resource = "sendMessage";
  if constexpr (requires { e->resource_type; }) e->resource_type = is_plain_task ? "sqs" : "";
  if constexpr (requires { e->role_arn; }) e->role_arn = "arn:role";
  if constexpr (requires { e->map_run_arn; }) e->map_run_arn = "arn:map";
  if constexpr (requires { e->worker_name; }) e->worker_name = "w";
  if constexpr (requires { e->timeout_seconds; }) e->timeout_seconds = 60;
  if constexpr (requires { e->index; }) e->index = 3;
  if constexpr (requires { e->length; }) e->length = 4;
  if constexpr (requires { e->location; }) e->location = "Output/x";
  if constexpr (requires { e->assigned; }) {
    e->assigned.push_back({"v", Payload::FromTrustedText("[1]")});
  }
}

core::Event Sample(core::EventType type) {
  core::Event event;
  event.type = type;
  event.id = core::EventId(7);
  event.previous = core::EventId(6);
  event.time = absl::FromUnixMillis(1'700'000'000'123);
  event.details = core::InfoOf(type).make_details();
  const bool is_plain_task = core::InfoOf(type).name.substr(0, 4) == "Task";
  std::visit([&](auto& details) { Fill(is_plain_task, &details); }, event.details);
  return event;
}

TEST(HistoryConvert, EveryTypeHasTheFormThatAwsGivesIt) {
  const core::HistoryStyle style{"arn:aws:iam::1:role/r", "eu-central-1", "version", "alias"};
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
    const Value json =
        Value::Object({{std::string(info->details_key), core::AwsDetails(event, style)}});
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
  std::get<core::TaskScheduled>(event.details).timeout_seconds = int64_t{1} << 40;
  v1::HistoryEvent out;
  const absl::Status status = ToProto(event, {}, &out);
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("event 7 (TaskScheduled)"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("timeoutInSeconds"));
}

// Its sibling: AWS's shape of this event has no heartbeat, and unknown members were a CHECK too.
TEST(HistoryConvert, LambdaWithHeartbeatIsShown) {
  core::Event event = Sample(core::EventType::kLambdaFunctionScheduled);
  std::get<core::TaskScheduled>(event.details).heartbeat_seconds = 5;
  v1::HistoryEvent out;
  EXPECT_TRUE(ToProto(event, {}, &out).ok());
  EXPECT_EQ(out.lambda_function_scheduled_event_details().timeout_in_seconds(), 60);
}

TEST(HistoryConvert, ItemsThatAreNoArrayAreAStatus) {
  v1::HistoryEvent out;
  core::Event read = Sample(core::EventType::kMapItemsRead);
  std::get<core::MapItemsRead>(read.details).items = Payload::FromTrustedText("\"no array\"");
  EXPECT_TRUE(absl::IsDataLoss(ToProto(read, {}, &out)));
}

}  // namespace
}  // namespace pawl::api
