#include "engine/core/record_codec.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/stored_payloads.h"
#include "google/protobuf/arena.h"

namespace pawl::core {

std::string EncodeTransition(const std::vector<Event>& events) {
  google::protobuf::Arena arena;
  auto* record = google::protobuf::Arena::CreateMessage<stored::Transition>(&arena);
  PayloadWriter payloads(record->mutable_payloads());
  const int64_t base_us = events.empty() ? 0 : Micros(events.front().time);
  record->set_base_time_us(base_us);
  for (const Event& event : events) {
    if (record->first_event_id() == 0 && event.is_numbered())
      record->set_first_event_id(event.id.value());
    EncodeEvent(event, base_us, &payloads, record->add_events());
  }
  return record->SerializeAsString();
}

absl::StatusOr<std::vector<Event>> DecodeTransition(absl::string_view bytes) {
  google::protobuf::Arena arena;
  auto* record = google::protobuf::Arena::CreateMessage<stored::Transition>(&arena);
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !record->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("a history record is not readable");
  }
  const PayloadReader payloads(record->mutable_payloads());
  if (!payloads.is_text())
    return absl::DataLossError("a history record holds bytes that are no text");
  std::vector<Event> events;
  events.reserve(static_cast<size_t>(record->events_size()));
  EventId next_id(record->first_event_id());
  for (stored::Event& stored : *record->mutable_events()) {
    Event event;
    if (!DecodeEvent(&stored, record->base_time_us(), payloads, &event)) {
      return absl::DataLossError(absl::StrCat("a history record holds an event of type ",
                                              stored.type(), " that this version cannot read"));
    }
    if (event.is_numbered()) event.id = std::exchange(next_id, next_id.Next());
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace pawl::core
