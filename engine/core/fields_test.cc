// Numbers that a state gives by an expression.
#include <gmock/gmock.h>

#include <string>

#include "engine/core/test_support.h"

namespace pawl::core {
namespace {

// One task with some members more.
std::string Task(const std::string& members) {
  return R"({"StartAt":"T","States":{"T":{"Type":"Task","Resource":"pawl:f")" + members +
         R"(,"End":true}}})";
}

TEST(Fields, TimeoutsAreBoundedAsOnAws) {
  for (const char* field : {"TimeoutSecondsPath", "HeartbeatSecondsPath"}) {
    Driver d(Task(std::string(",\"") + field + "\":\"$.t\""));
    d.Start(R"({"t":100000000})");
    EXPECT_EQ(d.execution->error(), "States.Runtime") << field;
    Driver longest(Task(std::string(",\"") + field + "\":\"$.t\""));
    longest.Start(R"({"t":99999999})");
    EXPECT_EQ(longest.Tasks().size(), 1u) << field;
  }
  Driver jsonata(R"({"QueryLanguage":"JSONata","StartAt":"T","States":{"T":{"Type":"Task",
    "TimeoutSeconds":"{% 3000000000 %}","End":true,
    "Resource":"arn:aws:lambda:us-east-1:000000000000:function:f"}}})");
  jsonata.Start();
  EXPECT_EQ(jsonata.execution->error(), "States.QueryEvaluationError");
}

TEST(Fields, AToleranceBelowNothingFailsInAwsWords) {
  Driver d(R"({"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemsPath":"$.items",
    "ToleratedFailureCountPath":"$.n","ItemProcessor":{
      "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}})");
  d.Start(R"({"items":[1],"n":-1})");
  EXPECT_EQ(d.execution->error(), "States.Runtime");
  EXPECT_THAT(d.execution->cause().value_or(""),
              testing::HasSubstr("ToleratedFailureCount cannot be negative."));
}

TEST(Fields, APercentageAboveAHundredFailsInAwsWords) {
  Driver d(R"({"StartAt":"M","States":{"M":{"Type":"Map","End":true,"ItemsPath":"$.items",
    "ToleratedFailurePercentagePath":"$.n","ItemProcessor":{
      "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
      "StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}}}})");
  d.Start(R"({"items":[1],"n":100.1})");
  EXPECT_EQ(d.execution->error(), "States.Runtime");
  EXPECT_THAT(d.execution->cause().value_or(""),
              testing::HasSubstr("ToleratedFailurePercentage must be between 0 and 100."));
}

}  // namespace
}  // namespace pawl::core
