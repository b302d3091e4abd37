// What expensive expressions may cost an execution, and everybody else.
#include <gmock/gmock.h>

#include <string>

#include "engine/core/test_support.h"

namespace pawl::core {
namespace {

// A loop of Pass states that each take some thousand steps.
constexpr char kSlowLoop[] =
    R"({"QueryLanguage":"JSONata","StartAt":"A","States":{
      "A":{"Type":"Pass","Output":"{% $sum([1..1000]) %}","Next":"B"},
      "B":{"Type":"Choice","Choices":[{"Condition":"{% $sum([1..1000]) = 0 %}","Next":"C"}],
           "Default":"A"},
      "C":{"Type":"Succeed"}}})";

TEST(Meter, ATransitionThatHasSpentItsStepsYields) {
  Driver d(kSlowLoop);
  d.limits.max_transition_steps = 20'000;
  d.Start();
  EXPECT_LT(d.events.size(), 40u);
  EXPECT_TRUE(d.execution->wants_continue());
  const size_t before = d.events.size();
  d.Do(Continue{});
  EXPECT_GT(d.events.size(), before) << "and goes on in the next";
}

TEST(Meter, TellsOnceThatATransitionIsSlow) {
  Driver d(kSlowLoop);
  int calls = 0;
  d.on_slow = [&] { ++calls; };
  d.limits.slow_expression_steps = 10'000;
  d.Start();
  EXPECT_EQ(calls, 1);
  d.limits.slow_expression_steps = 1'000'000'000;
  d.Do(Continue{});
  EXPECT_EQ(calls, 1);
}

struct Expensive {
  const char* field;
  const char* definition;
};

class ExpensiveFields : public testing::TestWithParam<Expensive> {};

TEST_P(ExpensiveFields, FailWithoutRetryOrCatch) {
  Driver d(GetParam().definition);
  d.limits.expression.max_steps = 5'000;
  const std::string text(200'000, 'a');
  d.Start("{\"a\":\"" + text + "\",\"b\":\"" + text + "\"}");
  EXPECT_EQ(d.execution->status(), ExecutionStatus::kFailed);
  EXPECT_EQ(d.execution->error(), "States.Runtime");
  EXPECT_THAT(d.execution->cause().value_or(""),
              testing::AllOf(testing::HasSubstr(GetParam().field),
                             testing::HasSubstr("(flag --max-expression-steps)")));
}

INSTANTIATE_TEST_SUITE_P(
    All, ExpensiveFields,
    testing::Values(
        Expensive{"'Parameters'",
                  R"x({"StartAt":"A","States":{"A":{"Type":"Pass","End":true,
          "Parameters":{"x.$":"States.StringSplit($.a, 'a')"}}}})x"},
        Expensive{"'Output/x'",
                  R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Parallel",
          "End":true,"Branches":[{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}],
          "Retry":[{"ErrorEquals":["States.ALL"]}],
          "Catch":[{"ErrorEquals":["States.ALL"],"Next":"A"}],
          "Output":{"x":"{% $uppercase($states.input.a) %}"}}}})"},
        Expensive{"'Condition'",
                  R"({"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Choice",
          "Choices":[{"Condition":"{% $states.input.a < $states.input.b %}","Next":"B"}],
          "Default":"B"},"B":{"Type":"Succeed"}}})"},
        Expensive{"'Choices'",
                  R"({"StartAt":"A","States":{"A":{"Type":"Choice","Default":"B","Choices":[
          {"Variable":"$.a","StringMatches":"*aaaaaaaaaab*","Next":"B"}]},
          "B":{"Type":"Succeed"}}})"}),
    [](const auto& one) { return "Field" + std::to_string(one.index); });

TEST(Meter, AMapWhoseItemsAreExpensiveGoesOnInTheNextTransition) {
  Driver d(R"({"QueryLanguage":"JSONata","StartAt":"M","States":{"M":{"Type":"Map","End":true,
    "Items":"{% [1..10] %}","ItemSelector":{"x":"{% $sum([1..1000]) %}"},
    "ItemProcessor":{"StartAt":"T","States":{"T":{"Type":"Task","End":true,
      "Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"}}}}}})");
  d.limits.max_transition_steps = 20'000;
  d.Start();
  EXPECT_LT(d.Count(EventType::kMapIterationStarted), 10);
  int turns = 0;
  for (; d.execution->wants_continue() && turns < 20; ++turns) d.Do(Continue{});
  EXPECT_EQ(d.Tasks().size(), 10u) << "all at once, without waiting for one to end";
  EXPECT_LT(turns, 20);
}

}  // namespace
}  // namespace pawl::core
