#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/expr/java_random.h"
#include "engine/expr/payload_template.h"
#include "engine/value/json.h"

namespace pawl::expr {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr char kInput[] = R"({
  "n": [1,2,3,4,5],
  "s": "Ada",
  "obj": {"a":1},
  "nul": null,
  "half": 2.5,
  "json": "{\"a\":[1,2.50]}",
  "template": "<{}> \\{\\} c:\\dir",
  "mixed": [1,"1",1.0,null,null,{"a":1,"b":2},{"b":2,"a":1},[1],[1]]
})";

Environment TestEnvironment(RandomSource* random = nullptr) {
  Environment env;
  env.input = *ParseJson(kInput);
  env.context = *ParseJson(R"({"Execution":{"Input":{"name":"ctx"}}})");
  env.random = random;
  return env;
}

// The result as JSON text, or the cause of the failure.
std::string Call(absl::string_view text, RandomSource* random = nullptr) {
  const absl::StatusOr<ExpressionPtr> call = CompilePathOrIntrinsic(text);
  if (!call.ok()) return "does not compile: " + std::string(call.status().message());
  const OrFailure<Value> result = (*call)->Evaluate(TestEnvironment(random));
  if (result.ok()) return ToJson(*result);
  EXPECT_EQ(result.failure().error, "States.Runtime");
  return result.failure().cause.value_or("");
}

std::string Failed(const std::string& call, const std::string& why) {
  return "The function '" + call + "' had the following error: " + why;
}

TEST(Intrinsics, YieldTheirValues) {
  const std::pair<const char*, const char*> cases[] = {
      {"States.Format('Hi {}, {} of {}', $.s, 1, true)", R"("Hi Ada, 1 of true")"},
      {"States.Format('none')", R"("none")"},
      {"States.Format('{} {}', States.Array(1, 'a'), States.StringToJson('{\"a\":[true]}'))",
       R"("[1,\"a\"] {\"a\":[true]}")"},
      {"States.Format('{}|{}|{}', $.nul, 1.5, null)", R"("null|1.5|null")"},
      {R"(States.Format('\{\}{}\\{}\'', 1, 2))", R"("{}1\\2'")"},
      {"States.Format($.template, $.s)", R"("<Ada> {} c:\\dir")"},
      {"States.Format('{}', $$.Execution.Input.name)", R"("ctx")"},
      {"States.Format('say \"{}\"', 'x')", R"("say \"x\"")"},

      {"States.StringToJson($.json)", R"({"a":[1,2.50]})"},
      {"States.StringToJson('  ')", "null"},
      {"States.StringToJson('')", "null"},
      {R"(States.StringToJson('{"k": "it\'s"}'))", R"({"k":"it's"})"},
      {"States.JsonToString($.obj)", R"("{\"a\":1}")"},
      {"States.JsonToString($.half)", R"("2.5")"},

      {"States.Array()", "[]"},
      {"States.Array($.s, 1, 'x', null, true, false, -2.5)",
       R"(["Ada",1,"x",null,true,false,-2.5])"},
      {"States.Array( $.s ,1 )", R"(["Ada",1])"},
      {"States.Array($.n[?(@ > 4)], $.n[0,1])", "[[5],[1,2]]"},
      {"States.ArrayPartition($.n, 2)", "[[1,2],[3,4],[5]]"},
      {"States.ArrayPartition($.n, 2.9)", "[[1,2],[3,4],[5]]"},
      {"States.ArrayPartition($.n, 2147483647)", "[[1,2,3,4,5]]"},
      {"States.ArrayPartition(States.Array(), 3)", "[]"},
      {"States.ArrayContains($.n, 3)", "true"},
      {"States.ArrayContains($.n, 3.0)", "true"},
      {"States.ArrayContains($.n, '3')", "false"},
      {"States.ArrayContains($.mixed, States.StringToJson('{\"b\":2,\"a\":1}'))", "true"},
      {"States.ArrayRange(1, 9, 2)", "[1,3,5,7,9]"},
      {"States.ArrayRange(5.9, 1.9, -2.9)", "[5,3,1]"},
      {"States.ArrayRange(3, 3, -1)", "[3]"},
      {"States.ArrayRange(5, 1, 1)", "[]"},
      {"States.ArrayGetItem($.n, 4)", "5"},
      {"States.ArrayGetItem($.n, 1.9)", "2"},
      {"States.ArrayGetItem(States.Array(), 9)", "null"},
      {"States.ArrayLength($.n)", "5"},
      {"States.ArrayLength($.none[*])", "0"},
      {"States.ArrayUnique($.mixed)", R"([1,"1",null,{"a":1,"b":2},[1]])"},

      {"States.Base64Encode('Data to encode')", R"("RGF0YSB0byBlbmNvZGU=")"},
      {"States.Base64Encode('')", R"("")"},
      {"States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", R"("Data to encode")"},
      {"States.Base64Decode(' YWJj\nZA ')", R"("abcd")"},
      {"States.Base64Decode('ab==cd')", R"("i")"},
      {"States.Base64Decode('_w==')", "\"\xEF\xBF\xBD\""},
      {"States.Hash('input data', 'SHA-1')", R"("aaff4a450a104cd177d28d18d74485e8cae074b7")"},
      {"States.Hash('hello', 'MD5')", R"("5d41402abc4b2a76b9719d911017c592")"},
      {"States.Hash(States.JsonToString($.obj), 'SHA-256')",
       R"("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")"},
      {"States.Hash($.obj, 'SHA-256')",
       R"("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")"},

      {"States.JsonMerge($.obj, States.StringToJson('{\"b\":2,\"a\":3}'), false)",
       R"({"a":3,"b":2})"},
      {"States.JsonMerge($.obj, $.obj, 'false')", R"({"a":1})"},

      {"States.MathAdd(111, -1)", "110"},
      {"States.MathAdd(1.5, 0)", "2"},
      {"States.MathAdd(-1.5, 0)", "-1"},
      {"States.MathAdd(-0.5, 0.5)", "1"},
      {"States.MathAdd(1.49, 1.49)", "2"},
      {"States.MathAdd(2147483646, 1)", "2147483647"},

      {"States.StringSplit('a,b', ',')", R"(["a","b"])"},
      {"States.StringSplit('This.is+a,test=string', '.+,=')",
       R"(["This","is","a","test","string"])"},
      {"States.StringSplit(',,a,,b,', ',')", R"(["a","b"])"},
      {"States.StringSplit('...', '.')", "[]"},
      {"States.StringSplit('', ',')", "[]"},
      {"States.StringSplit('abc', '')", R"(["abc"])"},
      {"States.StringSplit('a\xF0\x9F\x98\x81"
       "b\xF0\x9F\x98\x80"
       "c', '\xF0\x9F\x98\x80')",
       "[\"a\xF0\x9F\x98\x81"
       "b\",\"c\"]"},
  };
  for (const auto& [call, expected] : cases) EXPECT_EQ(Call(call), expected) << call;
}

TEST(Intrinsics, RefuseInvalidArguments) {
  const char* const calls[] = {
      "States.StringToJson($.n)",
      "States.StringToJson('{bad}')",
      "States.StringToJson()",
      "States.StringToJson('1', '2')",
      "States.JsonToString()",
      "States.ArrayPartition($.n, 0)",
      "States.ArrayPartition($.n, 0.9)",
      "States.ArrayPartition($.n, -1)",
      "States.ArrayPartition($.n, '2')",
      "States.ArrayPartition($.s, 2)",
      "States.ArrayPartition($.n)",
      "States.ArrayContains($.s, 1)",
      "States.ArrayRange(1, 10, 0)",
      "States.ArrayRange(1, 10, 0.49)",
      "States.ArrayRange(1, 1001, 1)",
      "States.ArrayRange(1001, 1, -1)",
      "States.ArrayRange('a', 5, 1)",
      "States.ArrayRange(1, 1e300, 1)",
      "States.ArrayGetItem($.n, 5)",
      "States.ArrayGetItem($.n, -1)",
      "States.ArrayGetItem($.n, '1')",
      "States.ArrayGetItem($.n, 18446744073709551616)",
      "States.ArrayGetItem($.obj, 0)",
      "States.ArrayLength($.s)",
      "States.ArrayUnique($.obj)",
      "States.Base64Encode(1)",
      "States.Base64Decode($.obj)",
      "States.Hash('x', 'sha-256')",
      "States.Hash('x', 'SHA256')",
      "States.Hash('x', 1)",
      "States.JsonMerge($.obj, $.n, false)",
      "States.JsonMerge($.obj, $.obj, true)",
      "States.JsonMerge($.obj, $.obj)",
      "States.MathAdd(2147483647, 1)",
      "States.MathAdd(3000000000, 1)",
      "States.MathAdd(1e309, 1)",

      "States.MathAdd(true, 1)",
      "States.MathAdd(null, 1)",
      "States.MathRandom(1, 1)",
      "States.MathRandom(1.4, 1.6)",
      "States.MathRandom(10, 5)",
      "States.MathRandom(1, 10, null)",
      "States.MathRandom(1)",
      "States.StringSplit($.nul, ',')",
      "States.StringSplit($.s, $.n)",
      "States.UUID(1)",
      "States.Format($.n, 1)",
  };
  for (const std::string call : calls) {
    const std::string name = call.substr(0, call.find('('));
    EXPECT_EQ(Call(call), Failed(call, "Invalid arguments in " + name)) << call;
  }
}

TEST(Intrinsics, NameWhatIsWrongWithAFormat) {
  const std::string count =
      "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.";
  const std::pair<std::string, std::string> cases[] = {
      {"States.Format('{} {}', $.s)", count},
      {"States.Format('{}', $.s, $.s)", count},
      {"States.Format('Hello {', $.s)",
       "Invalid template in States.Format: matching '}' not found for '{'."},
      {"States.Format('Hello {{}}', $.s)",
       "Invalid template in States.Format: matching '}' not found for '{'."},
      {"States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'."},
  };
  for (const auto& [call, why] : cases) EXPECT_EQ(Call(call), Failed(call, why));
}

TEST(Intrinsics, NameTheArgumentThatWasNotFound) {
  const std::string input = ToJson(*ParseJson(kInput));
  const auto not_found = [&](const std::string& path) {
    return "The JsonPath argument for the field '" + path + "' could not be found in the input '" +
           input + "'";
  };
  const std::pair<std::string, std::string> cases[] = {
      {"States.Format('{}',$.nope)", not_found("$.nope")},
      {"States.Format('{} {}', $.s, $.a.b)", not_found("$.a.b")},
      {"States.Array(States.Array($.nope))", not_found("$.nope")},
      {"States.Array($$.Nope.Deep)", not_found("$.Nope.Deep")},
      {"States.Array($.n[9])", not_found("$.n[9]")},
      {"States.Array($nope)", not_found("$nope")},
      {"States.Array($.s[0])",
       "Filter: [0] can only be applied to arrays. Current context is: \"Ada\""},
  };
  for (const auto& [call, why] : cases) EXPECT_EQ(Call(call), Failed(call, why));
}

TEST(Intrinsics, LimitTheTextTheyEncodeAndHash) {
  Environment env;
  const std::string accents(10'000 * 2, '\0');
  std::string longest;
  for (int i = 0; i < 10'000; ++i) longest += "\xC3\xA9";
  for (const char* call :
       {"States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"}) {
    const ExpressionPtr expression = *CompilePathOrIntrinsic(call);
    env.input = Value::String(longest);
    EXPECT_TRUE(expression->Evaluate(env).ok()) << call;
    env.input = Value::String(longest + "x");
    EXPECT_FALSE(expression->Evaluate(env).ok()) << call;
  }
}

TEST(Intrinsics, LimitWhatOneEvaluationBuilds) {
  Environment env = TestEnvironment();
  env.limits.max_result_bytes = 100;
  EXPECT_FALSE((*CompilePathOrIntrinsic("States.Array($.n, $.n, $.n, $.n)"))->Evaluate(env).ok());
  env = TestEnvironment();
  env.limits.max_depth = 3;
  EXPECT_TRUE((*CompilePathOrIntrinsic("States.Array(States.Array($.n))"))->Evaluate(env).ok());
  EXPECT_FALSE(
      (*CompilePathOrIntrinsic("States.Array(States.Array($.mixed))"))->Evaluate(env).ok());
  EXPECT_FALSE((*CompilePathOrIntrinsic("States.StringToJson('[[[[]]]]')"))->Evaluate(env).ok());
}

TEST(Intrinsics, DoNotCompileWhenMalformed) {
  const char* const calls[] = {
      "States.Nope()",
      "States.Format",
      "States.Format(",
      "States.Format('a'",
      "States.Format('a')x",
      "States.Format('a') ",
      "States.Format('a',)",
      "States.Format(,'a')",
      "States.Format('a' 'b')",
      "States.Format('a)",
      R"(States.Format('\"'))",
      R"(States.Format('\n'))",
      R"(States.Format('a\))",
      "States.Array([1,2])",
      "States.Array({})",
      "States.Array(1.)",
      "States.Array(.5)",
      "States.Array(01)",
      "States.Array(\"a\")",
      "States.Array(undefined)",
      "States.Array($.a[)",
      "States.Array($.)",
      "States.Array($.a b)",
      "States.array()",
      "States.Array()[0]",
      "Format('a')",
      "plain text",
  };
  for (const char* call : calls) {
    EXPECT_EQ(CompilePathOrIntrinsic(call).status().code(), absl::StatusCode::kInvalidArgument)
        << call;
  }
}

TEST(Intrinsics, NestTenDeep) {
  const auto nested = [](int depth) {
    std::string call = "1";
    for (int i = 0; i < depth; ++i) call = "States.Array(" + call + ")";
    return call;
  };
  EXPECT_EQ(Call(nested(10)), "[[[[[[[[[[1]]]]]]]]]]");
  EXPECT_THAT(Call(nested(11)), HasSubstr("nested more than 10 deep"));
  EXPECT_THAT(Call(nested(10'000)), HasSubstr("nested more than 10 deep"));
}

TEST(Intrinsics, PathArgumentsMayHoldCommasAndParentheses) {
  EXPECT_EQ(Call("States.Array($.n[?(@ > 1 && (@ < 3 || @ == 5))], $.n[0,1].length())"),
            "[[2,5],2]");
  EXPECT_EQ(Call("States.ArrayLength($.n[?(@ != 'a,b)(')])"), "5");
}

TEST(Intrinsics, KnowWhetherTheyReadTheContextObject) {
  EXPECT_TRUE((*CompilePathOrIntrinsic("States.Array(States.Array($$.a))"))->uses_context());
  EXPECT_FALSE((*CompilePathOrIntrinsic("States.Array($.a)"))->uses_context());
}

TEST(Intrinsics, DrawFromTheRandomSource) {
  RandomSource random(7);
  EXPECT_THAT(
      Call("States.UUID()", &random),
      MatchesRegex("\"[0-9a-f]+-[0-9a-f]+-4[0-9a-f][0-9a-f][0-9a-f]-[89ab][0-9a-f]+-[0-9a-f]+\""));
  EXPECT_NE(Call("States.UUID()", &random), Call("States.UUID()", &random));
  bool saw_first = false;
  for (int i = 0; i < 200; ++i) {
    const std::string drawn = Call("States.MathRandom(-2, 1)", &random);
    EXPECT_TRUE(drawn == "-2" || drawn == "-1" || drawn == "0") << drawn;
    saw_first = saw_first || drawn == "-2";
  }
  EXPECT_TRUE(saw_first);
}

TEST(Intrinsics, SeedMakesTheRandomNumberRepeatable) {
  EXPECT_EQ(Call("States.MathRandom(1, 999, 42)"), Call("States.MathRandom(1, 999, 42)"));
  EXPECT_EQ(Call("States.MathRandom(0, 100, 42)"), "30");  // new java.util.Random(42).nextInt(100)
  EXPECT_EQ(Call("States.MathRandom(0, 1, -10)"), "0");
  const std::string wide = Call("States.MathRandom(-2147483648, 2147483647, 5)");
  EXPECT_THAT(wide, MatchesRegex("-?[0-9]+"));
}

TEST(JavaRandom, DrawsWhatJavaDraws) {
  EXPECT_EQ(JavaRandom(42).NextDouble(), 0.7275636800328681);
  JavaRandom random(42);
  EXPECT_EQ(random.NextInt(10), 0);
  EXPECT_EQ(random.NextInt(10), 3);
}

TEST(RandomSource, RepeatsForASeedAndStaysInRange) {
  RandomSource a(1), b(1);
  for (int i = 0; i < 100; ++i) {
    const double d = a.NextUnit();
    EXPECT_EQ(d, b.NextUnit());
    EXPECT_GE(d, 0.0);
    EXPECT_LT(d, 1.0);
  }
  EXPECT_EQ(a.NextUuid().size(), 36u);
}

}  // namespace
}  // namespace pawl::expr
