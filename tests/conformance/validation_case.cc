// Cases of CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition: accepted or
// refused as recorded, and in the recorded words.
#include "absl/strings/str_cat.h"
#include "engine/asl/aws_form.h"
#include "engine/asl/compile.h"
#include "engine/asl/lint.h"
#include "engine/value/json.h"
#include "tests/conformance/runner.h"

namespace pawl::conformance {
namespace {

std::string TextOf(const Value& value) { return value.is_string() ? value.AsString() : ""; }

std::string Definition(const Case& test) {
  const Value& definition = test.Field("definition");
  return definition.is_string() ? definition.AsString() : test.DefinitionText();
}

// As AWS answers ValidateStateMachineDefinition; our own warnings apart.
Value::Elements AwsDiagnostics(const std::vector<asl::Diagnostic>& diagnostics) {
  Value::Elements out;
  for (const asl::Diagnostic& d : diagnostics) {
    if (!asl::IsAwsDiagnostic(d)) continue;
    const char* severity = d.severity == asl::Severity::kError ? "ERROR" : "WARNING";
    Value::Members members = {{"severity", Value::String(severity)},
                              {"code", Value::String(d.code)},
                              {"message", Value::String(asl::AwsMessage(d))}};
    if (!d.location.empty()) members.emplace_back("location", Value::String(d.location));
    out.push_back(Value::Object(std::move(members)));
  }
  return out;
}

void CompareDiagnostics(const Value& expected, const Value::Elements& actual,
                        std::vector<std::string>* differences) {
  const Value given = Value::Array(actual);
  bool is_same = expected.AsArray().size() == actual.size();
  for (size_t i = 0; is_same && i < actual.size(); ++i) {
    for (const auto& [key, value] : expected.AsArray()[i].AsObject()) {
      const Value* own = actual[i].Find(key);
      is_same = is_same && (own == nullptr ? value.is_null() : *own == value);
    }
  }
  if (is_same) return;
  differences->push_back(
      absl::StrCat("diagnostics: expected ", ToJson(expected), ", got ", ToJson(given)));
}

}  // namespace

bool IsValidationCase(const Case& test) {
  return test.Field("operation").is_string() && test.Field("expect").Find("valid") != nullptr;
}

Verdict RunValidationCase(const Case& test, Engine* /*engine*/) {
  asl::CompileOptions options;
  if (TextOf(test.Field("type")) == "EXPRESS") options.type = asl::MachineType::kExpress;
  const std::vector<asl::Diagnostic> diagnostics = asl::Validate(Definition(test), options);
  const bool is_valid = !asl::HasErrors(diagnostics);
  const std::string message = asl::InvalidDefinitionMessage(diagnostics);
  std::vector<std::string> differences;
  if (test.Expect("valid").is_bool() && test.Expect("valid").AsBool() != is_valid) {
    differences.push_back(is_valid ? "expected a refusal, was accepted"
                                   : absl::StrCat("expected to be accepted: ", message));
  } else if (!is_valid && TextOf(test.Expect("error_code")) == "InvalidDefinition" &&
             test.Expect("message").is_string() && test.Expect("message").AsString() != message) {
    differences.push_back(absl::StrCat("message: expected \"", test.Expect("message").AsString(),
                                       "\", got \"", message, "\""));
  }
  if (test.Expect("diagnostics").is_array()) {
    CompareDiagnostics(test.Expect("diagnostics"), AwsDiagnostics(diagnostics), &differences);
  }
  return Verdict::Of(std::move(differences));
}

}  // namespace pawl::conformance
