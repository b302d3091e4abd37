// An execution as AWS's services write it into data: the files of a ResultWriter, the result of a
// Distributed Map, what states:startExecution answers.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "engine/value/payload.h"
#include "engine/value/value.h"

namespace pawl::aws {

// Absent members are left out.
struct ExecutionRecord {
  std::string arn;
  std::string name;
  std::string machine_arn;
  std::string status;  // "SUCCEEDED", "FAILED"... or, in files, "PENDING"
  Payload input;
  Payload output;  // absent unless it succeeded
  absl::optional<std::string> error;
  absl::optional<std::string> cause;
  int64_t redrive_count = 0;
  std::string redrive_status = "NOT_REDRIVABLE";
  absl::optional<std::string> redrive_status_reason;
  absl::optional<absl::Time> start;
  absl::optional<absl::Time> stop;
};

enum class RecordStyle {
  kFile,      // input and output as JSON text, dates as text
  kSync,      // of startExecution.sync: dates in milliseconds
  kSyncJson,  // of startExecution.sync:2: input and output as JSON besides
};

// Members by name, as AWS has them.
Value ToValue(const ExecutionRecord& record, RecordStyle style);

// What an AWS SDK adds to every answer.
void AddSdkMetadata(const std::string& request_id, Value::Members* answer);

}  // namespace pawl::aws
