// The logs of executions as lines of JSON: to standard output, to a file, or to a folder with a file
// for each log group.
//
//   auto writer = ExecutionLogWriter::Open({.destination = "folder:/var/log/pawl"}, warn);
//   Node node(options, world, strand_of, metrics, writer->get());
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/lines/line_log.h"
#include "engine/runtime/range/execution_log.h"

namespace pawl::runtime {

struct ExecutionLogSettings {
  // "off", "stdout", "file:PATH" or "folder:PATH".
  std::string destination = "off";
  int64_t max_file_bytes = int64_t{100} << 20;
  int kept_files = 10;  // beside the current one, of each file
  // Of events that wait to be written; what comes beyond it is left out and counted.
  size_t max_queued_bytes = size_t{64} << 20;
};

// InvalidArgument says what a destination looks like.
absl::Status CheckLogDestination(const std::string& destination);

// Events are written by a thread of its own, in the order of their commits. Thread-safe.
class ExecutionLogWriter final : public ExecutionLog {
 public:
  // nullptr for "off". `warn` as lines::LogWords::warn. InvalidArgument, or Unavailable where the
  // destination cannot be written.
  static absl::StatusOr<std::unique_ptr<ExecutionLogWriter>> Open(
      const ExecutionLogSettings& settings, std::function<void(absl::string_view)> warn);

  // `sink` has the routes "ACCOUNT/GROUP" where `has_groups`, else the one route "", whose lines name
  // their group.
  ExecutionLogWriter(std::unique_ptr<lines::LineSink> sink, bool has_groups,
                     const ExecutionLogSettings& settings,
                     std::function<void(absl::string_view)> warn);

  void Write(LoggedTransition transition) override;
  // As LineLog's, both.
  void Flush() { log_.Flush(); }
  lines::LineLog::Stats stats() const { return log_.stats(); }

 private:
  const bool has_groups_;
  lines::LineLog log_;
};

}  // namespace pawl::runtime
