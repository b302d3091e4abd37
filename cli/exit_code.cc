#include "cli/exit_code.h"

namespace pawl::cli {

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kOk;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kAlreadyExists:
      return ExitCode::kExists;
    case absl::StatusCode::kResourceExhausted:
      return ExitCode::kExhausted;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kTimedOut;
    default:
      return ExitCode::kFailed;
  }
}

const char* ExitCodeHelp() {
  return "  0  done; with --wait or watch: every execution SUCCEEDED\n"
         "  1  an execution did not succeed, or the engine refused the request\n"
         "  2  the command line is wrong; nothing was sent\n"
         "  3  no engine answers at the address\n"
         "  4  there is no such state machine, execution or task\n"
         "  5  the name is taken\n"
         "  6  a limit of the engine; try again later\n"
         "  7  it took longer than --timeout; what was started goes on\n";
}

}  // namespace pawl::cli
