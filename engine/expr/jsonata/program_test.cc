#include "engine/expr/jsonata/program.h"

#include <gtest/gtest.h>

#include <thread>

#include "engine/expr/jsonata/test_util.h"

namespace pawl::expr::jsonata {
namespace {

std::string ReferencesOf(absl::string_view text) {
  Error error;
  const auto program = Program::Parse(text, Dialect::kReference, &error);
  if (program == nullptr) return error.message;
  std::string all;
  for (const Reference& reference : program->references()) {
    absl::StrAppend(&all, all.empty() ? "" : " ", reference.variable,
                    reference.has_field ? "." + reference.field : "", "@", reference.offset);
  }
  return all;
}

TEST(Program, NamesFreeVariables) {
  const std::vector<Case> cases = {
      {"1 + 2", ""},
      {"$states.input.a.b", "states.input@0"},
      {"$states.context", "states.context@0"},
      {"$states.'input'", "states.input@0"},
      {"$states", "states@0"},
      {"$states.*", "states@0"},
      {"$states[0].input", "states.input@0"},
      {"$a + $b", "a@0 b@5"},
      {"$x[y = $z]", "x@0 z@7"},
      {"($x := 1; $x)", ""},
      {"($x := $x; $x)", "x@7"},
      {"($y; $y := 1)", "y@1"},
      {"($x := 1; ($y := 2); $y)", "y@21"},
      {"function($a) { $a + $b }", "b@20"},
      {"($f := function($n) { $f($n - 1) }; $f(1))", ""},
      {"($odd := function($n) { $even($n) }; $even := function($n) { $odd($n) }; $odd(1))", ""},
      {"$map($items, function($v) { $v.price * $rate })", "items@5 rate@39"},
      {"$a@$v.{'x': $v}", "a@0"},
      {"$a.b#$i[$i > $n]", "a.b@0 n@13"},
      {"$a{$k: $v}", "a@0 k@3 v@7"},
      {"$a ~> |$b|{'x': $c}, $d|", "a@0 b@7 c@16 d@21"},
      {"$sum($a)", "a@5"},
      {"$a^(>$b)", "a@0 b@5"},
      {"$f(?, $x)", "f@0 x@6"},
      {"/\xC3\xA9/ ~> $x", "x@8"},
  };
  for (const Case& c : cases) EXPECT_EQ(ReferencesOf(c.expression), c.expected) << c.expression;
}

TEST(Program, KnowsLiterals) {
  Error error;
  EXPECT_EQ(*Program::Parse(" 'x' ", Dialect::kAws, &error)->literal(), Value::String("x"));
  EXPECT_EQ(*Program::Parse("-5", Dialect::kAws, &error)->literal(), Value::Int(-5));
  EXPECT_TRUE(Program::Parse("null", Dialect::kAws, &error)->literal()->is_null());
  EXPECT_EQ(Program::Parse("1 + 1", Dialect::kAws, &error)->literal(), nullptr);
  EXPECT_EQ(Program::Parse("'a'[0]", Dialect::kAws, &error)->literal(), nullptr);
}

TEST(Program, ReadsVariables) {
  const std::map<std::string, std::string> variables = {
      {"states", R"({"input":{"a":{"b":7},"list":[1,2]}})"}, {"n", "12345678901234567890"}};
  const auto run = [&](absl::string_view text) { return EvaluateAws(text, variables); };
  EXPECT_EQ(run("$states.input.a.b"), "7");
  EXPECT_EQ(run("$states.input.list[-1]"), "2");
  EXPECT_EQ(run("$states.input.list.($ * 2)"), "[2,4]");
  EXPECT_EQ(run("$states.input#$i.{'i': $i}"), R"({"i":0})");
  EXPECT_EQ(run("$n"), "12345678901234567890");  // untouched, it keeps its digits
  EXPECT_EQ(run("$missing"), "undefined");
  EXPECT_EQ(run("($states := 5; $states)"), "5");
}

TEST(Program, RootMayBeAnArray) {
  const Value input = *ParseJson("[1,[2],{\"a\":3}]");
  Inputs inputs;
  inputs.input = &input;
  const auto run = [&](absl::string_view text) {
    return EvaluateIn(text, Dialect::kReference, inputs);
  };
  EXPECT_EQ(run("$"), "[1,[2],{\"a\":3}]");
  EXPECT_EQ(run("$[0]"), "1");
  EXPECT_EQ(run("$[1]"), "[2]");
  EXPECT_EQ(run("a"), "3");
  EXPECT_EQ(run("$count($)"), "3");
  EXPECT_EQ(run("$string()"), "\"[1,[2],{\\\"a\\\":3}]\"");
}

TEST(Program, MayBeUsedFromManyThreads) {
  Error error;
  const auto program = Program::Parse(
      "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(50))", Dialect::kAws, &error);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&program] {
      for (int n = 0; n < 50; ++n) EXPECT_EQ(program->Evaluate({}).value, Value::Int(50));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Limits, EndWhatWouldNotEnd) {
  const auto code = [](absl::string_view text, const Limits& limits = {}) {
    return EvaluateAws(text, {}, limits).substr(0, 5);
  };
  const std::string shared = "($f := function($x, $n) { $n = 0 ? ";
  EXPECT_EQ(code("($f := function($n) { $n + $f($n) }; $f(1))"), "U1001");
  EXPECT_EQ(code("($f := function($n) { $f($n) }; $f(1))"), "U1005");
  EXPECT_EQ(code("($f := function($a) { $map([1], $f) }; $f(1))"), "U1001");
  EXPECT_EQ(code("($f := function($g) { $f($g ~> $uppercase) }; $f($lowercase))"), "U1001");
  EXPECT_EQ(code("($f := function($g) { $f($g(?)) }; $f($lowercase))"), "U1001");
  EXPECT_EQ(code("$pad('x', 1e9)"), "U1002");
  EXPECT_EQ(code("$pad('x', -1e300)"), "U1002");
  EXPECT_EQ(code("[1..9000000]"), "U1002");
  EXPECT_EQ(code("$range(1, 1e9, 1)"), "U1002");
  EXPECT_EQ(code("$reduce([1..1000], function($a) { $a & $a }, 'x')", {}), "D3050");
  EXPECT_EQ(code(shared + "$x : $f($x & $x, $n - 1) }; $f('a', 60))"), "U1002");
  EXPECT_EQ(code(shared + "$x : $f([$x, $x], $n - 1) }; $f(1, 60))"), "U1002");
  EXPECT_EQ(code(shared + "$x : $f([[$x]], $n - 1) }; $f(1, 1000))"), "U1003");
  // Things made of shared parts are small in memory and endless to walk.
  EXPECT_EQ(code(shared + "($x = $x) : $f([[$x, $x]], $n - 1) }; $f(0, 60))"), "U1005");
  EXPECT_EQ(code(shared + "$boolean($x) : $f([[$x, $x]], $n - 1) }; $f(0, 60))"), "U1005");
  EXPECT_EQ(code(shared + "$string($x) : $f([[$x, $x]], $n - 1) }; $f(0, 60))"), "U1005");
  EXPECT_EQ(code(shared + "$x + 1 : $f([[$x, $x]], $n - 1) }; $f(0, 60))"), "T2001");
  EXPECT_EQ(code(shared + "$x : $f({'a': $x, 'b': $x}, $n - 1) }; $f(1, 60))"), "U1002");
  Limits limits;
  limits.max_steps = 1000;
  EXPECT_EQ(code("[1..400].($ + 1)", limits), "U1005");
  limits = Limits();
  limits.max_depth = 3;
  EXPECT_EQ(code("[[[1]]]", limits), "[[[1]");
  EXPECT_EQ(code("[[[[1]]]]", limits), "U1003");
  EXPECT_EQ(code("$parse('[[[[1]]]]')", limits), "D3137");
  limits = Limits();
  limits.max_result_bytes = 1000;
  EXPECT_EQ(code("[1..100]", limits), "U1002");
}

TEST(Limits, KeepClosuresWithoutLeakOrRecursion) {
  EXPECT_EQ(
      EvaluateAws("($f := function($g, $n) { $n = 0 ? $g() : $f(function() { $g() }, $n - 1) };"
                  "$f(function() { 1 }, 50000))"),
      "1");
  EXPECT_EQ(
      EvaluateAws("($loop := function($n) { $n = 0 ? 'done' : $loop($n - 1) }; $loop(500000))"),
      "\"done\"");
}

TEST(Limits, BoundTheParser) {
  const auto nested = [](const std::string& open, const std::string& close, int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "1";
    for (int i = 0; i < depth; ++i) text += close;
    return EvaluateAws(text).substr(0, 5);
  };
  EXPECT_EQ(nested("(", ")", 200), "1");
  EXPECT_EQ(nested("(", ")", 100000), "U1004");
  EXPECT_EQ(nested("[", "]", 100000), "U1004");
  EXPECT_EQ(nested("-", "", 100000), "U1004");
  EXPECT_EQ(nested("", "+1", 100000), "U1004");
  EXPECT_EQ(nested("$x.", "", 100000), "U1004");
  EXPECT_EQ(nested("true?", ":1", 100000), "U1004");
  EXPECT_EQ(nested("function(){", "}", 100000), "U1004");
  EXPECT_EQ(EvaluateAws(std::string(300 * 1024, ' ')).substr(0, 5), "U1004");
}

}  // namespace
}  // namespace pawl::expr::jsonata
