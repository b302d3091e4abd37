// What a kind of case file is run with.
#pragma once

#include <string>
#include <vector>

#include "tests/conformance/engines.h"

namespace pawl::conformance {

struct Verdict {
  enum class Result { kPassed, kFailed, kSkipped };
  Result result = Result::kPassed;
  std::vector<std::string> notes;  // every difference, or why it was skipped

  static Verdict Of(std::vector<std::string> differences);
  static Verdict Skipped(std::string why);
};

// One kind of case file. The first kind whose `matches` holds runs the case.
struct CaseKind {
  const char* name;
  bool (*matches)(const Case& test);
  Verdict (*run)(const Case& test, Engine* engine);
};

// A definition that a service was asked to create, update or validate (validation_case.cc).
bool IsValidationCase(const Case& test);
Verdict RunValidationCase(const Case& test, Engine* engine);

// A definition out of a public repository (realworld_case.cc).
bool IsRealworldCase(const Case& test);
Verdict RunRealworldCase(const Case& test, Engine* engine);

// One state, a request, and the response or the error that was recorded (test_state_case.cc).
bool IsTestStateCase(const Case& test);
Verdict RunTestStateCase(const Case& test, Engine* engine);

// A script of API calls over HTTP (api_case.cc).
bool IsApiCase(const Case& test);
Verdict RunApiCase(const Case& test, Engine* engine);

// A recorded execution (main.cc); takes every other file.
bool IsExecutionCase(const Case& test);
Verdict RunExecutionCase(const Case& test, Engine* engine);

}  // namespace pawl::conformance
