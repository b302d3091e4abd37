// Operations on Map Runs.
#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/api/aws/execution_answer.h"
#include "engine/api/aws/operations.h"
#include "engine/aws/error.h"
#include "engine/service/page_token.h"

namespace pawl::api::aws_json {
namespace {

constexpr char kArn[] = "mapRunArn";
constexpr int64_t kDefaultPage = 100;

// What the counts by status leave out.
struct OtherCounts {
  int64_t pending = 0;
  int64_t pending_redrive = 0;
  int64_t not_redrivable = 0;
};

void WriteCounts(const char* key, const core::StatusCounts& counts, const OtherCounts& others,
                 JsonObject* answer) {
  using core::ExecutionStatus;
  int64_t total = others.pending + others.pending_redrive;
  for (const ExecutionStatus status : core::kExecutionStatuses) total += counts[status];
  const int64_t written = counts[ExecutionStatus::kSucceeded] + counts.Unsuccessful();
  JsonObject out = answer->Object(key);
  out.Int("aborted", counts[ExecutionStatus::kAborted]);
  out.Int("failed", counts[ExecutionStatus::kFailed]);
  out.Int("failuresNotRedrivable", others.not_redrivable);
  out.Int("pending", others.pending).Int("pendingRedrive", others.pending_redrive);
  out.Int("resultsWritten", written);
  out.Int("running", counts[ExecutionStatus::kRunning]);
  out.Int("succeeded", counts[ExecutionStatus::kSucceeded]);
  out.Int("timedOut", counts[ExecutionStatus::kTimedOut]);
  out.Int("total", total);
}

// The page of `runs` that `token`, the number of runs before it, begins.
absl::StatusOr<size_t> FirstOf(const std::string& token, size_t runs) {
  uint64_t first = 0;
  if (!token.empty() && !absl::SimpleAtoi(token, &first)) {
    return aws::MakeError(aws::Error::kInvalidToken, "Invalid Token: 'Invalid token'");
  }
  return std::min<size_t>(first, runs);
}

void WriteListed(const service::MapRun& run, JsonObject* item) {
  const core::MapRunSummary& summary = run.run.summary;
  item->Text("executionArn", run.execution_arn).Text(kArn, run.run.arn);
  item->Time("startDate", summary.started_at);
  item->Text("stateMachineArn", absl::StrCat(run.machine_arn, "/", summary.label));
  if (summary.stopped_at != absl::InfiniteFuture()) item->Time("stopDate", summary.stopped_at);
}

}  // namespace

void DescribeMapRun(const CallPtr& call) {
  const std::string& arn = call->request().Text(kArn);
  if (absl::Status status = aws::CheckArn(arn, {"mapRun"}); !status.ok()) return call->Fail(status);
  call->service().map_runs.Describe(
      call->context(), arn,
      AnswerWith<service::MapRun>(call, [](const service::MapRun& run, JsonObject* answer) {
        const core::MapRunSummary& summary = run.run.summary;
        answer->Text("executionArn", run.execution_arn);
        WriteCounts("executionCounts", summary.children,
                    {0, summary.children_pending_redrive, summary.children_not_redrivable}, answer);
        WriteCounts(
            "itemCounts", summary.items,
            {summary.items_pending, summary.items_pending_redrive, summary.items_not_redrivable},
            answer);
        answer->Text(kArn, run.run.arn);
        answer->Int("maxConcurrency", summary.limits.max_concurrency);
        answer->Int("redriveCount", summary.redrive_count);
        if (summary.redrive_count > 0) answer->Time("redriveDate", summary.redriven_at);
        answer->Time("startDate", summary.started_at);
        answer->Text("status", StatusName(static_cast<persistence::Status>(summary.status)));
        if (summary.stopped_at != absl::InfiniteFuture()) {
          answer->Time("stopDate", summary.stopped_at);
        }
        answer->Int("toleratedFailureCount", summary.limits.tolerated_count);
        answer->Double("toleratedFailurePercentage", summary.limits.tolerated_percentage);
      }));
}

void ListMapRuns(const CallPtr& call) {
  const std::string& execution = call->request().Text("executionArn");
  absl::Status status = aws::CheckArn(execution, {"execution"});
  if (!status.ok()) return call->Fail(status);
  std::string listing = absl::StrCat("ListMapRuns ", execution);
  const auto token = service::OpenToken(listing, call->request().Text("nextToken"));
  if (!token.ok()) return call->Fail(token.status());
  call->service().map_runs.List(
      call->context(), execution,
      [call, listing = std::move(listing),
       token = *token](const absl::StatusOr<std::vector<service::MapRun>>& runs) {
        if (!runs.ok()) return call->Fail(runs.status());
        const absl::StatusOr<size_t> first = FirstOf(token, runs->size());
        if (!first.ok()) return call->Fail(first.status());
        const int64_t asked = call->request().Int("maxResults");
        const size_t size = static_cast<size_t>(asked == 0 ? kDefaultPage : asked);
        const size_t end = std::min(runs->size(), *first + size);
        std::string body;
        {
          JsonObject answer(&body);
          {
            JsonArray items = answer.Array("mapRuns");
            for (size_t i = *first; i < end; ++i) {
              JsonObject item = items.Object();
              WriteListed((*runs)[i], &item);
            }
          }
          if (end < runs->size()) {
            answer.Text("nextToken", service::SealToken(listing, absl::StrCat(end)));
          }
        }
        call->Succeed(std::move(body));
      });
}

void UpdateMapRun(const CallPtr& call) {
  const RequestMembers& request = call->request();
  absl::Status status = aws::CheckArn(request.Text(kArn), {"mapRun"});
  if (!status.ok()) return call->Fail(status);
  service::MapRunChange change;
  change.max_concurrency = request.OptionalInt("maxConcurrency");
  change.tolerated_count = request.OptionalInt("toleratedFailureCount");
  change.tolerated_percentage = request.OptionalDouble("toleratedFailurePercentage");
  call->service().map_runs.Update(call->context(), request.Text(kArn), change, AnswerEmpty(call));
}

}  // namespace pawl::api::aws_json
