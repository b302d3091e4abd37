// One case of a test file, in virtual time.
//
//   Coverage coverage;
//   for (const TestCase& test : file.cases) Report(RunCase(file, test, &coverage));
#pragma once

#include <string>
#include <vector>

#include "engine/machine_test/coverage.h"
#include "engine/machine_test/expectations.h"
#include "engine/machine_test/test_file.h"

namespace pawl::machine_test {

struct CaseResult {
  std::string name;
  std::vector<std::string> problems;  // empty: passed
  Observed observed;
  bool passed() const { return problems.empty(); }
};

// The real core and runtime, with mocks in place of workers: a year of waiting takes no time. The
// same case gives the same result every time.
CaseResult RunCase(const TestFile& file, const TestCase& test, Coverage* coverage);

}  // namespace pawl::machine_test
