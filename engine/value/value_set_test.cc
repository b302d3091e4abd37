#include "engine/value/value_set.h"

#include <gtest/gtest.h>

#include "engine/value/json.h"
#include "engine/value/text_search.h"

namespace pawl {
namespace {

constexpr const char* kValues[] = {"0",
                                   "-0",
                                   "0.0",
                                   "1",
                                   "1.0",
                                   "1.00",
                                   "1e0",
                                   "9007199254740992",
                                   "9007199254740993",
                                   "9007199254740992.0",
                                   "0.1",
                                   "0.10",
                                   "0.1000000000000000055511151231257827",
                                   "12345678901234567890123456789012",
                                   "12345678901234567890123456789013",
                                   "1.2345678901234568E31",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "-9223372036854775808",
                                   "9.223372036854775807e18",
                                   "null",
                                   "true",
                                   "false",
                                   "\"1\"",
                                   "\"\"",
                                   "[]",
                                   "{}",
                                   "[1]",
                                   "[1.0]",
                                   "[[1]]",
                                   "{\"a\":1,\"b\":2}",
                                   "{\"b\":2.0,\"a\":1}",
                                   "{\"a\":1}",
                                   "[\"1\"]"};

TEST(ValueSet, HoldsWhatEqualsOneOfItsValues) {
  Meter meter{MeterLimits()};
  for (const char* held : kValues) {
    ValueSet set(&meter);
    const Value value = *ParseJson(held);
    set.Insert(value);
    for (const char* text : kValues) {
      const Value asked = *ParseJson(text);
      EXPECT_EQ(set.Contains(asked), value == asked) << text << " in {" << held << "}";
      EXPECT_EQ(AreEqual(value, asked, &meter), value == asked) << text << ", " << held;
    }
  }
}

TEST(ValueSet, TakesTimeInProportionToItsValues) {
  Meter meter{MeterLimits()};
  ValueSet set(&meter);
  set.Insert(Value::Double(1.5));
  const std::string digits = "1234567890123456789012345";  // as doubles all the same
  for (int i = 100'000; i < 110'000; ++i) {
    const Value number = Value::NumberFromText(digits + std::to_string(i));
    EXPECT_FALSE(set.Contains(number));
    set.Insert(number);
  }
  EXPECT_LT(meter.used(), 10'000u * 200);
}

TEST(AreEqual, EndsWhenTheExpressionIsSpent) {
  const Value many = Value::Array(Value::Elements(10'000, Value::Int(1)));
  const Value same = Value::Array(Value::Elements(10'000, Value::Int(1)));
  MeterLimits limits;
  limits.max_steps_per_expression = 100;
  Meter meter(limits);
  EXPECT_FALSE(AreEqual(many, same, &meter));
  EXPECT_TRUE(meter.is_expression_spent());
}

TEST(MatchesGlob, StarsStandForAnything) {
  const struct {
    const char* text;
    const char* pattern;
    bool matches;
  } cases[] = {
      {"", "", true},           {"", "*", true},           {"a", "", false},
      {"abc", "abc", true},     {"abc", "a*c", true},      {"abc", "*b*", true},
      {"abc", "*c*b*", false},  {"aa", "a*a", true},       {"a", "a*a", false},
      {"a*c", "a\\*c", true},   {"abc", "a\\*c", false},   {"a\\c", "a\\\\c", true},
      {"a\\bc", "a\\bc", true}, {"abcbc", "a*bc", true},   {"xaybz", "*a*b*", true},
      {"ab", "*ab*ab*", false}, {"abab", "*ab*ab*", true}, {"log-1.txt", "log-*.txt", true},
      {"a\\", "a\\", true},     {"a", "**", true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(MatchesGlob(c.text, c.pattern), c.matches) << c.text << " ~ " << c.pattern;
  }
}

TEST(MatchesGlob, TakesLinearTime) {
  const std::string text(900'000, 'a');
  EXPECT_FALSE(MatchesGlob(text, "*" + std::string(100'000, 'a') + "b*"));
}

TEST(FindText, FindsTheFirstPlace) {
  EXPECT_EQ(FindText("abcabc", "c", 0), 2u);
  EXPECT_EQ(FindText("abcabc", "c", 3), 5u);
  EXPECT_EQ(FindText("abcabc", "d", 0), kNotFound);
  EXPECT_EQ(FindText("abc", "", 3), 3u);
  EXPECT_EQ(FindText("abc", "a", 4), kNotFound);
}

}  // namespace
}  // namespace pawl
