#include "engine/core/record_codec.h"

#include <limits>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"
#include "google/protobuf/arena.h"
#include "pawl/storage/v1/storage.pb.h"

namespace pawl::core {
namespace {

namespace stored = storage::v1;

int64_t Micros(absl::Time time) { return absl::ToUnixMicros(time); }

// Gives payloads their place in a record; shared ones get one place.
class PayloadWriter {
 public:
  // `shares` false: every payload gets a place of its own.
  explicit PayloadWriter(google::protobuf::RepeatedPtrField<std::string>* out, bool shares = true)
      : out_(out), shares_(shares) {}

  // `payload` outlives the writer: it is known by its address.
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
  // What is no payload of its own gets a place of its own.
  uint32_t PlaceValue(const Value& value) {
    *out_->Add() = ToJson(value);
    return static_cast<uint32_t>(out_->size());
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
    for (std::string& text : *texts) {
      is_text_ = is_text_ && IsValidUtf8(text);
      payloads_.push_back(Payload::FromTrustedText(std::move(text)));
    }
  }
  // False where a payload is not UTF-8: the row is damaged.
  bool is_text() const { return is_text_; }
  // False for a place that does not exist.
  bool Get(uint32_t place, Payload* out) const {
    if (place > payloads_.size()) return false;
    if (place > 0) *out = payloads_[place - 1];
    return true;
  }

 private:
  std::vector<Payload> payloads_;
  bool is_text_ = true;
};

void EncodeParent(const ParentLink& parent, stored::Parent* out) {
  out->set_slot(parent.slot);
  out->set_execution_id(parent.execution_id);
  out->set_scheduled(parent.scheduled);
  out->set_map_run(parent.map_run);
  out->set_index(parent.index);
  out->set_is_awaited(parent.is_awaited);
  out->set_wants_json(parent.wants_json);
}

ParentLink DecodeParent(const stored::Parent& in) {
  ParentLink parent;
  parent.slot = in.slot();
  parent.execution_id = in.execution_id();
  parent.scheduled = in.scheduled();
  parent.map_run = in.map_run();
  parent.index = in.index();
  parent.is_awaited = in.is_awaited();
  parent.wants_json = in.wants_json();
  return parent;
}

void EncodeEvent(const Event& event, int64_t base_us, PayloadWriter* payloads, stored::Event* out) {
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
  if (event.location.has_value()) out->set_location(*event.location);
  for (const AssignedVariable& variable : event.assigned) {
    stored::Variable* stored = out->add_assigned();
    stored->set_name(variable.name);
    stored->set_value(payloads->Place(variable.value));
  }
  out->set_tolerated_count(event.tolerated_count);
  out->set_tolerated_percentage(event.tolerated_percentage);
  if (!event.cursor.empty()) out->set_cursor(event.cursor);
  out->set_is_last(event.is_last);
  out->set_is_keyed(event.is_keyed);
  out->set_has_more(event.has_more);
  for (int64_t n : event.item_counts) out->add_item_counts(n);
  out->set_child_status(event.child_status);
  if (event.type == EventType::kMapChildEnded) {
    out->set_child_started_at_us(Micros(event.child_started_at));
  }
  if (event.parent.has_value()) EncodeParent(*event.parent, out->mutable_parent());
}

bool DecodeEvent(stored::Event* in, int64_t base_us, const PayloadReader& payloads, Event* event) {
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
  if (in->has_location()) event->location = in->location();
  for (stored::Variable& stored : *in->mutable_assigned()) {
    AssignedVariable& variable = event->assigned.emplace_back();
    variable.name = std::move(*stored.mutable_name());
    if (!payloads.Get(stored.value(), &variable.value)) return false;
  }
  event->tolerated_count = in->tolerated_count();
  event->tolerated_percentage = in->tolerated_percentage();
  event->cursor = std::move(*in->mutable_cursor());
  event->is_last = in->is_last();
  event->is_keyed = in->is_keyed();
  event->has_more = in->has_more();
  event->item_counts.assign(in->item_counts().begin(), in->item_counts().end());
  event->child_status = in->child_status();
  if (in->has_child_started_at_us()) {
    event->child_started_at = absl::FromUnixMicros(in->child_started_at_us());
  }
  if (in->has_parent()) event->parent = DecodeParent(in->parent());
  return payloads.Get(in->payload(), &event->payload) && payloads.Get(in->work(), &event->work);
}

}  // namespace

std::string EncodeTransition(const std::vector<Event>& events) {
  google::protobuf::Arena arena;
  auto* record = google::protobuf::Arena::CreateMessage<stored::Transition>(&arena);
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
  EventId next_id = record->first_event_id();
  for (stored::Event& stored : *record->mutable_events()) {
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
  static void Encode(const Execution& e, bool shares, stored::Checkpoint* out) {
    PayloadWriter payloads(out->mutable_payloads(), shares);
    out->set_last_event_id(e.last_event_id_);
    out->set_last_event_time_us(Micros(e.last_event_time_));
    out->set_next_frame(e.next_frame_);
    out->set_next_map_run(e.next_map_run_);
    for (const MapRunSummary& run : e.ended_map_runs_)
      EncodeSummary(run, out->add_ended_map_runs());
    if (e.parent_.has_value()) EncodeParent(*e.parent_, out->mutable_parent());
    out->set_input(payloads.Place(e.input_));
    for (const Timer& timer : e.timers_) {
      if (timer.kind == Timer::Kind::kExecution) out->set_execution_due_us(Micros(timer.due));
    }
    for (const auto& [id, frame] : e.frames_) EncodeFrame(e, frame, &payloads, out->add_frames());
  }

  static bool Restore(stored::Checkpoint* in, Execution* e) {
    const PayloadReader payloads(in->mutable_payloads());
    if (!payloads.is_text()) return false;
    e->last_event_id_ = in->last_event_id();
    e->last_event_time_ = absl::FromUnixMicros(in->last_event_time_us());
    e->next_frame_ = in->next_frame();
    e->next_map_run_ = in->next_map_run();
    for (const stored::MapRunSummary& run : in->ended_map_runs()) {
      e->ended_map_runs_.push_back(DecodeSummary(run));
    }
    if (in->has_parent()) e->parent_ = DecodeParent(in->parent());
    if (!payloads.Get(in->input(), &e->input_)) return false;
    if (in->has_execution_due_us()) {
      e->timers_.insert(
          Timer{absl::FromUnixMicros(in->execution_due_us()), Timer::Kind::kExecution, kRootFrame});
    }
    for (const stored::Frame& stored : in->frames()) {
      if (!RestoreFrame(stored, payloads, e)) return false;
    }
    return true;
  }

 private:
  static void EncodeSummary(const MapRunSummary& run, stored::MapRunSummary* out) {
    out->set_ordinal(run.ordinal);
    out->set_state(run.state);
    out->set_label(run.label);
    out->set_status(static_cast<int>(run.status));
    out->set_started_at_us(Micros(run.started_at));
    out->set_stopped_at_us(Micros(run.stopped_at));
    out->set_max_concurrency(run.max_concurrency);
    out->set_tolerated_count(run.tolerated_count);
    out->set_tolerated_percentage(run.tolerated_percentage);
    for (int64_t n : run.children) out->add_children(n);
    for (int64_t n : run.items) out->add_items(n);
  }

  static MapRunSummary DecodeSummary(const stored::MapRunSummary& in) {
    MapRunSummary run;
    run.ordinal = in.ordinal();
    run.state = in.state();
    run.label = in.label();
    run.status = static_cast<ExecutionStatus>(in.status());
    run.started_at = absl::FromUnixMicros(in.started_at_us());
    run.stopped_at = absl::FromUnixMicros(in.stopped_at_us());
    run.max_concurrency = in.max_concurrency();
    run.tolerated_count = in.tolerated_count();
    run.tolerated_percentage = in.tolerated_percentage();
    DecodeCounts(in.children(), &run.children);
    DecodeCounts(in.items(), &run.items);
    return run;
  }

  template <typename Repeated>
  static void DecodeCounts(const Repeated& in, std::array<int64_t, 6>* out) {
    for (size_t i = 0; i < out->size() && i < static_cast<size_t>(in.size()); ++i) {
      (*out)[i] = in[static_cast<int>(i)];
    }
  }

  static void EncodeFrame(const Execution& e, const Frame& frame, PayloadWriter* payloads,
                          stored::Frame* out) {
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
    out->set_before_entry(frame.before_entry);
    for (const auto& [name, value] : frame.variables) {
      stored::Variable* variable = out->add_variables();
      variable->set_name(name);
      variable->set_value(payloads->Place(value));
    }
    out->set_has_more(e.continuing_.count(frame.id) > 0);
    if (frame.map_run != nullptr) EncodeMapRun(*frame.map_run, payloads, out->mutable_map_run());
  }

  static void EncodeMapRun(const MapRun& run, PayloadWriter* payloads, stored::MapRun* out) {
    out->set_ordinal(run.ordinal);
    out->set_started_at_us(Micros(run.started_at));
    out->set_config(payloads->Place(run.config));
    out->set_cursor(run.cursor);
    out->set_is_exhausted(run.is_exhausted);
    if (run.items) {
      const Value::Elements& items = run.items.value().AsArray();
      for (size_t i = static_cast<size_t>(run.next_item); i < items.size(); ++i) {
        out->add_waiting(payloads->PlaceValue(items[i]));
      }
    }
    out->set_items_taken(run.items_taken);
    out->set_next_child(run.next_child);
    out->set_max_concurrency(run.max_concurrency);
    out->set_tolerated_count(run.tolerated_count);
    out->set_tolerated_percentage(run.tolerated_percentage);
    out->set_has_writer(run.has_writer);
    out->set_state(run.state);
    out->set_label(run.label);
    out->set_is_keyed(run.is_keyed);
    out->set_result_bytes(run.result_bytes);
    for (const auto& [index, child] : run.running) {
      stored::MapChild* stored = out->add_running();
      stored->set_index(index);
      stored->set_input(payloads->Place(child.input));
      stored->set_items(child.items);
    }
    for (int64_t n : run.children) out->add_children(n);
    for (int64_t n : run.items_ended) out->add_items_ended(n);
    for (const Payload& result : run.results) out->add_results(payloads->Place(result));
  }

  static void EncodeAttempt(const TaskAttempt& task, PayloadWriter* payloads,
                            stored::Attempt* out) {
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

  static void EncodeFanOut(const FanOut& fan_out, PayloadWriter* payloads, stored::FanOut* out) {
    out->set_length(fan_out.length);
    out->set_next_index(fan_out.next_index);
    out->set_running(fan_out.running);
    out->set_succeeded(fan_out.succeeded);
    out->set_max_concurrency(fan_out.max_concurrency);
    out->set_items(payloads->Place(fan_out.items));
    out->set_last_child_event(fan_out.last_child_event);
    for (const Payload& result : fan_out.results) out->add_results(payloads->Place(result));
  }

  static bool RestoreFrame(const stored::Frame& in, const PayloadReader& payloads, Execution* e) {
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
    if (in.has_more()) e->continuing_.insert(frame.id);
    if (in.has_due_us()) {
      frame.due = absl::FromUnixMicros(in.due_us());
      e->timers_.insert(
          Timer{frame.due,
                frame.phase == Frame::Phase::kBackoff ? Timer::Kind::kBackoff : Timer::Kind::kWait,
                frame.id});
    }
    if (in.has_task() && !RestoreAttempt(in.task(), payloads, &frame, e)) return false;
    frame.before_entry = in.before_entry();
    for (const stored::Variable& variable : in.variables()) {
      if (!payloads.Get(variable.value(), &frame.variables[variable.name()])) return false;
    }
    if (in.has_map_run() && !RestoreMapRun(in.map_run(), payloads, &frame, e)) return false;
    return !in.has_fan_out() || RestoreFanOut(in.fan_out(), payloads, &frame);
  }

  static bool RestoreAttempt(const stored::Attempt& in, const PayloadReader& payloads, Frame* frame,
                             Execution* e) {
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

  static bool RestoreMapRun(const stored::MapRun& in, const PayloadReader& payloads, Frame* frame,
                            Execution* e) {
    auto run = std::make_unique<MapRun>();
    run->ordinal = in.ordinal();
    run->started_at = absl::FromUnixMicros(in.started_at_us());
    if (!payloads.Get(in.config(), &run->config) || !run->config) return false;
    run->ReadConfig();
    run->cursor = in.cursor();
    run->is_exhausted = in.is_exhausted();
    Value::Elements waiting;
    for (uint32_t place : in.waiting()) {
      Payload item;
      if (!payloads.Get(place, &item) || !item) return false;
      waiting.push_back(item.value());
    }
    if (!waiting.empty()) run->items = Payload::FromValue(Value::Array(std::move(waiting)));
    run->items_taken = in.items_taken();
    run->next_child = in.next_child();
    run->max_concurrency = in.max_concurrency();
    run->tolerated_count = in.tolerated_count();
    run->tolerated_percentage = in.tolerated_percentage();
    run->has_writer = in.has_writer();
    run->state = in.state();
    run->label = in.label();
    run->is_keyed = in.is_keyed();
    run->result_bytes = in.result_bytes();
    for (const stored::MapChild& stored : in.running()) {
      MapChild& child = run->running[stored.index()];
      child.items = stored.items();
      if (!payloads.Get(stored.input(), &child.input)) return false;
      run->running_bytes += child.input.held_bytes();
    }
    DecodeCounts(in.children(), &run->children);
    DecodeCounts(in.items_ended(), &run->items_ended);
    for (uint32_t place : in.results()) {
      if (!payloads.Get(place, &run->results.emplace_back())) return false;
    }
    e->map_runs_[run->ordinal] = frame->id;
    frame->map_run = std::move(run);
    return true;
  }

  static bool RestoreFanOut(const stored::FanOut& in, const PayloadReader& payloads, Frame* frame) {
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
      fan_out->result_bytes += fan_out->results.back().held_bytes();
    }
    frame->fan_out = std::move(fan_out);
    return true;
  }
};

namespace {

std::string EncodeState(const Execution& execution, bool shares) {
  google::protobuf::Arena arena;
  auto* state = google::protobuf::Arena::CreateMessage<stored::Checkpoint>(&arena);
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
  auto* state = google::protobuf::Arena::CreateMessage<stored::Checkpoint>(&arena);
  if (bytes.size() > std::numeric_limits<int>::max() ||
      !state->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !CheckpointCodec::Restore(state, execution)) {
    return absl::DataLossError("a checkpoint is not readable");
  }
  return absl::OkStatus();
}

}  // namespace pawl::core
