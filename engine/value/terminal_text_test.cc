#include "engine/value/terminal_text.h"

#include <gtest/gtest.h>

#include "engine/value/boolean_text.h"
#include "engine/value/json.h"
#include "engine/value/utf8.h"

namespace pawl {
namespace {

std::string Utf8(uint32_t code_point) {
  std::string out;
  AppendUtf8(code_point, &out);
  return out;
}

TEST(BooleanText, KnowsEightWordsInAnyCase) {
  for (const char* text : {"true", "1", "on", "yes", "TRUE", "On", "yEs"}) {
    EXPECT_EQ(ReadBoolean(text), absl::optional<bool>(true)) << text;
  }
  for (const char* text : {"false", "0", "off", "no", "FALSE", "Off", "nO"}) {
    EXPECT_EQ(ReadBoolean(text), absl::optional<bool>(false)) << text;
  }
  for (const char* text : {"", " ", "2", "y", "n", "t", "nope", "enabled", " true", "0x1"}) {
    EXPECT_FALSE(ReadBoolean(text).has_value()) << text;
  }
}

TEST(TerminalText, EveryUnsafeCharacterIsReplacedAndEscaped) {
  const uint32_t all[] = {0x00,   0x07,   0x08,   0x0D,   0x1B,   0x7F,   0x80,   0x85,
                          0x9B,   0x9D,   0x9F,   0x61C,  0x200B, 0x200C, 0x200D, 0x200E,
                          0x200F, 0x2028, 0x2029, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E,
                          0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xFEFF, 0xFFFE, 0xE0041};
  for (const uint32_t code_point : all) {
    const std::string text = "a" + Utf8(code_point) + "b";
    EXPECT_TRUE(IsUnsafeOnTerminal(code_point)) << code_point;
    EXPECT_EQ(SafeLines(text),
              "a\xEF\xBF\xBD"
              "b")
        << code_point;
    EXPECT_EQ(SafeStyledLines(text),
              "a\xEF\xBF\xBD"
              "b")
        << code_point;
    const std::string json = ToJson(Value::String(text));
    const std::string safe = SafeJson(json);
    EXPECT_EQ(SafeLines(safe), safe) << code_point;
    const auto read = ParseJson(safe);
    ASSERT_TRUE(read.ok()) << safe;
    EXPECT_EQ(read->AsString(), text) << code_point;
  }
}

TEST(TerminalText, OrdinaryTextStaysAsItIs) {
  const std::string text = "Grüße, 你好, שלום \U0001F600\n\tindented";
  EXPECT_EQ(SafeLines(text), text);
  EXPECT_EQ(SafeStyledLines(text), text);
  EXPECT_EQ(SafeJson(text), text);
}

TEST(TerminalText, OnlyColoursPassAsStyles) {
  EXPECT_EQ(SafeStyledLines("\x1b[1;31mred\x1b[0m"), "\x1b[1;31mred\x1b[0m");
  EXPECT_EQ(SafeStyledLines("\x1b[2Jcleared"), "\xEF\xBF\xBD[2Jcleared");
  EXPECT_EQ(SafeStyledLines("\x1b]0;title\x07"), "\xEF\xBF\xBD]0;title\xEF\xBF\xBD");
}

TEST(TerminalText, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(SafeLines("a\xFF"
                      "b\x9B"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

}  // namespace
}  // namespace pawl
