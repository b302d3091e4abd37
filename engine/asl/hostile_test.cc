// Definitions that mean harm: refused or taken, but never a crash, and never slow.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/asl/lint.h"
#include "gtest/gtest.h"

namespace pawl::asl {
namespace {

std::string Repeat(absl::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out.append(text.data(), text.size());
  return out;
}

// A machine of one Pass state with `field` in it.
std::string Pass(absl::string_view field) {
  return absl::StrCat(R"({"StartAt":"A","States":{"A":{"Type":"Pass",)", field,
                      R"(,"End":true}}})");
}

std::string Jsonata(absl::string_view expression) {
  return Pass(absl::StrCat(R"("QueryLanguage":"JSONata","Output":"{% )", expression, R"( %}")"));
}

std::string CodesOf(const std::string& text) {
  std::string codes;
  for (const Diagnostic& d : Validate(text, {})) {
    if (d.severity == Severity::kError) absl::StrAppend(&codes, codes.empty() ? "" : " ", d.code);
  }
  return codes;
}

TEST(Hostile, WhatIsNoJsonIsRefused) {
  using namespace std::string_literals;
  for (const std::string& text : {
           std::string(900'000, '['),
           std::string(900'000, '{'),
           Repeat(R"({"a":)", 100'000),
           "\xff\xfe{}"s,
           Pass("\"Comment\":\"\xc3\x28\""),      // broken UTF-8
           Pass("\"Comment\":\"\xed\xa0\x80\""),  // a surrogate in UTF-8
           Pass("\"Comment\":\"\xc0\xaf\""),      // an overlong form
           Pass("\"Comment\":\"\x00\""s),         // NUL as it is
           "{}\0"s,
           Pass("\"Comment\":\"a\nb\""),
           Pass(R"("Result":01)"),
           Pass(R"("Result":NaN)"),
           std::string("{\"StartAt\":\"A\"} {}"),
           absl::StrCat(R"({"a":)", Repeat("[", 300), Repeat("]", 300), "}"),
       }) {
    EXPECT_EQ(CodesOf(text), "INVALID_JSON_DESCRIPTION") << text.substr(0, 80);
  }
  EXPECT_EQ(CodesOf(""), "SCHEMA_VALIDATION_FAILED");
  EXPECT_EQ(CodesOf(" \n"), "SCHEMA_VALIDATION_FAILED");
  EXPECT_EQ(CodesOf(std::string(2'000'000, ' ')), "SCHEMA_VALIDATION_FAILED");
}

TEST(Hostile, RepeatedMembersAreRefused) {
  EXPECT_EQ(CodesOf(R"({"StartAt":"A","States":{"A":{"Type":"Succeed"},"A":{"Type":"Succeed"}}})"),
            "DUPLICATE_STATE_NAME");
  EXPECT_EQ(CodesOf(R"({"StartAt":"A","States":{"A":{"Type":"Succeed","Type":"Succeed"}}})"),
            "INVALID_JSON_DESCRIPTION");
  EXPECT_EQ(CodesOf(Pass(R"("Result":{"a":1,"\u0061":2})")), "INVALID_JSON_DESCRIPTION");
  // Found by fuzzing: a name without a character at the top.
  EXPECT_NE(CodesOf(R"({"":1,"":2,"StartAt":"A","States":{"A":{"Type":"Succeed"}}})"), "");
  std::string many = "\"Result\":{\"a\":1";
  for (int i = 0; i < 50'000; ++i) many += ",\"a\":1";
  EXPECT_NE(CodesOf(Pass(many + "}")), "");
}

TEST(Hostile, HugeNumbersAreNoSeconds) {
  const std::string digits(400, '9');
  for (const std::string& number :
       {std::string("1e999999"), std::string("-1e999999"), digits, absl::StrCat("0.", digits),
        std::string("9223372036854775808"), std::string("1e-999999"), std::string("1.5")}) {
    EXPECT_EQ(CodesOf(absl::StrCat(R"({"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":)",
                                   number, R"(,"End":true}}})")),
              "SCHEMA_VALIDATION_FAILED")
        << number;
  }
  // As data they are what they are.
  EXPECT_EQ(CodesOf(Pass(absl::StrCat("\"Result\":", digits))), "");
}

TEST(Hostile, NulAndUnicodeInNamesAreNames) {
  // Half a pair is a character like any other to the JSON of AWS.
  EXPECT_EQ(CodesOf(Pass(R"("Comment":"\ud800")")), "");
  EXPECT_EQ(CodesOf(R"({"StartAt":"\u0000","States":{"\u0000":{"Type":"Succeed"}}})"), "");
  EXPECT_EQ(CodesOf(R"({"StartAt":"A","States":{"A":{"Type":"Pass","Next":"\u0000"}}})"),
            "MISSING_TRANSITION_TARGET MISSING_END_STATE");
}

TEST(Hostile, DeepExpressionsAreRefused) {
  EXPECT_EQ(CodesOf(Pass(absl::StrCat(R"("InputPath":"$)", Repeat(".a", 100'000), "\""))),
            "SCHEMA_VALIDATION_FAILED");
  EXPECT_EQ(CodesOf(Pass(absl::StrCat(R"("InputPath":"$)", Repeat("[?(@.a", 10'000), "\""))),
            "SCHEMA_VALIDATION_FAILED");
  EXPECT_EQ(CodesOf(Pass(absl::StrCat(R"("Parameters":{"a.$":")", Repeat("States.Array(", 10'000),
                                      Repeat(")", 10'000), "\"}"))),
            "SCHEMA_VALIDATION_FAILED");
  for (const char* open : {"(", "[", "{'a':", "-", "function($x){", "$f(", "1 ? 1 : "}) {
    EXPECT_NE(CodesOf(Jsonata(Repeat(open, 20'000))), "") << open;
  }
  EXPECT_NE(CodesOf(Jsonata(absl::StrCat(Repeat("(", 5'000), "1", Repeat(")", 5'000)))), "");
}

TEST(Hostile, DeepBlocksAreRefused) {
  std::string open, close;
  for (int i = 0; i < 60; ++i) {
    absl::StrAppend(&open, R"({"StartAt":"S)", i, R"(","States":{"S)", i,
                    R"(":{"Type":"Map","End":true,"ItemProcessor":)");
    close += "}}}";
  }
  const std::string inner = R"({"StartAt":"Z","States":{"Z":{"Type":"Succeed"}}})";
  EXPECT_EQ(CodesOf(open + inner + close), "TOO_DEEPLY_NESTED");
}

TEST(Hostile, EnormousBranchesAreBounded) {
  std::vector<std::string> branches;
  for (int i = 0; i < 15'000; ++i) {
    branches.push_back(
        absl::StrCat(R"({"StartAt":"S)", i, R"(","States":{"S)", i, R"(":{"Type":"Succeed"}}})"));
  }
  const std::string text =
      absl::StrCat(R"({"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,"Branches":[)",
                   absl::StrJoin(branches, ","), "]}}}");
  EXPECT_NE(CodesOf(text), "");  // --max-states
}

TEST(Hostile, ManyMistakesAreCountedNotAllTold) {
  std::string states;
  for (int i = 0; i < 9'000; ++i) {
    absl::StrAppend(&states, i == 0 ? "" : ",", R"("S)", i, R"(":{"Type":"Pass","Next":"T)", i,
                    R"(","x":1,"y":2})");
  }
  const std::vector<Diagnostic> all =
      Validate(absl::StrCat(R"({"StartAt":"S0","States":{)", states, "}}"), {});
  EXPECT_EQ(all.size(), 1000u);
  for (const Diagnostic& d : all) EXPECT_TRUE(d.line > 0 || d.pointer.empty());
}

// A chain of thousands of states, each with a variable: the analyses are bounded too.
TEST(Hostile, LongChainsOfVariablesEnd) {
  std::string states;
  for (int i = 0; i < 5'000; ++i) {
    absl::StrAppend(&states, R"("S)", i, R"(":{"Type":"Pass","Assign":{"v)", i, R"(":1},"Next":"S)",
                    i + 1, R"("},)");
  }
  EXPECT_EQ(CodesOf(absl::StrCat(R"({"StartAt":"S0","States":{)", states,
                                 R"("S5000":{"Type":"Succeed"}}})")),
            "");
}

TEST(Hostile, LongNamesInDeepTemplatesAreNoQuadraticWork) {
  std::string open, close;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&open, "{\"", std::string(2'000, 'k'), "\":");
    close += "}";
  }
  std::string many = "{\"a\":1";
  for (int i = 0; i < 40'000; ++i) absl::StrAppend(&many, ",\"m", i, "\":1");
  EXPECT_EQ(CodesOf(Pass(absl::StrCat("\"Parameters\":", open, many, "}", close))), "");
}

}  // namespace
}  // namespace pawl::asl
