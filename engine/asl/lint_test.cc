#include "engine/asl/lint.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/asl/worst_case.h"
#include "gtest/gtest.h"

namespace pawl::asl {
namespace {

struct Linted {
  const char* what;
  const char* states;    // of a machine that starts at A
  const char* warnings;  // "CODE pointer" each, separated by blanks; "" for none
};

// As the rules have it; and beside each the like that is no mistake.
constexpr Linted kLinted[] = {
    {"CallbackWithoutTimeout",
     R"("A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","End":true})",
     "PAWL_NO_TIMEOUT /States/A/Resource"},
    {"ActivityWithoutTimeout",
     R"("A":{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","End":true})",
     "PAWL_NO_TIMEOUT /States/A/Resource"},
    {"CallbackWithHeartbeat",
     R"("A":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","HeartbeatSeconds":9,"End":true})",
     ""},
    {"TaskWithoutTimeout", R"("A":{"Type":"Task","Resource":"pawl:q","End":true})", ""},
    {"RetrierBehindTheSame",
     R"("A":{"Type":"Task","Resource":"pawl:q","Retry":[{"ErrorEquals":["E","F"]},{"ErrorEquals":["E"]}],"End":true})",
     "PAWL_RETRIER_NEVER_MATCHES /States/A/Retry/1/ErrorEquals"},
    {"RetrierBehindAWiderOne",
     R"("A":{"Type":"Task","Resource":"pawl:q","Retry":[{"ErrorEquals":["States.TaskFailed"]},{"ErrorEquals":["E"]},{"ErrorEquals":["States.Timeout"]}],"End":true})",
     "PAWL_RETRIER_NEVER_MATCHES /States/A/Retry/1/ErrorEquals"},
    {"RetrierOfSomeOthers",
     R"("A":{"Type":"Task","Resource":"pawl:q","Retry":[{"ErrorEquals":["E"],"MaxAttempts":0},{"ErrorEquals":["E","F"]}],"End":true})",
     ""},
    {"CatcherOfRuntime",
     R"("A":{"Type":"Task","Resource":"pawl:q","Catch":[{"ErrorEquals":["States.Runtime"],"Next":"B"}],"Next":"B"},"B":{"Type":"Succeed"})",
     "PAWL_CATCHER_NEVER_MATCHES /States/A/Catch/0/ErrorEquals"},
    {"CatcherOfWhatNoTaskRaises",
     R"("A":{"Type":"Task","Resource":"pawl:q","Catch":[{"ErrorEquals":["States.NoChoiceMatched"],"Next":"B"}],"Next":"B"},"B":{"Type":"Succeed"})",
     "PAWL_CATCHER_NEVER_MATCHES /States/A/Catch/0/ErrorEquals"},
    {"ParallelMayCatchAFail",
     R"("A":{"Type":"Parallel","Branches":[{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"E"}}}],"Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"B"},{"ErrorEquals":["E"],"Next":"B"}],"Next":"B"},"B":{"Type":"Succeed"})",
     ""},
    {"LoopWithoutAWayOut",
     R"("A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"B"}],"Default":"C"},"B":{"Type":"Wait","Seconds":1,"Next":"D"},"D":{"Type":"Pass","Next":"B"},"C":{"Type":"Succeed"})",
     "PAWL_ENDLESS_LOOP /States/B"},
    {"LoopWithAWayOut",
     R"("A":{"Type":"Wait","Seconds":1,"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"C"}],"Default":"A"},"C":{"Type":"Succeed"})",
     ""},
    {"LoopThatMayMatchNothing",
     R"("A":{"Type":"Map","ItemProcessor":{"StartAt":"M","States":{"M":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"M"}]}}},"End":true})",
     ""},
    {"LoopInAMap",
     R"("A":{"Type":"Map","ItemProcessor":{"StartAt":"M","States":{"M":{"Type":"Pass","Next":"M"}}},"End":true})",
     "PAWL_ENDLESS_LOOP /States/A/ItemProcessor/States/M"},
    {"VariableNobodyAssigns", R"("A":{"Type":"Pass","Parameters":{"x.$":"$order"},"End":true})",
     "PAWL_UNDEFINED_VARIABLE /States/A/Parameters"},
    {"VariableOfALaterState",
     R"("A":{"Type":"Pass","Parameters":{"x.$":"$order"},"Next":"B"},"B":{"Type":"Pass","Assign":{"order":1},"End":true})",
     "PAWL_UNDEFINED_VARIABLE /States/A/Parameters"},
    {"VariableOfTheSameState",
     R"("A":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"n":1,"m":"{% $n %}"},"End":true})",
     "PAWL_UNDEFINED_VARIABLE /States/A/Assign"},
    {"VariableOfTheLoop",
     R"("A":{"Type":"Choice","Choices":[{"Variable":"$.again","BooleanEquals":true,"Next":"C"}],"Default":"B"},"B":{"Type":"Pass","Assign":{"n":1},"Next":"A"},"C":{"Type":"Pass","Parameters":{"x.$":"$n"},"End":true})",
     ""},
    {"VariableOfARule",
     R"("A":{"Type":"Choice","QueryLanguage":"JSONata","Choices":[{"Condition":true,"Assign":{"n":1},"Next":"B"}],"Default":"C"},"B":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $n %}","End":true},"C":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% $n %}","End":true})",
     "PAWL_UNDEFINED_VARIABLE /States/C/Output"},
    {"VariableOfTheScopeAround",
     R"("A":{"Type":"Pass","Assign":{"n":1},"Next":"B"},"B":{"Type":"Parallel","Branches":[{"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":"$n"},"End":true}}}],"End":true})",
     ""},
    {"VariableOutsideOfADistributedMap",
     R"("A":{"Type":"Pass","Assign":{"n":1},"Next":"B"},"B":{"Type":"Map","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"P","States":{"P":{"Type":"Pass","Parameters":{"x.$":"$n"},"End":true}}},"End":true})",
     "PAWL_UNDEFINED_VARIABLE /States/B/ItemProcessor/States/P/Parameters"},
    {"FunctionsAreNoVariables",
     R"("A":{"Type":"Pass","QueryLanguage":"JSONata","Output":"{% ($f := function($x){$x+1}; $map([1,2], $f) ~> $sum) %}","End":true})",
     ""},
    {"ResultAndParameters",
     R"("A":{"Type":"Pass","Result":{"a":1},"Parameters":{"b":1},"End":true})",
     "PAWL_TEMPLATE_OVERWRITES /States/A/Parameters"},
    {"SelectorForNothing",
     R"("A":{"Type":"Task","Resource":"pawl:q","ResultSelector":{"a.$":"$.a"},"ResultPath":null,"End":true})",
     "PAWL_TEMPLATE_OVERWRITES /States/A/ResultSelector"},
    {"OutputPathBesideResultPath",
     R"("A":{"Type":"Task","Resource":"pawl:q","ResultPath":"$.result","OutputPath":"$.order","End":true})",
     "PAWL_TEMPLATE_OVERWRITES /States/A/OutputPath"},
    {"OutputPathIntoResultPath",
     R"("A":{"Type":"Task","Resource":"pawl:q","ResultPath":"$.result.x","OutputPath":"$.result","End":true})",
     ""},
    {"OutputPathThatNothingMakes",
     R"("A":{"Type":"Task","Resource":"pawl:q","ResultSelector":{"a.$":"$.a"},"OutputPath":"$.b","End":true})",
     "PAWL_PATH_NEVER_EXISTS /States/A/OutputPath"},
    {"OutputPathThatATemplateMakes",
     R"("A":{"Type":"Pass","Parameters":{"a.$":"$.x","b":{"c":1}},"OutputPath":"$.a.x","Next":"B"},"B":{"Type":"Pass","Result":{"b":[1]},"OutputPath":"$.b[0]","End":true})",
     ""},
    {"InputOfAPassBefore",
     R"("A":{"Type":"Pass","Result":{"x":{"y":1}},"Next":"B"},"B":{"Type":"Pass","Parameters":{"a.$":"$.order.id","b.$":"$.x.y","c":{"d.$":"$.x.z"}},"End":true})",
     "PAWL_PATH_NEVER_EXISTS /States/B/Parameters/a.$ PAWL_PATH_NEVER_EXISTS "
     "/States/B/Parameters/c/d.$"},
    {"InputThatMayComeFromElsewhere",
     R"("A":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"P"}],"Default":"B"},"P":{"Type":"Pass","Result":{"x":1},"Next":"B"},"B":{"Type":"Pass","InputPath":"$.order","End":true})",
     ""},
    {"InputThatIsKept",
     R"("A":{"Type":"Pass","Result":{"x":1},"ResultPath":"$.r","Next":"B"},"B":{"Type":"Pass","InputPath":"$.order","End":true})",
     ""},
    {"NoSuchContext", R"("A":{"Type":"Pass","Parameters":{"a.$":"$$.Execution.Nmae"},"End":true})",
     "PAWL_PATH_NEVER_EXISTS /States/A/Parameters/a.$"},
    {"MapOutsideOfAMap",
     R"("A":{"Type":"Pass","Parameters":{"a.$":"$$.Map.Item.Index"},"End":true})",
     "PAWL_PATH_NEVER_EXISTS /States/A/Parameters/a.$"},
    {"TokenOfNoTask", R"("A":{"Type":"Pass","Parameters":{"t.$":"$$.Task.Token"},"End":true})",
     "PAWL_PATH_NEVER_EXISTS /States/A/Parameters/t.$"},
    {"TokenOfATask",
     R"("A":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync","Parameters":{"t.$":"$$.Task.Token"},"End":true})",
     ""},
    {"ContextThatIsThere",
     R"("A":{"Type":"Map","ItemSelector":{"i.$":"$$.Map.Item.Index","e.$":"$$.Execution.Input.any","s.$":"$$.StateMachine.Name"},"ItemProcessor":{"StartAt":"M","States":{"M":{"Type":"Pass","End":true}}},"End":true})",
     ""},
    {"PathWithoutDollar", R"("A":{"Type":"Pass","Parameters":{"a":"$.b","price":"$5"},"End":true})",
     "NO_DOLLAR /States/A/Parameters/a"},
    {"PathInAResult", R"("A":{"Type":"Pass","Result":{"a":"$.b"},"End":true})",
     "PASS_RESULT_IS_STATIC /States/A/Result/a"},
    {"PathAsAnError", R"("A":{"Type":"Fail","Error":"$.error"})", "NO_PATH /States/A/Error"},
};

class LintRules : public ::testing::TestWithParam<Linted> {};

TEST_P(LintRules, SayWhatIsMeantAndNoMore) {
  const std::string text = absl::StrCat(R"({"StartAt":"A","States":{)", GetParam().states, "}}");
  std::string warnings;
  for (const Diagnostic& d : Validate(text, {})) {
    ASSERT_NE(d.severity, Severity::kError) << d.pointer << ": " << d.message;
    if (d.severity == Severity::kInfo) continue;
    absl::StrAppend(&warnings, warnings.empty() ? "" : " ", d.code, " ", d.pointer);
    EXPECT_NE(d.remedy, "");
    EXPECT_GT(d.line, 0);
  }
  EXPECT_EQ(warnings, GetParam().warnings);
}

INSTANTIATE_TEST_SUITE_P(Rules, LintRules, ::testing::ValuesIn(kLinted),
                         [](const auto& row) { return row.param.what; });

std::string WorstCaseOf(const std::string& machine) {
  std::string all;
  for (const Diagnostic& d : Validate(machine, {})) {
    if (d.severity == Severity::kInfo) absl::StrAppend(&all, d.message, "\n");
  }
  return all;
}

TEST(WorstCase, AddsUpTimeoutsRetriesAndWaits) {
  // Charge: 3 attempts of 60 s, delays of 2 s and 4 s; then an hour.
  EXPECT_EQ(WorstCaseOf(R"({"StartAt":"Charge","States":{
    "Charge":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":60,
      "Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":2,"MaxAttempts":2}],
      "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Refused"}],"Next":"Rest"},
    "Rest":{"Type":"Wait","Seconds":3600,"Next":"Done"},
    "Done":{"Type":"Succeed"},
    "Refused":{"Type":"Fail"}}})"),
            "worst case up to 'Done': 1 h 3 min, 3 attempts\n"
            "worst case up to 'Refused': 3 min 6 s, 3 attempts\n");
}

TEST(WorstCase, TakesTheWorstWayAndTheLongestBranch) {
  EXPECT_EQ(WorstCaseOf(R"({"StartAt":"C","States":{
    "C":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"P"}],"Default":"T"},
    "T":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":5,"End":true},
    "P":{"Type":"Parallel","Next":"T","Branches":[
      {"StartAt":"X","States":{"X":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":30,"End":true}}},
      {"StartAt":"Y","States":{"Y":{"Type":"Task","Resource":"pawl:q","TimeoutSeconds":10,"End":true}}}]}}})"),
            "worst case up to 'T': 35 s, 3 attempts\n");
}

TEST(WorstCase, NamesWhatHasNoBound) {
  const std::string states = R"("States":{
    "Ask":{"Type":"Task","Resource":"pawl:q","Next":"Again?"},
    "Again?":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"Ask"}],"Default":"Done"},
    "Done":{"Type":"Succeed"}})";
  EXPECT_EQ(WorstCaseOf(absl::StrCat(R"({"StartAt":"Ask",)", states, "}")),
            "worst case up to 'Done': any time, any number of attempts; open: 'Ask' has no "
            "TimeoutSeconds, the loop through 'Ask', 'Again?'\n");
  EXPECT_EQ(WorstCaseOf(absl::StrCat(R"({"StartAt":"Ask","TimeoutSeconds":7200,)", states, "}")),
            "worst case up to 'Done': 2 h (TimeoutSeconds of the machine), any number of attempts; "
            "open: 'Ask' has no TimeoutSeconds, the loop through 'Ask', 'Again?'\n");
}

TEST(WorstCase, StaysFiniteWithHugeNumbers) {
  const std::string text = WorstCaseOf(R"({"StartAt":"A","States":{"A":{"Type":"Task",
    "Resource":"pawl:q","TimeoutSeconds":99999999,"Retry":[{"ErrorEquals":["States.ALL"],
    "MaxAttempts":99999999,"BackoffRate":1000000000.0}],"End":true}}})");
  EXPECT_NE(text.find("100000000 attempts"), std::string::npos) << text;
}

}  // namespace
}  // namespace pawl::asl
