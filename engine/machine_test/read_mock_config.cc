// Source: AWS guide, "Using mocked service integrations for testing in Step Functions Local".
#include "engine/machine_test/read_mock_config.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace pawl::machine_test {
namespace {

constexpr int64_t kMaxCalls = 1'000'000;

// "3" or "1-2".
bool ParseCalls(const std::string& text, int64_t* first, int64_t* last) {
  const size_t dash = text.find('-');
  if (!absl::SimpleAtoi(text.substr(0, dash), first)) return false;
  *last = *first;
  if (dash != std::string::npos && !absl::SimpleAtoi(text.substr(dash + 1), last)) return false;
  return *first >= 0 && *last >= *first && *last < kMaxCalls;
}

MockAnswer ReadResponse(const Value& json, const std::string& pointer, asl::DiagnosticSink* sink) {
  asl::FieldReader reader(sink, json, pointer);
  MockAnswer answer;
  const Value* result = reader.Take("Return");
  const Value* thrown = reader.TakeObject("Throw");
  reader.RejectUnknown();
  if ((result == nullptr) == (thrown == nullptr)) {
    sink->Schema(pointer, "A mocked response has either Return or Throw");
  }
  if (result != nullptr) answer.result = *result;
  if (thrown != nullptr) {
    asl::FieldReader fields(sink, *thrown, reader.PointerTo("Throw"));
    answer.kind = MockAnswer::Kind::kFail;
    answer.error = fields.TakeString("Error");
    answer.cause = fields.TakeString("Cause");
    fields.RejectUnknown();
  }
  return answer;
}

// Calls that no range covers are answered by nobody.
Mock InOrder(const std::map<int64_t, MockAnswer>& by_first_call, const std::string& pointer,
             asl::DiagnosticSink* sink) {
  Mock mock;
  mock.is_whole_result = true;
  int64_t next = 0;
  for (const auto& [first, answer] : by_first_call) {
    if (first < next) sink->Schema(pointer, absl::StrCat("Call ", first, " has two responses"));
    if (first > next) {
      MockAnswer gap;
      gap.kind = MockAnswer::Kind::kMissing;
      gap.times = first - next;
      mock.answers.push_back(std::move(gap));
    }
    mock.answers.push_back(answer);
    next = first + answer.times;
  }
  return mock;
}

Mock ReadResponses(const Value& json, const std::string& pointer, asl::DiagnosticSink* sink) {
  asl::FieldReader reader(sink, json, pointer);
  std::map<int64_t, MockAnswer> by_first_call;
  if (!json.is_object()) return Mock();
  for (const auto& [calls, response] : json.AsObject()) {
    int64_t first = 0, last = 0;
    if (!ParseCalls(calls, &first, &last)) {
      reader.Error(calls, "Responses are keyed by call: \"0\", or \"1-2\"");
      continue;
    }
    MockAnswer answer = ReadResponse(response, reader.PointerTo(calls), sink);
    answer.times = last - first + 1;
    if (!by_first_call.emplace(first, std::move(answer)).second) {
      reader.Error(calls, absl::StrCat("Call ", first, " has two responses"));
    }
  }
  return InOrder(by_first_call, pointer, sink);
}

MockedStates ReadCase(const Value& json, const std::string& pointer,
                      const std::map<std::string, Mock>& responses, asl::DiagnosticSink* sink) {
  asl::FieldReader reader(sink, json, pointer);
  MockedStates states;
  if (!json.is_object()) return states;
  for (const auto& [state, name] : json.AsObject()) {
    const absl::optional<std::string> response = reader.TakeString(state);
    if (!response.has_value()) continue;
    const auto it = responses.find(*response);
    if (it == responses.end()) {
      reader.Error(state, absl::StrCat("There is no '", *response, "' in MockedResponses"));
    } else {
      states[state] = it->second;
    }
  }
  return states;
}

}  // namespace

bool LooksLikeMockConfig(const Value& document) {
  return document.Find("StateMachines") != nullptr || document.Find("MockedResponses") != nullptr;
}

MockConfig ReadMockConfig(const Value& document, asl::DiagnosticSink* sink) {
  asl::FieldReader reader(sink, document, "");
  reader.Require({"StateMachines", "MockedResponses"});
  const Value* machines = reader.TakeObject("StateMachines");
  const Value* mocked = reader.TakeObject("MockedResponses");
  reader.RejectUnknown();
  MockConfig config;
  if (machines == nullptr || mocked == nullptr) return config;
  std::map<std::string, Mock> responses;
  for (const auto& [name, json] : mocked->AsObject()) {
    const std::string pointer = asl::FieldReader(sink, *mocked, "/MockedResponses").PointerTo(name);
    responses[name] = ReadResponses(json, pointer, sink);
  }
  for (const auto& [machine, json] : machines->AsObject()) {
    asl::FieldReader fields(sink, json,
                            asl::FieldReader(sink, *machines, "/StateMachines").PointerTo(machine));
    const Value* cases = fields.TakeObject("TestCases");
    fields.Require({"TestCases"});
    fields.RejectUnknown();
    if (cases == nullptr) continue;
    asl::FieldReader names(sink, *cases, fields.PointerTo("TestCases"));
    for (const auto& [name, states] : cases->AsObject()) {
      config[machine][name] = ReadCase(states, names.PointerTo(name), responses, sink);
    }
  }
  return config;
}

}  // namespace pawl::machine_test
