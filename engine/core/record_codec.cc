#include "engine/core/record_codec.h"

#include <limits>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "pawl/v1/storage.pb.h"

namespace pawl::core {
namespace {

int64_t Micros(absl::Time time) { return absl::ToUnixMicros(time); }

// Gives payloads their place in a record; shared ones get one place.
class PayloadWriter {
 public:
  // `shares` false: every payload gets a place of its own.
  explicit PayloadWriter(google::protobuf::RepeatedPtrField<std::string>* out, bool shares = true)
      : out_(out), shares_(shares) {}

  uint32_t Place(const Payload& payload) {
    if (!payload) return 0;
    if (!shares_) {
      *out_->Add() = payload.text();
      return static_cast<uint32_t>(out_->size());
    }
    const auto [it, is_new] =
        places_.emplace(payload.identity(), static_cast<uint32_t>(out_->size()) + 1);
    if (is_new) *out_->Add() = payload.text();
    return it->second;
  }

 private:
  google::protobuf::RepeatedPtrField<std::string>* out_;
  bool shares_;
  absl::flat_hash_map<const void*, uint32_t> places_;
};

class PayloadReader {
 public:
  explicit PayloadReader(google::protobuf::RepeatedPtrField<std::string>* texts) {
    payloads_.reserve(static_cast<size_t>(texts->size()));
    for (std::string& text : *texts) payloads_.push_back(Payload::FromTrustedText(std::move(text)));
  }
  // False for a place that does not exist.
  bool Get(uint32_t place, Payload* out) const {
    if (place > payloads_.size()) return false;
    if (place > 0) *out = payloads_[place - 1];
    return true;
  }

 private:
  std::vector<Payload> payloads_;
};

void EncodeEvent(const Event& event, int64_t base_us, PayloadWriter* payloads,
                 v1::StoredEvent* out) {
  out->set_type(static_cast<int>(event.type));
  out->set_previous(event.previous);
  out->set_time_delta_us(Micros(event.time) - base_us);
  out->set_frame(event.frame);
  if (!event.name.empty()) out->set_name(event.name);
  out->set_payload(payloads->Place(event.payload));
  if (event.error.has_value()) out->set_error(*event.error);
  if (event.cause.has_value()) out->set_cause(*event.cause);
  if (!event.resource.empty()) out->set_resource(event.resource);
  if (!event.resource_type.empty()) out->set_resource_type(event.resource_type);
  if (!event.task_role_arn.empty()) out->set_task_role_arn(event.task_role_arn);
  if (event.worker_name.has_value()) out->set_worker_name(*event.worker_name);
  if (event.timeout_seconds.has_value()) out->set_timeout_seconds(*event.timeout_seconds);
  if (event.heartbeat_seconds.has_value()) out->set_heartbeat_seconds(*event.heartbeat_seconds);
  out->set_index(event.index);
  out->set_length(event.length);
  if (!event.next.empty()) out->set_next(event.next);
  if (!event.queue.empty()) out->set_queue(event.queue);
  out->set_work(payloads->Place(event.work));
  if (event.due != absl::InfiniteFuture()) out->set_due_us(Micros(event.due));
  out->set_retrier_plus_one(event.retrier + 1);
  out->set_child_plus_one(event.child + 1);
  out->set_max_concurrency(event.max_concurrency);
}

bool DecodeEvent(v1::StoredEvent* in, int64_t base_us, const PayloadReader& payloads,
                 Event* event) {
  const EventTypeInfo* info = FindEventType(in->type());
  if (info == nullptr) return false;
  event->type = info->type;
  event->previous = in->previous();
  event->time = absl::FromUnixMicros(base_us + in->time_delta_us());
  event->frame = in->frame();
  event->name = std::move(*in->mutable_name());
  if (in->has_error()) event->error = in->error();
  if (in->has_cause()) event->cause = in->cause();
  event->resource = std::move(*in->mutable_resource());
  event->resource_type = std::move(*in->mutable_resource_type());
  event->task_role_arn = std::move(*in->mutable_task_role_arn());
  if (in->has_worker_name()) event->worker_name = in->worker_name();
  if (in->has_timeout_seconds()) event->timeout_seconds = in->timeout_seconds();
  if (in->has_heartbeat_seconds()) event->heartbeat_seconds = in->heartbeat_seconds();
  event->index = in->index();
  event->length = in->length();
  event->next = std::move(*in->mutable_next());
  event->queue = std::move(*in->mutable_queue());
  if (in->has_due_us()) event->due = absl::FromUnixMicros(in->due_us());
  event->retrier = in->retrier_plus_one() - 1;
  event->child = in->child_plus_one() - 1;
  event->max_concurrency = in->max_concurrency();
  return payloads.Get(in->payload(), &event->payload) && payloads.Get(in->work(), &event->work);
}

}  // namespace

std::string EncodeTransition(const std::vector<Event>& events) {
  google::protobuf::Arena arena;
  auto* record = google::protobuf::Arena::CreateMessage<v1::StoredTransition>(&arena);
  PayloadWriter payloads(record->mutable_payloads());
  const int64_t base_us = events.empty() ? 0 : Micros(events.front().time);
  record->set_base_time_us(base_us);
  for (const Event& event : events) {
    if (record->first_event_id() == 0 && event.is_numbered()) record->set_first_event_id(event.id);
    EncodeEvent(event, base_us, &payloads, record->add_events());
  }
  return record->SerializeAsString();
}

absl::StatusOr<std::vector<Event>> DecodeTransition(absl::string_view bytes) {
  google::protobuf::Arena arena;
  auto* record = google::protobuf::Arena::CreateMessage<v1::StoredTransition>(&arena);
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !record->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("a history record is not readable");
  }
  const PayloadReader payloads(record->mutable_payloads());
  std::vector<Event> events;
  events.reserve(static_cast<size_t>(record->events_size()));
  EventId next_id = record->first_event_id();
  for (v1::StoredEvent& stored : *record->mutable_events()) {
    Event event;
    if (!DecodeEvent(&stored, record->base_time_us(), payloads, &event)) {
      return absl::DataLossError(absl::StrCat("a history record holds an event of type ",
                                              stored.type(), " that this version cannot read"));
    }
    if (event.is_numbered()) event.id = next_id++;
    events.push_back(std::move(event));
  }
  return events;
}

// A friend of Execution.
class CheckpointCodec {
 public:
  static void Encode(const Execution& e, bool shares, v1::StoredCheckpoint* out) {
    PayloadWriter payloads(out->mutable_payloads(), shares);
    out->set_last_event_id(e.last_event_id_);
    out->set_last_event_time_us(Micros(e.last_event_time_));
    out->set_next_frame(e.next_frame_);
    out->set_input(payloads.Place(e.input_));
    for (const Timer& timer : e.timers_) {
      if (timer.kind == Timer::Kind::kExecution) out->set_execution_due_us(Micros(timer.due));
    }
    for (const auto& [id, frame] : e.frames_) EncodeFrame(e, frame, &payloads, out->add_frames());
  }

  static bool Restore(v1::StoredCheckpoint* in, Execution* e) {
    const PayloadReader payloads(in->mutable_payloads());
    e->last_event_id_ = in->last_event_id();
    e->last_event_time_ = absl::FromUnixMicros(in->last_event_time_us());
    e->next_frame_ = in->next_frame();
    if (!payloads.Get(in->input(), &e->input_)) return false;
    if (in->has_execution_due_us()) {
      e->timers_.insert(
          Timer{absl::FromUnixMicros(in->execution_due_us()), Timer::Kind::kExecution, kRootFrame});
    }
    for (const v1::StoredFrame& stored : in->frames()) {
      if (!RestoreFrame(stored, payloads, e)) return false;
    }
    return true;
  }

 private:
  static void EncodeFrame(const Execution& e, const Frame& frame, PayloadWriter* payloads,
                          v1::StoredFrame* out) {
    out->set_id(frame.id);
    out->set_parent_plus_one(frame.parent + 1);
    out->set_index(frame.index);
    out->set_last_event(frame.last_event);
    out->set_state(e.machine_->state(frame.state).name);
    out->set_phase(static_cast<int>(frame.phase));
    out->set_input(payloads->Place(frame.input));
    out->set_entered(frame.entered);
    // A frame whose first state is still to be entered has no such time.
    out->set_entered_at_us(frame.entered == 0 ? 0 : Micros(frame.entered_at));
    for (int32_t n : frame.retries_by_retrier) out->add_retries_by_retrier(n);
    out->set_retry_count(frame.retry_count);
    if (frame.due != absl::InfiniteFuture()) out->set_due_us(Micros(frame.due));
    if (frame.task.has_value()) EncodeAttempt(*frame.task, payloads, out->mutable_task());
    if (frame.fan_out != nullptr) EncodeFanOut(*frame.fan_out, payloads, out->mutable_fan_out());
  }

  static void EncodeAttempt(const TaskAttempt& task, PayloadWriter* payloads,
                            v1::StoredAttempt* out) {
    out->set_scheduled(task.scheduled);
    out->set_scheduled_at_us(Micros(task.scheduled_at));
    if (task.times_out_at != absl::InfiniteFuture()) {
      out->set_times_out_at_us(Micros(task.times_out_at));
    }
    if (task.heartbeat_seconds.has_value()) out->set_heartbeat_seconds(*task.heartbeat_seconds);
    out->set_queue(task.queue);
    out->set_input(payloads->Place(task.input));
    out->set_is_started(task.is_started);
    out->set_is_submitted(task.is_submitted);
  }

  static void EncodeFanOut(const FanOut& fan_out, PayloadWriter* payloads, v1::StoredFanOut* out) {
    out->set_length(fan_out.length);
    out->set_next_index(fan_out.next_index);
    out->set_running(fan_out.running);
    out->set_succeeded(fan_out.succeeded);
    out->set_max_concurrency(fan_out.max_concurrency);
    out->set_items(payloads->Place(fan_out.items));
    out->set_last_child_event(fan_out.last_child_event);
    for (const Payload& result : fan_out.results) out->add_results(payloads->Place(result));
  }

  static bool RestoreFrame(const v1::StoredFrame& in, const PayloadReader& payloads, Execution* e) {
    Frame& frame = e->frames_[in.id()];
    frame.id = in.id();
    frame.parent = in.parent_plus_one() - 1;
    frame.index = in.index();
    frame.last_event = in.last_event();
    frame.state = e->machine_->Find(in.state());
    frame.phase = static_cast<Frame::Phase>(in.phase());
    frame.entered = in.entered();
    frame.entered_at = absl::FromUnixMicros(in.entered_at_us());
    frame.retries_by_retrier.assign(in.retries_by_retrier().begin(), in.retries_by_retrier().end());
    frame.retry_count = in.retry_count();
    if (frame.state == asl::kNone || !payloads.Get(in.input(), &frame.input)) return false;
    if (frame.phase == Frame::Phase::kReady) e->ready_.insert(frame.id);
    if (in.has_due_us()) {
      frame.due = absl::FromUnixMicros(in.due_us());
      e->timers_.insert(
          Timer{frame.due,
                frame.phase == Frame::Phase::kBackoff ? Timer::Kind::kBackoff : Timer::Kind::kWait,
                frame.id});
    }
    if (in.has_task() && !RestoreAttempt(in.task(), payloads, &frame, e)) return false;
    return !in.has_fan_out() || RestoreFanOut(in.fan_out(), payloads, &frame);
  }

  static bool RestoreAttempt(const v1::StoredAttempt& in, const PayloadReader& payloads,
                             Frame* frame, Execution* e) {
    TaskAttempt task;
    task.scheduled = in.scheduled();
    task.scheduled_at = absl::FromUnixMicros(in.scheduled_at_us());
    if (in.has_times_out_at_us()) {
      task.times_out_at = absl::FromUnixMicros(in.times_out_at_us());
      e->timers_.insert(Timer{task.times_out_at, Timer::Kind::kTask, frame->id});
    }
    if (in.has_heartbeat_seconds()) task.heartbeat_seconds = in.heartbeat_seconds();
    task.queue = in.queue();
    task.is_started = in.is_started();
    task.is_submitted = in.is_submitted();
    if (!payloads.Get(in.input(), &task.input)) return false;
    e->open_tasks_[task.scheduled] = frame->id;
    frame->task = std::move(task);
    return true;
  }

  static bool RestoreFanOut(const v1::StoredFanOut& in, const PayloadReader& payloads,
                            Frame* frame) {
    auto fan_out = std::make_unique<FanOut>();
    fan_out->length = in.length();
    fan_out->next_index = in.next_index();
    fan_out->running = in.running();
    fan_out->succeeded = in.succeeded();
    fan_out->max_concurrency = in.max_concurrency();
    fan_out->last_child_event = in.last_child_event();
    if (!payloads.Get(in.items(), &fan_out->items)) return false;
    for (uint32_t place : in.results()) {
      if (!payloads.Get(place, &fan_out->results.emplace_back())) return false;
    }
    frame->fan_out = std::move(fan_out);
    return true;
  }
};

namespace {

std::string EncodeState(const Execution& execution, bool shares) {
  google::protobuf::Arena arena;
  auto* state = google::protobuf::Arena::CreateMessage<v1::StoredCheckpoint>(&arena);
  CheckpointCodec::Encode(execution, shares, state);
  return state->SerializeAsString();
}

}  // namespace

std::string EncodeCheckpoint(const Execution& execution) { return EncodeState(execution, true); }

std::string CanonicalState(const Execution& execution) {
  return absl::StrCat(std::string(StatusName(execution.status())), "\n", execution.output().text(),
                      "\n", execution.error().value_or(""), "\n", execution.cause().value_or(""),
                      "\n", EncodeState(execution, false));
}

absl::Status RestoreCheckpoint(absl::string_view bytes, Execution* execution) {
  google::protobuf::Arena arena;
  auto* state = google::protobuf::Arena::CreateMessage<v1::StoredCheckpoint>(&arena);
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !state->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !CheckpointCodec::Restore(state, execution)) {
    return absl::DataLossError("a checkpoint is not readable");
  }
  return absl::OkStatus();
}

}  // namespace pawl::core
