#include "engine/runtime/world/log.h"

#include <atomic>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/value/json.h"

namespace pawl {
namespace {

std::atomic<bool> g_is_json{false};
std::atomic<LogLevel> g_level{LogLevel::kWarning};

const char* Name(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

}  // namespace

void SetJsonLog(bool is_json) { g_is_json = is_json; }

void SetLogLevel(LogLevel level) { g_level = level; }

void Log(LogLevel level, absl::string_view message, const LogFields& fields) {
  if (level < g_level) return;
  const std::string time =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  std::string line;
  if (g_is_json) {
    line = absl::StrCat("{\"time\":\"", time, "\",\"level\":\"", Name(level), "\",\"message\":");
    AppendJsonString(message, &line);
    for (const auto& [key, value] : fields) {
      line += ',';
      AppendJsonString(key, &line);
      line += ':';
      AppendJsonString(value, &line);
    }
    line += "}\n";
  } else {
    line = absl::StrCat(time, " ", Name(level), " ", message);
    for (const auto& [key, value] : fields) {
      absl::StrAppend(&line, " ", key, "=");
      AppendJsonString(value, &line);
    }
    line += '\n';
  }
  // One write a line: lines of several threads do not mix.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace pawl
