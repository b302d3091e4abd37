#include "pawl/client.h"

#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "engine/aws/error.h"
#include "engine/rpc_status/rpc_status.h"
#include "engine/value/json.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/machines.grpc.pb.h"
#include "worker-sdk/src/backoff.h"

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
  explicit Impl(ClientOptions options) : options_(std::move(options)) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
    arguments.SetMaxReceiveMessageSize(-1);
    for (const std::string& address : options_.addresses) {
      const auto channel =
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
      engines_.push_back({v1::StateMachines::NewStub(channel), v1::Executions::NewStub(channel)});
    }
  }

  // `call` gets a context and stubs, and returns a grpc::Status. Tried again while that is allowed.
  // *is_repeated: a try before the last one may have been carried out.
  template <typename Call>
  absl::Status Retry(absl::Duration limit, const Call& call, bool* is_repeated = nullptr) {
    if (engines_.empty()) return absl::InvalidArgumentError("the client has no addresses");
    const absl::Time deadline = absl::Now() + limit;
    sdk::Backoff backoff(absl::Milliseconds(50), kMaxPause, RandomBits());
    while (true) {
      const size_t at = current_.load() % engines_.size();
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(deadline));
      absl::Status status = ToStatus(call(engines_[at], &context));
      if (status.ok()) return status;
      absl::Duration pause = backoff.Next();
      if (absl::IsUnavailable(status)) {
        if (is_repeated != nullptr) *is_repeated = true;
        size_t expected = at;
        current_.compare_exchange_strong(expected, (at + 1) % engines_.size());
      } else if (!SaysWhen(status, &pause)) {
        return status;
      }
      if (absl::Now() + pause >= deadline) return status;
      absl::SleepFor(pause);
    }
  }
  template <typename Call>
  absl::Status Retry(const Call& call) {
    return Retry(options_.timeout, call);
  }

  const ClientOptions& options() const { return options_; }

 private:
  struct Engine {
    std::unique_ptr<v1::StateMachines::Stub> machines;
    std::unique_ptr<v1::Executions::Stub> executions;
  };

  // Whether it is a refusal for overload, which names the time to come back.
  static bool SaysWhen(const absl::Status& status, absl::Duration* pause) {
    if (!absl::IsResourceExhausted(status)) return false;
    const absl::optional<absl::Duration> delay = aws::RetryAfterOf(status);
    if (!delay.has_value()) return false;
    *pause += *delay;  // jittered by what the backoff drew
    return true;
  }

  const ClientOptions options_;
  std::vector<Engine> engines_;
  std::atomic<size_t> current_{0};
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
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
      impl_->options().timeout,
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
      wait + impl_->options().timeout,
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

absl::StatusOr<std::vector<HistoryEvent>> Client::History(const std::string& execution) {
  std::vector<HistoryEvent> events;
  v1::ExecutionsGetHistoryRequest request;
  request.set_execution(execution);
  request.set_page_size(1'000);
  do {
    v1::ExecutionsGetHistoryResponse response;
    absl::Status status = impl_->Retry([&](auto& engine, auto* context) {
      return engine.executions->GetHistory(context, request, &response);
    });
    if (!status.ok()) return status;
    for (const v1::HistoryEvent& event : response.events()) events.push_back(ToEvent(event));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return events;
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
