#include "cli/deploy/diff.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace pawl::deploy {
namespace {

std::string Text(const std::vector<DiffLine>& diff) {
  std::string out;
  for (const DiffLine& line : diff) {
    const char* const mark = line.kind == DiffLine::Kind::kAdded     ? "+"
                             : line.kind == DiffLine::Kind::kRemoved ? "-"
                             : line.kind == DiffLine::Kind::kGap     ? "@"
                                                                     : " ";
    absl::StrAppend(&out, mark, line.text, "|");
  }
  return out;
}

TEST(Diff, ShowsChangesWithTheirContext) {
  EXPECT_EQ(Text(Diff("a\nb\nc", "a\nb\nc", 1)), "");
  EXPECT_EQ(Text(Diff("a\nb\nc\nd\ne", "a\nb\nX\nd\ne", 1)), "@| b|-c|+X| d|@|");
  EXPECT_EQ(Text(Diff("a\nb", "a\nb\nc", 5)), " a| b|+c|");
  EXPECT_EQ(Text(Diff("a\nb\nc\nd\ne\nf", "b\nc\nd\ne", 0)), "-a|@|-f|");
  EXPECT_EQ(Text(Diff("", "a", 3)), "-|+a|");
}

TEST(Diff, OfTextsThatAreTooDifferentReplacesTheMiddle) {
  std::string before = "head";
  std::string after = "head";
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&before, "\nb", i);
    absl::StrAppend(&after, "\na", i);
  }
  EXPECT_EQ(Diff(before + "\ntail", after + "\ntail", 0).size(), 10'002u);
}

}  // namespace
}  // namespace pawl::deploy
