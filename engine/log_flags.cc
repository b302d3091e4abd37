#include "engine/log_flags.h"

namespace pawl {
namespace {

constexpr int64_t kGig = int64_t{1} << 30;

}  // namespace

std::vector<Flag> LogFlags() {
  return {
      {"log-format", "text|json", "text", "format of the log on standard error",
       Choice<std::string>([](EngineFlags& f) -> auto& { return f.log_format; },
                           {{"text", "text"}, {"json", "json"}})},
      {"log-level", "info|warning|error", "info", "least severe log lines that are written",
       Choice<LogLevel>([](EngineFlags& f) -> auto& { return f.log_level; },
                        {{"info", LogLevel::kInfo},
                         {"warning", LogLevel::kWarning},
                         {"error", LogLevel::kError}})},
      {"express-log", "off|errors|ends|events", "ends",
       "what is logged of EXPRESS executions; of a Distributed Map's children, 'ends' logs "
       "failures only",
       Choice<runtime::ExpressLogLevel>(
           [](EngineFlags& f) -> auto& { return f.runtime.express_log.level; },
           {{"off", runtime::ExpressLogLevel::kOff},
            {"errors", runtime::ExpressLogLevel::kErrors},
            {"ends", runtime::ExpressLogLevel::kEnds},
            {"events", runtime::ExpressLogLevel::kEvents}})},
      {"express-log-data", "", "off",
       "include inputs and outputs in the lines of --express-log events",
       Switch([](EngineFlags& f) -> auto& { return f.runtime.express_log.with_data; })},
      {"execution-logs", "DESTINATION", "off",
       "where events of machines with a loggingConfiguration go, as lines of JSON: off, stdout, "
       "file:PATH, or folder:PATH with a file ACCOUNT/GROUP.jsonl for each log group",
       Text([](EngineFlags& f) -> auto& { return f.execution_logs.destination; },
            &runtime::CheckLogDestination)},
      {"execution-log-max-bytes", "N", "104857600",
       "bytes of a file of --execution-logs; then it becomes PATH.1 and a new one begins",
       Number([](EngineFlags& f) -> auto& { return f.execution_logs.max_file_bytes; }, 4096,
              1024 * kGig)},
      {"execution-log-files", "N", "10", "files of --execution-logs that are kept beside each one",
       Number([](EngineFlags& f) -> auto& { return f.execution_logs.kept_files; }, 0, 1000)},
      {"execution-log-queue-bytes", "N", "67108864",
       "bytes of events that wait to be written to --execution-logs; more are left out and counted",
       Number([](EngineFlags& f) -> auto& { return f.execution_logs.max_queued_bytes; }, 65'536,
              16 * kGig)},
      {"audit-log", "FILE|stdout", "none",
       "a line of JSON for each call that changes something, and each one that is denied",
       Text([](EngineFlags& f) -> auto& { return f.admission.audit_log; })},
  };
}

}  // namespace pawl
