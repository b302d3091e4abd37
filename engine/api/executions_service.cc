#include "engine/api/executions_service.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "engine/api/convert.h"
#include "engine/api/follow_reactor.h"
#include "engine/core/record_codec.h"
#include "engine/runtime/open_states.h"
#include "engine/runtime/slots.h"

namespace pawl::api {
namespace {

constexpr absl::Duration kDefaultWait = absl::Minutes(1);
constexpr absl::Duration kMaxWait = absl::Hours(1);

absl::StatusOr<Payload> ParseInput(const std::string& input) {
  absl::StatusOr<Payload> payload = Payload::FromText(input.empty() ? "{}" : input);
  if (payload.ok()) return payload;
  return absl::Status(
      payload.status().code(),
      absl::StrCat("Invalid Execution Input: ", std::string(payload.status().message())));
}

absl::optional<std::string> Optional(bool has, const std::string& text) {
  return has ? absl::optional<std::string>(text) : absl::nullopt;
}

// What a caller who holds a token is told. AWS: TaskTimedOut, TaskDoesNotExist.
absl::Status TokenOutcome(const absl::StatusOr<core::CommandOutcome>& outcome) {
  if (absl::IsNotFound(outcome.status())) {
    return absl::NotFoundError("Task Does Not Exist: its execution is not known");
  }
  if (!outcome.ok()) return outcome.status();
  if (*outcome == core::CommandOutcome::kApplied) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "Task Timed Out: 'Provided task does not exist anymore'. It was answered, has timed out, or "
      "its "
      "execution has ended");
}

// Position of the next event: a transition and how many of its events were shown.
struct HistoryToken {
  int64_t sequence = 0;
  int64_t skip = 0;
};

absl::StatusOr<HistoryToken> ParseHistoryToken(const std::string& text, bool reverse) {
  HistoryToken token;
  token.sequence = reverse ? std::numeric_limits<int64_t>::max() : 1;
  if (text.empty()) return token;
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &token.sequence) ||
      !absl::SimpleAtoi(parts[1], &token.skip) || token.sequence < 1 || token.skip < 0) {
    return absl::InvalidArgumentError("Invalid Token: page_token was not made by this call");
  }
  return token;
}

struct ListToken {
  absl::optional<persistence::ListCursor> cursor;
};

absl::StatusOr<ListToken> ParseListToken(const std::string& text) {
  ListToken token;
  if (text.empty()) return token;
  const std::vector<std::string> parts = absl::StrSplit(text, '.');
  int64_t time_us = 0;
  persistence::ListCursor cursor;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &time_us) ||
      !absl::SimpleAtoi(parts[1], &cursor.ref.slot) ||
      !absl::SimpleAtoi(parts[2], &cursor.ref.id)) {
    return absl::InvalidArgumentError("Invalid Token: page_token was not made by this call");
  }
  cursor.start_time = absl::FromUnixMicros(time_us);
  token.cursor = cursor;
  return token;
}

// How an execution has ended, or that it has not.
template <typename Response>
void FillEnd(const runtime::ExecutionView& view, Response* response) {
  response->set_output(view.output.text());
  if (view.error.has_value()) response->set_error(*view.error);
  if (view.cause.has_value()) response->set_cause(*view.cause);
}

// StartAndWait: the first of "it ended" and "time is up" answers.
struct Waiting {
  absl::Mutex mutex;
  bool is_answered ABSL_GUARDED_BY(mutex) = false;
  runtime::Watchers::Id watch ABSL_GUARDED_BY(mutex) = 0;

  bool Claim() {
    absl::MutexLock lock(&mutex);
    return !std::exchange(is_answered, true);
  }
};

}  // namespace

void ExecutionsService::Resolve(grpc::CallbackServerContext* context,
                                grpc::ServerUnaryReactor* reactor, const std::string& execution,
                                WithRef then) {
  auto id = runtime::ParseExecution(node_->arns(), execution);
  if (!id.ok()) return Finish(context, reactor, id.status(), node_->options());
  node_->Find(*id, [=, this,
                    then = std::move(then)](absl::StatusOr<persistence::ExecutionRef> ref) mutable {
    if (!ref.ok()) return Finish(context, reactor, ref.status(), node_->options());
    then(*ref);
  });
}

grpc::ServerUnaryReactor* ExecutionsService::Start(grpc::CallbackServerContext* context,
                                                   const v1::StartExecutionRequest* request,
                                                   v1::StartExecutionResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto machine = runtime::ParseMachine(node_->arns(), request->state_machine());
  auto input = ParseInput(request->input());
  if (!machine.ok() || !input.ok()) {
    Finish(context, reactor, machine.ok() ? input.status() : machine.status(), node_->options());
    return reactor;
  }
  node_->Start(*machine, request->name(), *std::move(input),
               [=, this](absl::StatusOr<runtime::StartResult> result) {
                 if (result.ok()) {
                   response->set_arn(result->arn);
                   *response->mutable_start_time() = ToProto(result->start_time);
                 }
                 Finish(context, reactor, result.status(), node_->options());
               });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::StartAndWait(grpc::CallbackServerContext* context,
                                                          const v1::StartAndWaitRequest* request,
                                                          v1::StartAndWaitResponse* response) {
  std::shared_ptr<LongAnswer> answer = LongAnswer::To(context, node_->options());
  grpc::ServerUnaryReactor* reactor = answer->reactor();
  auto machine = runtime::ParseMachine(node_->arns(), request->start().state_machine());
  auto input = ParseInput(request->start().input());
  if (!machine.ok() || !input.ok()) {
    answer->Finish(machine.ok() ? input.status() : machine.status());
    return reactor;
  }
  const absl::Duration wait =
      request->has_wait() ? std::min(FromProto(request->wait()), kMaxWait) : kDefaultWait;
  node_->WithMachine(*machine, [=, this, machine = *machine, name = request->start().name(),
                                input = *std::move(input)](auto found) mutable {
    if (!found.ok()) return answer->Finish(found.status());
    if ((*found)->info.type == "EXPRESS") {
      RunExpress(machine, name, std::move(input), answer, response);
    } else {
      RunStandard(machine, name, std::move(input), wait, answer, response);
    }
  });
  return reactor;
}

void ExecutionsService::RunExpress(const runtime::MachineId& machine, const std::string& name,
                                   Payload input, const std::shared_ptr<LongAnswer>& answer,
                                   v1::StartAndWaitResponse* response) {
  node_->Start(
      machine, name, std::move(input),
      [=](const absl::StatusOr<runtime::StartResult>& started) {
        if (!started.ok()) answer->Finish(started.status());
      },
      [=](const core::Execution& state) {
        answer->Finish(absl::OkStatus(), [&] {
          const core::ExecutionHeader& header = state.header();
          v1::Execution* execution = response->mutable_execution();
          execution->set_arn(header.arn);
          execution->set_name(header.name);
          execution->set_state_machine_arn(header.machine_arn);
          execution->set_status(static_cast<v1::ExecutionStatus>(state.status()));
          *execution->mutable_start_time() = ToProto(header.start_time);
          *execution->mutable_stop_time() = ToProto(state.stop_time());
          FillEnd(runtime::MakeView(state), response);
        });
      });
}

void ExecutionsService::RunStandard(const runtime::MachineId& machine, const std::string& name,
                                    Payload input, absl::Duration wait,
                                    const std::shared_ptr<LongAnswer>& answer,
                                    v1::StartAndWaitResponse* response) {
  node_->Start(machine, name, std::move(input), [=, this](auto started) {
    if (!started.ok()) return answer->Finish(started.status());
    const persistence::ExecutionRef ref = started->ref;
    auto waiting = std::make_shared<Waiting>();
    auto tell = [=, this] {
      if (!waiting->Claim()) return;
      {
        absl::MutexLock lock(&waiting->mutex);
        node_->watchers().Remove(ref, waiting->watch);
      }
      node_->View(ref, {}, [=, this](const absl::StatusOr<runtime::ExecutionView>& view) {
        answer->Finish(view.status(), [&] {
          if (!view.ok()) return;
          ToProto(view->row, node_->arns(), response->mutable_execution());
          FillEnd(*view, response);
        });
      });
    };
    {
      absl::MutexLock lock(&waiting->mutex);
      waiting->watch = node_->watchers().Add(ref, [tell, node = node_](bool is_closed) {
        // Posted: View must not be asked from inside the notification.
        if (is_closed) node->any_strand()->Post(tell);
      });
    }
    // It may have ended before it was watched.
    node_->View(ref, {}, [tell](const absl::StatusOr<runtime::ExecutionView>& view) {
      if (!view.ok() || view->is_closed()) tell();
    });
    node_->any_strand()->PostAt(node_->world().clock->Now() + wait, tell);
  });
}

grpc::ServerUnaryReactor* ExecutionsService::Describe(grpc::CallbackServerContext* context,
                                                      const v1::DescribeExecutionRequest* request,
                                                      v1::DescribeExecutionResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Resolve(context, reactor, request->execution(), [=, this](persistence::ExecutionRef ref) {
    const runtime::ViewParts parts{.open_states = request->include_open_states()};
    node_->View(ref, parts, [=, this](const absl::StatusOr<runtime::ExecutionView>& view) {
      if (!view.ok()) return Finish(context, reactor, view.status(), node_->options());
      ToProto(view->row, node_->arns(), response->mutable_execution());
      response->set_input(view->input.text());
      FillEnd(*view, response);
      response->set_history_events(view->history_events);
      response->set_is_parked(view->row.parked);
      for (const runtime::OpenState& state : view->open_states) {
        v1::OpenState* out = response->add_open_states();
        ToProto(state, out);
        if (options_.shows_task_tokens && state.scheduled != 0) {
          out->set_task_token(node_->tokens().Mint(
              view->row.ns, runtime::AttemptKey{view->row.ref, state.scheduled}));
        }
      }
      reactor->Finish(grpc::Status::OK);
    });
  });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::GetHistory(grpc::CallbackServerContext* context,
                                                        const v1::GetHistoryRequest* request,
                                                        v1::GetHistoryResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    auto id = runtime::ParseExecution(node_->arns(), request->execution());
    if (!id.ok()) return id.status();
    if (absl::Status status = runtime::CheckHasHistory(id->name); !status.ok()) return status;
    auto size = PageSize(request->page_size());
    if (!size.ok()) return size.status();
    auto token = ParseHistoryToken(request->page_token(), request->reverse());
    if (!token.ok()) return token.status();
    auto row = store.FindExecution(runtime::SlotOf(id->ns, id->machine, id->name), id->ns,
                                   id->machine, id->name);
    if (absl::IsNotFound(row.status())) {
      return absl::NotFoundError(
          absl::StrCat("Execution Does Not Exist: '", request->execution(), "'"));
    }
    if (!row.ok()) return row.status();
    HistoryStyle style;
    style.region = node_->options().region;
    style.includes_internal = request->include_internal();
    auto machine = node_->machines().GetRevision(&store, row->ns, row->machine, row->revision);
    if (machine.ok()) style.role_arn = (*machine)->info.role_arn;
    HistoryToken at = *token;
    while (response->events_size() < *size) {
      auto rows = store.ReadHistory(row->ref, at.sequence, 100, request->reverse());
      if (!rows.ok()) return rows.status();
      if (rows->empty()) return absl::OkStatus();
      for (const persistence::HistoryRow& stored : *rows) {
        auto events = core::DecodeTransition(stored.record);
        if (!events.ok()) return events.status();
        if (request->reverse()) std::reverse(events->begin(), events->end());
        for (size_t i = static_cast<size_t>(at.skip); i < events->size(); ++i) {
          if (response->events_size() == *size) {
            response->set_next_page_token(absl::StrCat(stored.sequence, ".", i));
            return absl::OkStatus();
          }
          v1::HistoryEvent event;
          if (ToProto((*events)[i], style, &event)) *response->add_events() = std::move(event);
        }
        at.skip = 0;
        at.sequence = stored.sequence + (request->reverse() ? -1 : 1);
      }
      if (at.sequence < 1) return absl::OkStatus();
    }
    // Full exactly at the end of a transition: there may be more.
    auto more = store.ReadHistory(row->ref, at.sequence, 1, request->reverse());
    if (more.ok() && !more->empty()) {
      response->set_next_page_token(absl::StrCat(at.sequence, ".0"));
    }
    return more.status();
  });
}

grpc::ServerWriteReactor<v1::FollowHistoryResponse>* ExecutionsService::FollowHistory(
    grpc::CallbackServerContext*, const v1::FollowHistoryRequest* request) {
  return FollowReactor::Start(node_, *request);
}

grpc::ServerUnaryReactor* ExecutionsService::List(grpc::CallbackServerContext* context,
                                                  const v1::ListExecutionsRequest* request,
                                                  v1::ListExecutionsResponse* response) {
  return RunBlocking(node_, context, [=, this](persistence::Store& store) -> absl::Status {
    auto size = PageSize(request->page_size());
    if (!size.ok()) return size.status();
    auto token = ParseListToken(request->page_token());
    if (!token.ok()) return token.status();
    persistence::ListFilter filter;
    filter.ns = node_->options().account;
    if (!request->state_machine().empty()) {
      auto machine = runtime::ParseMachine(node_->arns(), request->state_machine());
      if (!machine.ok()) return machine.status();
      filter.ns = machine->ns;
      filter.machine = machine->name;
    }
    filter.name_prefix = request->name_prefix();
    if (!request->map_run_arn().empty()) {
      auto run = runtime::ParseMapRun(node_->arns(), request->map_run_arn());
      if (!run.ok()) return run.status();
      filter.machine = run->child_machine;
      filter.name_prefix = run->child_prefix;
    }
    if (request->status() != v1::EXECUTION_STATUS_UNSPECIFIED) {
      if (!v1::ExecutionStatus_IsValid(request->status())) {
        return absl::InvalidArgumentError(
            "status is not one of RUNNING, SUCCEEDED, FAILED, "
            "TIMED_OUT, ABORTED");
      }
      filter.status = static_cast<persistence::Status>(request->status());
    }
    if (request->has_started_from()) filter.started_from = FromProto(request->started_from());
    if (request->has_started_before()) filter.started_before = FromProto(request->started_before());
    auto rows = store.ListExecutions(filter, token->cursor, *size + 1);
    if (!rows.ok()) return rows.status();
    const bool has_more = static_cast<int>(rows->size()) > *size;
    if (has_more) rows->pop_back();
    for (const persistence::ExecutionRow& row : *rows) {
      ToProto(row, node_->arns(), response->add_executions());
    }
    if (has_more) {
      const persistence::ExecutionRow& last = rows->back();
      response->set_next_page_token(
          absl::StrCat(absl::ToUnixMicros(last.start_time), ".", last.ref.slot, ".", last.ref.id));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ExecutionsService::Stop(grpc::CallbackServerContext* context,
                                                  const v1::StopExecutionRequest* request,
                                                  v1::StopExecutionResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Resolve(context, reactor, request->execution(), [=, this](persistence::ExecutionRef ref) {
    node_->Stop(ref, Optional(request->has_error(), request->error()),
                Optional(request->has_cause(), request->cause()),
                [=, this](const absl::StatusOr<core::CommandOutcome>& outcome) {
                  if (!outcome.ok()) {
                    return Finish(context, reactor, outcome.status(), node_->options());
                  }
                  node_->View(ref, {}, [=, this](const absl::StatusOr<runtime::ExecutionView>& v) {
                    if (v.ok()) *response->mutable_stop_time() = ToProto(v->row.stop_time);
                    Finish(context, reactor, v.status(), node_->options());
                  });
                });
  });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::SendTaskSuccess(
    grpc::CallbackServerContext* context, const v1::SendTaskSuccessRequest* request,
    v1::SendTaskSuccessResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  node_->CompleteTask(node_->options().account, request->task_token(), request->output(),
                      /*by_token=*/true,
                      [=, this](const absl::StatusOr<core::CommandOutcome>& outcome) {
                        Finish(context, reactor, TokenOutcome(outcome), node_->options());
                      });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::SendTaskFailure(
    grpc::CallbackServerContext* context, const v1::SendTaskFailureRequest* request,
    v1::SendTaskFailureResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  node_->FailTask(node_->options().account, request->task_token(),
                  Optional(request->has_error(), request->error()),
                  Optional(request->has_cause(), request->cause()), /*by_token=*/true,
                  [=, this](const absl::StatusOr<core::CommandOutcome>& outcome) {
                    Finish(context, reactor, TokenOutcome(outcome), node_->options());
                  });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::SendTaskHeartbeat(
    grpc::CallbackServerContext* context, const v1::SendTaskHeartbeatRequest* request,
    v1::SendTaskHeartbeatResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  node_->Heartbeat(node_->options().account, request->task_token(), request->details(),
                   [=, this](const absl::Status& status) {
                     Finish(context, reactor, status, node_->options());
                   });
  return reactor;
}

}  // namespace pawl::api
