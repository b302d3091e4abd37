// Executions as the API's answers show them.
#pragma once

#include "absl/strings/string_view.h"
#include "engine/api/aws/json_writer.h"
#include "engine/aws/arn.h"
#include "engine/runtime/range/execution_view.h"

namespace pawl::api::aws_json {

// "RUNNING", "SUCCEEDED"...
absl::string_view StatusName(persistence::Status status);

// The answer to DescribeExecution. `has_data`: with input and output.
void WriteExecution(const runtime::ExecutionView& view, const aws::ArnContext& arns, bool has_data,
                    JsonObject* answer);

// The answer to StartSyncExecution: an EXPRESS execution that has ended.
void WriteSyncExecution(const runtime::ExecutionView& view, bool has_data, JsonObject* answer);

// An item of ListExecutions.
void WriteListed(const persistence::ExecutionRow& row, const aws::ArnContext& arns,
                 JsonObject* item);

}  // namespace pawl::api::aws_json
