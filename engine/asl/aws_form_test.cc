// What AWS was recorded to say of definitions that it refuses, word for word.
#include "engine/asl/aws_form.h"

#include <string>

#include "engine/asl/compile.h"
#include "engine/value/json.h"
#include "gtest/gtest.h"

namespace pawl::asl {
namespace {

struct Refused {
  const char* what;
  const char* definition;
  const char* errors;  // "" where AWS accepts it
};

constexpr Refused kRecorded[] = {
    {"EmptyText", "", "SCHEMA_VALIDATION_FAILED: Definition must be a valid JSON object at null"},
    {"UnfinishedJson", "{",
     "INVALID_JSON_DESCRIPTION: Unexpected end-of-input: expected close marker for Object (start "
     "marker at [Source: (String)\"{\"; line: 1, column: 1])\n at [Source: (String)\"{\"; line: 1, "
     "column: 2] at [Source: (String)\"{\"; line: 1, column: 2]"},
    {"Nothing", "{}",
     "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"},
    {"AnUnknownType", R"({"StartAt":"A","States":{"A":{"Type":"Job","End":true}}})",
     "SCHEMA_VALIDATION_FAILED: The field 'Type' should have one of these values: [Task, Wait, "
     "Pass, Succeed, Fail, Choice, Parallel, Map] at /States/A/Type"},
    {"ALoopWithoutEnd",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}})",
     "MISSING_END_STATE: Workflow has no terminal state at null"},
    {"NoEndHidesWhatIsUnreachable",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Pass","Next":"A"}}})",
     "MISSING_END_STATE: Workflow has no terminal state at null"},
    {"AnUnreachableEndIsOne",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"},"C":{"Type":"Pass","End":true}}})",
     "MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C"},
    {"AMissingTargetComesBeforeTheMissingEnd",
     R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"NOPE"}}})",
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/A/Next, MISSING_END_STATE: "
     "Workflow has no terminal state at null"},
    {"AMissingTargetAndWhatItLeavesUnreachable",
     R"({"StartAt":"pass1","States":{"pass1":{"Type":"Pass","Next":"pass3"},"pass2":{"Type":"Pass","End":true}}})",
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
     "MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2"},
    {"ALoopInAMapMayBeEndless",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}}},"End":true}}})",
     ""},
    {"StartAtNamesNoState", R"({"StartAt":"Nope","States":{"A":{"Type":"Pass","End":true}}})",
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nope at /StartAt, "
     "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A"},
    {"ARuleNamesNoState",
     R"({"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"Ghost"}],"Default":"Z"},"Z":{"Type":"Pass","End":true}}})",
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: Ghost at /States/C/Choices[0]/Next"},
    {"ADefaultNamesNoState",
     R"({"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.x","IsPresent":true,"Next":"Z"}],"Default":"Ghost"},"Z":{"Type":"Pass","End":true}}})",
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: Ghost at /States/A/Default"},
    {"ACatcherNamesNoState",
     R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Ghost"}],"End":true}}})",
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: Ghost at /States/T/Catch[0]/Next"},
    {"UnreachableInABranch",
     R"({"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"W","States":{"W":{"Type":"Pass","End":true},"Ghost":{"Type":"Pass","End":true}}}],"End":true}}})",
     "MISSING_TRANSITION_TARGET: State \"Ghost\" is not reachable. at "
     "/States/P/Branches[0]/States/Ghost"},
    {"ASlashInAName",
     R"({"StartAt":"S","States":{"S":{"Type":"Pass","End":true},"a/b":{"Type":"Pass","End":true}}})",
     "MISSING_TRANSITION_TARGET: State \"a/b\" is not reachable. at /States/a/b"},
    {"ARuleWithoutNext",
     R"({"StartAt":"C","States":{"C":{"Type":"Choice","Choices":[{"Variable":"$","StringMatches":"T"}],"Default":"S"},"S":{"Type":"Succeed"}}})",
     "SCHEMA_VALIDATION_FAILED: These fields are required: [Next] at /States/C/Choices[0]"},
    {"TimeoutSecondsOfAMap",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","TimeoutSeconds":5,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Field 'TimeoutSeconds' is not supported at /States/M"},
    {"CatchOfAPassInJsonata",
     R"({"QueryLanguage":"JSONata","StartAt":"X","States":{"X":{"Type":"Pass","End":true,"Catch":[]}}})",
     "SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/X"},
    {"QueryLanguageOfAProcessor",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemProcessor":{"QueryLanguage":"JSONata","StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Field 'QueryLanguage' is not supported at /States/M/ItemProcessor"},
    {"ArgumentsInJsonPath",
     R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Arguments' is "
     "only supported for the 'JSONata' QueryLanguage at /States/T"},
    {"InputPathInJsonata",
     R"({"QueryLanguage":"JSONata","StartAt":"X","States":{"X":{"Type":"Pass","InputPath":"$.a","End":true}}})",
     "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'InputPath' is "
     "only supported for the 'JSONPath' QueryLanguage at /States/X"},
    {"TheDowngradeHidesTheFields",
     R"({"QueryLanguage":"JSONata","StartAt":"X","States":{"X":{"Type":"Pass","QueryLanguage":"JSONPath","Output":{"v":"{% 1 %}"},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for "
     "whole "
     "state machine at /States/X"},
    {"TheDowngradeHidesNoRange",
     R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map","QueryLanguage":"JSONPath","MaxConcurrency":-1,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for "
     "whole "
     "state machine at /States/M, SCHEMA_VALIDATION_FAILED: Minimum value is 0 at "
     "/States/M/MaxConcurrency"},
    {"AnUnknownLanguageIsJsonata",
     R"({"StartAt":"X","States":{"X":{"Type":"Pass","QueryLanguage":"foo","InputPath":"$.a","End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at "
     "/States/X/QueryLanguage, SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', "
     "but "
     "field 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/X"},
    {"AnUnknownLanguageIsNoDowngrade",
     R"({"QueryLanguage":"JSONata","StartAt":"X","States":{"X":{"Type":"Pass","QueryLanguage":"jsonpath","End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [JSONPath, JSONata] at "
     "/States/X/QueryLanguage"},
    {"ALanguageThatIsNoText",
     R"({"QueryLanguage":5,"StartAt":"X","States":{"X":{"Type":"Pass","End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Expected value of type [STRING] at /QueryLanguage"},
    {"TwoLimits",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"MaxConcurrencyPath":"$.n","ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: There should only be one of the following fields: [MaxConcurrency, "
     "MaxConcurrencyPath] at /States/M"},
    {"ANumberFromTheContext",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrencyPath":"$$.Execution.Input.n","ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Value is not a Reference Path at /States/M/MaxConcurrencyPath"},
    {"APercentageTooHigh",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","ToleratedFailurePercentage":101,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     "SCHEMA_VALIDATION_FAILED: Maximum value is 100.0 at /States/M/ToleratedFailurePercentage"},
    {"AnyMaxConcurrency",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":9223372036854775807,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     ""},
    {"AReaderOfAnInlineMap",
     R"({"StartAt":"M","States":{"M":{"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON"},"Parameters":{"Bucket":"b","Key":"k"}},"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}},"End":true}}})",
     ""},
    {"AnExpressionThatDoesNotParse",
     R"({"QueryLanguage":"JSONata","StartAt":"Main","States":{"Main":{"Type":"Pass","Output":"{% a[1,2) %}","End":true}}})",
     "INVALID_JSONATA_EXPRESSION: Expected \"]\", got \",\" at /States/Main/Output"},
    {"AReferenceAtTheTop",
     R"({"QueryLanguage":"JSONata","StartAt":"E","States":{"E":{"Type":"Pass","Output":{"v":"{% phone %}"},"End":true}}})",
     "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at "
     "/States/E/Output/v"},
    {"DollarDollar",
     R"({"QueryLanguage":"JSONata","StartAt":"E","States":{"E":{"Type":"Pass","Output":"{% $$ %}","End":true}}})",
     "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/E/Output"},
    {"ErrorOutputOutsideOfACatcher",
     R"({"QueryLanguage":"JSONata","StartAt":"E","States":{"E":{"Type":"Pass","Output":"{% $states.errorOutput %}","End":true}}})",
     "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist. at "
     "/States/E/Output"},
};

class RecordedRefusals : public ::testing::TestWithParam<Refused> {};

TEST_P(RecordedRefusals, AreWordedAsAwsWordsThem) {
  std::vector<Diagnostic> diagnostics;
  Compile(GetParam().definition, {}, &diagnostics);
  EXPECT_EQ(InvalidDefinitionMessage(diagnostics),
            "Invalid State Machine Definition: '" + std::string(GetParam().errors) + "'");
  for (const Diagnostic& d : diagnostics) EXPECT_NE(d.remedy, "") << d.message;
}

INSTANTIATE_TEST_SUITE_P(Aws, RecordedRefusals, ::testing::ValuesIn(kRecorded),
                         [](const auto& row) { return row.param.what; });

TEST(AwsLocation, TellsElementsFromNames) {
  const Value document = *ParseJson(R"({"a":[{"0":1}],"0":{"x~/y":1}})");
  EXPECT_EQ(AwsLocation(document, "/a/0/0"), "/a[0]/0");
  EXPECT_EQ(AwsLocation(document, "/0/x~0~1y"), "/0/x~/y");
  EXPECT_EQ(AwsLocation(document, "/"), "/");
}

}  // namespace
}  // namespace pawl::asl
