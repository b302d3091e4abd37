// Events in the form of AWS's GetExecutionHistory.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
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

// Receives the details of an event, member by member, in AWS's structure. Only members that are
// there are told.
class DetailsSink {
 public:
  virtual ~DetailsSink() = default;
  virtual void Text(absl::string_view key, absl::string_view text) = 0;
  virtual void Number(absl::string_view key, int64_t number) = 0;
  // A payload, which is sent as JSON text: "input", "output" or "parameters". `details_key` names
  // the member that says whether it was truncated; "" where there is none.
  virtual void Data(absl::string_view key, absl::string_view details_key,
                    const Payload& payload) = 0;
  // "assignedVariables" and "assignedVariablesDetails".
  virtual void Variables(const std::vector<AssignedVariable>& variables) = 0;
  // "taskCredentials".
  virtual void Credentials(absl::string_view role_arn) = 0;
};

// Types without details (InfoOf(type).details_key is then "") tell nothing.
void WriteAwsDetails(const Event& event, const HistoryStyle& style, DetailsSink* sink);

// The same as a value:
//   AwsDetails(task_scheduled) =
//   {"resourceType":"sqs","resource":"sendMessage","parameters":"{...}",...}
Value AwsDetails(const Event& event, const HistoryStyle& style);

}  // namespace pawl::core
