#include "engine/expr/payload_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/value/json.h"

namespace pawl::expr {
namespace {

using ::testing::HasSubstr;

Environment TestEnvironment() {
  Environment env;
  env.input = *ParseJson(R"({"a":1,"items":[{"x":1},{"x":2}],"b":{"c":"d"}})");
  env.context = *ParseJson(R"({"Execution":{"Id":"id"}})");
  return env;
}

ExpressionPtr Compile(absl::string_view json) {
  std::vector<CompileProblem> problems;
  ExpressionPtr result = CompilePayloadTemplate(*ParseJson(json), &problems);
  EXPECT_NE(result, nullptr) << problems.at(0).message;
  return result != nullptr ? result : Constant(Value());
}

std::string Evaluate(absl::string_view json) {
  const OrFailure<Value> result = Compile(json)->Evaluate(TestEnvironment());
  if (result.ok()) return ToJson(*result);
  EXPECT_EQ(result.failure().error, "States.Runtime");
  return result.failure().cause.value_or("");
}

TEST(PayloadTemplate, EvaluatesMembersWhoseNameEndsInDollar) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"k":1,"v.$":"$.a"})", R"({"k":1,"v":1})"},
      {R"({"v.$":"$","w":"$.a"})",
       R"({"v":{"a":1,"items":[{"x":1},{"x":2}],"b":{"c":"d"}},"w":"$.a"})"},
      {R"({"id.$":"$$.Execution.Id"})", R"({"id":"id"})"},
      {R"({"x.$":"$.items[*].x","none.$":"$.no[*].x"})", R"({"x":[1,2],"none":[]})"},
      {R"({"deep":{"er":[1,{"v.$":"$.b.c"}]}})", R"({"deep":{"er":[1,{"v":"d"}]}})"},
      {R"j({"f.$":"States.Format('{}!', $.b.c)"})j", R"({"f":"d!"})"},
      {R"({"past.$":"$.items[7]"})", R"({"past":null})"},
      {R"j({"plain":"States.UUID()","a.b":"$"})j", R"j({"plain":"States.UUID()","a.b":"$"})j"},
      {R"([{"v.$":"$.a"},2])", R"([{"v":1},2])"},
      {R"("$.a")", R"("$.a")"},
      {"{}", "{}"},
  };
  for (const auto& [json, expected] : cases) EXPECT_EQ(Evaluate(json), expected) << json;
}

TEST(PayloadTemplate, FailureNamesPathFieldAndInput) {
  const std::string input = R"({"a":1,"items":[{"x":1},{"x":2}],"b":{"c":"d"}})";
  EXPECT_EQ(
      Evaluate(R"({"o":{"v.$":"$.no.such"}})"),
      "The JSONPath '$.no.such' specified for the field 'v.$' could not be found in the input '" +
          input + "'");
  EXPECT_EQ(Evaluate(R"({"v.$":"$$.Execution.Input.x"})"),
            "The JSONPath '$$.Execution.Input.x' specified for the field 'v.$' could not be found "
            "in the input '{\"Execution\":{\"Id\":\"id\"}}'");
  EXPECT_EQ(Evaluate(R"({"v.$":"$.items[7].x"})"),
            "The JSONPath '$.items[7].x' specified for the field 'v.$' could not be found in the "
            "input '" +
                input + "'");
  EXPECT_EQ(
      Evaluate(R"({"v.$":"$.a[0]"})"),
      "Invalid path '$.a[0]' : Filter: [0] can only be applied to arrays. Current context is: "
      "1");
}

TEST(PayloadTemplate, PartsWithoutExpressionsAreShared) {
  const ExpressionPtr expression = Compile(R"({"constant":{"big":[1,2,3]},"v.$":"$.a"})");
  const OrFailure<Value> first = expression->Evaluate(TestEnvironment());
  const OrFailure<Value> second = expression->Evaluate(TestEnvironment());
  EXPECT_EQ(&first->Find("constant")->AsObject(), &second->Find("constant")->AsObject());
}

TEST(PayloadTemplate, KnowsWhetherTheContextObjectIsRead) {
  EXPECT_TRUE(Compile(R"({"a":[{"b.$":"$$.x"}]})")->uses_context());
  EXPECT_TRUE(Compile(R"j({"a.$":"States.Array($$.x)"})j")->uses_context());
  EXPECT_FALSE(Compile(R"({"a.$":"$.x","b":"$$.x"})")->uses_context());
}

TEST(PayloadTemplate, ProblemSaysWhatAndWhere) {
  struct Case {
    const char* json;
    const char* pointer;
    const char* message;
  };
  const Case cases[] = {
      {R"({"a":[{"b/c.$":"x"}]})", "/a/0/b~1c.$",
       "The value for the field 'b/c.$' must be a valid JSONPath or a valid intrinsic function "
       "call"},
      {R"j({"parsed.$":"States.StringToJson('{\"a\":\"\\\"\"}')"})j", "/parsed.$",
       "The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic function "
       "call"},
      {R"({"n.$":5})", "/n.$",
       "The value for the field 'n.$' must be a STRING that contains a JSONPath but was an NUMBER"},
      {R"({"n.$":{"a":1}})", "/n.$",
       "The value for the field 'n.$' must be a STRING that contains a JSONPath but was an OBJECT"},
      {R"({"a":1,"a.$":"$.x"})", "/a.$", "The field 'a' is given twice, with and without '.$'"},
  };
  for (const Case& c : cases) {
    std::vector<CompileProblem> problems;
    EXPECT_EQ(CompilePayloadTemplate(*ParseJson(c.json), &problems), nullptr) << c.json;
    ASSERT_EQ(problems.size(), 1u) << c.json;
    EXPECT_EQ(problems[0].pointer, c.pointer);
    EXPECT_EQ(problems[0].message, c.message);
  }
  std::vector<CompileProblem> problems;
  EXPECT_EQ(CompilePayloadTemplate(*ParseJson(R"({"a.$":"$.b[","c":[1,{"d.$":2}]})"), &problems),
            nullptr);
  ASSERT_EQ(problems.size(), 2u) << "all of them";
  EXPECT_THAT(problems[0].detail, HasSubstr("offset 4"));
  EXPECT_EQ(problems[1].pointer, "/c/1/d.$");
}

TEST(PayloadTemplate, LimitsDepthAndSizeOfTheResult) {
  Environment env = TestEnvironment();
  env.limits.max_depth = 3;
  EXPECT_TRUE(Compile(R"({"v.$":"$.items[0]"})")->Evaluate(env).ok());
  EXPECT_FALSE(Compile(R"({"v.$":"$"})")->Evaluate(env).ok());
  env = TestEnvironment();
  env.limits.max_result_bytes = 200;
  EXPECT_TRUE(Compile(R"({"a.$":"$"})")->Evaluate(env).ok());
  EXPECT_FALSE(Compile(R"({"a.$":"$","b.$":"$","c.$":"$","d.$":"$"})")->Evaluate(env).ok());
}

TEST(PathOrIntrinsic, NamesTheFieldWhereOneIsGiven) {
  const auto cause = [](absl::string_view field) {
    return *(*CompilePathOrIntrinsic("$.ErrorX", field))
                ->Evaluate(TestEnvironment())
                .failure()
                .cause;
  };
  EXPECT_THAT(cause("ErrorPath"),
              HasSubstr("The JSONPath '$.ErrorX' specified for the field 'ErrorPath' could not"));
  EXPECT_EQ(cause(""), "Invalid path '$.ErrorX' : No results for path: $['ErrorX']");
}

TEST(Constant, YieldsItsValue) {
  const ExpressionPtr constant = Constant(Value::Int(3));
  EXPECT_EQ(*constant->Evaluate(TestEnvironment()), Value::Int(3));
  EXPECT_EQ(constant->text(), "3");
  EXPECT_FALSE(constant->uses_context());
}

}  // namespace
}  // namespace pawl::expr
