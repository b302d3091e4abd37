#include "persistence/row_checks.h"

#include <gmock/gmock.h>

#include "persistence/columns.h"

namespace pawl::persistence {
namespace {

TEST(StorableText, IsUtf8WithoutNul) {
  for (const char* text :
       {"", "plain", "\xC2\xA9", "\xE2\x82\xAC", "\xF0\x9F\xA6\x8A", "\xF4\x8F\xBF\xBF", "\x7F"}) {
    EXPECT_TRUE(IsStorableText(text)) << text;
  }
  for (const std::string& text :
       {std::string("\0", 1), std::string("\x80"), std::string("\xC2"), std::string("\xC0\x80"),
        std::string("\xE2\x82"), std::string("\xE0\x80\xAF"), std::string("\xED\xA0\x80"),
        std::string("\xF4\x90\x80\x80"), std::string("\xF8\x88\x80\x80\x80"),
        std::string("a\xFFz")}) {
    EXPECT_FALSE(IsStorableText(text)) << testing::PrintToString(text);
  }
}

TEST(EvenRanges, CoverAllSlotsOnce) {
  for (const int count : {1, 2, 3, 7, 64, 4096, 9999, 0}) {
    Slot next;
    for (const SlotRange& range : EvenRanges(count)) {
      EXPECT_EQ(range.first, next);
      EXPECT_GE(range.last, range.first);
      next = range.last.Next();
    }
    EXPECT_EQ(next, Slot(kSlotCount)) << count;
  }
}

TEST(WakeColumn, TellsClosedResidentAndParkedApart) {
  struct Case {
    Status status;
    bool parked;
    absl::Time wake_at;
    absl::optional<int64_t> column;
  };
  const std::vector<Case> cases = {
      {Status::kSucceeded, true, absl::FromUnixMicros(5), absl::nullopt},
      {Status::kRunning, false, absl::FromUnixMicros(5), kResidentWake},
      {Status::kRunning, true, absl::FromUnixMicros(5), 5},
      {Status::kRunning, true, absl::FromUnixMicros(-5), 1},  // long due, and not resident
      {Status::kRunning, true, absl::InfiniteFuture(), std::numeric_limits<int64_t>::max()},
  };
  for (const Case& c : cases) EXPECT_EQ(WakeColumn(c.status, c.parked, c.wake_at), c.column);
}

TEST(Micros, RoundDownAndKeepInfinity) {
  EXPECT_EQ(ToMicros(absl::FromUnixNanos(1999)), 1);
  EXPECT_EQ(ToMicros(absl::FromUnixNanos(-1)), -1);
  EXPECT_EQ(FromMicros(ToMicros(absl::InfiniteFuture())), absl::InfiniteFuture());
  EXPECT_EQ(FromMicros(ToMicros(absl::InfinitePast())), absl::InfinitePast());
}

}  // namespace
}  // namespace pawl::persistence
