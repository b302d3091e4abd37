#include "cli/test_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/value/json.h"

namespace pawl::cli {
namespace {

using machine_test::CoverageKind;
using ::testing::HasSubstr;

TestReport Sample() {
  machine_test::CaseResult good, bad;
  good.name = "good";
  good.observed.status = "SUCCEEDED";
  bad.name = "bad & <worse>";
  bad.observed.status = "FAILED";
  bad.problems = {"status: expected SUCCEEDED, got FAILED", "path: expected A\n           got B"};
  TestReport report;
  report.files.push_back({"a.test.json", "a.asl.json", {good, bad}});
  report.coverage.push_back({"a.asl.json",
                             {{CoverageKind::kState, "A", 2},
                              {CoverageKind::kState, "B", 0},
                              {CoverageKind::kRetrier, "A: retrier 1 (E)", 1}}});
  return report;
}

TEST(TestReport, CountsAndRoundsDown) {
  const TestReport report = Sample();
  EXPECT_EQ(report.passed(), 1);
  EXPECT_EQ(report.failed(), 1);
  EXPECT_THAT(CoverageText(report.coverage[0], Palette()), HasSubstr("66 %"));
  EXPECT_THAT(CoverageText(report.coverage[0], Palette()), HasSubstr("not: B"));
}

TEST(TestReport, EscapesXml) {
  EXPECT_THAT(ReportToJunit(Sample()), HasSubstr("name=\"bad &amp; &lt;worse&gt;\""));
}

TEST(TestReport, IsJsonForPrograms) {
  const Value json = ReportToJson(Sample());
  EXPECT_EQ(ToJson(*json.Find("failed")), "1");
  EXPECT_EQ(ToJson(*json.Find("coverage")->AsArray()[0].Find("states")),
            R"({"total":2,"covered":1,"uncovered":["B"]})");
}

TEST(TestReport, ShowsProblemsLineByLine) {
  const TestReport report = Sample();
  EXPECT_THAT(CaseText(report.files[0].cases[1], Palette()),
              HasSubstr("      path: expected A\n                 got B\n"));
}

}  // namespace
}  // namespace pawl::cli
