#include "cli/deploy/substitute.h"

#include <gmock/gmock.h>

#include "engine/value/json.h"

namespace pawl::deploy {
namespace {

using ::testing::ElementsAre;

const Substitutions& Values() {
  static const auto* const values =
      new Substitutions{{"n", "7"}, {"quote", "a\"b\\"}, {"t", "orders"}};
  return *values;
}

TEST(Substitute, LeavesAndNamesWhatItDoesNotKnow) {
  std::set<std::string> unknown;
  EXPECT_EQ(*Substitute("${t}-${x}-${ y }-${", Values(), &unknown), "orders-${x}-${ y }-${");
  EXPECT_THAT(unknown, ElementsAre("x"));
}

TEST(SubstituteJson, EscapesWithinStringsOnly) {
  EXPECT_EQ(*SubstituteJson(R"({"a":${n},"b":"${quote}","${t}":"\"${n}"})", Values(), nullptr),
            R"({"a":7,"b":"a\"b\\","orders":"\"7"})");
}

TEST(SubstituteValue, ReachesNamesAndStrings) {
  const Value value = *ParseJson(R"({"${t}":["${n}",{"x":"${t}"}],"k":1})");
  EXPECT_EQ(ToJson(*SubstituteValue(value, Values(), nullptr)),
            R"({"orders":["7",{"x":"orders"}],"k":1})");
}

TEST(Substitute, IsLimited) {
  const Substitutions large = {{"x", std::string(100'000, 'x')}};
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "\"${x}\",";
  EXPECT_TRUE(absl::IsResourceExhausted(Substitute(text, large, nullptr).status()));
  const Value value = *ParseJson("[" + text + "1]");
  EXPECT_TRUE(absl::IsResourceExhausted(SubstituteValue(value, large, nullptr).status()));
}

}  // namespace
}  // namespace pawl::deploy
