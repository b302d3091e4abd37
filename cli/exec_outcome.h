// What the end of a program means for its task. Pure.
//
//   exit code 0      standard output is the result, JSON; nothing there means {}
//   another one      error ExitCode.N, cause standard error. A program that knows better writes
//                    {"error": "CardDeclined", "cause": "..."} to standard output, or a last line
//                    "CardDeclined: over the limit" to standard error (the name begins with a
//                    capital, as Python's exceptions do)
//   a signal         error Signal.SEGV
#pragma once

#include <string>

#include "cli/exec_runner.h"

namespace pawl::cli {

struct ExecOutcome {
  bool is_success = false;
  std::string output;  // JSON text
  std::string error;
  std::string cause;
};

ExecOutcome OutcomeOf(const ExecResult& result, const ExecLimits& limits);

}  // namespace pawl::cli
