// Events in the form that AWS writes to CloudWatch Logs for a machine with a loggingConfiguration:
// one JSON object a line.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/core/aws_history.h"
#include "engine/core/event.h"

namespace pawl::core {

// The `level` of a loggingConfiguration, from the one that logs most to the one that logs nothing.
enum class EventLogLevel { kAll, kError, kFatal, kOff };

// "ALL", "ERROR", "FATAL", "OFF"; nothing for another text.
absl::optional<EventLogLevel> EventLogLevelOf(absl::string_view text);

// Whether a machine of that level logs events of the type (AWS guide, "Log levels for Step Functions
// execution events"). What AWS's table lacks goes by what is like it: a failed activity or expression
// belongs to ERROR, as a failed task does. Events of ours are never logged.
bool IsLogged(EventType type, EventLogLevel level);

// What a line needs beside the event.
struct LogLineStyle {
  HistoryStyle history = {};
  std::string execution_arn = {};
  int32_t redrive_count = 0;
  bool includes_execution_data = false;  // inputs, outputs, parameters, variables
  std::string log_group = {};  // a member of the line, for files of several groups; "": none
};

// The most that a line holds of one input, output or parameters, in bytes of the line: AWS cuts there
// too, and says so by "truncated".
inline constexpr size_t kMaxLoggedDataBytes = size_t{248} * 1024;

// Appends the line, with its line feed:
//   {"id":"2","type":"PassStateEntered","details":{"input":"{}","inputDetails":{"truncated":false},
//    "name":"A"},"previous_event_id":"0","event_timestamp":"1700000000000","execution_arn":"arn:...",
//    "redrive_count":"0"}
// Characters that a terminal would act on are escaped.
void AppendLogLine(const Event& event, const LogLineStyle& style, std::string* out);

}  // namespace pawl::core
