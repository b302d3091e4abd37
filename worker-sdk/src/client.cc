#include "pawl/client.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "engine/aws/error.h"
#include "engine/rpc_status/rpc_status.h"
#include "engine/value/json.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/machines.grpc.pb.h"
#include "worker-sdk/src/backoff.h"
#include "worker-sdk/src/dialer.h"

namespace pawl {
namespace {

constexpr absl::Duration kMaxPause = absl::Seconds(2);

uint64_t RandomBits() {
  thread_local std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// A name of our own makes a start without one safe to repeat.
std::string Uuid() {
  const uint64_t a = RandomBits();
  const uint64_t b = RandomBits();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", a >> 32, (a >> 16) & 0xffff, a & 0xfff,
                         ((b >> 48) & 0x3fff) | 0x8000, b & 0xffffffffffff);
}

absl::Status ToStatus(const grpc::Status& status) {
  return rpc::Decode(static_cast<absl::StatusCode>(status.error_code()), status.error_message(),
                     status.error_details());
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

ExecutionStatus ToStatus(v1::ExecutionStatus status) {
  switch (status) {
    case v1::EXECUTION_STATUS_SUCCEEDED:
      return ExecutionStatus::kSucceeded;
    case v1::EXECUTION_STATUS_FAILED:
      return ExecutionStatus::kFailed;
    case v1::EXECUTION_STATUS_TIMED_OUT:
      return ExecutionStatus::kTimedOut;
    case v1::EXECUTION_STATUS_ABORTED:
      return ExecutionStatus::kAborted;
    default:
      return ExecutionStatus::kRunning;
  }
}

v1::ExecutionStatus ToProto(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::kRunning:
      return v1::EXECUTION_STATUS_RUNNING;
    case ExecutionStatus::kSucceeded:
      return v1::EXECUTION_STATUS_SUCCEEDED;
    case ExecutionStatus::kFailed:
      return v1::EXECUTION_STATUS_FAILED;
    case ExecutionStatus::kTimedOut:
      return v1::EXECUTION_STATUS_TIMED_OUT;
    case ExecutionStatus::kAborted:
      return v1::EXECUTION_STATUS_ABORTED;
  }
  return v1::EXECUTION_STATUS_UNSPECIFIED;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

ExecutionInfo ToInfo(const v1::Execution& execution) {
  ExecutionInfo info;
  info.arn = execution.arn();
  info.name = execution.name();
  info.state_machine_arn = execution.state_machine_arn();
  info.status = ToStatus(execution.status());
  info.start_time = ToTime(execution.start_time());
  if (execution.has_stop_time()) info.stop_time = ToTime(execution.stop_time());
  return info;
}

HistoryEvent ToEvent(const v1::HistoryEvent& event) {
  HistoryEvent out{event.id(), event.previous_event_id(), ToTime(event.timestamp()), event.type(),
                   "{}"};
  const auto* oneof = event.GetDescriptor()->FindOneofByName("details");
  const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  if (field != nullptr) {
    out.details_json.clear();
    const auto status = google::protobuf::util::MessageToJsonString(
        event.GetReflection()->GetMessage(event, field), &out.details_json);
    if (!status.ok()) out.details_json = "{}";
  }
  return out;
}

template <typename Response>
StateMachineInfo ToMachine(const Response& response) {
  StateMachineInfo info{response.state_machine().arn(),
                        response.state_machine().name(),
                        response.state_machine().revision(),
                        {}};
  for (const v1::Diagnostic& diagnostic : response.diagnostics()) {
    info.warnings.push_back(absl::StrCat(diagnostic.line(), ":", diagnostic.column(), " ",
                                         diagnostic.code(), " ", diagnostic.message()));
  }
  return info;
}

// A start whose first answer was lost: the execution may have been started and have ended since.
// Then it has this input.
absl::StatusOr<ExecutionInfo> FindStarted(Client* client, const v1::ExecutionsStartRequest& request,
                                          const absl::Status& refusal) {
  const std::string& machine = request.state_machine();
  const std::string bare = machine.substr(machine.rfind(':') + 1);  // of an ARN the last part
  absl::StatusOr<ExecutionInfo> found = client->Describe(absl::StrCat(bare, "/", request.name()));
  if (!found.ok()) return refusal;
  const auto ours = ParseJson(request.input().empty() ? "{}" : request.input());
  const auto theirs = ParseJson(found->input);
  if (!ours.ok() || !theirs.ok() || *ours != *theirs) return refusal;
  return found;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ConnectOptions connect) : dialer_(std::move(connect)), check_(dialer_.Check()) {
    engines_.resize(dialer_.options().addresses.size());
  }

  // `call` gets stubs and a context, and returns a grpc::Status. Tried again while that is allowed.
  // *is_repeated: a try before the last one may have been carried out.
  template <typename Call>
  absl::Status Retry(absl::Duration limit, const Call& call, bool* is_repeated = nullptr) {
    if (!check_.ok()) return check_;
    const absl::Time deadline = absl::Now() + limit;
    sdk::Backoff backoff(absl::Milliseconds(50), kMaxPause, RandomBits());
    size_t unavailable = 0;  // in a row
    while (true) {
      const size_t at = current_.load() % engines_.size();
      const absl::StatusOr<std::shared_ptr<Engine>> engine = EngineAt(at);
      if (!engine.ok()) return engine.status();
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(deadline));
      absl::Status status = dialer_.Authorize(&context);
      if (!status.ok()) return status;
      status = ToStatus(call(**engine, &context));
      if (status.ok()) return status;
      absl::Duration pause = backoff.Next();
      if (absl::IsUnavailable(status)) {
        if (is_repeated != nullptr) *is_repeated = true;
        size_t expected = at;
        current_.compare_exchange_strong(expected, (at + 1) % engines_.size());
        Forget(at, *engine);
        if (++unavailable % engines_.size() != 0) pause = absl::ZeroDuration();
      } else if (SaysWhen(status, &pause)) {
        unavailable = 0;
      } else {
        return status;
      }
      if (absl::Now() + pause >= deadline) return status;
      absl::SleepFor(pause);
    }
  }
  template <typename Call>
  absl::Status Retry(const Call& call) {
    return Retry(call_timeout(), call);
  }

  absl::Duration call_timeout() const { return dialer_.options().call_timeout; }

 private:
  struct Engine {
    std::unique_ptr<v1::StateMachines::Stub> machines;
    std::unique_ptr<v1::Executions::Stub> executions;
  };

  // Dials when first asked.
  absl::StatusOr<std::shared_ptr<Engine>> EngineAt(size_t at) {
    absl::MutexLock lock(&mutex_);
    if (engines_[at] != nullptr) return engines_[at];
    const auto milliseconds = [](absl::Duration duration) {
      return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1,
                                                  std::numeric_limits<int>::max()));
    };
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
    // In spite of its name: how long an attempt to connect may take.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                     milliseconds(dialer_.options().connect_timeout));
    arguments.SetMaxReceiveMessageSize(-1);
    const auto channel = dialer_.Dial(dialer_.options().addresses[at], arguments);
    if (!channel.ok()) return channel.status();
    engines_[at] = std::make_shared<Engine>(
        Engine{v1::StateMachines::NewStub(*channel), v1::Executions::NewStub(*channel)});
    return engines_[at];
  }

  // Over TLS the next use dials anew: the certificates may have been replaced.
  void Forget(size_t at, const std::shared_ptr<Engine>& engine) {
    if (!dialer_.options().tls.has_value()) return;
    absl::MutexLock lock(&mutex_);
    if (engines_[at] == engine) engines_[at] = nullptr;
  }

  // Whether it is a refusal for overload, which names the time to come back.
  static bool SaysWhen(const absl::Status& status, absl::Duration* pause) {
    if (!absl::IsResourceExhausted(status)) return false;
    const absl::optional<absl::Duration> delay = aws::RetryAfterOf(status);
    if (!delay.has_value()) return false;
    *pause += *delay;  // jittered by what the backoff drew
    return true;
  }

  const sdk::Dialer dialer_;
  const absl::Status check_;
  std::atomic<size_t> current_{0};
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<Engine>> engines_ ABSL_GUARDED_BY(mutex_);  // by address
};

Client::Client(ConnectOptions connect) : impl_(std::make_unique<Impl>(std::move(connect))) {}
Client::~Client() = default;

absl::StatusOr<StateMachineInfo> Client::CreateStateMachine(const std::string& name,
                                                            const std::string& definition,
                                                            const std::string& role_arn,
                                                            MachineType type) {
  v1::StateMachinesCreateRequest request;
  request.set_name(name);
  request.set_definition(definition);
  request.set_role_arn(role_arn);
  request.set_type(type == MachineType::kExpress ? v1::STATE_MACHINE_TYPE_EXPRESS
                                                 : v1::STATE_MACHINE_TYPE_STANDARD);
  v1::StateMachinesCreateResponse response;
  absl::Status status = impl_->Retry([&](auto& engine, auto* context) {
    return engine.machines->Create(context, request, &response);
  });
  if (!status.ok()) return status;
  return ToMachine(response);
}

absl::StatusOr<StateMachineInfo> Client::UpdateStateMachine(const std::string& machine,
                                                            const std::string& definition) {
  v1::StateMachinesUpdateRequest request;
  request.set_state_machine(machine);
  request.set_definition(definition);
  v1::StateMachinesUpdateResponse response;
  absl::Status status = impl_->Retry([&](auto& engine, auto* context) {
    return engine.machines->Update(context, request, &response);
  });
  if (!status.ok()) return status;
  return ToMachine(response);
}

absl::StatusOr<StateMachineInfo> Client::PutStateMachine(const std::string& name,
                                                         const std::string& definition) {
  absl::StatusOr<StateMachineInfo> created = CreateStateMachine(name, definition);
  if (!absl::IsAlreadyExists(created.status())) return created;
  return UpdateStateMachine(name, definition);
}

absl::StatusOr<ExecutionInfo> Client::Start(const std::string& machine, const std::string& name,
                                            const std::string& input_json) {
  v1::ExecutionsStartRequest request;
  request.set_state_machine(machine);
  request.set_name(name.empty() ? Uuid() : name);
  request.set_input(input_json);
  v1::ExecutionsStartResponse response;
  bool is_repeated = false;
  absl::Status status = impl_->Retry(
      impl_->call_timeout(),
      [&](auto& engine, auto* context) {
        return engine.executions->Start(context, request, &response);
      },
      &is_repeated);
  if (is_repeated && absl::IsAlreadyExists(status)) return FindStarted(this, request, status);
  if (!status.ok()) return status;
  ExecutionInfo info;
  info.arn = response.arn();
  info.name = request.name();
  info.start_time = ToTime(response.start_time());
  return info;
}

absl::StatusOr<ExecutionInfo> Client::StartAndWait(const std::string& machine,
                                                   const std::string& name,
                                                   const std::string& input_json,
                                                   absl::Duration wait) {
  wait = std::clamp(wait, absl::ZeroDuration(), absl::Hours(1));
  const absl::Time end = absl::Now() + wait;
  v1::ExecutionsStartAndWaitRequest request;
  request.mutable_start()->set_state_machine(machine);
  request.mutable_start()->set_name(name.empty() ? Uuid() : name);
  request.mutable_start()->set_input(input_json);
  v1::ExecutionsStartAndWaitResponse response;
  bool is_repeated = false;
  absl::Status status = impl_->Retry(
      wait + impl_->call_timeout(),
      [&](auto& engine, auto* context) {
        const absl::Duration left = std::max(absl::ZeroDuration(), end - absl::Now());
        request.mutable_wait()->set_seconds(absl::ToInt64Seconds(left));
        request.mutable_wait()->set_nanos(static_cast<int32_t>(
            absl::ToInt64Nanoseconds(left - absl::Seconds(absl::ToInt64Seconds(left)))));
        return engine.executions->StartAndWait(context, request, &response);
      },
      &is_repeated);
  if (is_repeated && absl::IsAlreadyExists(status))
    return FindStarted(this, request.start(), status);
  if (!status.ok()) return status;
  ExecutionInfo info = ToInfo(response.execution());
  info.output = response.output();
  info.error = response.error();
  info.cause = response.cause();
  return info;
}

absl::StatusOr<ExecutionInfo> Client::Describe(const std::string& execution) {
  v1::ExecutionsDescribeRequest request;
  request.set_execution(execution);
  v1::ExecutionsDescribeResponse response;
  absl::Status status = impl_->Retry([&](auto& engine, auto* context) {
    return engine.executions->Describe(context, request, &response);
  });
  if (!status.ok()) return status;
  ExecutionInfo info = ToInfo(response.execution());
  info.input = response.input();
  info.output = response.output();
  info.error = response.error();
  info.cause = response.cause();
  info.history_events = response.history_events();
  return info;
}

absl::StatusOr<Page<HistoryEvent>> Client::History(const std::string& execution,
                                                   const HistoryQuery& query) {
  v1::ExecutionsGetHistoryRequest request;
  request.set_execution(execution);
  request.set_page_size(query.page_size);
  request.set_page_token(query.page_token);
  request.set_reverse(query.is_reverse);
  request.set_include_internal(query.includes_internal);
  v1::ExecutionsGetHistoryResponse response;
  absl::Status status = impl_->Retry([&](auto& engine, auto* context) {
    return engine.executions->GetHistory(context, request, &response);
  });
  if (!status.ok()) return status;
  Page<HistoryEvent> page;
  page.items.reserve(static_cast<size_t>(response.events_size()));
  for (const v1::HistoryEvent& event : response.events()) page.items.push_back(ToEvent(event));
  page.next_token = response.next_page_token();
  return page;
}

Pages<HistoryEvent> Client::HistoryPages(const std::string& execution, HistoryQuery query) {
  const std::string first = query.page_token;
  return Pages<HistoryEvent>(
      first, [this, execution, query = std::move(query)](const std::string& token) mutable {
        query.page_token = token;
        return History(execution, query);
      });
}

absl::StatusOr<Page<ExecutionInfo>> Client::List(const ExecutionQuery& query) {
  v1::ExecutionsListRequest request;
  request.set_state_machine(query.machine);
  if (query.status.has_value()) request.set_status(ToProto(*query.status));
  request.set_name_prefix(query.name_prefix);
  request.set_map_run_arn(query.map_run_arn);
  if (query.started_from != absl::InfinitePast()) {
    *request.mutable_started_from() = ToProto(query.started_from);
  }
  if (query.started_before != absl::InfiniteFuture()) {
    *request.mutable_started_before() = ToProto(query.started_before);
  }
  request.set_page_size(query.page_size);
  request.set_page_token(query.page_token);
  v1::ExecutionsListResponse response;
  absl::Status status = impl_->Retry([&](auto& engine, auto* context) {
    return engine.executions->List(context, request, &response);
  });
  if (!status.ok()) return status;
  Page<ExecutionInfo> page;
  page.items.reserve(static_cast<size_t>(response.executions_size()));
  for (const v1::Execution& execution : response.executions()) {
    page.items.push_back(ToInfo(execution));
  }
  page.next_token = response.next_page_token();
  return page;
}

Pages<ExecutionInfo> Client::ListPages(ExecutionQuery query) {
  const std::string first = query.page_token;
  return Pages<ExecutionInfo>(first,
                              [this, query = std::move(query)](const std::string& token) mutable {
                                query.page_token = token;
                                return List(query);
                              });
}

absl::Status Client::Stop(const std::string& execution, const std::string& error,
                          const std::string& cause) {
  v1::ExecutionsStopRequest request;
  request.set_execution(execution);
  if (!error.empty()) request.set_error(error);
  if (!cause.empty()) request.set_cause(cause);
  return impl_->Retry([&](auto& engine, auto* context) {
    v1::ExecutionsStopResponse response;
    return engine.executions->Stop(context, request, &response);
  });
}

absl::Status Client::SendTaskSuccess(const std::string& task_token,
                                     const std::string& output_json) {
  v1::ExecutionsSendTaskSuccessRequest request;
  request.set_task_token(task_token);
  request.set_output(output_json);
  return impl_->Retry([&](auto& engine, auto* context) {
    v1::ExecutionsSendTaskSuccessResponse response;
    return engine.executions->SendTaskSuccess(context, request, &response);
  });
}

absl::Status Client::SendTaskFailure(const std::string& task_token, const std::string& error,
                                     const std::string& cause) {
  v1::ExecutionsSendTaskFailureRequest request;
  request.set_task_token(task_token);
  if (!error.empty()) request.set_error(error);
  if (!cause.empty()) request.set_cause(cause);
  return impl_->Retry([&](auto& engine, auto* context) {
    v1::ExecutionsSendTaskFailureResponse response;
    return engine.executions->SendTaskFailure(context, request, &response);
  });
}

absl::Status Client::SendTaskHeartbeat(const std::string& task_token,
                                       const std::string& details_json) {
  v1::ExecutionsSendTaskHeartbeatRequest request;
  request.set_task_token(task_token);
  request.set_details(details_json);
  return impl_->Retry([&](auto& engine, auto* context) {
    v1::ExecutionsSendTaskHeartbeatResponse response;
    return engine.executions->SendTaskHeartbeat(context, request, &response);
  });
}

}  // namespace pawl
