// Events in the form of AWS's GetExecutionHistory.
#pragma once

#include "engine/core/event.h"
#include "engine/value/value.h"

namespace pawl::core {

// The details of one event as AWS structures them, payloads as JSON text:
//   AwsDetails(task_scheduled) =
//   {"resourceType":"sqs","resource":"sendMessage","parameters":"{...}",...}
// An object; empty for types without details (InfoOf(type).details_key is then "").
Value AwsDetails(const Event& event, const std::string& role_arn, const std::string& region);

}  // namespace pawl::core
