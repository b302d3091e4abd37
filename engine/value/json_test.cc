#include "engine/value/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pawl {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view text, const JsonLimits& limits = {}) {
  const absl::StatusOr<Value> value = ParseJson(text, limits);
  return value.ok() ? "accepted" : std::string(value.status().message());
}

TEST(Json, WritesWhatItRead) {
  const char* const texts[] = {
      "null",
      "true",
      "[]",
      "{}",
      R"("")",
      R"({"b":1,"a":[true,null,{"c":"d"}],"":{}})",
      R"(["\"\\\b\f\n\r\t\u0000\u001F/"])",
      "[\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\x7F\"]",
      "[0,-1,9223372036854775807,-9223372036854775808,123456789012345678901234567890]",
      "[1.5,-0.001,1.0E10,1.50,1e5,-0,0.0]",
  };
  for (const char* text : texts) {
    const absl::StatusOr<Value> value = ParseJson(text);
    ASSERT_TRUE(value.ok()) << text << ": " << value.status();
    EXPECT_EQ(ToJson(*value), text);
  }
}

TEST(Json, SkipsWhiteSpaceAndNothingElse) {
  EXPECT_EQ(ToJson(*ParseJson(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n")), R"({"a":[1,2]})");
  EXPECT_FALSE(ParseJson("\xEF\xBB\xBF{}").ok());
  EXPECT_FALSE(ParseJson("[1,\v2]").ok());
  EXPECT_FALSE(ParseJson("[1] // comment").ok());
}

TEST(Json, LastOfTwoMembersWithOneNameWins) {
  EXPECT_EQ(ToJson(*ParseJson(R"({"a":1,"b":2,"a":3})")), R"({"a":3,"b":2})");
}

TEST(Json, ReadsEscapes) {
  EXPECT_EQ(ParseJson(R"("\u0041\u00e9\u20AC\ud83d\ude00\/")")->AsString(),
            "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80/");
  EXPECT_EQ(ParseJson(R"("\u0000")")->AsString(), std::string(1, '\0'));
}

TEST(Json, HalfSurrogatesBecomeTheReplacementCharacter) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(ParseJson(R"("a\ud83d")")->AsString(), "a" + replacement);
  EXPECT_EQ(ParseJson(R"("\ude00b")")->AsString(), replacement + "b");
  EXPECT_EQ(ParseJson(R"("\ud83d\u0041")")->AsString(), replacement + "A");
  EXPECT_EQ(ParseJson(R"("\ud83d\ud83d\ude00")")->AsString(), replacement + "\xF0\x9F\x98\x80");
  EXPECT_EQ(ParseJson(R"("\ud83d\n")")->AsString(), replacement + "\n");
}

TEST(Json, RefusesWhatIsNoJson) {
  const char* const texts[] = {
      "",
      " ",
      "nul",
      "nulls",
      "True",
      "undefined",
      "[1,]",
      "[,1]",
      "[1 2]",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{a:1}",
      "{'a':1}",
      "{\"a\":1",
      "[",
      "]",
      "[1}",
      "{\"a\":1]",
      "01",
      "-",
      "+1",
      "1.",
      ".5",
      "1e",
      "1e+",
      "0x10",
      "NaN",
      "Infinity",
      "\"",
      "\"a",
      "\"\\",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\u12G4\"",
      "\"\n\"",
      "\"\t\"",
      "1 1",
      "[] []",
      "-a",
      "\"\\ud83d\\u12\"",
  };
  for (const char* text : texts) {
    const absl::StatusOr<Value> value = ParseJson(text);
    EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseJson(absl::string_view("\"a\0b\"", 5)).ok());
  EXPECT_FALSE(ParseJson(absl::string_view("1\0", 2)).ok());
}

TEST(Json, RefusesBadUtf8) {
  const char* const strings[] = {
      "\x80",  // a continuation alone
      "\xC3",  // cut short
      "\xC0\xAF",
      "\xE0\x80\xAF",      // overlong
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF8\x88\x80\x80\x80",
      "\xFF",
  };
  for (const char* s : strings) {
    EXPECT_THAT(ErrorOf("\"" + std::string(s) + "\""), HasSubstr("expected valid UTF-8"));
    EXPECT_FALSE(ParseJson("{\"" + std::string(s) + "\":1}").ok());
  }
}

TEST(Json, ErrorsCarryLineAndColumn) {
  EXPECT_EQ(ErrorOf("{\n  \"a\": 1,\n  \"\xC3\xA9\": x\n}"),
            "invalid JSON at line 3, column 8: expected a value");
  EXPECT_EQ(ErrorOf("[1"),
            "invalid JSON at line 1, column 3: expected ',' or ']', found the end of the text");
  EXPECT_EQ(ErrorOf("{\"a\":1 \"b\":2}"), "invalid JSON at line 1, column 8: expected ',' or '}'");
}

TEST(Json, LimitsDepthAndSize) {
  JsonLimits limits;
  limits.max_depth = 3;
  EXPECT_EQ(ErrorOf("[[{}]]", limits), "accepted");
  const absl::StatusOr<Value> deep = ParseJson("[[[[]]]]", limits);
  EXPECT_EQ(deep.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(deep.status().message(),
              HasSubstr("deeper than 3 levels, the limit (pawl-engine's flag --max-json-depth)"));
  limits.max_bytes = 4;
  EXPECT_EQ(ParseJson("[1,2]", limits).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(Json, SurvivesHostileText) {
  const size_t million = 1'000'000;
  EXPECT_FALSE(ParseJson(std::string(million, '[')).ok());
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(ParseJson(objects).ok());
  const std::string digits(million, '9');
  EXPECT_EQ(ToJson(*ParseJson(digits)), digits);
  EXPECT_TRUE(ParseJson("1e" + digits).ok());
  EXPECT_TRUE(ParseJson("0." + digits).ok());
  EXPECT_FALSE(ParseJson("\"" + std::string(million, '\\')).ok());
  JsonLimits deep;
  deep.max_depth = 10'000;
  const std::string nested = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_EQ(ToJson(*ParseJson(nested, deep)), nested);
}

TEST(Json, WritesForPeople) {
  EXPECT_EQ(ToPrettyJson(*ParseJson(R"({"a":[1,{"b":[]}],"c":{}})")),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}");
}

TEST(Json, WritesDoublesAsJavaDoes) {
  const std::pair<double, const char*> cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.001, "0.001"},
      {0.00123, "0.00123"},
      {0.0001, "1.0E-4"},
      {0.000123, "1.23E-4"},
      {123456.789, "123456.789"},
      {9999999.0, "9999999.0"},
      {10000000.0, "1.0E7"},
      {12345678.9, "1.23456789E7"},
      {1e10, "1.0E10"},
      {1e100, "1.0E100"},
      {-1.7976931348623157e308, "-1.7976931348623157E308"},
      {5e-324, "5.0E-324"},
      {1.0 / 3, "0.3333333333333333"},
      {100.0, "100.0"},
  };
  for (const auto& [d, text] : cases) EXPECT_EQ(DoubleToText(d), text);
}

}  // namespace
}  // namespace pawl
