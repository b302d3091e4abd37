// The folded state to bytes and back. See record_codec.h.
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/core/record_codec.h"
#include "engine/core/stored_payloads.h"
#include "google/protobuf/arena.h"

namespace pawl::core {

// A friend of Execution.
class CheckpointCodec {
 public:
  static void Encode(const Execution& e, bool shares, stored::Checkpoint* out) {
    PayloadWriter payloads(out->mutable_payloads(), shares);
    out->set_last_event_id(e.last_event_id_.value());
    out->set_last_event_time_us(Micros(e.last_event_time_));
    out->set_next_frame(e.next_frame_.value());
    out->set_next_map_run(e.next_map_run_);
    for (const MapRunSummary& run : e.ended_map_runs_)
      EncodeSummary(run, out->add_ended_map_runs());
    out->set_redrive_count(e.redrive_count_);
    if (e.redrive_count_ > 0) out->set_redrive_time_us(Micros(e.redrive_time_));
    for (const Redrive& redrive : e.redrives_) {
      stored::Redrive* to = out->add_redrives();
      to->set_client_token(redrive.client_token);
      to->set_time_us(Micros(redrive.time));
    }
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
    e->last_event_id_ = EventId(in->last_event_id());
    e->last_event_time_ = absl::FromUnixMicros(in->last_event_time_us());
    e->next_frame_ = FrameId(in->next_frame());
    e->next_map_run_ = in->next_map_run();
    for (const stored::MapRunSummary& run : in->ended_map_runs()) {
      e->ended_map_runs_.push_back(DecodeSummary(run));
    }
    e->redrive_count_ = in->redrive_count();
    if (in->redrive_count() > 0) e->redrive_time_ = absl::FromUnixMicros(in->redrive_time_us());
    for (const stored::Redrive& redrive : in->redrives()) {
      e->redrives_.push_back({redrive.client_token(), absl::FromUnixMicros(redrive.time_us())});
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
    EncodeLimits(run.limits, out);
    EncodeCounts(run.children, 0, out->mutable_children());
    EncodeCounts(run.items, run.items_pending, out->mutable_items());
    out->set_redrive_count(run.redrive_count);
    if (run.redrive_count > 0) out->set_redriven_at_us(Micros(run.redriven_at));
    out->set_not_redrivable_children(run.children_not_redrivable);
    out->set_not_redrivable_items(run.items_not_redrivable);
  }

  static MapRunSummary DecodeSummary(const stored::MapRunSummary& in) {
    MapRunSummary run;
    run.ordinal = in.ordinal();
    run.state = in.state();
    run.label = in.label();
    run.status = static_cast<ExecutionStatus>(in.status());
    run.started_at = absl::FromUnixMicros(in.started_at_us());
    run.stopped_at = absl::FromUnixMicros(in.stopped_at_us());
    run.limits = DecodeLimits(in);
    DecodeCounts(in.children(), &run.children);
    DecodeCounts(in.items(), &run.items);
    if (in.items_size() > 0) run.items_pending = in.items(0);
    run.redrive_count = in.redrive_count();
    if (in.redrive_count() > 0) run.redriven_at = absl::FromUnixMicros(in.redriven_at_us());
    run.children_not_redrivable = in.not_redrivable_children();
    run.items_not_redrivable = in.not_redrivable_items();
    return run;
  }

  using Numbers = google::protobuf::RepeatedField<int64_t>;

  // By the number of the status; in the place of 0 stands what has none yet.
  static void EncodeCounts(const StatusCounts& counts, int64_t pending, Numbers* out) {
    out->Add(pending);
    for (const ExecutionStatus status : kExecutionStatuses) out->Add(counts[status]);
  }

  static void DecodeCounts(const Numbers& in, StatusCounts* out) {
    for (const ExecutionStatus status : kExecutionStatuses) {
      if (static_cast<int>(status) < in.size()) (*out)[status] = in[static_cast<int>(status)];
    }
  }

  template <typename Message>
  static void EncodeLimits(const MapRunLimits& limits, Message* out) {
    out->set_max_concurrency(limits.max_concurrency);
    out->set_tolerated_count(limits.tolerated_count);
    out->set_tolerated_percentage(limits.tolerated_percentage);
  }

  template <typename Message>
  static MapRunLimits DecodeLimits(const Message& in) {
    return MapRunLimits{in.max_concurrency(), in.tolerated_count(), in.tolerated_percentage()};
  }

  static void EncodeFrame(const Execution& e, const Frame& frame, PayloadWriter* payloads,
                          stored::Frame* out) {
    out->set_id(frame.id.value());
    out->set_parent_plus_one(frame.parent.value() + 1);
    out->set_index(frame.index);
    out->set_last_event(frame.last_event.value());
    out->set_state(e.machine_->state(frame.state).name);
    out->set_phase(static_cast<int>(frame.phase));
    out->set_input(payloads->Place(frame.input));
    out->set_entered(frame.entered.value());
    // A frame whose first state is still to be entered has no such time.
    out->set_entered_at_us(frame.entered == kNoEvent ? 0 : Micros(frame.entered_at));
    for (int32_t n : frame.retries_by_retrier) out->add_retries_by_retrier(n);
    out->set_retry_count(frame.retry_count);
    if (frame.due != absl::InfiniteFuture()) out->set_due_us(Micros(frame.due));
    if (frame.task.has_value()) EncodeAttempt(*frame.task, payloads, out->mutable_task());
    if (frame.fan_out != nullptr) EncodeFanOut(*frame.fan_out, payloads, out->mutable_fan_out());
    out->set_before_entry(frame.before_entry.value());
    for (const auto& [name, value] : frame.variables) {
      stored::Variable* variable = out->add_variables();
      variable->set_name(name);
      variable->set_value(payloads->Place(value));
    }
    out->set_has_more(e.continuing_.count(frame.id) > 0);
    if (frame.map_run != nullptr) EncodeMapRun(*frame.map_run, payloads, out->mutable_map_run());
    if (frame.phase == Frame::Phase::kRedriven && frame.stopped_map_run != nullptr) {
      EncodeMapRun(*frame.stopped_map_run, payloads, out->mutable_map_run());
    }
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
    EncodeLimits(run.limits, out);
    out->set_has_writer(run.has_writer);
    out->set_state(run.state);
    out->set_label(run.label);
    out->set_is_keyed(run.is_keyed);
    out->set_result_bytes(run.result_bytes);
    for (const auto& [index, child] : run.running) {
      EncodeMapChild(index, child, payloads, out->add_running());
    }
    EncodeCounts(run.children, 0, out->mutable_children());
    EncodeCounts(run.items_ended, 0, out->mutable_items_ended());
    for (const Payload& result : run.results) out->add_results(payloads->Place(result));
    out->set_unsuccessful(run.unsuccessful.Encode());
    if (run.redrive_count > 0) EncodeRedrive(run, payloads, out);
  }

  static void EncodeMapChild(int64_t index, const MapChild& child, PayloadWriter* payloads,
                             stored::MapChild* out) {
    out->set_index(index);
    out->set_input(payloads->Place(child.input));
    out->set_items(child.items);
    out->set_is_redriven(child.is_redriven);
  }

  static void EncodeRedrive(const MapRun& run, PayloadWriter* payloads, stored::MapRun* out) {
    out->set_redrive_count(run.redrive_count);
    out->set_redriven_at_us(Micros(run.redriven_at));
    out->set_pending(run.pending.Encode());
    EncodeCounts(run.pending_children, 0, out->mutable_pending_children());
    EncodeCounts(run.pending_items, 0, out->mutable_pending_items());
    for (const auto& [index, child] : run.at_hand) {
      EncodeMapChild(index, child, payloads, out->add_read());
    }
    out->set_not_redrivable_children(run.not_redrivable_children);
    out->set_not_redrivable_items(run.not_redrivable_items);
  }

  static void EncodeAttempt(const TaskAttempt& task, PayloadWriter* payloads,
                            stored::Attempt* out) {
    out->set_scheduled(task.scheduled.value());
    out->set_scheduled_at_us(Micros(task.scheduled_at));
    if (task.times_out_at != absl::InfiniteFuture()) {
      out->set_times_out_at_us(Micros(task.times_out_at));
    }
    if (task.timeout_seconds.has_value()) out->set_timeout_seconds(*task.timeout_seconds);
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
    out->set_last_child_event(fan_out.last_child_event.value());
    for (const Payload& result : fan_out.results) out->add_results(payloads->Place(result));
  }

  static bool RestoreFrame(const stored::Frame& in, const PayloadReader& payloads, Execution* e) {
    const FrameId id(in.id());
    Frame& frame = e->frames_[id];
    frame.id = id;
    frame.parent = FrameId(in.parent_plus_one() - 1);
    frame.index = in.index();
    frame.last_event = EventId(in.last_event());
    frame.state = e->machine_->Find(in.state());
    frame.phase = static_cast<Frame::Phase>(in.phase());
    frame.entered = EventId(in.entered());
    frame.entered_at = absl::FromUnixMicros(in.entered_at_us());
    frame.retries_by_retrier.assign(in.retries_by_retrier().begin(), in.retries_by_retrier().end());
    frame.retry_count = in.retry_count();
    if (frame.state == asl::kNone || !payloads.Get(in.input(), &frame.input)) return false;
    const bool is_ready =
        frame.phase == Frame::Phase::kReady || frame.phase == Frame::Phase::kRedriven;
    if (is_ready) e->ready_.insert(frame.id);
    if (in.has_more()) e->continuing_.insert(frame.id);
    if (in.has_due_us()) {
      frame.due = absl::FromUnixMicros(in.due_us());
      e->timers_.insert(
          Timer{frame.due,
                frame.phase == Frame::Phase::kBackoff ? Timer::Kind::kBackoff : Timer::Kind::kWait,
                frame.id});
    }
    if (in.has_task() && !RestoreAttempt(in.task(), payloads, &frame, e)) return false;
    frame.before_entry = EventId(in.before_entry());
    for (const stored::Variable& variable : in.variables()) {
      if (!payloads.Get(variable.value(), &frame.variables[variable.name()])) return false;
    }
    if (in.has_map_run() && !RestoreMapRun(in.map_run(), payloads, &frame, e)) return false;
    return !in.has_fan_out() || RestoreFanOut(in.fan_out(), payloads, &frame);
  }

  static bool RestoreAttempt(const stored::Attempt& in, const PayloadReader& payloads, Frame* frame,
                             Execution* e) {
    TaskAttempt task;
    task.scheduled = EventId(in.scheduled());
    task.scheduled_at = absl::FromUnixMicros(in.scheduled_at_us());
    if (in.has_times_out_at_us()) {
      task.times_out_at = absl::FromUnixMicros(in.times_out_at_us());
      e->timers_.insert(Timer{task.times_out_at, Timer::Kind::kTask, frame->id});
    }
    if (in.has_timeout_seconds()) task.timeout_seconds = in.timeout_seconds();
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
    run->limits = DecodeLimits(in);
    run->has_writer = in.has_writer();
    run->state = in.state();
    run->label = in.label();
    run->is_keyed = in.is_keyed();
    run->result_bytes = in.result_bytes();
    if (!RestoreMapChildren(in.running(), payloads, &run->running, &run->running_bytes) ||
        !RestoreRedrive(in, payloads, run.get())) {
      return false;
    }
    DecodeCounts(in.children(), &run->children);
    DecodeCounts(in.items_ended(), &run->items_ended);
    for (uint32_t place : in.results()) {
      if (!payloads.Get(place, &run->results.emplace_back())) return false;
    }
    if (frame->phase == Frame::Phase::kRedriven) {
      frame->stopped_map_run = std::move(run);
      return true;
    }
    e->map_runs_[run->ordinal] = frame->id;
    frame->map_run = std::move(run);
    return true;
  }

  static bool RestoreMapChildren(const google::protobuf::RepeatedPtrField<stored::MapChild>& in,
                                 const PayloadReader& payloads,
                                 std::map<int64_t, MapChild>* children, size_t* bytes) {
    for (const stored::MapChild& stored : in) {
      MapChild& child = (*children)[stored.index()];
      child.items = stored.items();
      child.is_redriven = stored.is_redriven();
      if (!payloads.Get(stored.input(), &child.input)) return false;
      *bytes += child.input.held_bytes();
    }
    return true;
  }

  static bool RestoreRedrive(const stored::MapRun& in, const PayloadReader& payloads, MapRun* run) {
    run->unsuccessful = ChildMarks::Decode(in.unsuccessful());
    run->redrive_count = in.redrive_count();
    if (in.redrive_count() > 0) run->redriven_at = absl::FromUnixMicros(in.redriven_at_us());
    run->pending = ChildMarks::Decode(in.pending());
    DecodeCounts(in.pending_children(), &run->pending_children);
    DecodeCounts(in.pending_items(), &run->pending_items);
    run->not_redrivable_children = in.not_redrivable_children();
    run->not_redrivable_items = in.not_redrivable_items();
    return RestoreMapChildren(in.read(), payloads, &run->at_hand, &run->at_hand_bytes);
  }

  static bool RestoreFanOut(const stored::FanOut& in, const PayloadReader& payloads, Frame* frame) {
    auto fan_out = std::make_unique<FanOut>();
    fan_out->length = in.length();
    fan_out->next_index = in.next_index();
    fan_out->running = in.running();
    fan_out->succeeded = in.succeeded();
    fan_out->max_concurrency = in.max_concurrency();
    fan_out->last_child_event = EventId(in.last_child_event());
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
