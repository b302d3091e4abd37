// pawl machine test-state: one state by itself, here; a task without a mock on the engine.
#include "cli/test_state.h"

#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/definition_file.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/test_state_proto.h"
#include "cli/text.h"
#include "engine/test_state/test_state.h"
#include "engine/value/json.h"

namespace pawl::cli {
namespace {

using test_state::Request;

constexpr char kAnyRole[] = "arn:aws:iam::000000000000:role/pawl";

// JSON of a flag: the text itself, or a file's.
absl::Status TakeJson(const Arguments& args, const char* flag, absl::optional<std::string>* out) {
  if (!args.Has(flag)) return absl::OkStatus();
  absl::StatusOr<std::string> text = ReadInput(args.Text(flag), "value");
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": ", std::string(text.status().message())));
  }
  *out = *std::move(text);
  return absl::OkStatus();
}

absl::optional<std::string> TextOf(const Arguments& args, const char* flag) {
  return args.Has(flag) ? absl::optional<std::string>(args.Text(flag)) : absl::nullopt;
}

absl::optional<int64_t> NumberOf(const Arguments& args, const char* flag) {
  return args.Has(flag) ? absl::optional<int64_t>(args.Number(flag, 0)) : absl::nullopt;
}

absl::Status TakeMock(const Arguments& args, Request* request) {
  if (!args.Has("mock-result") && !args.Has("mock-error") && !args.Has("mock-cause")) {
    return absl::OkStatus();
  }
  request->mock.emplace();
  if (absl::Status status = TakeJson(args, "mock-result", &request->mock->result); !status.ok()) {
    return status;
  }
  if (args.Has("mock-error") || args.Has("mock-cause")) {
    request->mock->error_output =
        test_state::ErrorOutput{TextOf(args, "mock-error"), TextOf(args, "mock-cause")};
  }
  const std::string validation = args.Text("validation", "strict");
  if (validation == "present") request->mock->validation = test_state::FieldValidation::kPresent;
  if (validation == "none") request->mock->validation = test_state::FieldValidation::kNone;
  return absl::OkStatus();
}

absl::StatusOr<Request> ReadRequest(const Arguments& args) {
  Request request;
  absl::StatusOr<Definition> definition = ReadDefinition(args.At(0));
  if (!definition.ok()) return definition.status();
  request.definition = definition->json();
  request.state_name = TextOf(args, "state");
  request.role_arn = TextOf(args, "role");
  for (const auto& [flag, field] :
       {std::make_pair("input", &request.input), std::make_pair("variables", &request.variables),
        std::make_pair("context", &request.context)}) {
    if (absl::Status status = TakeJson(args, flag, field); !status.ok()) return status;
  }
  if (absl::Status status = TakeMock(args, &request); !status.ok()) return status;
  request.configuration.retrier_retry_count = NumberOf(args, "retries");
  request.configuration.map_iteration_failure_count = NumberOf(args, "failed-iterations");
  request.configuration.error_caused_by_state = TextOf(args, "caused-by");
  if (args.Has("reader-data")) {
    absl::StatusOr<std::string> data = ReadFile(args.Text("reader-data"));
    if (!data.ok()) return data.status();
    request.configuration.map_item_reader_data = *std::move(data);
  }
  const std::string level = args.Text("inspection-level", "info");
  if (level == "debug") request.level = test_state::InspectionLevel::kDebug;
  if (level == "trace") request.level = test_state::InspectionLevel::kTrace;
  request.reveal_secrets = args.Has("reveal-secrets");
  return request;
}

std::string StatusLine(const test_state::Response& response, const Palette& paint) {
  const char* name = test_state::StatusName(response.status);
  switch (response.status) {
    case test_state::Status::kSucceeded:
      return paint(Style::kGood, absl::StrCat("✔ ", name));
    case test_state::Status::kFailed:
      return paint(Style::kBad, absl::StrCat("✘ ", name));
    case test_state::Status::kRetriable:
      return paint(Style::kWarn, absl::StrCat("↻ ", name));
    case test_state::Status::kCaughtError:
      return paint(Style::kWarn, absl::StrCat("↳ ", name));
  }
  return "";
}

void PrintForPeople(Console& console, const test_state::Response& response) {
  const Palette& paint = console.palette();
  std::string line = StatusLine(response, paint);
  if (response.next_state.has_value()) {
    absl::StrAppend(&line, paint(Style::kDim, "  next "),
                    paint(Style::kAccent, OneLine(*response.next_state)));
  }
  console.Line(line);
  if (response.error.has_value()) {
    console.Out(FieldLine(paint, "error", OneLine(*response.error)));
  }
  if (response.cause.has_value()) {
    console.Out(FieldLine(paint, "cause", OneLine(*response.cause)));
  }
  const auto payload = [&](const std::string& label, const Value& value) {
    console.Line(absl::StrCat("  ", paint(Style::kDim, label)));
    console.Line(absl::StripTrailingAsciiWhitespace(PrettyPayload(ToJson(value), 4)));
  };
  if (response.inspection_data.has_value()) {
    for (const auto& [name, value] : response.inspection_data->AsObject()) payload(name, value);
  }
  if (response.output.has_value()) payload("output", *response.output);
}

// Here, but for a task without a mock: that the engine runs, with its workers.
absl::StatusOr<test_state::Response> Evaluate(Invocation& call, const Request& request) {
  std::random_device device;
  expr::RandomSource random((uint64_t{device()} << 32) | device());
  bool wants_task = false;
  test_state::World world{absl::Now(), &random};
  world.requires_role = false;
  world.call_task = [&wants_task](const test_state::TaskCall&) {
    wants_task = true;
    return test_state::TaskAnswer();
  };
  const test_state::Answer answer = test_state::Run(request, world);
  if (!answer.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(answer.refusal().code, ": ", answer.refusal().message));
  }
  if (!wants_task) return answer.response();
  v1::StateMachinesTestStateRequest to_engine = ToProto(request);
  // The engine wants one, as AWS does, and has no use for it.
  if (to_engine.role_arn().empty()) to_engine.set_role_arn(kAnyRole);
  v1::StateMachinesTestStateResponse response;
  absl::Status status = call.engine().Call(to_engine, &response);
  if (absl::IsUnavailable(status)) {
    return absl::UnavailableError(absl::StrCat(
        std::string(status.message()),
        "\nA task without a mock is run by an engine: give --mock-result or --mock-error, or "
        "start one"));
  }
  if (!status.ok()) return status;
  return FromProto(response);
}

ExitCode TestState(Invocation& call) {
  const absl::StatusOr<Request> request = ReadRequest(call.args());
  if (!request.ok()) return call.Usage(std::string(request.status().message()));
  const absl::StatusOr<test_state::Response> response = Evaluate(call, *request);
  if (!response.ok()) return call.Refuse(response.status());
  if (call.wants_json()) {
    PrintJson(call.console(), test_state::ToValue(*response));
  } else {
    PrintForPeople(call.console(), *response);
  }
  return response->status == test_state::Status::kFailed ? ExitCode::kFailed : ExitCode::kOk;
}

}  // namespace

Command TestStateCommand() {
  return {
      "machine test-state",
      "FILE",
      "evaluate one state by itself",
      "FILE holds a state, or with --state a whole machine. Maps and Parallels need a mock: a "
      "result, or\n"
      "an error. A Task without a mock is run for real, by the workers of the engine or as an HTTP "
      "call;\n"
      "all else needs no engine. JSON is given as text, as a file, or as - (standard input). "
      "Nothing\n"
      "waits: a Wait state is over at once. Exit code 1 if the state fails.",
      1,
      1,
      {{"state", Flag::Kind::kText, "NAME", "which state of the machine, at any depth"},
       {"input", Flag::Kind::kText, "JSON|FILE", "the state's input [{}]"},
       {"mock-result", Flag::Kind::kText, "JSON|FILE", "the result of the task, Map or Parallel"},
       {"mock-error", Flag::Kind::kText, "NAME", "the error that it fails with instead"},
       {"mock-cause", Flag::Kind::kText, "TEXT", "the cause of the mock error"},
       {"validation", Flag::Kind::kChoice, "strict|present|none",
        "how to check the result against the service's API [strict]"},
       {"inspection-level", Flag::Kind::kChoice, "info|debug|trace",
        "debug and trace print all intermediate values [info]"},
       {"variables", Flag::Kind::kText, "JSON|FILE", "the variables before the state"},
       {"context", Flag::Kind::kText, "JSON|FILE", "the context object; only with a mock"},
       {"retries", Flag::Kind::kNumber, "N", "how often the error has been retried already"},
       {"failed-iterations", Flag::Kind::kNumber, "N", "how many iterations of the Map failed"},
       {"caused-by", Flag::Kind::kText, "NAME", "the inner state that raised the mock error"},
       {"reader-data", Flag::Kind::kText, "FILE", "what the Map's ItemReader would read"},
       {"role", Flag::Kind::kText, "ARN", "the role in the context object"},
       {"reveal-secrets", Flag::Kind::kSwitch, "",
        "with trace: show what a connection adds to an HTTP request"}},
      {{"pawl machine test-state order.asl.json --state Charge --input '{\"id\":7}' --mock-error "
        "CardDeclined",
        "is it caught, and where does it go?"},
       {"pawl machine test-state state.json --input in.json --inspection-level debug",
        "what do InputPath, Parameters... make of it?"}},
      &TestState};
}

}  // namespace pawl::cli
