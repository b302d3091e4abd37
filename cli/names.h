// Names, inputs and times as people type and read them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/colour.h"
#include "google/protobuf/timestamp.pb.h"
#include "pawl/v1/executions.pb.h"

namespace pawl::cli {

// "arn:aws:states:us-east-1:0:execution:order:order-7" -> "order/order-7"; other text as it is.
std::string ShortExecution(absl::string_view arn);
// "arn:aws:states:us-east-1:0:stateMachine:order" -> "order"; of an execution's name or ARN, and
// of a version or an alias, its machine.
std::string ShortMachine(absl::string_view arn);
// The machine of "order:live", "order:7" or such an ARN, without the alias or version.
std::string PlainMachine(absl::string_view machine);

// Whether `text` can name an execution: an execution's ARN or MACHINE/NAME. InvalidArgument
// explains.
absl::Status CheckExecution(const std::string& text);

// A file's content; "-" is standard input. InvalidArgument where it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);
// What --input takes: a file, "-", or JSON itself where the text begins like JSON ({ [ " or a
// digit). Checked: InvalidArgument with line and column where it is not JSON; `what` is how the
// message calls the text, "output".
absl::StatusOr<std::string> ReadInput(const std::string& source, const char* what = "input");

// "order" from "flows/order.asl.json".
std::string NameFromPath(absl::string_view path);

// A random (version 4) UUID: the name of an execution that was given none, so that its start can be
// sent again.
std::string NewUuid();

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToProto(absl::Time time);

// Two units at most: "0.123s", "4.2s", "3m 5s", "2h 10m", "5d 3h".
std::string FormatSpan(absl::Duration span);
// "just now", "5m ago", "in 12s".
std::string FormatAgo(absl::Time time, absl::Time now);
// "2026-05-01 10:00:00.123", local time.
std::string FormatLocal(absl::Time time);

const char* StatusName(v1::ExecutionStatus status);
Style StatusStyle(v1::ExecutionStatus status);
// "✔", "✘", "▶"...
const char* StatusMark(v1::ExecutionStatus status);
bool IsClosed(v1::ExecutionStatus status);

}  // namespace pawl::cli
