// Every kind of event comes back from its stored form with every member that it has.
#include "engine/core/record_codec.h"

#include <string>
#include <vector>

#include "engine/core/event.h"
#include "gtest/gtest.h"

namespace pawl::core {
namespace {

Payload Json(const char* text) { return Payload::FromTrustedText(text); }

// Hands each member that `Details` has to `see`, with a value that it does not have by itself.
template <typename Details, typename See>
void ForEachMember(Details& e, See see) {
  if constexpr (requires { e.input; }) see(e.input, Json("1"));
  if constexpr (requires { e.output; }) see(e.output, Json("2"));
  if constexpr (requires { e.parameters; }) see(e.parameters, Json("3"));
  if constexpr (requires { e.worker_input; }) see(e.worker_input, Json("4"));
  if constexpr (requires { e.branch_input; }) see(e.branch_input, Json("5"));
  if constexpr (requires { e.items; }) see(e.items, Json("[6]"));
  if constexpr (requires { e.inputs; }) see(e.inputs, Json("[7]"));
  if constexpr (requires { e.config; }) see(e.config, Json("{}"));
  if constexpr (requires { e.record; }) see(e.record, Json("8"));
  if constexpr (requires { e.state; }) see(e.state, std::string("State"));
  if constexpr (requires { e.next; }) see(e.next, std::string("Next"));
  if constexpr (requires { e.queue; }) see(e.queue, std::string("queue"));
  if constexpr (requires { e.cursor; }) see(e.cursor, std::string("cursor"));
  if constexpr (requires { e.resource; }) see(e.resource, std::string("resource"));
  if constexpr (requires { e.resource_type; }) see(e.resource_type, std::string("type"));
  if constexpr (requires { e.role_arn; }) see(e.role_arn, std::string("role"));
  if constexpr (requires { e.map_run_arn; }) see(e.map_run_arn, std::string("arn"));
  if constexpr (requires { e.error; }) see(e.error, std::string("Error"));
  if constexpr (requires { e.cause; }) see(e.cause, std::string(""));
  if constexpr (requires { e.location; }) see(e.location, std::string("Output/x"));
  if constexpr (requires { e.worker_name; }) see(e.worker_name, std::string("worker"));
  if constexpr (requires { e.timeout_seconds; }) see(e.timeout_seconds, int64_t{0});
  if constexpr (requires { e.heartbeat_seconds; }) see(e.heartbeat_seconds, int64_t{9});
  if constexpr (requires { e.index; }) see(e.index, int64_t{10});
  if constexpr (requires { e.first_index; }) see(e.first_index, int64_t{11});
  if constexpr (requires { e.length; }) see(e.length, int64_t{12});
  if constexpr (requires { e.max_concurrency; }) see(e.max_concurrency, int64_t{13});
  if constexpr (requires { e.retrier; }) see(e.retrier, 14);
  if constexpr (requires { e.child; }) see(e.child, FrameId{15});
  if constexpr (requires { e.has_more; }) see(e.has_more, true);
  if constexpr (requires { e.by_child; }) see(e.by_child, true);
  if constexpr (requires { e.redrive_count; }) see(e.redrive_count, 26);
  if constexpr (requires { e.map_run_redrive; }) see(e.map_run_redrive, 27);
  if constexpr (requires { e.is_not_redrivable; }) see(e.is_not_redrivable, true);
  if constexpr (requires { e.indexes; }) see(e.indexes, std::vector<int64_t>{28, 30});
  if constexpr (requires { e.count; }) see(e.count, int64_t{31});
  if constexpr (requires { e.client_token; }) see(e.client_token, std::string("token"));
  if constexpr (requires { e.is_last; }) see(e.is_last, true);
  if constexpr (requires { e.is_keyed; }) see(e.is_keyed, true);
  if constexpr (requires { e.status; }) see(e.status, ExecutionStatus::kTimedOut);
  if constexpr (requires { e.item_counts; }) see(e.item_counts, std::vector<int64_t>{16, 0});
  const absl::Time time = absl::FromUnixMicros(1'700'000'000'000'017);
  if constexpr (requires { e.started_at; }) see(e.started_at, time);
  if constexpr (requires { e.times_out_at; }) see(e.times_out_at, time);
  if constexpr (requires { e.waits_until; }) see(e.waits_until, time);
  if constexpr (requires { e.next_attempt_at; }) see(e.next_attempt_at, time);
  ParentLink parent{17, 18, EventId{19}, 20, 21, false, true, 32};
  if constexpr (requires { e.parent; }) see(e.parent, parent);
  if constexpr (requires { e.limits; }) see(e.limits, MapRunLimits{22, 23, 24.5});
  const std::vector<AssignedVariable> variables = {{"a", Json("25")}, {"b", Json("[]")}};
  if constexpr (requires { e.variables; }) see(e.variables, variables);
  if constexpr (requires { e.assigned; }) see(e.assigned, variables);
}

template <typename T>
bool IsSame(const T& a, const T& b) {
  return a == b;
}
bool IsSame(const Payload& a, const Payload& b) { return a.text() == b.text(); }
bool IsSame(const MapRunLimits& a, const MapRunLimits& b) {
  return a.max_concurrency == b.max_concurrency && a.tolerated_count == b.tolerated_count &&
         a.tolerated_percentage == b.tolerated_percentage;
}
bool IsSame(const std::vector<AssignedVariable>& a, const std::vector<AssignedVariable>& b) {
  return a.size() == b.size() && a[0].name == b[0].name && a[1].name == b[1].name &&
         IsSame(a[0].value, b[0].value) && IsSame(a[1].value, b[1].value);
}

TEST(RecordCodec, EveryMemberOfEveryKindOfEventComesBack) {
  std::vector<Event> events;
  for (int number = 0; number < 1'000; ++number) {
    const EventTypeInfo* info = FindEventType(number);
    if (info == nullptr) continue;
    Event event;
    event.type = info->type;
    event.id = event.is_numbered() ? EventId(static_cast<int64_t>(events.size()) + 5) : EventId{};
    event.previous = EventId{3};
    event.time = absl::FromUnixMicros(1'700'000'000'000'000 + number);
    event.frame = FrameId{number % 5};
    event.details = info->make_details();
    std::visit(
        [](auto& details) {
          ForEachMember(details, [](auto& member, const auto& value) { member = value; });
        },
        event.details);
    events.push_back(std::move(event));
  }
  ASSERT_EQ(events.size(), 64u);
  const std::string record = EncodeTransition(events);
  const auto decoded = DecodeTransition(record);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const Event& event = (*decoded)[i];
    const absl::string_view name = InfoOf(event.type).name;
    EXPECT_EQ(event.type, events[i].type);
    EXPECT_EQ(event.id, events[i].id) << name;
    EXPECT_EQ(event.previous, events[i].previous) << name;
    EXPECT_EQ(event.time, events[i].time) << name;
    EXPECT_EQ(event.frame, events[i].frame) << name;
    std::visit(
        [&name](const auto& details) {
          ForEachMember(details, [&name](const auto& member, const auto& value) {
            EXPECT_TRUE(IsSame(member, std::decay_t<decltype(member)>(value))) << name;
          });
        },
        event.details);
  }
  EXPECT_EQ(EncodeTransition(*decoded), record);
}

TEST(RecordCodec, AnUnknownTypeOrStatusIsDataLoss) {
  Event event;
  event.details = MapChildEnded();
  event.type = EventType::kMapChildEnded;
  std::get<MapChildEnded>(event.details).status = static_cast<ExecutionStatus>(99);
  EXPECT_TRUE(absl::IsDataLoss(DecodeTransition(EncodeTransition({event})).status()));
  event.type = static_cast<EventType>(127);
  EXPECT_TRUE(absl::IsDataLoss(DecodeTransition(EncodeTransition({event})).status()));
}

}  // namespace
}  // namespace pawl::core
