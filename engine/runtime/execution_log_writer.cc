#include "engine/runtime/execution_log_writer.h"

#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/core/aws_log.h"

namespace pawl::runtime {
namespace {

constexpr char kWhat[] = "the execution log";

std::string GapLine(absl::Time time, int64_t missing) {
  return absl::StrCat("{\"event_timestamp\":\"", absl::ToUnixMillis(time),
                      "\",\"missing\":", missing, "}\n");
}

lines::LineLog::Settings QueueOf(const ExecutionLogSettings& settings) {
  lines::LineLog::Settings queue;
  // Bytes alone count: each event weighs some hundred at least.
  queue.max_queued_entries = std::numeric_limits<size_t>::max();
  queue.max_queued_bytes = settings.max_queued_bytes;
  queue.limit = "flag --execution-log-queue-bytes";
  return queue;
}

}  // namespace

absl::Status CheckLogDestination(const std::string& destination) {
  absl::string_view path = destination;
  const bool has_path =
      absl::ConsumePrefix(&path, "file:") || absl::ConsumePrefix(&path, "folder:");
  if (destination == "off" || destination == "stdout" || (has_path && !path.empty())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("off, stdout, file:PATH or folder:PATH");
}

absl::StatusOr<std::unique_ptr<ExecutionLogWriter>> ExecutionLogWriter::Open(
    const ExecutionLogSettings& settings, std::function<void(absl::string_view)> warn) {
  absl::Status valid = CheckLogDestination(settings.destination);
  if (!valid.ok()) return valid;
  if (settings.destination == "off") return nullptr;
  absl::StatusOr<std::unique_ptr<lines::LineSink>> sink = lines::LinesToStdout(kWhat);
  absl::string_view path = settings.destination;
  lines::LineFileSettings file;
  file.max_bytes = settings.max_file_bytes;
  file.kept_files = settings.kept_files;
  file.what = kWhat;
  const bool has_groups = absl::ConsumePrefix(&path, "folder:");
  if (has_groups) {
    file.path = std::string(path);
    lines::LineFolderSettings folder;
    folder.file = std::move(file);
    sink = lines::OpenLineFolder(std::move(folder));
  } else if (absl::ConsumePrefix(&path, "file:")) {
    file.path = std::string(path);
    sink = lines::OpenLineFile(std::move(file));
  }
  if (!sink.ok()) return sink.status();
  return std::make_unique<ExecutionLogWriter>(*std::move(sink), has_groups, settings,
                                              std::move(warn));
}

ExecutionLogWriter::ExecutionLogWriter(std::unique_ptr<lines::LineSink> sink, bool has_groups,
                                       const ExecutionLogSettings& settings,
                                       std::function<void(absl::string_view)> warn)
    : has_groups_(has_groups),
      log_(std::move(sink), QueueOf(settings),
           {kWhat, "events", "executions go on and events are missing in it", &GapLine,
            std::move(warn)}) {}

void ExecutionLogWriter::Write(LoggedTransition transition) {
  lines::LogEntry entry;
  if (has_groups_) {
    entry.route = absl::StrCat(transition.ns, "/", transition.style.log_group);
    transition.style.log_group.clear();
  }
  entry.time = transition.events.back().time;
  entry.bytes = transition.held_bytes;
  entry.lines = static_cast<int64_t>(transition.events.size());
  entry.append = [transition = std::move(transition)](std::string* out) {
    for (const core::Event& event : transition.events) {
      core::AppendLogLine(event, transition.style, out);
    }
  };
  log_.Write(std::move(entry));
}

}  // namespace pawl::runtime
