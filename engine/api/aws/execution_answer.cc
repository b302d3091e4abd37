#include "engine/api/aws/execution_answer.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace pawl::api::aws_json {
namespace {

using persistence::Status;

// AWS bills EXPRESS executions by these steps, and tells what it bills.
constexpr int64_t kBilledMilliseconds = 100;
constexpr int64_t kBilledMegabytes = 64;

void WriteData(const char* key, const char* details_key, const Payload& payload, bool has_data,
               JsonObject* answer) {
  if (has_data && payload.has_value()) answer->Text(key, payload.text());
  answer->Object(details_key).Bool("included", has_data);
}

// The version and the alias by which the execution was started, if any.
void WriteStartedBy(const aws::ArnContext& arns, const persistence::ExecutionRow& row,
                    JsonObject* answer) {
  if (!row.alias.empty()) {
    answer->Text("stateMachineAliasArn", aws::AliasArn(arns, row.machine, row.alias));
  }
  if (row.version > 0) {
    answer->Text("stateMachineVersionArn", aws::VersionArn(arns, row.machine, row.version));
  }
}

void WriteRedriven(const persistence::ExecutionRow& row, JsonObject* answer) {
  answer->Int("redriveCount", row.redrive_count);
  if (row.redrive_count > 0) answer->Time("redriveDate", row.redrive_time);
}

void WriteRedriveStatus(Status status, bool is_map_child, JsonObject* answer) {
  if (status == Status::kRunning || status == Status::kSucceeded) {
    answer->Text("redriveStatus", "NOT_REDRIVABLE");
    answer->Text("redriveStatusReason",
                 absl::StrCat("Execution is ", StatusName(status), " and cannot be redriven"));
    return;
  }
  answer->Text("redriveStatus", is_map_child ? "REDRIVABLE_BY_MAP_RUN" : "REDRIVABLE");
}

}  // namespace

absl::string_view StatusName(Status status) {
  switch (status) {
    case Status::kRunning:
      return "RUNNING";
    case Status::kSucceeded:
      return "SUCCEEDED";
    case Status::kFailed:
      return "FAILED";
    case Status::kTimedOut:
      return "TIMED_OUT";
    case Status::kAborted:
      return "ABORTED";
  }
  return "";
}

void WriteExecution(const runtime::ExecutionView& view, const aws::ArnContext& arns, bool has_data,
                    JsonObject* answer) {
  const persistence::ExecutionRow& row = view.row;
  const std::string map_run = aws::MapRunArnOfChild({arns.region, row.ns}, row.machine, row.name);
  // Of an execution that has timed out AWS tells neither.
  if (row.status == Status::kFailed || row.status == Status::kAborted) {
    answer->Optional("cause", view.cause).Optional("error", view.error);
  }
  answer->Text("executionArn", view.arn);
  WriteData("input", "inputDetails", view.input, has_data, answer);
  answer->TextIfAny("mapRunArn", map_run);
  answer->Text("name", row.name);
  if (row.status == Status::kSucceeded) {
    WriteData("output", "outputDetails", view.output, has_data, answer);
  }
  WriteRedriven(row, answer);
  WriteRedriveStatus(row.status, !map_run.empty(), answer);
  answer->Time("startDate", row.start_time);
  WriteStartedBy({arns.region, row.ns}, row, answer);
  answer->Text("stateMachineArn", view.machine_arn);
  answer->Text("status", StatusName(row.status));
  if (row.stop_time != absl::InfiniteFuture()) answer->Time("stopDate", row.stop_time);
}

void WriteSyncExecution(const runtime::ExecutionView& view, bool has_data, JsonObject* answer) {
  const int64_t lasted = absl::ToInt64Milliseconds(view.stop_time - view.row.start_time);
  const int64_t steps =
      std::max<int64_t>(1, (lasted + kBilledMilliseconds - 1) / kBilledMilliseconds);
  answer->Object("billingDetails")
      .Int("billedDurationInMilliseconds", steps * kBilledMilliseconds)
      .Int("billedMemoryUsedInMB", kBilledMegabytes);
  const auto status = static_cast<Status>(view.status);
  if (status != Status::kSucceeded) {
    answer->Optional("cause", view.cause).Optional("error", view.error);
  }
  answer->Text("executionArn", view.arn);
  WriteData("input", "inputDetails", view.input, has_data, answer);
  // The name that was given, without what makes it unique.
  answer->Text("name", std::string(*absl::StrSplit(view.row.name, ':').begin()));
  WriteData("output", "outputDetails", view.output, has_data, answer);
  answer->Time("startDate", view.row.start_time);
  answer->Text("stateMachineArn", view.machine_arn);
  answer->Text("status", StatusName(status));
  answer->Time("stopDate", view.stop_time);
}

void WriteListed(const persistence::ExecutionRow& row, const aws::ArnContext& arns,
                 JsonObject* item) {
  const aws::ArnContext context{arns.region, row.ns};
  item->Text("executionArn", aws::ExecutionArn(context, row.machine, row.name));
  item->TextIfAny("mapRunArn", aws::MapRunArnOfChild(context, row.machine, row.name));
  item->Text("name", row.name);
  WriteRedriven(row, item);
  item->Time("startDate", row.start_time);
  WriteStartedBy(context, row, item);
  item->Text("stateMachineArn", aws::MachineArn(context, row.machine));
  item->Text("status", StatusName(row.status));
  if (row.stop_time != absl::InfiniteFuture()) item->Time("stopDate", row.stop_time);
}

}  // namespace pawl::api::aws_json
