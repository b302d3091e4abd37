#include "engine/expr/timestamp.h"

#include <gtest/gtest.h>

namespace pawl::expr {
namespace {

TEST(Timestamp, ComparesAsInstants) {
  const std::pair<const char*, const char*> cases[] = {
      {"2016-12-05T21:29:29Z", "2016-12-05T21:29:29.000Z"},
      {"2016-12-05T21:29:29Z", "2016-12-05T21:29:29.000000Z"},
      {"2016-12-05T21:29:29.5Z", "2016-12-05T21:29:29.500Z"},
      {"2016-12-05T21:29:29.5Z", "2016-12-05T21:29:29.500000000000000000Z"},
      {"2016-12-05T21:29:29Z", "2016-12-05T23:29:29.000+02:00"},
      {"2016-12-05T21:29:29Z", "2016-12-05T15:59:29-05:30"},
      {"2016-03-01T00:30:00+01:00", "2016-02-29T23:30:00Z"},
  };
  for (const auto& [left, right] : cases) {
    const absl::optional<absl::Time> a = ParseTimestamp(left), b = ParseTimestamp(right);
    ASSERT_TRUE(a.has_value()) << left;
    ASSERT_TRUE(b.has_value()) << right;
    EXPECT_EQ(*a, *b) << left << " and " << right;
  }
  EXPECT_LT(*ParseTimestamp("2016-12-05T21:29:29.001Z"),
            *ParseTimestamp("2016-12-05T21:29:29.002Z"));
}

TEST(Timestamp, RefusesOtherForms) {
  const char* const texts[] = {
      "",
      "2016-12-05",
      "2016-12-05 21:29:29Z",
      "2016-12-05t21:29:29Z",
      "2016-12-05T21:29:29z",
      "2016-12-05T21:29:29",
      "2016-12-05T21:29:29.000",
      "2016-12-05T21:29Z",
      "05-12-2016T21:29:29Z",
      "2016-13-05T21:29:29Z",
      "2016-00-05T21:29:29Z",
      "2016-12-32T21:29:29Z",
      "2015-02-29T00:00:00Z",
      "2016-12-05T25:29:29Z",
      "2016-12-05T24:00:00Z",
      "2016-12-05T21:60:29Z",
      "2016-12-05T21:29:60Z",
      "2016-12-05T21:29:29.Z",
      "2016-12-05T21:29:29,5Z",
      "2016-12-05T21:29:29Z ",
      " 2016-12-05T21:29:29Z",
      "2016-12-05T21:29:29+0200",
      "2016-12-05T21:29:29+24:00",
      "2016-12-05T21:29:29+02:60",
      "2016-12-05T21:29:29+02:00Z",
      "+2016-12-05T21:29:29Z",
      "12016-12-05T21:29:29Z",
  };
  for (const char* text : texts) EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
}

TEST(Timestamp, FormatsToMilliseconds) {
  const absl::Time time = absl::FromUnixMillis(1714557600123);
  EXPECT_EQ(FormatTimestamp(time), "2024-05-01T10:00:00.123Z");
  EXPECT_EQ(FormatTimestamp(absl::FromUnixSeconds(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(*ParseTimestamp(FormatTimestamp(time)), time);
}

}  // namespace
}  // namespace pawl::expr
