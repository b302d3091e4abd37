// Events in the form of AWS's GetExecutionHistory.
#pragma once

#include <string>

#include "engine/core/event.h"
#include "engine/value/value.h"

namespace pawl::core {

// What AWS's form of the events needs beside them; "" where there is nothing.
struct HistoryStyle {
  std::string role_arn = {};
  std::string region = {};
  std::string version_arn = {};  // that the execution was started by
  std::string alias_arn = {};
};

// The details of one event as AWS structures them, payloads as JSON text:
//   AwsDetails(task_scheduled) =
//   {"resourceType":"sqs","resource":"sendMessage","parameters":"{...}",...}
// An object; empty for types without details (InfoOf(type).details_key is then "").
Value AwsDetails(const Event& event, const HistoryStyle& style);

}  // namespace pawl::core
