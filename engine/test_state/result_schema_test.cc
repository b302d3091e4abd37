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

TEST(ResultSchema, ChecksTheMembersOfAnEnum) {
  EXPECT_EQ(Check("{A:string(ONE|aws:two)}", R"({"A":"aws:two"})"), "");
  EXPECT_EQ(Check("{A:[string(ONE|TWO)] B:string}", R"({"A":["ONE","THREE"]})"),
            "Field 'A' is not an expected value");
  EXPECT_EQ(Check("{A:string(ONE|TWO)}", R"({"A":1})"), "Field 'A' must be a string");
}

TEST(ResultSchema, LooksForRequiredFieldsOnlyIfStrict) {
  EXPECT_EQ(Check("{A!:string}", "{}", true), "Required field 'A' is missing");
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

TEST(ResultSchema, KnowsTheStatusesOfServices) {
  const struct {
    const char* resource;
    const char* result;
    const char* problem;
  } cases[] = {
      {"arn:aws:states:::aws-sdk:sfn:describeExecution", R"({"Status":"DONE"})", "Status"},
      {"arn:aws:states:::aws-sdk:lambda:getFunction", R"({"Configuration":{"State":"Idle"}})",
       "State"},
      {"arn:aws:states:::aws-sdk:s3:getObject", R"({"StorageClass":"COLD"})", "StorageClass"},
      {"arn:aws:states:::aws-sdk:kms:decrypt", R"({"EncryptionAlgorithm":"ROT13"})",
       "EncryptionAlgorithm"},
      {"arn:aws:states:::glue:startJobRun.sync", R"({"JobRunState":"DONE"})", "JobRunState"},
  };
  for (const auto& c : cases) {
    const auto resource = asl::ParseResource(c.resource);
    ASSERT_TRUE(resource.ok()) << c.resource;
    EXPECT_EQ(CheckApiResult(*resource, *ParseJson(c.result), false).value_or(""),
              "Field '" + std::string(c.problem) + "' is not an expected value");
  }
}

TEST(ResultSchema, LetsUnknownOperationsAnswerAnything) {
  const auto resource = asl::ParseResource("arn:aws:states:::aws-sdk:polly:describeVoices");
  ASSERT_TRUE(resource.ok());
  EXPECT_EQ(CheckApiResult(*resource, Value::Int(7), true), absl::nullopt);
}

}  // namespace
}  // namespace pawl::test_state
