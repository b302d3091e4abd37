// What `pawl test` reports: for people, for programs, and for build servers. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/colour.h"
#include "engine/machine_test/coverage.h"
#include "engine/machine_test/run_case.h"
#include "engine/value/value.h"

namespace pawl::cli {

struct TestedFile {
  std::string path;
  std::string definition;  // its path
  std::vector<machine_test::CaseResult> cases;
};

struct TestReport {
  std::vector<TestedFile> files;
  std::vector<machine_test::MachineCoverage> coverage;

  int passed() const;
  int failed() const;
  double coverage_percent() const;  // of all machines together
};

// One case as it is done.
std::string CaseText(const machine_test::CaseResult& result, const Palette& paint);
// Percents, and the names of what no case came to.
std::string CoverageText(const machine_test::MachineCoverage& machine, const Palette& paint);

Value ReportToJson(const TestReport& report);
// The XML that Jenkins, GitLab and others read.
std::string ReportToJunit(const TestReport& report);

}  // namespace pawl::cli
