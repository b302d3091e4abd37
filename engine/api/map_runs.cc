// The calls about Map Runs: what the parent's folded state knows of them.
#include <algorithm>
#include <utility>
#include <vector>

#include "engine/api/convert.h"
#include "engine/api/executions_service.h"
#include "engine/core/child_id.h"

namespace pawl::api {
namespace {

constexpr int64_t kMaxConcurrency = 10'000;  // AWS's

void SetCounts(const std::array<int64_t, 6>& by_status, v1::MapRunCounts* out) {
  const auto count = [&](core::ExecutionStatus status) {
    return by_status[static_cast<size_t>(status)];
  };
  out->set_pending(by_status[0]);
  out->set_running(count(core::ExecutionStatus::kRunning));
  out->set_succeeded(count(core::ExecutionStatus::kSucceeded));
  out->set_failed(count(core::ExecutionStatus::kFailed));
  out->set_timed_out(count(core::ExecutionStatus::kTimedOut));
  out->set_aborted(count(core::ExecutionStatus::kAborted));
  int64_t total = 0;
  for (const int64_t n : by_status) total += n;
  out->set_total(total);
}

void Fill(const runtime::MapRunView& view, const runtime::ExecutionView& parent,
          const runtime::ArnContext& arns, v1::MapRun* out) {
  const core::MapRunSummary& run = view.summary;
  out->set_arn(view.arn);
  out->set_execution_arn(parent.arn);
  out->set_state_machine_arn(
      runtime::MachineArn({arns.region, parent.row.ns}, parent.row.machine));
  out->set_state_name(run.state);
  out->set_status(static_cast<v1::ExecutionStatus>(run.status));
  *out->mutable_start_time() = ToProto(run.started_at);
  if (run.stopped_at != absl::InfiniteFuture()) {
    *out->mutable_stop_time() = ToProto(run.stopped_at);
  }
  out->set_max_concurrency(run.max_concurrency);
  out->set_tolerated_failure_count(run.tolerated_count);
  out->set_tolerated_failure_percentage(run.tolerated_percentage);
  SetCounts(run.children, out->mutable_execution_counts());
  SetCounts(run.items, out->mutable_item_counts());
}

absl::Status NoMapRun(const std::string& arn) {
  return absl::NotFoundError(absl::StrCat("Map Run Does Not Exist: '", arn, "'"));
}

// The Map Run as the caller is told of it.
absl::Status Describe(const absl::StatusOr<runtime::ExecutionView>& parent,
                      const std::string& arn, int64_t ordinal, const runtime::ArnContext& arns,
                      v1::MapRun* out) {
  if (absl::IsNotFound(parent.status())) return NoMapRun(arn);
  if (!parent.ok()) return parent.status();
  for (const runtime::MapRunView& run : parent->map_runs) {
    if (run.summary.ordinal != ordinal) continue;
    Fill(run, *parent, arns, out);
    return out->arn() == arn ? absl::OkStatus() : NoMapRun(arn);
  }
  return NoMapRun(arn);
}

absl::StatusOr<core::UpdateMapRun> CommandOf(const v1::UpdateMapRunRequest& request,
                                             int64_t ordinal) {
  core::UpdateMapRun command;
  command.map_run = ordinal;
  if (request.has_max_concurrency()) {
    if (request.max_concurrency() < 0 || request.max_concurrency() > kMaxConcurrency) {
      return absl::InvalidArgumentError("max_concurrency must be between 0 and 10,000");
    }
    command.max_concurrency = request.max_concurrency();
  }
  if (request.has_tolerated_failure_count()) {
    if (request.tolerated_failure_count() < 0) {
      return absl::InvalidArgumentError("tolerated_failure_count must not be negative");
    }
    command.tolerated_count = request.tolerated_failure_count();
  }
  if (request.has_tolerated_failure_percentage()) {
    const double percentage = request.tolerated_failure_percentage();
    if (!(percentage >= 0 && percentage <= 100)) {
      return absl::InvalidArgumentError("tolerated_failure_percentage must be between 0 and 100");
    }
    command.tolerated_percentage = percentage;
  }
  return command;
}

}  // namespace

grpc::ServerUnaryReactor* ExecutionsService::DescribeMapRun(
    grpc::CallbackServerContext* context, const v1::DescribeMapRunRequest* request,
    v1::DescribeMapRunResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto id = runtime::ParseMapRun(node_->arns(), request->map_run_arn());
  if (!id.ok()) {
    Finish(context, reactor, id.status(), node_->options());
    return reactor;
  }
  node_->View(id->parent, {.map_runs = true}, [=, this](const auto& live) {
    Finish(context, reactor,
           api::Describe(live, request->map_run_arn(), id->ordinal, node_->arns(),
                         response->mutable_map_run()),
           node_->options());
  });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::ListMapRuns(grpc::CallbackServerContext* context,
                                                         const v1::ListMapRunsRequest* request,
                                                         v1::ListMapRunsResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Resolve(context, reactor, request->execution(), [=, this](persistence::ExecutionRef ref) {
    node_->View(ref, {.map_runs = true}, [=, this](const auto& live) {
      if (live.ok()) {
        for (const runtime::MapRunView& run : live->map_runs) {
          Fill(run, *live, node_->arns(), response->add_map_runs());
        }
      }
      Finish(context, reactor, live.status(), node_->options());
    });
  });
  return reactor;
}

grpc::ServerUnaryReactor* ExecutionsService::UpdateMapRun(grpc::CallbackServerContext* context,
                                                          const v1::UpdateMapRunRequest* request,
                                                          v1::UpdateMapRunResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto id = runtime::ParseMapRun(node_->arns(), request->map_run_arn());
  absl::StatusOr<core::UpdateMapRun> command =
      id.ok() ? CommandOf(*request, id->ordinal) : id.status();
  if (!command.ok()) {
    Finish(context, reactor, command.status(), node_->options());
    return reactor;
  }
  const auto describe = [=, this](bool is_applied) {
    node_->View(id->parent, {.map_runs = true}, [=, this](const auto& live) {
      absl::Status status = api::Describe(live, request->map_run_arn(), id->ordinal, node_->arns(),
                                          response->mutable_map_run());
      if (status.ok() && !is_applied) {
        status = absl::FailedPreconditionError(absl::StrCat(
            "the Map Run has ended and cannot be changed: '", request->map_run_arn(), "'"));
      }
      Finish(context, reactor, status, node_->options());
    });
  };
  node_->UpdateMapRun(id->parent, *std::move(command),
                      [=, this](absl::StatusOr<core::CommandOutcome> outcome) {
                        if (!outcome.ok() && !absl::IsNotFound(outcome.status())) {
                          return Finish(context, reactor, outcome.status(), node_->options());
                        }
                        describe(outcome.ok() && *outcome == core::CommandOutcome::kApplied);
                      });
  return reactor;
}

}  // namespace pawl::api
