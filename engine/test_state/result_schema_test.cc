#include "engine/test_state/result_schema.h"

#include "engine/asl/resource.h"
#include "engine/value/json.h"
#include "gtest/gtest.h"

namespace pawl::test_state {
namespace {

std::string Check(const char* shape, const char* json, bool is_strict = true) {
  return CheckShape(shape, *ParseJson(json), is_strict).value_or("");
}

TEST(ResultSchema, NamesTheFieldThatDoesNotFit) {
  EXPECT_EQ(Check("{A:string B:[{C:number}]}", R"({"A":"x","B":[{"C":1}]})"), "");
  EXPECT_EQ(Check("{A:string}", R"({"A":1})"), "Field 'A' must be a string");
  EXPECT_EQ(Check("{A:number}", R"({"A":"1"})"), "Field 'A' must be a number");
  EXPECT_EQ(Check("{A:boolean}", R"({"A":"true"})"), "Field 'A' must be a boolean");
  EXPECT_EQ(Check("{A:{B:string}}", R"({"A":[]})"), "Field 'A' must be an object");
  EXPECT_EQ(Check("{A:<string>}", R"({"A":{"k":1}})"), "Field 'k' must be a string");
  EXPECT_EQ(Check("{A:[{B:string}]}", R"({"A":[{},{"B":[]}]})"), "Field 'B' must be a string");
  EXPECT_EQ(Check("{A:[string]}", R"({"A":{}})"), "Field 'A' must be an array");
}

TEST(ResultSchema, ChecksBounds) {
  EXPECT_EQ(Check("{A:string[1,3]}", R"({"A":""})"),
            "Field 'A' is smaller than the minimum length");
  EXPECT_EQ(Check("{A:string[1,3]}", R"({"A":"äöü"})"), "");
  EXPECT_EQ(Check("{A:string[,3]}", R"({"A":"four"})"), "Field 'A' exceeds the maximum length");
  EXPECT_EQ(Check("{A:number[128,]}", R"({"A":127})"), "Field 'A' is less than the minimum value");
  EXPECT_EQ(Check("{A:number[1,2]}", R"({"A":3})"), "Field 'A' exceeds the maximum value");
}

TEST(ResultSchema, LooksForRequiredFieldsOnlyIfStrict) {
  EXPECT_EQ(Check("{A!:string}", "{}", true), "Field 'A' is required");
  EXPECT_EQ(Check("{A!:string}", "{}", false), "");
  EXPECT_EQ(Check("{A:string}", R"({"Other":1})", true), "");
}

TEST(ResultSchema, FollowsNamedShapes) {
  const auto resource = asl::ParseResource("arn:aws:states:::aws-sdk:dynamodb:getItem");
  ASSERT_TRUE(resource.ok());
  const auto check = [&](const char* json) {
    return CheckApiResult(*resource, *ParseJson(json), true).value_or("");
  };
  EXPECT_EQ(check(R"({"Item":{"id":{"S":"7"},"tags":{"L":[{"M":{"x":{"BOOL":true}}}]}}})"), "");
  EXPECT_EQ(check(R"({"Item":{"tags":{"L":[{"M":{"x":{"BOOL":1}}}]}}})"),
            "Field 'BOOL' must be a boolean");
}

TEST(ResultSchema, LetsUnknownOperationsAnswerAnything) {
  const auto resource = asl::ParseResource("arn:aws:states:::aws-sdk:polly:describeVoices");
  ASSERT_TRUE(resource.ok());
  EXPECT_EQ(CheckApiResult(*resource, Value::Int(7), true), absl::nullopt);
}

}  // namespace
}  // namespace pawl::test_state
