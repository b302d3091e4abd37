// pawl start
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/command.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/proto_json.h"
#include "cli/text.h"
#include "engine/value/json.h"

namespace pawl::cli {
namespace {

constexpr absl::Duration kLongestExpress = absl::Hours(1);
constexpr absl::Duration kLongestCall = absl::Minutes(1);  // then StartAndWait is sent again

// Of an execution that has ended.
absl::Status ReadEnd(Invocation& call, const v1::ExecutionsStartRequest& start,
                     v1::ExecutionsStartAndWaitResponse* end) {
  v1::ExecutionsDescribeRequest request;
  request.set_execution(absl::StrCat(ShortMachine(start.state_machine()), "/", start.name()));
  v1::ExecutionsDescribeResponse found;
  absl::Status status = call.engine().Call(request, &found);
  if (!status.ok()) return status;
  *end->mutable_execution() = found.execution();
  end->set_output(found.output());
  if (found.has_error()) end->set_error(found.error());
  if (found.has_cause()) end->set_cause(found.cause());
  return absl::OkStatus();
}

// Waits with calls of bounded length. A call that got no answer is sent again: the name makes that
// safe. Once the start went through, "the name is taken" means that the execution has ended
// meanwhile; under a name that was made here it can mean nothing else (`name_is_ours`).
absl::Status Wait(Invocation& call, const v1::ExecutionsStartRequest& start, bool name_is_ours,
                  v1::ExecutionsStartAndWaitResponse* end) {
  v1::StateMachinesDescribeRequest describe;
  describe.set_state_machine(PlainMachine(start.state_machine()));
  v1::StateMachinesDescribeResponse machine;
  absl::Status found = call.engine().Call(describe, &machine);
  if (!found.ok()) return found;
  // Sent once, for a second call would be a second execution.
  if (machine.state_machine().type() == v1::STATE_MACHINE_TYPE_EXPRESS) {
    v1::ExecutionsStartAndWaitRequest request;
    *request.mutable_start() = start;
    request.mutable_wait()->set_seconds(
        absl::ToInt64Seconds(call.args().Duration("timeout", kLongestExpress)));
    return call.engine().Call(request, end);
  }
  const absl::Time until = absl::Now() + call.args().Duration("timeout", absl::InfiniteDuration());
  bool is_started = false;
  int silent = 0;
  while (true) {
    v1::ExecutionsStartAndWaitRequest request;
    *request.mutable_start() = start;
    const absl::Duration wait =
        std::clamp(until - absl::Now(), absl::Milliseconds(1), kLongestCall);
    request.mutable_wait()->set_seconds(absl::ToInt64Seconds(wait));
    request.mutable_wait()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(wait - absl::Trunc(wait, absl::Seconds(1)))));
    absl::Status status = call.engine().Call(request, end);
    if (absl::IsAlreadyExists(status) && (is_started || name_is_ours)) {
      return ReadEnd(call, start, end);
    }
    if (absl::IsUnavailable(status) && ++silent < (is_started ? 20 : 4)) {
      absl::SleepFor(absl::Milliseconds(std::min(150 << silent, 2000)));
      continue;
    }
    if (!status.ok()) return status;
    is_started = true;
    silent = 0;
    if (IsClosed(end->execution().status())) return absl::OkStatus();
    if (absl::Now() >= until) {
      return absl::DeadlineExceededError(absl::StrCat(
          ShortExecution(end->execution().arn()), " still runs after ", call.args().Text("timeout"),
          "; watch it with: pawl watch ", ShortExecution(end->execution().arn())));
    }
  }
}

ExitCode ShowEnd(Invocation& call, const v1::ExecutionsStartAndWaitResponse& end) {
  const bool succeeded = end.execution().status() == v1::EXECUTION_STATUS_SUCCEEDED;
  if (call.wants_json()) {
    PrintJson(call.console(), ToJsonValue(end, Payloads::kAsJson));
    return succeeded ? ExitCode::kOk : ExitCode::kFailed;
  }
  const Palette& paint = call.console().note_palette();
  call.console().Note(ClosingLine(end.execution(), paint));
  if (succeeded) call.console().Out(PrettyPayload(end.output(), 0));
  std::string failure;
  if (end.has_error())
    failure += FieldLine(paint, "error", paint(Style::kBad, OneLine(end.error())));
  if (end.has_cause()) failure += FieldLine(paint, "cause", OneLine(end.cause()));
  if (!failure.empty()) call.console().Note(failure.substr(0, failure.size() - 1));
  return succeeded ? ExitCode::kOk : ExitCode::kFailed;
}

void PrintStarted(Invocation& call, const v1::ExecutionsStartResponse& started) {
  const std::string name = ShortExecution(started.arn());
  call.console().Line(call.console().palette()(Style::kAccent, name));
  if (call.console().is_terminal() && call.console().notes_are_read()) {
    call.console().Note(call.console().note_palette()(
        Style::kDim, absl::StrCat("started; follow it with: pawl watch ", name)));
  }
}

ExitCode Start(Invocation& call) {
  v1::ExecutionsStartRequest request;
  request.set_state_machine(call.args().At(0));
  // Made here, not by the engine: a start with a name can be sent again.
  const bool was_named = call.args().Has("name");
  request.set_name(was_named ? call.args().Text("name") : NewUuid());
  if (call.args().Has("input")) {
    const absl::StatusOr<std::string> input = ReadInput(call.args().Text("input"));
    if (!input.ok()) return call.Usage(std::string(input.status().message()));
    request.set_input(*input);
  }
  if (call.args().Has("wait")) {
    v1::ExecutionsStartAndWaitResponse end;
    const absl::Status status = Wait(call, request, /*name_is_ours=*/!was_named, &end);
    return status.ok() ? ShowEnd(call, end) : call.Refuse(status);
  }
  return AskAndPrint(call, request, &PrintStarted);
}

}  // namespace

std::vector<Command> StartCommands() {
  return {{"start",
           "MACHINE",
           "start an execution",
           "Prints MACHINE/NAME, which every other command takes. With --wait it prints the output "
           "instead,\n"
           "and the exit code says whether the execution SUCCEEDED. Starting the same name with "
           "the same\n"
           "input again, while it runs, finds the execution that is there.",
           1,
           1,
           {{"input", Flag::Kind::kText, "FILE|-|JSON",
             "a file, standard input, or the JSON itself [{}]", 'i'},
            {"name", Flag::Kind::kText, "NAME", "name of the execution [a UUID]", 'n'},
            {"wait", Flag::Kind::kSwitch, "", "wait until it has ended, and print its output", 'w'},
            {"timeout", Flag::Kind::kDuration, "DURATION",
             "stop waiting after this time (exit code 7); the execution goes on [none]"}},
           {{"pawl start order --input order.json --name order-7", "returns at once"},
            {"pawl start order --input '{\"id\":7}' --wait | jq .total", "use the output"},
            {"echo '{}' | pawl start order --input - --wait --timeout 30s",
             "give up waiting after 30 s"}},
           &Start}};
}

}  // namespace pawl::cli
