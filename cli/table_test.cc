#include "cli/table.h"

#include <gtest/gtest.h>

#include "cli/text.h"

namespace pawl::cli {
namespace {

TEST(Text, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("order"), 5);
  EXPECT_EQ(DisplayWidth("größe"), 5);
  EXPECT_EQ(DisplayWidth("注文"), 4);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1) << "a combining accent";
  EXPECT_EQ(DisplayWidth("\x1b[32mok\x1b[0m"), 2);
}

TEST(Text, WhatUsersWroteCannotMoveTheCursor) {
  EXPECT_EQ(OneLine("a\n\tb\r\n"), "a b");
  EXPECT_EQ(OneLine("\x1b[2J"), "\xEF\xBF\xBD[2J");
  EXPECT_EQ(OneLine("\xff"), "\xEF\xBF\xBD");
  EXPECT_EQ(OneLine("\xC2\x9B"
                    "1m"),
            "\xEF\xBF\xBD"
            "1m")
      << "the one-byte CSI";
}

TEST(Text, IsCutToColumns) {
  EXPECT_EQ(Truncate("order", 5), "order");
  EXPECT_EQ(Truncate("orders", 5), "orde…");
  EXPECT_EQ(Truncate("注文票", 5), "注文…");
  EXPECT_EQ(Truncate("注文票", 4), "注…");
  EXPECT_EQ(TruncateMiddle("arn:aws:states:order-7", 11), "arn:a…der-7");
  EXPECT_EQ(TruncateStyled("\x1b[32mgreen\x1b[0m and more", 7), "\x1b[32mgreen\x1b[0m …\x1b[0m");
}

TEST(Text, NearestFindsTyposOnly) {
  EXPECT_EQ(Nearest("lst", {"list", "show"}), "list");
  EXPECT_EQ(Nearest("frobnicate", {"list", "show"}), "");
}

Table Example() {
  Table table({{"NAME", {.shrinks = true}}, {"COUNT", {.right_aligned = true}}, {"NOTE"}});
  table.Add({{"注文"}, {"7"}, {"x"}});
  table.Add({{"a-long-name-of-an-order"}, {"1234567"}});
  return table;
}

TEST(Table, AlignsColumns) {
  EXPECT_EQ(Example().Render(Palette(), 0),
            "NAME                       COUNT  NOTE\n"
            "注文                           7  x\n"
            "a-long-name-of-an-order  1234567\n");
}

TEST(Table, CutsTheColumnThatMayShrinkToTheTerminal) {
  EXPECT_EQ(Example().Render(Palette(), 27),
            "NAME            COUNT  NOTE\n"
            "注文                7  x\n"
            "a-long-name…  1234567\n");
}

TEST(Table, ColoursCellsWithoutChangingWidths) {
  Table table({{"A"}, {"B"}});
  table.Add({{"x", Style::kGood}, {"y"}});
  EXPECT_EQ(table.Render(Palette(true), 0),
            "\x1b[90mA\x1b[0m  \x1b[90mB\x1b[0m\n\x1b[32mx\x1b[0m  y\n");
}

TEST(Colour, FollowsTheTerminalNoColorAndTheFlag) {
  EXPECT_TRUE(WantsColour(ColourMode::kAuto, true, nullptr, "xterm"));
  EXPECT_FALSE(WantsColour(ColourMode::kAuto, false, nullptr, "xterm"));
  EXPECT_FALSE(WantsColour(ColourMode::kAuto, true, "1", "xterm"));
  EXPECT_TRUE(WantsColour(ColourMode::kAuto, true, "", "xterm")) << "set but empty does not count";
  EXPECT_FALSE(WantsColour(ColourMode::kAuto, true, nullptr, "dumb"));
  EXPECT_TRUE(WantsColour(ColourMode::kAlways, false, "1", nullptr));
  EXPECT_FALSE(WantsColour(ColourMode::kNever, true, nullptr, "xterm"));
}

}  // namespace
}  // namespace pawl::cli
