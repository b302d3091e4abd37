#include "engine/expr/json_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/expr/json_path_test_util.h"
#include "engine/value/json.h"

namespace pawl::expr {
namespace {

using ::testing::HasSubstr;

class Variables : public VariableLookup {
 public:
  explicit Variables(std::map<std::string, Value> values) : values_(std::move(values)) {}
  const Value* Find(absl::string_view name) const override {
    const auto it = values_.find(std::string(name));
    return it == values_.end() ? nullptr : &it->second;
  }

 private:
  const std::map<std::string, Value> values_;
};

TEST(JsonPath, NamesLeadToMembers) {
  ExpectAll(Over(kStore), {{"$.expensive", "10"},
                           {"$.store.bicycle.color", R"("red")"},
                           {"$['store']['bicycle'].color", R"("red")"},
                           {R"($["store"].bicycle["color"])", R"("red")"},
                           {"$.['expensive']", "10"},
                           {"$[ 'expensive' ]", "10"},
                           {"$['a b']", "1"},
                           {R"($['it\'s'])", "2"},
                           {R"($["it's"])", "2"},
                           {R"($['\u0061 b'])", "1"},
                           {"$.content-type", R"("json")"},
                           {"$.nothing", "null"}});
  ExpectAll(Over("[1]"), {{"$", "[1]"}});
}

TEST(JsonPath, QuotedNamesHaveEscapes) {
  Environment env;
  env.input = Value::Object({{"Test\\\"\"Name\"", Value::Int(1)}, {"tab\t", Value::Int(2)}});
  ExpectAll(
      env, {{R"($['Test\""Name"'])", "1"}, {R"($['Test\\""Name"'])", "1"}, {R"($['tab\t'])", "2"}});
}

TEST(JsonPath, IndicesCountFromEitherEnd) {
  ExpectAll(Over(kStore), {{"$.numbers[0]", "3"},
                           {"$.numbers[-1]", "2"},
                           {"$.numbers[-3]", "3"},
                           {"$.store.book[1].author", R"("Waugh")"}});
}

TEST(JsonPath, IndexPastTheEndIsNullAsTheLastStepOnly) {
  ExpectAll(
      Over(kStore),
      {{"$.numbers[3]", "null"},
       {"$.numbers[-4]", "null"},
       {"$.empty[0]", "null"},
       {"$.store.book[9].author",
        "Invalid path '$.store.book[9].author' : Expected to find an object with property "
        "['author'] in path $['store']['book'][9] but found 'null'. This is not a json object "
        "according to the JsonProvider: "
        "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."},
       {"$.empty[0][1]", "Invalid path '$.empty[0][1]' : The path $['empty'][0] is null"}});
  Value value;
  EXPECT_FALSE(MustParse("$.numbers[3]").Match(Over(kStore), &value));
}

TEST(JsonPath, IndefinitePathsYieldArrays) {
  ExpectAll(Over(kStore), {{"$.numbers[*]", "[3,1,2]"},
                           {"$.store.book[*].price", "[8.95,12.99,8.99,22.99]"},
                           {"$.store.bicycle.*", R"(["red",19.95])"},
                           {"$.numbers[0,2]", "[3,2]"},
                           {"$.numbers[0,9]", "[3,null]"},
                           {"$..isbn", R"(["0-553","0-395"])"},
                           {"$..book[0].title", R"(["Sayings"])"},
                           {"$.store..price", "[8.95,12.99,8.99,22.99,19.95]"},
                           {"$..['isbn','price']",
                            R"([{"isbn":"0-553","price":8.99},{"isbn":"0-395","price":22.99}])"},
                           {"$..nowhere", "[]"},
                           {"$.store['book','bicycle'].color", R"(["red"])"},
                           {"$.empty[*]", "[]"}});
}

TEST(JsonPath, SeveralNamesAtTheEndMakeOneObject) {
  ExpectAll(Over(kStore),
            {{"$['expensive','nothing']", R"({"expensive":10,"nothing":null})"},
             {"$['expensive','missing']", R"({"expensive":10})"},
             {"$.store.book[*]['title','isbn']",
              R"([{"title":"Sayings"},{"title":"Sword"},)"
              R"({"title":"Moby Dick","isbn":"0-553"},{"title":"Rings","isbn":"0-395"}])"}});
}

TEST(JsonPath, SlicesAreJaywaysNotPythons) {
  ExpectAll(Over(R"({"n":[0,1,2,3,4]})"), {{"$.n[1:3]", "[1,2]"},
                                           {"$.n[3:]", "[3,4]"},
                                           {"$.n[:2]", "[0,1]"},
                                           {"$.n[-2:]", "[3,4]"},
                                           {"$.n[:-2]", "[0,1,2]"},
                                           {"$.n[-9:]", "[0,1,2,3,4]"},
                                           {"$.n[2:99]", "[2,3,4]"},
                                           {"$.n[9:]", "[]"},
                                           {"$.n[3:1]", "[]"},
                                           {"$.n[1:-1]", "[]"},
                                           {"$.n[ 1 : 3 ]", "[1,2]"}});
}

TEST(JsonPath, MissingThingsFailInJaywaysWords) {
  ExpectAll(
      Over(kStore),
      {{"$.a", "Invalid path '$.a' : No results for path: $['a']"},
       {"$.store.a", "Invalid path '$.store.a' : No results for path: $['store']['a']"},
       {"$.no.such.path", "Invalid path '$.no.such.path' : Missing property in path $['no']"},
       {"$.store.no.path",
        "Invalid path '$.store.no.path' : Missing property in path $['store']['no']"},
       {"$.expensive.x",
        "Invalid path '$.expensive.x' : Expected to find an object with property ['x'] in path "
        "$['expensive'] but found 'com.fasterxml.jackson.databind.node.IntNode'. This is not a "
        "json "
        "object according to the JsonProvider: "
        "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."},
       {"$.expensive[0]",
        "Invalid path '$.expensive[0]' : Filter: [0] can only be applied to arrays. Current "
        "context "
        "is: 10"},
       {"$.names['a','b']",
        "Invalid path '$.names['a','b']' : Expected to find an object with property ['a','b'] in "
        "path $['names'] but found 'com.fasterxml.jackson.databind.node.ArrayNode'. This is not a "
        "json object according to the JsonProvider: "
        "'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'."},
       {"$.expensive[1:]",
        "Invalid path '$.expensive[1:]' : Filter: [1:] can only be applied to arrays. Current "
        "context is: 10"},
       {"$.expensive[?(@.a)]",
        "Invalid path '$.expensive[?(@.a)]' : Filter: [?] can not be applied to primitives. "
        "Current "
        "context is: 10"}});
}

TEST(JsonPath, IndefinitePathBelowSomethingMissingIsAnEmptyArray) {
  ExpectAll(Over(R"({"one":1})"), {{"$.items[*].x", "[]"},
                                   {"$.item.items[1:]", "[]"},
                                   {"$.item.items[1:5].x", "[]"},
                                   {"$.item[?(@.a == 1)]", "[]"},
                                   {"$.one.items[*]", "[]"},
                                   {"$.one[*]", "[]"},
                                   {"$.missing..x", "[]"}});
}

TEST(JsonPath, StartsAtInputContextOrVariable) {
  Environment env = Over(R"({"a":1})");
  env.context = *ParseJson(R"({"Execution":{"Name":"e"}})");
  const Variables variables({{"var", *ParseJson(R"({"b":[7]})")}});
  env.variables = &variables;
  ExpectAll(env, {{"$.a", "1"},
                  {"$$", R"({"Execution":{"Name":"e"}})"},
                  {"$$.Execution.Name", R"("e")"},
                  {"$$['Execution'].Name", R"("e")"},
                  {"$var", R"({"b":[7]})"},
                  {"$var.b[0]", "7"},
                  {"$var['b'][*]", "[7]"},
                  {"$none.b", "Invalid path '$none.b' : No value for the variable $none"},
                  {"$$.Execution.Id",
                   "Invalid path '$$.Execution.Id' : No results for path: $['Execution']['Id']"}});
  EXPECT_EQ(MustParse("$$.a").root(), JsonPath::Root::kContext);
  EXPECT_TRUE(MustParse("$$.a").uses_context());
  EXPECT_FALSE(MustParse("$.a").uses_context());
  EXPECT_EQ(MustParse("$var.b").root(), JsonPath::Root::kVariable);
  EXPECT_EQ(MustParse("$var.b").variable(), "var");
  EXPECT_EQ(Evaluate("$var", Over("{}")), "Invalid path '$var' : No value for the variable $var");
}

TEST(JsonPath, KnowsItsOwnKind) {
  struct Kind {
    const char* path;
    bool is_definite, is_reference, yields_array;
  };
  const Kind kinds[] = {
      {"$", true, true, false},
      {"$.a['b'][0][-1]", true, true, false},
      {"$$.a", true, false, false},
      {"$v.a", true, false, false},
      {"$.a[*]", false, false, true},
      {"$.a[0,1]", false, false, true},
      {"$.a[0:1]", false, false, true},
      {"$..a", false, false, true},
      {"$.a[?(@.b)]", false, false, true},
      {"$['a','b']", false, false, false},
      {"$['a','b'].c", false, false, true},
      {"$.a.length()", false, false, false},
      {"$.a[*].length()", false, false, false},
  };
  for (const Kind& kind : kinds) {
    const JsonPath path = MustParse(kind.path);
    EXPECT_EQ(path.is_definite(), kind.is_definite) << kind.path;
    EXPECT_EQ(path.is_reference(), kind.is_reference) << kind.path;
    EXPECT_EQ(path.yields_array(), kind.yields_array) << kind.path;
    EXPECT_EQ(path.text(), kind.path);
  }
}

TEST(JsonPath, MatchIsPresence) {
  const Environment env = Over(kStore);
  const std::pair<const char*, bool> cases[] = {
      {"$.expensive", true}, {"$.nothing", true},          {"$.missing", false},
      {"$.a.b", false},      {"$.expensive[0]", false},    {"$.numbers[5]", false},
      {"$..isbn", true},     {"$..nowhere", false},        {"$.numbers[?(@ > 5)]", false},
      {"$.empty", true},     {"$.numbers.length()", true},
  };
  for (const auto& [path, is_present] : cases) {
    Value value;
    EXPECT_EQ(MustParse(path).Match(env, &value), is_present) << path;
  }
}

TEST(JsonPath, RefusesWhatIsNoPath) {
  const char* const paths[] = {
      "",
      "a",
      "@.a",
      "$.",
      "$..",
      "$.a.",
      "$.a..",
      "$...a",
      "$a b",
      "$.a b",
      "$[",
      "$[]",
      "$['a'",
      "$['a]",
      "$[a]",
      "$[1",
      "$[1.5]",
      "$[:]",
      "$[0:4:2]",
      "$[?]",
      "$[?()]",
      "$[?(@.a]",
      "$[?(@.a ==)]",
      "$[?(a == @.b)]",
      "$[?(1)]",
      "$[?('a')]",
      "$[?(@.a = 1)]",
      "$[?(@.a &&)]",
      "$[?(@.a & @.b)]",
      "$[?((@.a)]",
      "$[?(@.a =~ 'x')]",
      "$[?(@.a == /x/)]",
      "$[?(@.a =~ /(/)]",
      "$[?(@.a =~ /x/y)]",
      "$[?(@.a =~ /(?=x)/)]",

      "$.nofunction()",
      "$.a.length(",
      "$.a.length(,)",
      "$.a.index()",
      "$..length()",
      "$.a)",
      "$.a]",
      "$.a,b",
      "$ .a",

      "$1a",
      "$-",
      "$$$",
      "$$a",
      "$[99999999999]",
      "$['a',]",
      "$[0,]",
      "$['\\ud83d']",
  };
  for (const char* path : paths) {
    EXPECT_EQ(JsonPath::Parse(path).status().code(), absl::StatusCode::kInvalidArgument) << path;
  }
  EXPECT_THAT(std::string(JsonPath::Parse("$.a[x]").status().message()), HasSubstr("offset 4"));
}

TEST(JsonPath, BoundsTheSizeOfPaths) {
  std::string many = "$";
  for (int i = 0; i < 512; ++i) many += "[0]";
  EXPECT_TRUE(JsonPath::Parse(many).ok());
  EXPECT_FALSE(JsonPath::Parse(many + "[0]").ok());
  EXPECT_FALSE(JsonPath::Parse("$." + std::string(17'000, 'a')).ok());
  EXPECT_FALSE(JsonPath::Parse(std::string(1'000'000, '[')).ok());
  EXPECT_FALSE(JsonPath::Parse("$[?(" + std::string(10'000, '(')).ok());
  EXPECT_FALSE(JsonPath::Parse("$[?(" + std::string(10'000, '!')).ok());
  std::string filters = "$";
  for (int i = 0; i < 1000; ++i) filters += "[?(@";
  EXPECT_FALSE(JsonPath::Parse(filters).ok());
}

TEST(JsonPath, BoundsTheWorkOfOneEvaluation) {
  std::string wide = "[";
  for (int i = 0; i < 300; ++i) wide += "[1,2,3],";
  Environment env = Over(wide + "0]");
  env.limits.max_steps = 10'000;
  EXPECT_THAT(Evaluate("$[?($..[*] == @)]", env),
              HasSubstr("exceeds the limit of 10000 steps for one expression"));
  env = Over(R"({"a":{"b":{"c":"0123456789"}}})");
  env.limits.max_result_bytes = 50;
  EXPECT_THAT(Evaluate("$..*", env), HasSubstr("50 bytes"));
  EXPECT_THAT(Evaluate("$.a.b.c.concat($.a.b.c, $.a.b.c, $.a.b.c, $.a.b.c)", env),
              HasSubstr("50 bytes"));
}

TEST(JsonPath, AssignReplacesOrMakesMembers) {
  struct AssignCase {
    const char* target;
    const char* path;
    const char* expected;
  };
  const AssignCase cases[] = {
      {R"({"a":1})", "$", "7"},
      {R"({"a":1})", "$.b", R"({"a":1,"b":7})"},
      {R"({"a":1,"b":2})", "$.a", R"({"a":7,"b":2})"},
      {R"({"a":1})", "$.x.y.z", R"({"a":1,"x":{"y":{"z":7}}})"},
      {R"({"a":{"b":1}})", "$.a.c", R"({"a":{"b":1,"c":7}})"},
      {R"({"a":[1,2]})", "$.a[1]", R"({"a":[1,7]})"},
      {R"({"a":[1,2]})", "$.a[-2]", R"({"a":[7,2]})"},
      {R"([{"a":1},{"id":7}])", "$[1].payload", R"([{"a":1},{"id":7,"payload":7}])"},
      {"{}", "$['a b']", R"({"a b":7})"},
  };
  for (const AssignCase& c : cases) {
    const OrFailure<Value> result = MustParse(c.path).Assign(*ParseJson(c.target), Value::Int(7));
    ASSERT_TRUE(result.ok()) << c.path;
    EXPECT_EQ(ToJson(*result), c.expected) << c.path;
  }
}

TEST(JsonPath, AssignFailsWhereThePathDoesNotApply) {
  struct AssignCase {
    const char* target;
    const char* path;
  };
  const AssignCase cases[] = {
      {R"("text")", "$.a"},      {"null", "$.a"},           {"[1]", "$.a"},
      {R"({"a":1})", "$.a.b"},   {R"({"a":[1]})", "$.a.b"}, {R"({"a":[1]})", "$.a[1]"},
      {R"({"a":{}})", "$.a[0]"}, {R"({})", "$.a[0]"},
  };
  for (const AssignCase& c : cases) {
    const OrFailure<Value> result = MustParse(c.path).Assign(*ParseJson(c.target), Value::Int(7));
    ASSERT_FALSE(result.ok()) << c.path;
    EXPECT_EQ(result.failure().error, "States.ResultPathMatchFailure");
    EXPECT_EQ(*result.failure().cause,
              "Unable to apply ReferencePath " + std::string(c.path) + " to input " + c.target);
  }
}

TEST(JsonPath, AssignLeavesTheTargetAlone) {
  const Value target = *ParseJson(R"({"a":{"b":1}})");
  const OrFailure<Value> result = MustParse("$.a.b").Assign(target, Value::Int(7));
  EXPECT_EQ(ToJson(target), R"({"a":{"b":1}})");
  EXPECT_EQ(ToJson(*result), R"({"a":{"b":7}})");
}

}  // namespace
}  // namespace pawl::expr
