#include "cli/diagnostics.h"

#include <gtest/gtest.h>

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
      "    \"B\": {\"Type\": \"Succeed\"}\n"
      "  }\n"
      "}\n";
  const std::string shown = RenderDiagnostics("order.asl.json", text, Compile(text), Palette());
  EXPECT_NE(
      shown.find(
          "order.asl.json:4:32: error: Missing 'Next' target: Chrge  [MISSING_TRANSITION_TARGET]\n"
          "     4 │  \"A\": {\"Type\": \"Pass\", \"Next\": \"Chrge\"},\n"
          "       │                                ^~~~~~~\n"),
      std::string::npos)
      << shown;
}

TEST(Diagnostics, CaretsCountColumnsNotBytes) {
  Diagnostics diagnostics;
  v1::Diagnostic* d = diagnostics.Add();
  d->set_severity(v1::Diagnostic::WARNING);
  d->set_code("PAWL_X");
  d->set_line(1);
  d->set_column(10);  // nine bytes, but seven columns before it
  d->set_message("hm");
  EXPECT_EQ(RenderDiagnostics("f", "\"注é\": {7}", diagnostics, Palette()),
            "f:1:10: warning: hm  [PAWL_X]\n"
            "     1 │ \"注é\": {7}\n"
            "       │        ^\n");
}

TEST(Diagnostics, ThatAreOutsideTheTextHaveNoSourceLine) {
  Diagnostics diagnostics;
  v1::Diagnostic* d = diagnostics.Add();
  d->set_code("X");
  d->set_line(9);
  d->set_message("m");
  EXPECT_EQ(RenderDiagnostics("f", "{}", diagnostics, Palette()), "f:9:0: error: m  [X]\n");
}

TEST(Diagnostics, AreCounted) {
  EXPECT_EQ(CountDiagnostics({}), "no problems");
  Diagnostics diagnostics;
  diagnostics.Add()->set_severity(v1::Diagnostic::ERROR);
  EXPECT_EQ(CountDiagnostics(diagnostics), "1 error");
  diagnostics.Add()->set_severity(v1::Diagnostic::ERROR);
  diagnostics.Add()->set_severity(v1::Diagnostic::WARNING);
  EXPECT_EQ(CountDiagnostics(diagnostics), "2 errors, 1 warning");
}

}  // namespace
}  // namespace pawl::cli
