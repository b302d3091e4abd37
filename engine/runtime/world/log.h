// The engine's log: one line an event, on standard error, as text or as JSON. Holds ids, never
// payloads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl {

enum class LogLevel { kInfo, kWarning, kError };
using LogFields = std::vector<std::pair<std::string, std::string>>;

// Once, before the first line.
void SetJsonLog(bool is_json);

// Lines below `level` are dropped; kWarning by default, so that what embeds an engine stays quiet.
void SetLogLevel(LogLevel level);

// Thread-safe. Control characters in fields are escaped, so that no line can be made up from
// outside.
void Log(LogLevel level, absl::string_view message, const LogFields& fields = {});

}  // namespace pawl
