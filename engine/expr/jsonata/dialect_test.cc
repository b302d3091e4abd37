#include <gtest/gtest.h>

#include "engine/expr/jsonata/test_util.h"

namespace pawl::expr::jsonata {
namespace {

TEST(AwsDialect, AddsFunctions) {
  ExpectAllAws({
      {R"~(1/0)~", R"~("Infinity")~"},
      {R"~([1/0])~", R"~(["Infinity"])~"},
      {R"~({'k': -1/0})~", R"~({"k":"-Infinity"})~"},
      {R"~($eval("1+1"))~", R"~(T1006 @0 Attempted to invoke a non-function)~"},
      {R"~($random(42))~", R"~(0.7275636800328681)~"},
      {R"~($partition([1,2,3,4,5],2))~", R"~([[1,2],[3,4],[5]])~"},
      {R"~($partition([1,2],-1))~", R"~(D3137 @0 Second argument must be zero or greater)~"},
      {R"~($partition([1,2],-0.5))~", R"~(undefined)~"},
      {R"~($partition("a",1))~",
       R"~(T0412 @0 Argument 1 of function "partition" must be an array of undefined)~"},
      {R"~($partition([1,2]))~", R"~([[1,2]])~"},
      {R"~($partition([],1))~", R"~(undefined)~"},
      {R"~($range(0,10,3))~", R"~([0,3,6,9])~"},
      {R"~($range(1,9,9))~", R"~(1)~"},
      {R"~($range(1,5,0))~", R"~(undefined)~"},
      {R"~($range(5,1,-2))~", R"~([5,3,1])~"},
      {R"~($range(1.9,4.9,1.5))~", R"~([1,2,3,4])~"},
      {R"~($range("a",1,1))~",
       R"~(T0410 @0 Argument 1 of function "range" does not match function signature)~"},
      {R"~($range(1,3))~", R"~(undefined)~"},
      {R"~($hash("input","SHA-1"))~", R"~("140f86aae51ab9e1cda9b4254fe98a74eb54c1a1")~"},
      {R"~($hash("x","MD4"))~",
       R"~(D3137 @0 Hash algorithm 'MD4' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5)~"},
      {R"~($hash(1,"MD5"))~",
       R"~(T0410 @0 Argument 1 of function "hash" does not match function signature)~"},
      {R"~($parse("{\"a\":1}").a)~", R"~(1)~"},
      {R"~($parse("nope"))~", R"~(D3137 @0 Invalid JSON)~"},
      {R"~($parse(""))~", R"~(D3137 @0 Invalid JSON)~"},
      {R"~($parse(5))~",
       R"~(T0410 @0 Argument 1 of function "parse" does not match function signature)~"},
      {R"~($uuid(1))~",
       R"~(T0410 @0 Argument 1 of function "uuid" does not match function signature)~"},
      {R"~([1,2,3][$ > 1])~", R"~([2,3])~"},
      {R"~([{"a":1}].a)~", R"~(1)~"},
      {R"~([{"a":1}].(a + 1))~", R"~(2)~"},
      {R"~($map([1,2], function($v) { $v }))~", R"~([1,2])~"},
      {R"~($x.{"a": b})~", R"~(undefined)~"},
      {R"~($x[foo = 1])~", R"~(undefined)~"},
      {R"~($x ~> $map(function($v){$v.a}))~", R"~(undefined)~"},
      {R"~($abs("x"))~",
       R"~(T0410 @0 Argument 1 of function "abs" does not match function signature)~"},
      {R"~($sum(["a"]))~",
       R"~(T0412 @0 Argument 1 of function "sum" must be an array of "numbers")~"},
      {R"~($parseInteger("abc","0"))~", R"~("NaN")~"},
      {R"~(a[1,2))~", R"~(S0202 @3 Expected "]", got ",")~"},
      {R"~($match("a", /abc)~", R"~(S0302 @12 No terminating / in regular expression)~"},
      {R"~($string(1e20))~", R"~("100000000000000000000")~"},
      {R"~($string(1e21))~", R"~("1e+21")~"},
      {R"~($contains("hello$world", /^hello\$/))~", R"~(true)~"},
      {R"~($contains("hello$world", /^hello\ /))~", R"~(false)~"},
      {R"~(/(?=a)/)~",
       R"~(S0303 @0 The regular expression is not supported: invalid perl operator: (?=)~"},
      {R"~(/(a)\1/)~",
       R"~(S0303 @0 The regular expression is not supported: invalid escape sequence: \1)~"},
  });
}

TEST(AwsDialect, NowIsGiven) {
  EXPECT_EQ(EvaluateAws("$now()"), "\"2023-11-14T22:13:20.000Z\"");
  EXPECT_EQ(EvaluateAws("$now('[Y]')"), "\"2023\"");
  EXPECT_EQ(EvaluateAws("$millis()"), "1700000000000");
}

TEST(AwsDialect, DrawsFromTheRandomSource) {
  EXPECT_EQ(EvaluateAws("$length($uuid())"), "36");
  EXPECT_EQ(EvaluateAws("(($r := $random()); $r >= 0 and $r < 1)"), "false");
  EXPECT_EQ(EvaluateAws("($r := $random(); $r >= 0 and $r < 1)"), "true");
  EXPECT_EQ(EvaluateAws("$sort($shuffle([1..5]))"), "[1,2,3,4,5]");
  Error error;
  const auto program = Program::Parse("$uuid()", Dialect::kAws, &error);
  EXPECT_EQ(program->Evaluate({}).error.code, "D3137");
}

TEST(AwsDialect, HasNoContextAtTheTop) {
  const auto refused = [](const std::string& name, int offset) {
    return absl::StrCat(
        kUnsupportedReference, " @", offset, " Reference to '", name,
        name == "$$" ? "' is not supported." : "' at the top level is not supported.");
  };
  EXPECT_EQ(EvaluateAws("$"), refused("$", 0));
  EXPECT_EQ(EvaluateAws("$$"), refused("$$", 0));
  EXPECT_EQ(EvaluateAws("$.foo"), refused("$", 0));
  EXPECT_EQ(EvaluateAws("foo"), refused("foo", 0));
  EXPECT_EQ(EvaluateAws("foo.bar[0]"), refused("foo", 0));
  EXPECT_EQ(EvaluateAws("1 + foo"), refused("foo", 4));
  EXPECT_EQ(EvaluateAws("{'a': foo}"), refused("foo", 6));
  EXPECT_EQ(EvaluateAws("$sum(foo.bar)"), refused("foo", 5));
  EXPECT_EQ(EvaluateAws("sum([1])"), refused("sum", 0));
  const std::map<std::string, std::string> variables = {{"o", R"([{"a":1},{"a":5}])"}};
  const auto run = [&](absl::string_view text) { return EvaluateAws(text, variables); };
  EXPECT_EQ(run("$o[a > 3]"), R"({"a":5})");
  EXPECT_EQ(run("$o[$.a > 3].a"), "5");
  EXPECT_EQ(run("$o.(a + 1)"), "[2,6]");
  EXPECT_EQ(run("$o.{'b': a}"), R"([{"b":1},{"b":5}])");
  EXPECT_EQ(run("$o{'k': $sum(a)}"), R"({"k":6})");
  EXPECT_EQ(run("$o^(>a).a"), "[5,1]");
  EXPECT_EQ(run("$map($o, function($v) { $v.a })"), "[1,5]");
  EXPECT_EQ(run("$o[0] ~> |$|{'a': a + 1}|"), R"({"a":2})");
}

TEST(AwsDialect, LeavesOutNewerOperators) {
  EXPECT_EQ(EvaluateAws("$a ?? 1"), "S0211 @4 The symbol \"?\" cannot be used as a unary operator");
  EXPECT_EQ(EvaluateAws("$a ?: 1"), "S0211 @4 The symbol \":\" cannot be used as a unary operator");
}

}  // namespace
}  // namespace pawl::expr::jsonata
