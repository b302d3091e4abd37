// pawl worker --exec QUEUE=COMMAND: any program becomes a worker.
#include "pawl/worker.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/command.h"
#include "cli/exec_outcome.h"
#include "cli/exec_runner.h"
#include "cli/names.h"
#include "cli/text.h"
#include "engine/value/terminal_text.h"

namespace pawl::cli {
namespace {

struct Handled {
  std::string queue;
  std::string command;
};

absl::StatusOr<std::vector<Handled>> ReadHandled(const Arguments& args) {
  std::vector<Handled> all;
  for (const std::string& text : args.All("exec")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--exec: expected QUEUE=COMMAND, got '", text, "'"));
    }
    Handled one = {text.substr(0, equals), text.substr(equals + 1)};
    const bool is_known = std::any_of(
        all.begin(), all.end(), [&one](const Handled& other) { return other.queue == one.queue; });
    if (is_known) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--exec: the queue '", one.queue, "' is given twice; one command serves a queue"));
    }
    all.push_back(std::move(one));
  }
  if (all.empty()) return absl::InvalidArgumentError("nothing to do: give --exec QUEUE=COMMAND");
  return all;
}

ExecJob JobOf(const Task& task, const std::string& command, const std::string& engine,
              const KillSwitch* kill_switch) {
  ExecJob job;
  job.command = command;
  job.input = task.input();
  job.environment = {{"PAWL_QUEUE", task.queue()},
                     {"PAWL_ATTEMPT", absl::StrCat(task.attempt())},
                     {"PAWL_IDEMPOTENCY_KEY", task.idempotency_key()},
                     {"PAWL_STATE", task.state_name()},
                     {"PAWL_EXECUTION", task.execution_arn()},
                     {"PAWL_ENGINE", engine}};
  if (task.awaits_token()) job.environment.emplace_back("PAWL_TASK_TOKEN", task.token());
  if (task.deadline() != absl::InfiniteFuture()) {
    job.environment.emplace_back(
        "PAWL_DEADLINE", absl::FormatTime(absl::RFC3339_sec, task.deadline(), absl::UTCTimeZone()));
  }
  if (!task.trace_parent().empty())
    job.environment.emplace_back("TRACEPARENT", task.trace_parent());
  job.deadline = task.deadline();
  job.kill_switch = kill_switch;
  // While the program runs the task is worked at: that is all that can be said of any program.
  job.heartbeat_interval = task.heartbeat_interval() / 3;
  job.heartbeat = [task] { task.Heartbeat(); };
  return job;
}

// Lines on standard error; called from several threads.
class TaskLog {
 public:
  TaskLog(Console& console, bool is_quiet) : paint_(console.note_palette()), is_quiet_(is_quiet) {}

  void Note(const std::string& text) const {
    Write(absl::StrCat(paint_(Style::kDim, "· "), OneLine(text)));
  }

  void Ended(const Task& task, absl::Duration took, const ExecOutcome& outcome) const {
    if (is_quiet_) return;
    std::string line = absl::StrCat(
        outcome.is_success ? paint_(Style::kGood, "✔ ") : paint_(Style::kBad, "✘ "),
        paint_(Style::kBold, OneLine(task.queue())), "  ",
        paint_(Style::kAccent, OneLine(ShortExecution(task.execution_arn()))), "  ",
        OneLine(task.state_name()),
        task.attempt() > 1 ? paint_(Style::kWarn, absl::StrCat("  attempt ", task.attempt())) : "",
        paint_(Style::kDim, absl::StrCat("  ", FormatSpan(took))));
    if (!outcome.is_success) {
      absl::StrAppend(&line, "  ", paint_(Style::kBad, OneLine(outcome.error)), "  ",
                      Truncate(OneLine(outcome.cause), 120));
    }
    Write(line);
  }

 private:
  // One call, so that lines of several threads do not mix.
  void Write(const std::string& line) const {
    const std::string text = absl::StrCat(
        paint_(Style::kDim, absl::FormatTime("%H:%M:%S", absl::Now(), absl::LocalTimeZone())), "  ",
        SafeStyledLines(line), "\n");
    std::fwrite(text.data(), 1, text.size(), stderr);
  }

  const Palette paint_;
  const bool is_quiet_;
};

Handler HandlerOf(const std::string& command, const std::string& engine, const ExecLimits& limits,
                  const std::shared_ptr<const TaskLog>& log) {
  return [=](const Task& task) -> TaskResult {
    const auto kill_switch = std::make_shared<KillSwitch>();
    task.OnCancel([kill_switch] { kill_switch->Pull(); });
    const absl::Time began = absl::Now();
    const absl::StatusOr<ExecResult> result =
        RunProgram(JobOf(task, command, engine, kill_switch.get()), limits);
    const ExecOutcome outcome = result.ok() ? OutcomeOf(*result, limits)
                                            : ExecOutcome{false, "", "Pawl.NotStarted",
                                                          std::string(result.status().message())};
    log->Ended(task, absl::Now() - began, outcome);
    return outcome.is_success ? Succeed(outcome.output) : Fail(outcome.error, outcome.cause);
  };
}

ExitCode Work(Invocation& call) {
  const absl::StatusOr<std::vector<Handled>> handled = ReadHandled(call.args());
  if (!handled.ok()) return call.Usage(std::string(handled.status().message()));
  if (call.args().Number("max-output-bytes", 1) < 1) {
    return call.Usage("--max-output-bytes: expected a number of 1 or more, got '0'");
  }
  if (call.args().Number("concurrency", 1) < 1 || call.args().Number("concurrency", 1) > 10'000) {
    return call.Usage(absl::StrCat("--concurrency: expected a number from 1 to 10000, got '",
                                   call.args().Text("concurrency"), "'"));
  }
  const int64_t processors = std::max(1U, std::thread::hardware_concurrency());
  const int64_t concurrency =
      std::min<int64_t>(call.args().Number("concurrency", processors), 10'000);
  ExecLimits limits;
  limits.max_output_bytes = static_cast<size_t>(
      call.args().Number("max-output-bytes", static_cast<int64_t>(limits.max_output_bytes)));
  if (!call.connection().ok()) return call.Refuse(call.connection().status());
  const auto log = std::make_shared<const TaskLog>(call.console(), call.args().Has("quiet"));
  Handlers handlers;
  std::vector<std::string> queues;
  for (const Handled& one : *handled) {
    handlers.Add(one.queue, HandlerOf(one.command, call.engine_address(), limits, log),
                 {.max_concurrency = static_cast<int>(concurrency)});
    queues.push_back(one.queue);
  }
  WorkerOptions options;
  options.name = call.args().Text("name");
  options.log = [log](const std::string& line) { log->Note(line); };
  Worker worker(std::move(handlers), *call.connection(), std::move(options));
  log->Note(absl::StrCat("serving ", absl::StrJoin(queues, ", "), " of ", call.engine_address(),
                         ", ", concurrency, " at a time each; ^C stops"));
  const absl::Status status =
      worker.RunUntilSignal(call.args().Duration("grace", absl::Seconds(30)));
  return status.ok() ? ExitCode::kOk : call.Refuse(status);
}

}  // namespace

std::vector<Command> WorkerCommands() {
  return {
      {"worker",
       "--exec QUEUE=COMMAND...",
       "make any program a worker",
       "COMMAND is run by /bin/sh once per task of QUEUE, the name in the state's Resource "
       "(pawl:QUEUE). It\n"
       "gets the input as JSON on standard input.\n\n"
       "  exit code 0     standard output is the result, JSON; nothing there means {}\n"
       "  another one     the attempt fails with ExitCode.N, standard error (its last 32 KiB) is "
       "the cause.\n"
       "                  An error name of your own: "
       "{\"error\":\"CardDeclined\",\"cause\":\"...\"} on standard\n"
       "                  output, or 'CardDeclined: why' as the last line of standard error\n"
       "  a signal        Signal.SEGV\n\n"
       "Environment: PAWL_EXECUTION, PAWL_STATE, PAWL_QUEUE, PAWL_ATTEMPT (1, 2...), "
       "PAWL_IDEMPOTENCY_KEY\n"
       "(the same over all attempts), PAWL_DEADLINE (where there is one), PAWL_TASK_TOKEN (of\n"
       ".waitForTaskToken states), PAWL_ENGINE, TRACEPARENT. At the deadline, or when the "
       "execution is\n"
       "stopped, the program and what it started get SIGTERM, two seconds later SIGKILL. "
       "Heartbeats are sent\n"
       "for it.",
       0,
       0,
       {{"exec", Flag::Kind::kText, "QUEUE=COMMAND",
         "serve QUEUE with COMMAND; may be given several times"},
        {"concurrency", Flag::Kind::kNumber, "N",
         "programs of one queue at the same time [processors]"},
        {"name", Flag::Kind::kText, "NAME", "name of the worker, shown in histories [HOST:PID]"},
        {"grace", Flag::Kind::kDuration, "DURATION",
         "how long running programs may take to finish when the worker stops [30s]"},
        {"max-output-bytes", Flag::Kind::kNumber, "N",
         "longest standard output of a program [1048576]"},
        {"quiet", Flag::Kind::kSwitch, "", "print no line per task"}},
       {{"pawl worker --exec Greet=./greet.sh", "one script, one queue"},
        {"pawl worker --exec 'Charge=python3 charge.py' --exec Ship=./ship --concurrency 4",
         "two queues"},
        {"pawl worker --exec \"Upper=jq -c '{text:(.text|ascii_upcase)}'\"", "no code at all"}},
       &Work}};
}

}  // namespace pawl::cli
