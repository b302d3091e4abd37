#include "engine/auth/glob.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace pawl::auth {
namespace {

struct Case {
  const char* pattern;
  const char* text;
  bool matches;
};

constexpr Case kCases[] = {
    {"", "", true},
    {"", "a", false},
    {"a", "a", true},
    {"a", "A", false},
    {"*", "", true},
    {"*", "anything", true},
    {"**", "", true},
    {"a*", "a", true},
    {"a*", "ab", true},
    {"a*", "ba", false},
    {"*a", "bba", true},
    {"*a", "bab", false},
    {"a*c", "abcbc", true},
    {"a*b*c", "axbxc", true},
    {"a*b*c", "axcxb", false},
    {"a**c", "abc", true},
    {"?", "a", true},
    {"?", "", false},
    {"?", "ab", false},
    {"a?c", "abc", true},
    {"*?", "", false},
    {"*?", "a", true},
    {"?*?", "a", false},
    {"?*?", "ab", true},
    {"a?c", "a\u00e9c", true},
    {"a??c", "a\u00e9c", false},
    {"?", "\U0001F600", true},
    {"\u00e9*", "\u00e9t\u00e9", true},
    {"[a]", "a", false},
    {"a.c", "abc", false},
};

TEST(Glob, MatchesTheWholeText) {
  for (const Case& c : kCases) {
    EXPECT_EQ(Glob(c.pattern).Matches(c.text), c.matches) << c.pattern << " on " << c.text;
  }
}

TEST(Glob, FoldsLettersOnDemand) {
  EXPECT_TRUE(Glob("states:START*", Glob::Case::kInsensitive).Matches("STATES:startExecution"));
  EXPECT_TRUE(Glob("states:Start", Glob::Case::kInsensitive).Matches("STATES:sTART"));
  EXPECT_FALSE(Glob("order*").Matches("Order1"));
}

// The obvious algorithm, over bytes.
bool MatchesSlowly(const std::string& pattern, size_t p, const std::string& text, size_t t) {
  if (p == pattern.size()) return t == text.size();
  if (pattern[p] == '*') {
    return MatchesSlowly(pattern, p + 1, text, t) ||
           (t < text.size() && MatchesSlowly(pattern, p, text, t + 1));
  }
  return t < text.size() && (pattern[p] == '?' || pattern[p] == text[t]) &&
         MatchesSlowly(pattern, p + 1, text, t + 1);
}

TEST(Glob, AgreesWithASlowOneOnAllShortPatterns) {
  const std::string alphabet = "ab*?";
  for (uint32_t i = 0; i < 4 * 4 * 4 * 4 * 4; ++i) {
    std::string pattern;
    for (uint32_t rest = i, n = 0; n < 5; ++n, rest /= 4) pattern.push_back(alphabet[rest % 4]);
    const Glob glob(pattern);
    for (uint32_t j = 0; j < 64; ++j) {
      std::string text;
      for (uint32_t rest = j; rest > 1; rest /= 2) text.push_back(rest % 2 == 0 ? 'a' : 'b');
      ASSERT_EQ(glob.Matches(text), MatchesSlowly(pattern, 0, text, 0)) << pattern << " " << text;
    }
  }
}

// Longer than a machine word, so that bits are carried from one to the next.
TEST(Glob, LongPatternsMatch) {
  for (size_t length = 60; length < 200; ++length) {
    const std::string run(length, 'a');
    EXPECT_TRUE(Glob(run + "?*b").Matches(run + "xyb")) << length;
    EXPECT_FALSE(Glob(run + "?*b").Matches(run + "b")) << length;
    EXPECT_TRUE(Glob("*" + run + "*").Matches("b" + run)) << length;
    EXPECT_FALSE(Glob("*" + run + "a*").Matches("b" + run)) << length;
  }
}

// Takes minutes where all ways are tried one after the other.
TEST(Glob, ManyStarsTakeNoLonger) {
  std::string pattern;
  for (int i = 0; i < 250; ++i) pattern += "a*";
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace pawl::auth
