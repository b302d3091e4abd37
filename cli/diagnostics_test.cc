#include "cli/diagnostics.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "engine/asl/compile.h"

namespace pawl::cli {
namespace {

Diagnostics Compile(const std::string& text) {
  std::vector<asl::Diagnostic> diagnostics;
  asl::Compile(text, {}, &diagnostics);
  return FromCompiler(diagnostics);
}

TEST(Diagnostics, ShowTheLineAndUnderlineTheValue) {
  const std::string text =
      "{\n"
      "  \"StartAt\": \"A\",\n"
      "  \"States\": {\n"
      "\t\"A\": {\"Type\": \"Pass\", \"Next\": \"Chrge\"},\n"
      "    \"Charge\": {\"Type\": \"Succeed\"}\n"
      "  }\n"
      "}\n";
  const std::string shown = RenderDiagnostics("order.asl.json", text, Compile(text), Palette());
  EXPECT_NE(shown.find("error: Missing 'Next' target: Chrge  [MISSING_TRANSITION_TARGET]\n"
                       "  --> order.asl.json:4:32  /States/A/Next\n"
                       "     4 │  \"A\": {\"Type\": \"Pass\", \"Next\": \"Chrge\"},\n"
                       "       │                                ^~~~~~~\n"
                       "       = did you mean 'Charge'?\n"),
            std::string::npos)
      << shown;
}

TEST(Diagnostics, CaretsCountColumnsNotBytes) {
  Diagnostics diagnostics;
  v1::Diagnostic* d = diagnostics.Add();
  d->set_severity(v1::Diagnostic::SEVERITY_WARNING);
  d->set_code("PAWL_X");
  d->set_line(1);
  d->set_column(10);  // nine bytes, but seven columns before it
  d->set_message("hm");
  EXPECT_EQ(RenderDiagnostics("f", "\"注é\": {7}", diagnostics, Palette()),
            "warning: hm  [PAWL_X]\n"
            "  --> f:1:10\n"
            "     1 │ \"注é\": {7}\n"
            "       │        ^\n");
}

TEST(Diagnostics, ThatAreOutsideTheTextHaveNoSourceLine) {
  Diagnostics diagnostics;
  v1::Diagnostic* d = diagnostics.Add();
  d->set_code("X");
  d->set_line(9);
  d->set_message("m");
  EXPECT_EQ(RenderDiagnostics("f", "{}", diagnostics, Palette()), "error: m  [X]\n  --> f:9:0\n");
}

TEST(Diagnostics, ShowWhereJsonIsNone) {
  const std::string text = "{\n  \"StartAt\": \"A\",\n}";
  const Diagnostics diagnostics = Compile(text);
  ASSERT_EQ(diagnostics.size(), 1);
  EXPECT_EQ(diagnostics[0].code(), "INVALID_JSON_DESCRIPTION");
  EXPECT_EQ(diagnostics[0].line(), 3);
  const std::string shown = RenderDiagnostics("f", text, diagnostics, Palette());
  EXPECT_NE(shown.find("  --> f:3:1\n     3 │ }\n       │ ^\n       = "), std::string::npos)
      << shown;
}

TEST(Diagnostics, ShowAPartOfALongLine) {
  const std::string text = absl::StrCat(
      R"({"Comment":")", std::string(900'000, 'x'),
      R"(","StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"C":{"Type":"Fail"}}})");
  const std::string shown = RenderDiagnostics("f", text, Compile(text), Palette());
  EXPECT_LT(shown.size(), 2'000u);
  EXPECT_NE(shown.find("\"Next\":\"B\"}"), std::string::npos) << shown;
  EXPECT_NE(shown.find("^~~\n"), std::string::npos) << shown;
}

TEST(Diagnostics, ForInformationHaveNoCaretAndDoNotCount) {
  Diagnostics diagnostics;
  v1::Diagnostic* d = diagnostics.Add();
  d->set_severity(v1::Diagnostic::SEVERITY_INFO);
  d->set_code("PAWL_WORST_CASE");
  d->set_pointer("/States/A");
  d->set_line(1);
  d->set_column(1);
  d->set_message("3 h");
  EXPECT_EQ(RenderDiagnostics("f", "{}", diagnostics, Palette()),
            "info: 3 h  [PAWL_WORST_CASE]\n  --> f:1:1  /States/A\n");
  EXPECT_EQ(CountDiagnostics(diagnostics), "no problems");
}

TEST(Diagnostics, AreCounted) {
  EXPECT_EQ(CountDiagnostics({}), "no problems");
  Diagnostics diagnostics;
  diagnostics.Add()->set_severity(v1::Diagnostic::SEVERITY_ERROR);
  EXPECT_EQ(CountDiagnostics(diagnostics), "1 error");
  diagnostics.Add()->set_severity(v1::Diagnostic::SEVERITY_ERROR);
  diagnostics.Add()->set_severity(v1::Diagnostic::SEVERITY_WARNING);
  EXPECT_EQ(CountDiagnostics(diagnostics), "2 errors, 1 warning");
}

}  // namespace
}  // namespace pawl::cli
