#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/exec_outcome.h"
#include "cli/exec_runner.h"

namespace pawl::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

ExecResult RunJob(const ExecJob& job, const ExecLimits& limits = {}) {
  absl::StatusOr<ExecResult> result = RunProgram(job, limits);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : ExecResult();
}

ExecOutcome Outcome(const std::string& command, const std::string& input = "{}") {
  return OutcomeOf(RunJob({.command = command, .input = input}), {});
}

TEST(Exec, OutputIsTheResult) {
  const ExecOutcome outcome = Outcome("cat", "{\"id\":7}");
  EXPECT_TRUE(outcome.is_success);
  EXPECT_EQ(outcome.output, "{\"id\":7}");
  EXPECT_EQ(Outcome("true").output, "{}") << "nothing means {}";
  EXPECT_EQ(Outcome("echo; echo ' [1] '").output, "[1]");
}

TEST(Exec, OutputThatIsNoJsonFails) {
  const ExecOutcome outcome = Outcome("echo hello");
  EXPECT_FALSE(outcome.is_success);
  EXPECT_EQ(outcome.error, "Pawl.InvalidOutput");
  EXPECT_THAT(outcome.cause, HasSubstr("it begins: hello"));
}

TEST(Exec, ExitCodeAndStandardErrorAreErrorAndCause) {
  const ExecOutcome outcome = Outcome("echo out; echo 'no such order' >&2; exit 3");
  EXPECT_FALSE(outcome.is_success);
  EXPECT_EQ(outcome.error, "ExitCode.3");
  EXPECT_EQ(outcome.cause, "no such order");
  EXPECT_EQ(Outcome("/no/such/program").error, "ExitCode.127");
}

TEST(Exec, AProgramCanNameItsError) {
  ExecOutcome outcome =
      Outcome("echo '{\"error\":\"CardDeclined\",\"cause\":{\"limit\":5}}'; exit 1");
  EXPECT_EQ(outcome.error, "CardDeclined");
  EXPECT_EQ(outcome.cause, "{\"limit\":5}");
  outcome = Outcome("echo 'CardDeclined: over the limit' >&2; exit 1");
  EXPECT_EQ(outcome.error, "CardDeclined");
  EXPECT_EQ(outcome.cause, "over the limit");
  outcome = Outcome("printf 'Traceback:\\n  line 1\\nValueError: bad\\n' >&2; exit 1");
  EXPECT_EQ(outcome.error, "ValueError");
  EXPECT_EQ(outcome.cause, "Traceback:\n  line 1\nValueError: bad");
  EXPECT_EQ(Outcome("echo 'curl: (6) no host' >&2; exit 6").error, "ExitCode.6")
      << "names of programs are no error names";
  EXPECT_EQ(Outcome("kill -SEGV $$").error, "Signal.SEGV");
}

TEST(Exec, LargeInputAndOutputPassAtTheSameTime) {
  const std::string text = absl::StrCat("\"", std::string(600'000, 'x'), "\"");
  EXPECT_EQ(Outcome("cat", text).output, text);
}

TEST(Exec, AProgramNeedNotReadItsInput) {
  EXPECT_TRUE(Outcome("exec <&-; echo 1", std::string(1'000'000, ' ')).is_success);
}

TEST(Exec, OutputBeyondTheLimitKills) {
  const ExecLimits limits = {.max_output_bytes = 1000};
  const ExecResult result = RunJob({.command = "yes"}, limits);
  EXPECT_EQ(result.end, ExecResult::End::kOutputTooLarge);
  const ExecOutcome outcome = OutcomeOf(result, limits);
  EXPECT_EQ(outcome.error, "States.DataLimitExceeded");
  EXPECT_THAT(outcome.cause, HasSubstr("--max-output-bytes"));
}

TEST(Exec, TheLastOfStandardErrorIsKept) {
  const ExecResult result =
      RunJob({.command = "seq 1 100000 >&2; exit 1"}, {.max_error_bytes = 100});
  EXPECT_EQ(result.errors.size(), 100U);
  EXPECT_THAT(result.errors, EndsWith("99999\n100000\n"));
}

TEST(Exec, DeadlineKillsEverythingThatWasStarted) {
  // The inner process ignores SIGTERM, and prints its number first.
  const ExecResult result =
      RunJob({.command = "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 60; done'; true",
              .deadline = absl::Now() + absl::Milliseconds(300)},
             {.term_grace = absl::Milliseconds(100)});
  EXPECT_EQ(result.end, ExecResult::End::kTimedOut);
  EXPECT_EQ(OutcomeOf(result, {}).error, "States.Timeout");
  const int pid = std::atoi(result.output.c_str());
  ASSERT_GT(pid, 0);
  // Its end is not ours to wait for: init reaps it.
  const absl::Time until = absl::Now() + absl::Seconds(20);
  const std::string state_file = absl::StrCat("/proc/", pid, "/stat");
  const auto is_alive = [&] {
    std::FILE* file = std::fopen(state_file.c_str(), "re");
    if (file == nullptr) return false;
    char state = 0;
    const int n = std::fscanf(file, "%*d %*s %c", &state);
    std::fclose(file);
    return n == 1 && state != 'Z';
  };
  while (is_alive() && absl::Now() < until) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_FALSE(is_alive());
}

TEST(Exec, AKillSwitchEndsItFromAnotherThread) {
  KillSwitch kill_switch;
  std::thread killer([&] { kill_switch.Pull(); });
  const ExecResult result = RunJob({.command = "sleep 600", .kill_switch = &kill_switch});
  killer.join();
  EXPECT_EQ(result.end, ExecResult::End::kCancelled);
}

TEST(Exec, HeartbeatsAreSentWhileItRuns) {
  int beats = 0;
  KillSwitch kill_switch;
  RunJob({.command = "sleep 600",
          .kill_switch = &kill_switch,
          .heartbeat_interval = absl::Milliseconds(10),
          .heartbeat = [&] {
            if (++beats == 3) kill_switch.Pull();
          }});
  EXPECT_GE(beats, 3);
}

TEST(Exec, EnvironmentIsPassedAndReplaced) {
  const ExecResult result =
      RunJob({.command = "echo \"\\\"$PAWL_STATE $HOME\\\"\"",
              .environment = {{"PAWL_STATE", "Charge"}, {"HOME", "/nowhere"}}});
  EXPECT_EQ(result.output, "\"Charge /nowhere\"\n");
}

TEST(Exec, DoesNotWaitForWhatAProgramLeavesBehind) {
  const absl::Time began = absl::Now();
  EXPECT_EQ(OutcomeOf(RunJob({.command = "sleep 30 & echo 1"}), {}).output, "1");
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
}

}  // namespace
}  // namespace pawl::cli
