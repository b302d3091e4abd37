// What `pawl` returns to the shell. Documented in `pawl --help`; scripts rely on the numbers.
#pragma once

#include "absl/status/status.h"

namespace pawl::cli {

enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,       // the execution did not succeed, or the engine refused the request
  kUsage = 2,        // the command line is wrong; nothing was sent
  kUnreachable = 3,  // no engine answers
  kNotFound = 4,
  kExists = 5,     // the name is taken
  kExhausted = 6,  // a limit of the engine
  kTimedOut = 7,   // it took longer than --timeout; what was started goes on
};

ExitCode ExitCodeOf(const absl::Status& status);

// The table of codes for `pawl --help`.
const char* ExitCodeHelp();

}  // namespace pawl::cli
