// One event to its stored form and back. Which fields hold what is said once, for both directions:
// `Exchange(io, details)` hands each member of the details to the field that holds it, and io writes
// or reads.
#include <type_traits>
#include <utility>

#include "engine/core/stored_payloads.h"

namespace pawl::core {

void EncodeParent(const ParentLink& parent, stored::Parent* out) {
  out->set_slot(parent.slot);
  out->set_execution_id(parent.execution_id);
  out->set_scheduled(parent.scheduled.value());
  out->set_map_run(parent.map_run);
  out->set_index(parent.index);
  out->set_is_awaited(parent.is_awaited);
  out->set_wants_json(parent.wants_json);
  out->set_map_run_redrive(parent.map_run_redrive);
}

ParentLink DecodeParent(const stored::Parent& in) {
  ParentLink parent;
  parent.slot = in.slot();
  parent.execution_id = in.execution_id();
  parent.scheduled = EventId(in.scheduled());
  parent.map_run = in.map_run();
  parent.index = in.index();
  parent.is_awaited = in.is_awaited();
  parent.wants_json = in.wants_json();
  parent.map_run_redrive = in.map_run_redrive();
  return parent;
}

namespace {

// Fields that have their default value are not written.
class Writer {
 public:
  Writer(PayloadWriter* payloads, stored::Event* out) : payloads_(*payloads), out_(*out) {}

  void Name(const std::string& text) {
    if (!text.empty()) out_.set_name(text);
  }
  void Resource(const std::string& text) {
    if (!text.empty()) out_.set_resource(text);
  }
  void ResourceType(const std::string& text) {
    if (!text.empty()) out_.set_resource_type(text);
  }
  void RoleArn(const std::string& text) {
    if (!text.empty()) out_.set_task_role_arn(text);
  }
  void Next(const std::string& text) {
    if (!text.empty()) out_.set_next(text);
  }
  void Queue(const std::string& text) {
    if (!text.empty()) out_.set_queue(text);
  }
  void Cursor(const std::string& text) {
    if (!text.empty()) out_.set_cursor(text);
  }
  void Error(const absl::optional<std::string>& text) {
    if (text.has_value()) out_.set_error(*text);
  }
  void Cause(const absl::optional<std::string>& text) {
    if (text.has_value()) out_.set_cause(*text);
  }
  void WorkerName(const absl::optional<std::string>& text) {
    if (text.has_value()) out_.set_worker_name(*text);
  }
  void Location(const absl::optional<std::string>& text) {
    if (text.has_value()) out_.set_location(*text);
  }
  void TimeoutSeconds(const absl::optional<int64_t>& n) {
    if (n.has_value()) out_.set_timeout_seconds(*n);
  }
  void HeartbeatSeconds(const absl::optional<int64_t>& n) {
    if (n.has_value()) out_.set_heartbeat_seconds(*n);
  }
  void Shown(const Payload& payload) { out_.set_payload(payloads_.Place(payload)); }
  void Hidden(const Payload& payload) { out_.set_work(payloads_.Place(payload)); }
  void Variables(const std::vector<AssignedVariable>& variables) {
    for (const AssignedVariable& variable : variables) {
      stored::Variable* out = out_.add_assigned();
      out->set_name(variable.name);
      out->set_value(payloads_.Place(variable.value));
    }
  }
  void Due(absl::Time time) {
    if (time != absl::InfiniteFuture()) out_.set_due_us(Micros(time));
  }
  void ChildStartedAt(absl::Time time) { out_.set_child_started_at_us(Micros(time)); }
  void ChildStatus(ExecutionStatus status) { out_.set_child_status(static_cast<int32_t>(status)); }
  void Index(int64_t n) { out_.set_index(n); }
  void Length(int64_t n) { out_.set_length(n); }
  void MaxConcurrency(int64_t n) { out_.set_max_concurrency(n); }
  void ToleratedCount(int64_t n) { out_.set_tolerated_count(n); }
  void ToleratedPercentage(double n) { out_.set_tolerated_percentage(n); }
  void Retrier(int32_t n) { out_.set_retrier_plus_one(n + 1); }
  void Child(FrameId frame) { out_.set_child_plus_one(frame.value() + 1); }
  void HasMore(bool b) { out_.set_has_more(b); }
  void ByChild(bool b) { out_.set_is_by_child(b); }
  void RedriveCount(int32_t n) { out_.set_redrive_count(n); }
  void MapRunRedrive(int32_t n) { out_.set_map_run_redrive(n); }
  void NotRedrivable(bool b) { out_.set_is_not_redrivable(b); }
  void Indexes(const std::vector<int64_t>& indexes) {
    for (const int64_t index : indexes) out_.add_indexes(index);
  }
  void ClientToken(const std::string& text) {
    if (!text.empty()) out_.set_client_token(text);
  }
  void IsLast(bool b) { out_.set_is_last(b); }
  void IsKeyed(bool b) { out_.set_is_keyed(b); }
  void ItemCounts(const std::vector<int64_t>& counts) {
    for (const int64_t n : counts) out_.add_item_counts(n);
    out_.set_length(static_cast<int64_t>(counts.size()));
  }
  void Parent(const absl::optional<ParentLink>& parent) {
    if (parent.has_value()) EncodeParent(*parent, out_.mutable_parent());
  }

 private:
  PayloadWriter& payloads_;
  stored::Event& out_;
};

class Reader {
 public:
  Reader(const PayloadReader& payloads, stored::Event* in) : payloads_(payloads), in_(*in) {}

  // False where a field held what it cannot.
  bool ok() const { return ok_; }

  void Name(std::string& text) { text = std::move(*in_.mutable_name()); }
  void Resource(std::string& text) { text = std::move(*in_.mutable_resource()); }
  void ResourceType(std::string& text) { text = std::move(*in_.mutable_resource_type()); }
  void RoleArn(std::string& text) { text = std::move(*in_.mutable_task_role_arn()); }
  void Next(std::string& text) { text = std::move(*in_.mutable_next()); }
  void Queue(std::string& text) { text = std::move(*in_.mutable_queue()); }
  void Cursor(std::string& text) { text = std::move(*in_.mutable_cursor()); }
  void Error(absl::optional<std::string>& text) {
    if (in_.has_error()) text = std::move(*in_.mutable_error());
  }
  void Cause(absl::optional<std::string>& text) {
    if (in_.has_cause()) text = std::move(*in_.mutable_cause());
  }
  void WorkerName(absl::optional<std::string>& text) {
    if (in_.has_worker_name()) text = std::move(*in_.mutable_worker_name());
  }
  void Location(absl::optional<std::string>& text) {
    if (in_.has_location()) text = std::move(*in_.mutable_location());
  }
  void TimeoutSeconds(absl::optional<int64_t>& n) {
    if (in_.has_timeout_seconds()) n = in_.timeout_seconds();
  }
  void HeartbeatSeconds(absl::optional<int64_t>& n) {
    if (in_.has_heartbeat_seconds()) n = in_.heartbeat_seconds();
  }
  void Shown(Payload& payload) { Get(in_.payload(), &payload); }
  void Hidden(Payload& payload) { Get(in_.work(), &payload); }
  void Variables(std::vector<AssignedVariable>& variables) {
    for (stored::Variable& in : *in_.mutable_assigned()) {
      AssignedVariable& variable = variables.emplace_back();
      variable.name = std::move(*in.mutable_name());
      Get(in.value(), &variable.value);
    }
  }
  void Due(absl::Time& time) {
    if (in_.has_due_us()) time = absl::FromUnixMicros(in_.due_us());
  }
  void ChildStartedAt(absl::Time& time) {
    if (in_.has_child_started_at_us()) time = absl::FromUnixMicros(in_.child_started_at_us());
  }
  void ChildStatus(ExecutionStatus& status) {
    status = static_cast<ExecutionStatus>(in_.child_status());
    ok_ = ok_ && IsExecutionStatus(in_.child_status());
  }
  void Index(int64_t& n) { n = in_.index(); }
  void Length(int64_t& n) { n = in_.length(); }
  void MaxConcurrency(int64_t& n) { n = in_.max_concurrency(); }
  void ToleratedCount(int64_t& n) { n = in_.tolerated_count(); }
  void ToleratedPercentage(double& n) { n = in_.tolerated_percentage(); }
  void Retrier(int32_t& n) { n = in_.retrier_plus_one() - 1; }
  void Child(FrameId& frame) { frame = FrameId(in_.child_plus_one() - 1); }
  void HasMore(bool& b) { b = in_.has_more(); }
  void ByChild(bool& b) { b = in_.is_by_child(); }
  void RedriveCount(int32_t& n) { n = in_.redrive_count(); }
  void MapRunRedrive(int32_t& n) { n = in_.map_run_redrive(); }
  void NotRedrivable(bool& b) { b = in_.is_not_redrivable(); }
  void Indexes(std::vector<int64_t>& indexes) {
    indexes.assign(in_.indexes().begin(), in_.indexes().end());
  }
  void ClientToken(std::string& text) { text = std::move(*in_.mutable_client_token()); }
  void IsLast(bool& b) { b = in_.is_last(); }
  void IsKeyed(bool& b) { b = in_.is_keyed(); }
  void ItemCounts(std::vector<int64_t>& counts) {
    counts.assign(in_.item_counts().begin(), in_.item_counts().end());
  }
  void Parent(absl::optional<ParentLink>& parent) {
    if (in_.has_parent()) parent = DecodeParent(in_.parent());
  }

 private:
  void Get(uint32_t place, Payload* out) { ok_ = payloads_.Get(place, out) && ok_; }

  const PayloadReader& payloads_;
  stored::Event& in_;
  bool ok_ = true;
};

// `Details` as a Writer or a Reader wants it.
template <typename Io, typename Details>
using For = std::conditional_t<std::is_same_v<Io, Writer>, const Details, Details>;

template <typename Io>
void ExchangeFailure(Io& io, For<Io, ErrorAndCause>& e) {
  io.Error(e.error);
  io.Cause(e.cause);
}

template <typename Io>
void ExchangeResource(Io& io, For<Io, TaskResource>& e) {
  io.Resource(e.resource);
  io.ResourceType(e.resource_type);
}

template <typename Io>
void ExchangeLimits(Io& io, For<Io, MapRunLimits>& e) {
  io.MaxConcurrency(e.max_concurrency);
  io.ToleratedCount(e.tolerated_count);
  io.ToleratedPercentage(e.tolerated_percentage);
}

template <typename Io>
void Exchange(Io& io, For<Io, ExecutionStarted>& e) {
  io.Shown(e.input);
  io.Variables(e.variables);
  io.Due(e.times_out_at);
  io.Parent(e.parent);
}

template <typename Io>
void Exchange(Io& io, For<Io, ExecutionSucceeded>& e) {
  io.Shown(e.output);
}

template <typename Io>
void Exchange(Io& io, For<Io, ExecutionFailed>& e) {
  ExchangeFailure(io, e);
}

template <typename Io>
void Exchange(Io& io, For<Io, ExecutionTimedOut>& e) {
  ExchangeFailure(io, e);
}

template <typename Io>
void Exchange(Io& io, For<Io, ExecutionAborted>& e) {
  ExchangeFailure(io, e);
}

template <typename Io>
void Exchange(Io& io, For<Io, FanOutFailed>& e) {
  io.ByChild(e.by_child);
}

template <typename Io>
void Exchange(Io& io, For<Io, ExecutionRedriven>& e) {
  io.RedriveCount(e.redrive_count);
  io.ClientToken(e.client_token);
  io.Due(e.times_out_at);
  io.MapRunRedrive(e.map_run_redrive);
}

template <typename Io>
void Exchange(Io& io, For<Io, StateRedriven>& e) {
  io.Name(e.state);
  io.Due(e.waits_until);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapRunFailed>& e) {
  ExchangeFailure(io, e);
}

template <typename Io>
void Exchange(Io& io, For<Io, StateEntered>& e) {
  io.Name(e.state);
  io.Shown(e.input);
  io.Due(e.waits_until);
}

template <typename Io>
void Exchange(Io& io, For<Io, StateExited>& e) {
  io.Name(e.state);
  io.Shown(e.output);
  io.Variables(e.assigned);
  io.Next(e.next);
}

template <typename Io>
void Exchange(Io& io, For<Io, ParallelStarted>& e) {
  io.Hidden(e.branch_input);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapStarted>& e) {
  io.Length(e.length);
  io.Hidden(e.items);
  io.MaxConcurrency(e.max_concurrency);
}

template <typename Io>
void Exchange(Io& io, For<Io, IterationStarted>& e) {
  io.Name(e.state);
  io.Index(e.index);
  io.Child(e.child);
  io.Hidden(e.input);
  io.HasMore(e.has_more);
}

template <typename Io>
void Exchange(Io& io, For<Io, IterationEnded>& e) {
  io.Name(e.state);
  io.Index(e.index);
  io.Child(e.child);
}

template <typename Io>
void Exchange(Io& io, For<Io, EvaluationFailed>& e) {
  ExchangeFailure(io, e);
  io.Name(e.state);
  io.Location(e.location);
}

template <typename Io>
void Exchange(Io& io, For<Io, TaskScheduled>& e) {
  ExchangeResource(io, e);
  io.Shown(e.parameters);
  io.RoleArn(e.role_arn);
  io.TimeoutSeconds(e.timeout_seconds);
  io.HeartbeatSeconds(e.heartbeat_seconds);
  io.Due(e.times_out_at);
  io.Queue(e.queue);
  io.Hidden(e.worker_input);
}

template <typename Io>
void Exchange(Io& io, For<Io, TaskStarted>& e) {
  ExchangeResource(io, e);
  io.WorkerName(e.worker_name);
}

template <typename Io>
void Exchange(Io& io, For<Io, TaskSubmitted>& e) {
  ExchangeResource(io, e);
  io.Shown(e.output);
}

template <typename Io>
void Exchange(Io& io, For<Io, TaskSucceeded>& e) {
  ExchangeResource(io, e);
  io.Shown(e.output);
}

template <typename Io>
void Exchange(Io& io, For<Io, TaskFailed>& e) {
  ExchangeResource(io, e);
  ExchangeFailure(io, e);
}

template <typename Io>
void Exchange(Io& io, For<Io, TaskTimedOut>& e) {
  ExchangeResource(io, e);
  ExchangeFailure(io, e);
}

template <typename Io>
void Exchange(Io& io, For<Io, RetryScheduled>& e) {
  ExchangeFailure(io, e);
  io.Name(e.state);
  io.Retrier(e.retrier);
  io.Due(e.next_attempt_at);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapRunStarted>& e) {
  io.Resource(e.map_run_arn);
  io.Name(e.state);
  io.Hidden(e.config);
  ExchangeLimits(io, e.limits);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapItemsRead>& e) {
  io.Name(e.state);
  io.Hidden(e.items);
  io.Cursor(e.cursor);
  io.IsKeyed(e.is_keyed);
  io.IsLast(e.is_last);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapChildrenStarted>& e) {
  io.Name(e.state);
  io.Index(e.first_index);
  io.Hidden(e.inputs);
  io.ItemCounts(e.item_counts);
  io.HasMore(e.has_more);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapChildEnded>& e) {
  ExchangeFailure(io, e);
  io.Name(e.state);
  io.Index(e.index);
  io.ChildStatus(e.status);
  io.ChildStartedAt(e.started_at);
  io.Shown(e.output);
  io.Hidden(e.record);
  io.NotRedrivable(e.is_not_redrivable);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapRunRedriven>& e) {
  io.Resource(e.map_run_arn);
  io.Name(e.state);
  io.RedriveCount(e.redrive_count);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapChildrenRead>& e) {
  io.Name(e.state);
  io.Indexes(e.indexes);
  io.Hidden(e.inputs);
  io.ItemCounts(e.item_counts);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapChildrenRedriven>& e) {
  io.Name(e.state);
  io.Length(e.count);
}

template <typename Io>
void Exchange(Io& io, For<Io, MapRunUpdated>& e) {
  io.Name(e.state);
  ExchangeLimits(io, e.limits);
}

// Their type says it all.
template <typename Io, typename Details>
  requires std::is_empty_v<Details>
void Exchange(Io& /*io*/, Details& /*e*/) {}

}  // namespace

void EncodeEvent(const Event& event, int64_t base_us, PayloadWriter* payloads, stored::Event* out) {
  out->set_type(static_cast<int>(event.type));
  out->set_previous(event.previous.value());
  out->set_time_delta_us(Micros(event.time) - base_us);
  out->set_frame(event.frame.value());
  Writer writer(payloads, out);
  std::visit([&writer](const auto& details) { Exchange(writer, details); }, event.details);
}

bool DecodeEvent(stored::Event* in, int64_t base_us, const PayloadReader& payloads, Event* event) {
  const EventTypeInfo* info = FindEventType(in->type());
  if (info == nullptr) return false;
  event->type = info->type;
  event->previous = EventId(in->previous());
  event->time = absl::FromUnixMicros(base_us + in->time_delta_us());
  event->frame = FrameId(in->frame());
  event->details = info->make_details();
  Reader reader(payloads, in);
  std::visit([&reader](auto& details) { Exchange(reader, details); }, event->details);
  return reader.ok();
}

}  // namespace pawl::core
