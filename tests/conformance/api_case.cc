// Scripts of recorded API calls, replayed over HTTP against a real engine: every answer and every
// error is compared, and what is logged where that was recorded.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "engine/value/json.h"
#include "tests/conformance/api_logs.h"
#include "tests/conformance/api_players.h"
#include "tests/conformance/api_script.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/runner.h"
#include "tests/support/engine_process.h"
#include "tests/support/http_client.h"

namespace pawl::conformance {
namespace {

// How long a read may differ from what was recorded: some tests waited without an API call.
constexpr absl::Duration kPatience = absl::Seconds(3);
constexpr absl::Duration kLongestExecution = absl::Seconds(20);
constexpr absl::Duration kPause = absl::Milliseconds(20);

std::string TextOf(const Value* value) {
  return value != nullptr && value->is_string() ? value->AsString() : "";
}

const Value& MemberOf(const Value& object, absl::string_view key) {
  static const auto* const none = new Value();
  const Value* found = object.Find(key);
  return found != nullptr ? *found : *none;
}

bool IsRead(const std::string& operation) {
  return absl::StartsWith(operation, "Describe") || absl::StartsWith(operation, "List") ||
         operation == "GetExecutionHistory";
}

struct ApiAnswer {
  int status = 0;
  Value body;
};

class Script {
 public:
  Script(const Case& test, int http_port) : test_(test), client_(http_port) {}

  std::vector<std::string> Run() {
    CreateFixture();
    const auto& steps = test_.Field("steps").AsArray();
    for (size_t i = 0; i < steps.size(); ++i) {
      const std::string name = absl::StrCat("step ", i, " ", TextOf(steps[i].Find("op")));
      for (const std::string& difference : RunStep(steps[i])) {
        differences_.push_back(absl::StrCat(name, ": ", difference));
      }
    }
    return std::move(differences_);
  }
  const ScriptNames& names() const { return names_; }

 private:
  // A machine that the recorded test had deployed by other means; its definition was described.
  void CreateFixture() {
    for (const Value& step : test_.Field("steps").AsArray()) {
      const std::string fixture = TextOf(MemberOf(step, "params").Find("stateMachineArn"));
      const Value* expect = step.Find("expect");
      if (!absl::StartsWith(fixture, "fixture.") || expect == nullptr ||
          expect->Find("definition") == nullptr) {
        continue;
      }
      const Value params =
          Value::Object({{"name", Value::String("fixture")},
                         {"roleArn", Value::String("arn:aws:iam::000000000000:role/fixture")},
                         {"definition", Value::String(ToJson(*expect->Find("definition")))}});
      const ApiAnswer answer = Call("CreateStateMachine", params);
      names_.Add(fixture, TextOf(answer.body.Find("stateMachineArn")));
    }
  }

  std::vector<std::string> RunStep(const Value& step) {
    if (step.Find("await") != nullptr) return Await(step);
    const Value& error = MemberOf(step, "expect_error");
    // botocore refused it: the engine never saw it.
    if (error.Find("client_side_validation") != nullptr) return {};
    const std::string operation = TextOf(step.Find("op"));
    const bool is_other_layout = TextOf(error.Find("code")) == "StateMachineAlreadyExists";
    const absl::Time deadline = absl::Now() + kPatience;
    for (;;) {
      const ApiAnswer answer = Call(operation, MemberOf(step, "params"), is_other_layout);
      std::vector<std::string> differences = Compare(step, answer);
      if (differences.empty() || !IsRead(operation) || absl::Now() > deadline) return differences;
      absl::SleepFor(kPause);
    }
  }

  // A definition as text. The recordings lost how it was laid out: where the same one was refused
  // because such a machine exists, the layout was another one.
  static Value DefinitionText(const Value& definition, bool is_other_layout) {
    return Value::String(is_other_layout ? ToPrettyJson(definition) : ToJson(definition));
  }

  ApiAnswer Call(const std::string& operation, const Value& params, bool is_other_layout = false) {
    Value::Members members;
    if (params.is_object()) {
      const Value rewritten = names_.Rewritten(params);
      for (const auto& [key, value] : rewritten.AsObject()) {
        const bool is_definition = key == "definition" && !value.is_string();
        members.emplace_back(key, is_definition ? DefinitionText(value, is_other_layout) : value);
      }
    }
    const auto answer = client_.Aws(operation, ToJson(Value::Object(std::move(members))));
    if (!answer.ok()) return {0, Value::String(std::string(answer.status().message()))};
    const auto body = ParseJson(answer->body);
    return {answer->status, body.ok() ? *body : Value::String(answer->body)};
  }

  std::vector<std::string> Compare(const Value& step, const ApiAnswer& answer) {
    names_.LearnReturns(MemberOf(step, "returns"), MemberOf(step, "expect"), answer.body);
    if (step.Find("expect_error") != nullptr) return CompareError(step, answer);
    if (answer.status != 200) {
      return {absl::StrCat("HTTP ", answer.status, ": ", ToJson(answer.body))};
    }
    if (step.Find("expect") == nullptr) return {};
    names_.LearnMasks(*step.Find("expect"), answer.body);
    const Value expected = names_.Rewritten(*step.Find("expect"));
    return CompareWithMasks(test_, expected, AsRecorded(expected, answer.body),
                            MemberOf(step, "wildcards"));
  }

  std::vector<std::string> CompareError(const Value& step, const ApiAnswer& answer) const {
    const Value expected = names_.Rewritten(*step.Find("expect_error"));
    std::string code = TextOf(answer.body.Find("__type"));
    code = code.substr(code.find('#') + 1);
    std::string message = TextOf(answer.body.Find("message"));
    if (message.empty()) message = TextOf(answer.body.Find("Message"));
    std::vector<std::string> differences;
    if (answer.status != 400) {
      differences.push_back(absl::StrCat("HTTP ", answer.status, ", expected 400"));
    }
    if (code != TextOf(expected.Find("code"))) {
      differences.push_back(absl::StrCat("expected ", TextOf(expected.Find("code")), ", got ", code,
                                         " (", message, ")"));
    } else if (!MatchesMask(message, TextOf(expected.Find("message")))) {
      differences.push_back(absl::StrCat("expected message \"", TextOf(expected.Find("message")),
                                         "\", got \"", message, "\""));
    }
    return differences;
  }

  // Until the execution has ended; "events": until it has begun.
  std::vector<std::string> Await(const Value& step) {
    const Value params = Value::Object({{"executionArn", MemberOf(step, "executionArn")}});
    const bool awaits_end = TextOf(step.Find("await")) != "events";
    const absl::Time deadline = absl::Now() + kLongestExecution;
    while (absl::Now() < deadline) {
      if (!awaits_end) {
        const ApiAnswer history = Call("GetExecutionHistory", params);
        const Value& events = MemberOf(history.body, "events");
        if (events.is_array() && events.AsArray().size() > 1) return {};
      } else {
        const ApiAnswer answer = Call("DescribeExecution", params);
        const std::string status = TextOf(answer.body.Find("status"));
        if (answer.status != 200) return {absl::StrCat("await: ", ToJson(answer.body))};
        if (status != "RUNNING") return {};
      }
      absl::SleepFor(kPause);
    }
    return {absl::StrCat("await ", TextOf(step.Find("await")), ": in vain")};
  }

  const Case& test_;
  testing::HttpClient client_;
  ScriptNames names_;
  std::vector<std::string> differences_;
};

}  // namespace

bool IsApiCase(const Case& test) { return test.Field("steps").is_array(); }

Verdict RunApiCase(const Case& test, Engine* engine) {
  const auto& steps = test.Field("steps").AsArray();
  const bool is_client_side =
      !steps.empty() &&
      MemberOf(steps.back(), "expect_error").Find("client_side_validation") != nullptr;
  const testing::TempFolder folder;
  const std::string objects = absl::StrCat(folder.path(), "/objects");
  const std::string logs = absl::StrCat(folder.path(), "/logs");
  PutScriptObjects(test, objects);
  testing::EngineProcess::Options options;
  options.store = engine->StoreFor(absl::StrCat(folder.path(), "/data"));
  options.flags = {"--aws-limits", "--verify-replay",
                   absl::StrCat("--object-store=folder:", objects),
                   absl::StrCat("--execution-logs=folder:", logs)};
  testing::EngineProcess process(options);
  if (const absl::Status started = process.Start(); !started.ok()) {
    return Verdict::Of({started.ToString()});
  }
  const auto callbacks = PlayCallbackService(test, process.http_port(), process.address());
  if (!callbacks.ok()) return Verdict::Of({callbacks.status().ToString()});
  const std::unique_ptr<Player> activities = PlayActivityWorker(test, process.http_port());
  Script script(test, process.http_port());
  std::vector<std::string> differences = script.Run();
  if (differences.empty() && SaysWhatIsLogged(test)) {
    process.Stop();  // which writes what is queued
    differences = CompareLogs(test, script.names(), logs);
  }
  if (differences.empty() && is_client_side) {
    return Verdict::Skipped("its point is what botocore refuses before it sends anything");
  }
  return Verdict::Of(std::move(differences));
}

}  // namespace pawl::conformance
