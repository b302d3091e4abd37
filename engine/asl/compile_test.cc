// One row a rule. What AWS says of a definition is checked by the recorded cases; here it is the
// place.
#include "engine/asl/compile.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::asl {
namespace {

using ::testing::HasSubstr;

struct BadDefinition {
  const char* what;
  const char* definition;
  const char* code;
  const char* pointer;
  const char* message;  // a part of it
};

constexpr BadDefinition kBad[] = {
    {"NoStates", R"({"StartAt":"A"})", "SCHEMA_VALIDATION_FAILED", "/", "[States]"},
    {"NothingAtAll", R"({})", "SCHEMA_VALIDATION_FAILED", "/", "[States, StartAt]"},
    {"NoJson", R"({"StartAt":)", "INVALID_JSON_DESCRIPTION", "", "Unexpected end-of-input"},
    {"UnknownStart", R"({"StartAt":"B","States":{"A":{"Type":"Succeed"}}})",
     "MISSING_TRANSITION_TARGET", "/StartAt", "B"},
    {"UnknownNext",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"C":{"Type":"Succeed"}}})",
     "MISSING_TRANSITION_TARGET", "/States/A/Next", "Missing 'Next' target: B"},
    {"Unreachable", R"({"StartAt":"A","States":{"A":{"Type":"Succeed"},"B":{"Type":"Succeed"}}})",
     "MISSING_TRANSITION_TARGET", "/States/B", "is not reachable"},
    {"NoEnd", R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"}}})", "MISSING_END_STATE",
     "", "terminal"},
    {"NextAndEnd",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B","End":true},"B":{"Type":"Succeed"}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A", "only be one of the following fields: [Next, End]"},
    {"UnknownField", R"({"StartAt":"A","States":{"A":{"Type":"Pass","End":true,"Colour":"red"}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Colour", "'Colour' is not supported"},
    {"TimeoutOnParallel",
     R"({"StartAt":"A","States":{"A":{"Type":"Parallel","TimeoutSeconds":5,"End":true,"Branches":[{"StartAt":"B","States":{"B":{"Type":"Succeed"}}}]}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/TimeoutSeconds", "not supported"},
    {"UnknownType", R"({"StartAt":"A","States":{"A":{"Type":"Sleep","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Type", "one of these values: [Task,"},
    {"TwoWaits",
     R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":1,"SecondsPath":"$.s","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A", "one of"},
    {"BadTimestamp",
     R"({"StartAt":"A","States":{"A":{"Type":"Wait","Timestamp":"2016-12-05 21:29:29Z","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Timestamp", "RFC3339"},
    {"BadPath", R"({"StartAt":"A","States":{"A":{"Type":"Pass","InputPath":"$.a[","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/InputPath", "JSONPath"},
    {"BadResultPath",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","ResultPath":"$.a[*]","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/ResultPath", "Reference Path"},
    {"BadIntrinsic",
     R"x({"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"States.Nope(1)"},"End":true}}})x",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Parameters/x.$", "x.$"},
    {"ResourceUnknown",
     R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"my-function","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Resource", "not recognized"},
    {"HeartbeatTooLong",
     R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":5,"HeartbeatSeconds":5,"End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/HeartbeatSeconds", "smaller"},
    {"AllNotAlone",
     R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:q","Retry":[{"ErrorEquals":["States.ALL","X"]}],"End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Retry/0/ErrorEquals", "alone"},
    {"AllNotLast",
     R"({"StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:q","Retry":[{"ErrorEquals":["States.ALL"]},{"ErrorEquals":["X"]}],"End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Retry/0/ErrorEquals", "last"},
    {"ChoiceWithoutOperator",
     R"({"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.a","Next":"B"}]},"B":{"Type":"Succeed"}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Choices/0", "comparison"},
    {"ChoiceWrongLiteral",
     R"({"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.a","NumericEquals":"1","Next":"B"}]},"B":{"Type":"Succeed"}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Choices/0/NumericEquals", "[NUMBER]"},
    {"NextAcrossBlocks",
     R"({"StartAt":"A","States":{"A":{"Type":"Map","Iterator":{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"C"}}},"Next":"C"},"C":{"Type":"Succeed"}}})",
     "MISSING_TRANSITION_TARGET", "/States/A/Iterator/States/B/Next", "C"},
    {"SameNameTwice",
     R"({"StartAt":"A","States":{"A":{"Type":"Map","Iterator":{"StartAt":"A","States":{"A":{"Type":"Succeed"}}},"End":true}}})",
     "DUPLICATE_STATE_NAME", "/States/A/Iterator/States/A", "Duplicate State name: A"},
    {"JsonataSyntax",
     R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed","Output":{"a":["{% 1 + %}"]}}}})",
     "INVALID_JSONATA_EXPRESSION", "/States/A/Output/a/0", "Unexpected end of expression"},
    {"JsonataTopLevelReference",
     R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Succeed","Output":"{% phone %}"}}})",
     "UNSUPPORTED_JSONATA_EXPRESSION", "/States/A/Output",
     "Reference to 'phone' at the top level is not supported."},
    {"JsonataResultBeforeItIs",
     R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Task","Resource":"pawl:q","Arguments":"{% $states.result %}","End":true}}})",
     "UNSUPPORTED_JSONATA_EXPRESSION", "/States/A/Arguments", "$states.result"},
    {"JsonPathInJsonata",
     R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"JSONPath","End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A", "'QueryLanguage' can not be 'JSONPath'"},
    {"ReservedVariable",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"states":1},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/A/Assign/states", "reserved"},
    {"OuterVariableAssignedInside",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},"Next":"B"},"B":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"C","States":{"C":{"Type":"Pass","Assign":{"x":2},"End":true}}}]}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/B/Branches/0/States/C/Assign", "outer scope"},
    {"OuterVariableAssignedInACatcherInside",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"x":1},"Next":"B"},"B":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"C","States":{"C":{"Type":"Task","Resource":"pawl:f","End":true,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"C","Assign":{"x":2}}]}}}]}}})",
     "SCHEMA_VALIDATION_FAILED", "/States/B/Branches/0/States/C/Catch/0/Assign", "outer scope"},
};

class BadDefinitions : public ::testing::TestWithParam<BadDefinition> {};

TEST_P(BadDefinitions, IsRefusedWithItsPlace) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_EQ(Compile(GetParam().definition, {}, &diagnostics), nullptr);
  bool is_found = false;
  std::string all;
  for (const Diagnostic& d : diagnostics) {
    all += d.code + " " + d.pointer + ": " + d.message + "\n";
    is_found = is_found || (d.code == GetParam().code && d.pointer == GetParam().pointer &&
                            d.message.find(GetParam().message) != std::string::npos);
    if (!d.pointer.empty()) {
      EXPECT_GT(d.line, 0);
    }
  }
  EXPECT_TRUE(is_found) << all;
}

INSTANTIATE_TEST_SUITE_P(Rules, BadDefinitions, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return row.param.what; });

TEST(Compile, ReportsEverythingAtOnceInTheOrderOfTheText) {
  std::vector<Diagnostic> diagnostics;
  Compile(R"({
  "StartAt": "A",
  "States": {
    "A": {"Type": "Pass", "Next": "Nowhere"},
    "B": {"Type": "Wait", "End": true},
    "C": {"Type": "Task", "Resource": "pawl:q", "End": true, "Speed": 9}
  }
})",
          {}, &diagnostics);
  ASSERT_GE(diagnostics.size(), 3u);
  int last_line = 0;
  for (const Diagnostic& d : diagnostics) {
    EXPECT_GE(d.line, last_line);
    last_line = d.line;
  }
  EXPECT_EQ(diagnostics.front().line, 4);
  EXPECT_EQ(diagnostics.front().column, 35);
}

TEST(Compile, ReportsEveryExpressionOfAField) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_EQ(Compile(R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass",
      "Output":{"a":"{% 1 + %}","b":["{% $states.input %}","{% $$ %}"],"c":"{% $states.result %}"},
      "End":true}}})",
                    {}, &diagnostics),
            nullptr);
  std::vector<std::string> places;
  for (const Diagnostic& d : diagnostics) places.push_back(d.pointer);
  EXPECT_EQ(places, (std::vector<std::string>{"/States/A/Output/a", "/States/A/Output/b/1",
                                              "/States/A/Output/c"}));
}

TEST(Compile, HostileTextIsRefusedNotACrash) {
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    deep += R"({"StartAt":"S)" + std::to_string(i) + R"(","States":{"S)" + std::to_string(i) +
            R"(":{"Type":"Map","End":true,"Iterator":)";
  }
  for (const std::string& text :
       {std::string(2'000'000, '['), deep, std::string("\xff\xfe"), std::string("[]"),
        std::string("7"), std::string(R"({"StartAt":1,"States":[]})"),
        std::string(R"({"StartAt":"A","States":{"A":7}})"),
        std::string(R"({"StartAt":"A","States":{"A":{"Type":["Pass"]}}})")}) {
    std::vector<Diagnostic> diagnostics;
    EXPECT_EQ(Compile(text, {}, &diagnostics), nullptr);
    EXPECT_TRUE(HasErrors(diagnostics));
  }
}

// Recorded from AWS: the catcher assigns only after the branches have ended.
TEST(Compile, NamesThatOnlyACatcherAssignsMayBeAssignedInside) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_NE(Compile(
                R"({"StartAt":"B","States":{"B":{"Type":"Parallel","Next":"D",
      "Catch":[{"ErrorEquals":["States.ALL"],"Next":"D","Assign":{"x":1}}],
      "Branches":[{"StartAt":"C","States":{"C":{"Type":"Pass","Assign":{"x":2},"End":true}}}]},
      "D":{"Type":"Succeed"}}})",
                {}, &diagnostics),
            nullptr);
}

}  // namespace
}  // namespace pawl::asl
