#include "engine/value/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "engine/value/json.h"

namespace pawl {
namespace {

Value Parse(absl::string_view text) {
  absl::StatusOr<Value> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *value : Value();
}

TEST(Value, IsSixteenBytes) { EXPECT_EQ(sizeof(Value), 16u); }

TEST(Value, CopiesShareAndMovesLeaveNull) {
  Value a = Value::String("a text that is longer than any small string optimization");
  Value b = a;
  EXPECT_EQ(&a.AsString(), &b.AsString());
  Value c = std::move(a);
  EXPECT_TRUE(a.is_null());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(&c.AsString(), &b.AsString());
  c = c;  // NOLINT
  EXPECT_EQ(c, b);
  b = Value::Array({b, b});
  EXPECT_EQ(b.AsArray()[1], c);
}

TEST(Value, OutlivesTheContainerItWasTakenFrom) {
  Value member;
  {
    const Value object = Value::Object({{"a", Value::Array({Value::String("x")})}});
    member = *object.Find("a");
  }
  EXPECT_EQ(ToJson(member), R"(["x"])");
}

TEST(Value, DepthCountsContainersOnTheDeepestWay) {
  EXPECT_EQ(Value::Int(1).depth(), 0u);
  EXPECT_EQ(Value::Array({}).depth(), 1u);
  EXPECT_EQ(Parse(R"([1,{"a":[[]]},[]])").depth(), 4u);
}

TEST(Value, WeightCountsSharedPartsAsOftenAsTheyOccurAndSaturates) {
  Value v = Value::String(std::string(1000, 'x'));
  EXPECT_GE(v.weight(), 1000u);
  for (int i = 0; i < 100; ++i) v = Value::Array({v, v});  // 2^100 times the text
  EXPECT_GE(v.weight(), uint64_t{1} << 61);
  EXPECT_LE(v.weight(), uint64_t{1} << 62);
}

TEST(Value, FindsMembersOfSmallAndLargeObjects) {
  for (int size : {0, 1, 8, 9, 1000}) {
    Value::Members members;
    for (int i = 0; i < size; ++i) members.emplace_back("key" + std::to_string(i), Value::Int(i));
    const Value object = Value::Object(std::move(members));
    for (int i = 0; i < size; ++i) {
      const Value* found = object.Find("key" + std::to_string(i));
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(*found, Value::Int(i));
    }
    EXPECT_EQ(object.Find("none"), nullptr);
  }
  EXPECT_EQ(Value::Int(1).Find("a"), nullptr);
}

TEST(Value, LaterMemberWinsInThePlaceOfTheFirst) {
  EXPECT_EQ(ToJson(Value::Object({{"a", Value::Int(1)},
                                  {"b", Value::Int(2)},
                                  {"a", Value::Int(3)},
                                  {"a", Value::Int(4)}})),
            R"({"a":4,"b":2})");
  Value::Members many;
  for (int i = 0; i < 100; ++i) many.emplace_back("k" + std::to_string(i % 20), Value::Int(i));
  const Value object = Value::Object(std::move(many));
  ASSERT_EQ(object.AsObject().size(), 20u);
  EXPECT_EQ(object.AsObject()[3].first, "k3");
  EXPECT_EQ(*object.Find("k3"), Value::Int(83));
}

TEST(Value, ComparesNumbersByTheirMathematicalValue) {
  struct Case {
    const char* left;
    const char* right;
    bool are_equal;
  };
  const Case cases[] = {
      {"1", "1.0", true},
      {"1", "1.5", false},
      {"0", "-0", true},
      {"0.0", "-0.0", true},
      {"100", "1e2", true},
      {"1.5", "1.50", true},
      {"0.10", "0.1", true},
      {"9007199254740993", "9007199254740992.0", false},  // 2^53 + 1 is no double
      {"9223372036854775807", "9.223372036854775807E18", true},
      {"9223372036854775807", "9223372036854775808", false},
      {"12345678901234567890", "12345678901234567890.0", true},
      {"12345678901234567890", "12345678901234567891", false},
      {"1e400", "10e399", true},
      {"1e400", "1e401", false},
      {"-1e2", "100", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Parse(c.left) == Parse(c.right), c.are_equal) << c.left << " and " << c.right;
    EXPECT_EQ(Parse(c.right) == Parse(c.left), c.are_equal) << c.right << " and " << c.left;
  }
}

TEST(Value, ComparesObjectsWithoutRegardToOrderAndArraysWithIt) {
  EXPECT_EQ(Parse(R"({"a":1,"b":[2]})"), Parse(R"({"b":[2.0],"a":1})"));
  EXPECT_NE(Parse(R"({"a":1})"), Parse(R"({"a":1,"b":2})"));
  EXPECT_NE(Parse(R"({"a":1})"), Parse(R"({"b":1})"));
  EXPECT_NE(Parse("[1,2]"), Parse("[2,1]"));
  EXPECT_NE(Parse("1"), Parse(R"("1")"));
  EXPECT_NE(Parse("null"), Parse("false"));
}

TEST(Value, TellsWhichNumbersAreIntegers) {
  struct Case {
    const char* text;
    bool is_integer;
    int64_t value;
  };
  const Case cases[] = {
      {"7", true, 7},
      {"7.0", true, 7},
      {"7.5", false, 0},
      {"-0", true, 0},
      {"1e3", true, 1000},
      {"1500e-2", true, 15},
      {"-9223372036854775808", true, std::numeric_limits<int64_t>::min()},
      {"9223372036854775807", true, std::numeric_limits<int64_t>::max()},
      {"9223372036854775808", false, 0},
      {"9.223372036854776E18", false, 0},
      {"1e999999999999999999999", false, 0},
      {"1e-999999999999999999999", false, 0},
      {"0e999999999999999999999", true, 0},
  };
  for (const Case& c : cases) {
    int64_t n = 0;
    EXPECT_EQ(Parse(c.text).ToInt64(&n), c.is_integer) << c.text;
    if (c.is_integer) {
      EXPECT_EQ(n, c.value) << c.text;
    }
  }
  int64_t n = 0;
  EXPECT_FALSE(Value::String("7").ToInt64(&n));
}

TEST(Value, NumbersOutOfRangeOfDoubleAreItsLargestOrZero) {
  EXPECT_EQ(Parse("1e999").AsDouble(), std::numeric_limits<double>::max());
  EXPECT_EQ(Parse("-1e999").AsDouble(), -std::numeric_limits<double>::max());
  EXPECT_EQ(Parse("1e-999").AsDouble(), 0.0);
}

TEST(Value, KeepsOnlyTheTextThatNoNumberReproduces) {
  EXPECT_EQ(Parse("1").kind(), Value::Kind::kInt);
  EXPECT_EQ(Parse("1.5").kind(), Value::Kind::kDouble);
  EXPECT_EQ(Parse("1.0E10").kind(), Value::Kind::kDouble);
  for (const char* text :
       {"1.50", "-0", "1e3", "9223372036854775808", "0.1000000000000000000001"}) {
    EXPECT_EQ(Parse(text).kind(), Value::Kind::kBigNumber) << text;
    EXPECT_EQ(ToJson(Parse(text)), text);
  }
}

TEST(Value, IsReadAndReleasedByManyThreads) {
  const Value shared = Parse(R"({"a":[1,"two",{"b":3}]})");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shared] {
      for (int i = 0; i < 10'000; ++i) {
        const Value copy = shared.Find("a")->AsArray()[2];
        EXPECT_EQ(*copy.Find("b"), Value::Int(3));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ValueDeathTest, AccessorsCheckTheKind) {
  EXPECT_DEATH(Value::Int(1).AsString(), "is_string");
  EXPECT_DEATH(Value::Double(std::numeric_limits<double>::infinity()), "isfinite");
}

}  // namespace
}  // namespace pawl
