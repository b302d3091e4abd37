// Filters and functions of paths.
#include <gtest/gtest.h>

#include "engine/expr/json_path_test_util.h"

namespace pawl::expr {
namespace {

TEST(JsonPathFilter, Compares) {
  ExpectAll(
      Over(kStore),
      {{"$.store.book[?(@.price < 10)].title", R"(["Sayings","Moby Dick"])"},
       {"$.store.book[?(@.price <= 8.95)].title", R"(["Sayings"])"},
       {"$.store.book[?(@.price > 12.99)].title", R"(["Rings"])"},
       {"$.store.book[?(@.price >= 12.99)].title", R"(["Sword","Rings"])"},
       {"$.store.book[?(@.category == 'reference')].title", R"(["Sayings"])"},
       {R"($.store.book[?(@.category=="reference")].title)", R"(["Sayings"])"},
       {"$.store.book[?(@.category != 'fiction')].title", R"(["Sayings"])"},
       {"$.store.book[?('Waugh' == @.author)].title", R"(["Sword"])"},
       {"$.store.book[?(@.price > $.expensive)].title", R"(["Sword","Rings"])"},
       {"$.store.book[?(@['price'] < 10 && @.category == 'fiction')].title", R"(["Moby Dick"])"},
       {"$.store.book[?(@.price < 8.96 || @.price > 20)].title", R"(["Sayings","Rings"])"},
       {"$.store.book[?(@.isbn)].title", R"(["Moby Dick","Rings"])"},
       {"$.store.book[?(!@.isbn)].title", R"(["Sayings","Sword"])"},
       {"$.store.book[?(!(@.isbn && @.price > 10))].title", R"(["Sayings","Sword","Moby Dick"])"},
       {"$.store.book[?(@.category == 'fiction' && (@.price < 9 || @.price > 20))].title",
        R"(["Moby Dick","Rings"])"},
       {"$..book[?(@.price > 20)].title", R"(["Rings"])"},
       {"$..[?(@.price > 20)].title", R"(["Rings"])"},
       {"$.store.bicycle[?(@.color == 'red')].price", "[19.95]"},
       {"$.numbers[?(@ > 1)]", "[3,2]"},
       {"$.store.book[?(@.price == null)]", "[]"}});
}

TEST(JsonPathFilter, TakesAWordForAString) {
  const Environment env = Over(R"([{"Name":"Receipt"},{"Name":"Bill"},{"Name":true}])");
  ExpectAll(env, {{"$[?(@.Name==Receipt)]", R"([{"Name":"Receipt"}])"},
                  {"$[?(@.Name == Bill && @.Name != Receipt)]", R"([{"Name":"Bill"}])"},
                  {"$[?(@.Name == true)]", R"([{"Name":true}])"}});
}

TEST(JsonPathFilter, FindsValuesInLongLists) {
  const Environment env = Over(
      R"({"a":[1,"2",3.0,null,true,[1],{"x":1},"no",12],
          "b":["1",2,3,4,5,6,7,8,9,10,null,true,[1.0],{"x":1}],"c":[12,13,14,15,16,17,18,19,20]})");
  ExpectAll(env, {{"$.a[?(@ in $.b)]", R"([1,"2",3.0,null,true,[1],{"x":1}])"},
                  {"$.a[?(@ nin $.b)]", R"(["no",12])"},
                  {"$.a[?(@ in $.b || @ in $.c)]", R"([1,"2",3.0,null,true,[1],{"x":1},12])"}});
}

TEST(JsonPathFilter, KnowsOperatorsOnLists) {
  ExpectAll(Over(R"([{"t":["a","b"],"s":"a"},{"t":[],"s":""},{"t":["c"],"s":"abc"},{"n":1}])"),
            {{"$[?(@.s in ['a','x'])].s", R"(["a"])"},
             {R"($[?(@.s IN ["a"])].s)", R"(["a"])"},
             {"$[?(@.s nin ['a',''])].s", R"(["abc"])"},
             {"$[?(@.t subsetof ['a','b','d'])].t", R"([["a","b"],[]])"},
             {"$[?(@.t anyof ['b','c'])].t", R"([["a","b"],["c"]])"},
             {"$[?(@.t noneof ['b','c'])].t", "[[]]"},
             {"$[?(@.t all ['a','b'])].t", R"([["a","b"]])"},
             {"$[?(@.t contains 'c')].t", R"([["c"]])"},
             {"$[?(@.s contains 'b')].s", R"(["abc"])"},
             {"$[?(@.t size 2)].t", R"([["a","b"]])"},
             {"$[?(@.s size 3)].s", R"(["abc"])"},
             {"$[?(@.t empty true)].s", R"([""])"},
             {"$[?(@.s empty false)].s", R"(["a","abc"])"},
             {"$[?(@.t.length() == 2)].s", R"(["a"])"},
             {"$[?(@.t[0])].s", R"(["a","abc"])"},
             {"$[?(@.t == ['c'])].s", R"(["abc"])"}});
}

TEST(JsonPathFilter, DoesNotMixTypesExceptNumbersAndTheirText) {
  ExpectAll(Over(R"([{"v":1},{"v":"1"},{"v":1.0},{"v":true},{"v":null},{}])"),
            {{"$[?(@.v == 1)].v", R"([1,"1",1.0])"},
             {"$[?(@.v == '1')].v", R"([1,"1",1.0])"},
             {"$[?(@.v == true)].v", "[true]"},
             {"$[?(@.v == null)]", R"([{"v":null}])"},
             {"$[?(@.v != 1)]", R"([{"v":true},{"v":null},{}])"},
             {"$[?(@.v < 'a')].v", R"(["1"])"},
             {"$[?(@.v)]", R"([{"v":1},{"v":"1"},{"v":1.0},{"v":true},{"v":null}])"}});
}

TEST(JsonPathFilter, MatchesRegularExpressionsInFull) {
  ExpectAll(Over(R"(["abc","ABC","xabc","a/b",12])"), {{"$[?(@ =~ /ab./)]", R"(["abc"])"},
                                                       {"$[?(@ =~ /ab./i)]", R"(["abc","ABC"])"},
                                                       {"$[?(@ =~ /.*ab.*/)]", R"(["abc","xabc"])"},
                                                       {R"($[?(@ =~ /a\/b/)])", R"(["a/b"])"},
                                                       {R"($[?(@ =~ /\d+/)])", "[12]"}});
}

TEST(JsonPathFilter, RegularExpressionsTakeLinearTime) {
  Environment env;
  env.input = Value::Array({Value::String(std::string(100'000, 'a'))});
  EXPECT_EQ(Evaluate("$[?(@ =~ /(a|aa)*(a*)*b/)]", env), "[]");
}

TEST(JsonPathFunction, AppliesToWhatThePathYields) {
  ExpectAll(
      Over(kStore),
      {{"$.numbers.length()", "3"},
       {"$.store.bicycle.length()", "2"},
       {"$.expensive.length()", "null"},
       {"$.store.book[*].length()", "4"},
       {"$..book.length()", "4"},
       {"$.numbers.sum()", "6"},
       {"$.numbers.min()", "1"},
       {"$.numbers.max()", "3"},
       {"$.numbers.avg()", "2.0"},
       {"$.numbers.stddev()", "0.816496580927726"},
       {"$.store.book[?(@.price > 20)].price.sum()", "22.99"},
       {"$..price.max()", "22.99"},
       {"$.numbers.sum(4, $.expensive)", "20"},
       {"$.store.bicycle.keys()", R"(["color","price"])"},
       {"$.names.concat('-', $.expensive)", R"("ab-10")"},
       {"$.names.append('c')", R"(["a","b","c"])"},
       {"$.names.first()", R"("a")"},
       {"$.names.last()", R"("b")"},
       {"$.names.index(-1)", R"("b")"},
       {"$.store.book.first().title", R"("Sayings")"},
       {"$.missing.length()",
        "Invalid path '$.missing.length()' : Missing property in path $['missing']"},
       {"$.missing[*].length()", "0"},
       {"$.empty.sum()",
        "Invalid path '$.empty.sum()' : Aggregation function attempted to calculate value using "
        "empty array"},
       {"$.names.index(7)",
        "Invalid path '$.names.index(7)' : Target index:7 larger than object count:2"}});
}

}  // namespace
}  // namespace pawl::expr
