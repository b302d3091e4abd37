// The most expensive expressions that somebody may write over one payload of a megabyte: each ends
// within the limit of steps. Whether a step is as long as it should be is for a person to measure:
//
//   PAWL_WORST_STEPS=100000000 pawl_worst_expressions_test
//
// prints the time of each, about a second at most on the machine that steps were measured on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/expr/jsonata_template.h"
#include "engine/expr/payload_template.h"
#include "engine/value/json.h"

namespace pawl::expr {
namespace {

std::string Repeated(absl::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&out, text);
  return out;
}

// What the expressions work on; about a megabyte each.
const Value& Input() {
  static const Value& input = *new Value([] {
    Value::Elements numbers, doubles, bigs, strings, objects, texts, same;
    for (int i = 0; i < 70'000; ++i) {
      numbers.push_back(Value::Int(i));
      strings.push_back(Value::String(absl::StrCat("s", i)));
    }
    for (int i = 0; i < 50'000; ++i) doubles.push_back(Value::Double(1e300 / (i + 1)));
    const std::string digits = "1234567890123456789012345";
    for (int i = 0; i < 30'000; ++i) {
      bigs.push_back(Value::NumberFromText(absl::StrCat(digits, 100'000 + i)));
      same.push_back(Value::Array({bigs.back()}));  // all of one hash
    }
    bigs.push_back(Value::Double(1.5));
    for (int i = 0; i < 20'000; ++i) {
      objects.push_back(Value::Object({{"a", Value::Int(i)}, {"b", Value::String("x")}}));
    }
    std::string random_letters;
    RandomSource random(1);
    for (int i = 0; i < 1'000'000; ++i) random_letters += random.Next() % 2 == 0 ? 'a' : 'b';
    Value::Members members;
    for (int i = 0; i < 70'000; ++i) members.emplace_back(absl::StrCat("k", i), Value::Int(i));
    return Value::Object({
        {"n", Value::Array(numbers)},
        {"d", Value::Array(std::move(doubles))},
        {"big", Value::Array(std::move(bigs))},
        {"same", Value::Array(std::move(same))},
        {"s", Value::Array(std::move(strings))},
        {"o", Value::Array(std::move(objects))},
        {"wide", Value::Object(std::move(members))},
        {"a", Value::String(std::string(1'000'000, 'a'))},
        {"half", Value::String(std::string(500'000, 'a') + "b")},
        {"ab", Value::String(std::move(random_letters))},
        {"blank", Value::String(std::string(1'000'000, ' '))},
        {"comma", Value::String(Repeated(",", 500'000))},
        {"dollar", Value::String(Repeated("$9", 400'000))},
        {"hash", Value::String(Repeated("#,", 300'000) + "0")},
        {"json", Value::String("[" + Repeated("[],", 300'000) + "1]")},
        {"digits", Value::String(std::string(1'000'000, '7'))},
        {"utf8", Value::String(Repeated("\xC3\xA9", 500'000))},
        {"percent", Value::String(Repeated("%41", 300'000))},
        {"one", Value::Int(1)},
    });
  }());
  return input;
}

struct Worst {
  const char* name;
  std::string text;   // "$..." and "States..." as in a ".$" field; else JSONata
  bool ends = false;  // succeeds within the default limit
};

// Of those that meet it a small one shows as much, in less time.
uint64_t StepLimit(const Worst& worst) {
  uint64_t steps = worst.ends ? Limits().max_steps : 2'000'000;
  const char* const given = std::getenv("PAWL_WORST_STEPS");
  if (given != nullptr) (void)absl::SimpleAtoi(given, &steps);
  return steps;
}

// 100,000 evaluations of `body`.
std::string Often(const std::string& body) {
  return absl::StrCat("$count([1..100000].(", body, "))");
}

std::vector<Worst> Cases() {
  const std::string in = "$states.input.";
  return {
      // JSONPath
      {"PathIn", "$.n[?(@ in $.s)]"},
      {"PathInEqual", "$.n[?(@ in $.n)]", true},
      {"PathAnyOf", "$.same[?(@ anyof $.n)]"},
      {"PathSubset", "$.o[?($.n subsetof $.s)]"},
      {"PathEqualsDocument", "$..[?(@ == $)]"},
      {"PathEqualsList", "$.n[?($.big == $.big[0:30000])]"},
      {"PathBigNumbers", "$.big[?(@ < 12345678901234567890123451000001)]"},
      {"PathLongStrings", "$.n[?($.a < $.half)]"},
      {"PathContainsText", "$.n[?($.a contains $.half)]"},
      {"PathRegex", "$.n[?($.ab =~ /[ab]*a[ab]{15}x/)]"},
      {"PathDescents", "$..*..*..*..*"},
      {"PathConcat", "$.n[?($.concat($.a, $.d) == 'x')]"},
      {"PathSum", "$.n[?($.d.sum() == 1)]"},
      {"PathKeys", "$.n[?($.wide.keys() == 1)]"},
      {"PathLengths", "$.n[?($..o.length() == 1)]"},
      {"PathSlices", "$.n[?($.n[0:70000] == 1)]"},
      {"PathMisses", "$.n[?(@.x.y.z == 1)]", true},
      // Intrinsic functions
      {"ArrayUniqueOfBigNumbers", "States.ArrayUnique($.big)", true},
      {"ArrayUniqueOfOneHash", "States.ArrayUnique($.same)"},
      {"StringSplit", "States.StringSplit($.a, $.half)", true},
      {"JsonOfDoubles", "States.Array(" + Repeated("States.JsonToString($.d),", 300) + "1)"},
      {"JsonParsed", "States.Array(" + Repeated("States.StringToJson($.json),", 100) + "1)"},
      {"ArrayContains",
       "States.Array(" + Repeated("States.ArrayContains($.big,$.big[29999]),", 300) + "1)"},
      {"JsonMerge",
       "States.Array(" + Repeated("States.JsonMerge($.wide,$.wide,false),", 300) + "1)"},
      // JSONata: recursion and loops
      {"Fib", "($f := function($n) { $n < 2 ? $n : $f($n-1) + $f($n-2) }; $f(60))"},
      {"TailRecursion", "($f := function($n) { $f($n+1) }; $f(0))"},
      {"Continuations",
       "($f := function($n, $k) { $f($n+1, function($x) { $k($x+$sum([1])) }) }; "
       "$f(0, function($x) { $x }))"},
      {"DeepClosures",
       "($g := function($n, $k) { $n = 0 ? $k : $g($n-1, function() { $k }) }; "
       "$h := $g(50000, function() { 1 }); "
       "$c := function($k, $n) { $n = 0 ? 1 : $c($k(), $n-1) }; $c($h, 50000))"},
      {"Ranges", "$sum([1..1000].($sum([1..100000])))"},
      {"NestedMaps",
       "$sum($map([1..10000], function($x) { $sum($map([1..10000], function($y) "
       "{ $x * $y })) }))"},
      {"ManyBinds", "(" +
                        [] {
                          std::string binds;
                          for (int i = 0; i < 2'000; ++i) absl::StrAppend(&binds, "$v", i, ":=1;");
                          return Often(binds + "1");
                        }() +
                        ")"},
      // JSONata: strings
      {"Less", Often(in + "a < " + in + "half")},
      {"Equal", Often(in + "s = " + in + "n")},
      {"EqualLists", "($b := $append(" + in + "o, []); " + Often("$b = " + in + "o") + ")"},
      {"Trim", Often("$trim(" + in + "blank)")},
      {"Length", Often("$length(" + in + "utf8)")},
      {"Substring", Often("$substring(" + in + "utf8, 499999)")},
      {"Before", Often("$substringBefore(" + in + "a, " + in + "half)")},
      {"Contains", Often("$contains(" + in + "a, " + in + "half)")},
      {"ContainsShort", Often("$contains(" + in + "a, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab')")},
      {"ContainsRegex", Often("$contains(" + in + "ab, /[ab]*a[ab]{15}x/)")},
      {"ContainsSmallRegex", Often("$contains(" + in + "ab, /a.......x/)")},
      {"ManyMatches", "$count($match(" + in + "ab, /(a)(b*)([ab])([ab])/))"},
      {"SplitLetters", "$split(" + in + "ab, /b+/)"},
      {"ContainsSimpleRegex", Often("$contains(" + in + "a, /b+/)")},
      {"MatchLooksFar", "$match(" + in + "a, /a([a ]*z)?/)"},
      {"MatchManyGroups",
       "$match(" + in + "a, /" + Repeated("(", 200) + "a+" + Repeated(")", 200) + "/)"},
      {"SplitRegex", "$split(" + in + "comma, /,[a-z]*/)"},
      {"SplitText", Often("$split(" + in + "a, " + in + "half)")},
      {"ReplaceNothing", "$replace(" + in + "a, /a/, " + in + "dollar)"},
      {"ReplaceText", Often("$replace(" + in + "a, " + in + "half, '')")},
      {"Pad", Often("$pad('', 1e9)")},
      {"PadNothing", Often("$pad(" + in + "utf8, 3)")},
      {"Upper", Often("$uppercase(" + in + "utf8)")},
      {"Join", Often("$join(" + in + "s)")},
      {"JoinEmpty", Often("$join([1..1000].(''))")},
      {"Base64", Often("$base64decode(" + in + "blank)")},
      {"DecodeUrl", Often("$length($decodeUrl(" + in + "percent)) = 0")},
      {"EncodeUrl", Often("$encodeUrl(" + in + "utf8)")},
      {"Hash", Often("$hash(" + in + "a, 'SHA-512')")},
      {"Parse", Often("$parse(" + in + "json)[0]")},
      {"Number", Often("$number(" + in + "digits) = 1")},
      {"StringOfDoubles", Often("$string(" + in + "d)")},
      {"StringOfOne", Often("$string(1.2345678901234e300)")},
      {"FormatBase", Often("$formatBase(1e308, 2)")},
      {"Remainder", Often("1.7e308 % 5e-324")},
      {"Round", Often("$round(1.23456789012345e-300, 300)")},
      {"FormatNumber", Often("$formatNumber(1, " + in + "hash)")},
      {"FormatNumberOptions",
       Often("$formatNumber(123456789, '#,##0', {'grouping-separator': " + in + "a})")},
      {"FormatInteger", Often("$formatInteger(1, " + in + "hash)")},
      {"ParseInteger", Often("$parseInteger(" + in + "digits, '#,#,#,#-#,##0')")},
      {"FromMillis", Often("$fromMillis(0, '[Y]-[M]-[D] [W]')")},
      {"ToMillis", Often("$toMillis('2020-01-01', '[Y]-[M]-[D]')")},
      {"ToMillisIso", Often("$toMillis('2020-01-01T00:00:00.000Z')")},
      {"LongPicture", Often("$fromMillis(0, $join([1..10000].('[Y]')))")},
      // JSONata: arrays and objects
      {"SumOf", Often("$sum(" + in + "d)")},
      {"Max", Often("$max(" + in + "n)")},
      {"SortStrings", "$sort(" + in + "s)"},
      {"SortLong", Often("$sort([" + in + "a, " + in + "half, " + in + "a])")},
      {"SortBy", "$sort(" + in + "n, function($x, $y) { $x % 7 < $y % 7 })"},
      {"OrderBy", in + "o^(>a, b, a % 3)"},
      {"In", in + "n[$ in " + in + "n]"},
      {"Distinct", "$distinct(" + in + "o)"},
      {"DistinctLong", "$distinct([1..100000].(" + in + "a))"},
      {"Keys", Often("$keys(" + in + "wide)")},
      {"Group", Often(in + "o{b: a}")},
      {"GroupLongKeys", "[1..100000]{" + in + "a: 1}"},
      {"Merge", Often("$merge([" + in + "wide, " + in + "wide])")},
      {"Sift", Often("$sift(" + in + "wide, function($v) { $v = 0 })")},
      {"Transform", Often(in + "wide ~> | $ | {'k1': 2} |")},
      {"TransformAll", in + "o ~> | $ | {'c': 1}, ['a', 'b'] |"},
      {"TransformWide", in + "wide ~> | $ | $ |"},
      {"RecordOfFunctions", "$merge([" + in + "wide, {'f': function() { 1 }}]).k1"},
      {"Parents", in + "o.(b.(%.%.n[0]))"},
      {"Focus", in + "n@$x." + in + "n@$y.{'p': $x * $y}"},
      {"Wildcards", in + "**.*.**"},
      {"Descendants", Often(in + "**")},
      {"Zip", Often("$zip(" + in + "n, " + in + "s)")},
      {"Reverse", Often("$reverse(" + in + "n)")},
      {"Append", "$reduce(" + in + "n, function($x, $y) { $append($x, $y) })"},
      {"Shape", Often("$boolean(" + in + "same)")},
      {"Filter", "$filter(" + in + "n, function($v, $i, $all) { $v = $all[-1] })"},
      {"ByPositions", in + "n[" + in + "n]"},
      {"Lookup", Often("$lookup(" + in + "o, 'a')")},
  };
}

class WorstExpressions : public testing::TestWithParam<Worst> {};

TEST_P(WorstExpressions, EndWithinTheirLimit) {
  const Worst& worst = GetParam();
  const bool is_path =
      absl::StartsWith(worst.text, "$.") || absl::StartsWith(worst.text, "States.");
  std::vector<CompileProblem> problems;
  ExpressionPtr expression;
  if (is_path) {
    auto compiled = CompilePathOrIntrinsic(worst.text, "field");
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    expression = *std::move(compiled);
  } else {
    expression = CompileJsonata(Value::String(absl::StrCat("{% ", worst.text, " %}")), "Output",
                                &problems, nullptr);
    ASSERT_NE(expression, nullptr) << problems[0].message << problems[0].detail;
  }
  MeterLimits limits;
  limits.max_steps_per_expression = StepLimit(worst);
  Meter meter(limits);
  RandomSource random(1);
  Environment env;
  env.input = Input();
  env.random = &random;
  env.limits.max_steps = StepLimit(worst);
  env.meter = &meter;
  const OrFailure<Value> result = expression->Evaluate(env);
  EXPECT_LE(meter.used(), StepLimit(worst));
  RecordProperty("steps", absl::StrCat(meter.used()));
  if (meter.is_expression_spent()) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.failure().error, "States.Runtime");
    EXPECT_THAT(*result.failure().cause, testing::HasSubstr("(flag --max-expression-steps)"));
    EXPECT_FALSE(worst.ends) << *result.failure().cause;
  } else if (worst.ends) {
    EXPECT_TRUE(result.ok()) << *result.failure().cause;
  }
}

INSTANTIATE_TEST_SUITE_P(All, WorstExpressions, testing::ValuesIn(Cases()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace pawl::expr
