#include "cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pawl::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<Flag>& TestFlags() {
  static const auto* const flags = new std::vector<Flag>{
      {"follow", Flag::Kind::kSwitch, "", "go on", 'f'},
      {"input", Flag::Kind::kText, "FILE", "the input", 'i'},
      {"limit", Flag::Kind::kNumber, "N", "at most"},
      {"timeout", Flag::Kind::kDuration, "DURATION", "how long"},
      {"since", Flag::Kind::kTime, "TIME", "from then on"},
      {"status", Flag::Kind::kChoice, "RUNNING|FAILED", "only these"},
  };
  return *flags;
}

std::string ErrorOf(const std::vector<std::string>& words) {
  const auto parsed = ParseArguments(TestFlags(), words);
  return parsed.ok() ? "" : std::string(parsed.status().message());
}

TEST(Flags, StandAnywhereAndTakeValuesInBothForms) {
  const auto args = ParseArguments(
      TestFlags(), {"--limit=3", "one", "-f", "two", "--input", "a.json", "--timeout", "1h30m"});
  ASSERT_TRUE(args.ok()) << args.status();
  EXPECT_THAT(args->positional(), ElementsAre("one", "two"));
  EXPECT_TRUE(args->Has("follow"));
  EXPECT_EQ(args->Number("limit", 0), 3);
  EXPECT_EQ(args->Text("input"), "a.json");
  EXPECT_EQ(args->Duration("timeout", absl::ZeroDuration()), absl::Minutes(90));
}

TEST(Flags, ASingleDashIsAnArgumentAndADoubleDashEndsFlags) {
  const auto args = ParseArguments(TestFlags(), {"-", "--input", "-", "--", "--limit", "-f"});
  ASSERT_TRUE(args.ok()) << args.status();
  EXPECT_THAT(args->positional(), ElementsAre("-", "--limit", "-f"));
  EXPECT_EQ(args->Text("input"), "-");
  EXPECT_FALSE(args->Has("follow"));
}

TEST(Flags, RepeatedOnesAreAllKeptAndTheLastOneCounts) {
  const auto args = ParseArguments(TestFlags(), {"--input=a", "--input=b"});
  ASSERT_TRUE(args.ok());
  EXPECT_THAT(args->All("input"), ElementsAre("a", "b"));
  EXPECT_EQ(args->Text("input"), "b");
}

TEST(Flags, SwitchesTakeABoolean) {
  for (const char* word : {"--follow", "--follow=yes", "--follow=ON", "--follow=1"}) {
    EXPECT_TRUE(ParseArguments(TestFlags(), {word})->Has("follow")) << word;
  }
  for (const char* word : {"--follow=no", "--follow=Off", "--follow=0", "--follow=false"}) {
    EXPECT_FALSE(ParseArguments(TestFlags(), {"-f", word})->Has("follow")) << word;
  }
}

TEST(Flags, ErrorsSayWhatWouldBeRight) {
  EXPECT_THAT(ErrorOf({"--inptu", "x"}), HasSubstr("did you mean --input?"));
  EXPECT_THAT(ErrorOf({"--zzzzzzz"}), "unknown flag --zzzzzzz");
  EXPECT_THAT(ErrorOf({"--input"}), "--input needs a value: FILE");
  EXPECT_THAT(ErrorOf({"--follow=maybe"}),
              "--follow: expected true, false, 1, 0, on, off, yes or no, got 'maybe'");
  EXPECT_THAT(ErrorOf({"--follow="}), HasSubstr("expected true, false"));
  EXPECT_THAT(ErrorOf({"--limit", "-1"}), HasSubstr("--limit: expected a number"));
  EXPECT_THAT(ErrorOf({"--timeout", "5"}), HasSubstr("expected a duration such as 30s"));
  EXPECT_THAT(ErrorOf({"--status", "running"}), HasSubstr("expected RUNNING|FAILED"));
  EXPECT_THAT(ErrorOf({"--since", "yesterday"}), HasSubstr("expected a time"));
}

TEST(Flags, TimesAreDatesInstantsOrHowLongAgo) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(*ParseTime("2h", now), now - absl::Hours(2));
  EXPECT_EQ(*ParseTime("2023-11-14T22:13:20Z", now), now);
  EXPECT_EQ(*ParseTime("2023-11-14T23:13:20.5+01:00", now), now + absl::Milliseconds(500));
  EXPECT_EQ(*ParseTime("2023-11-14", now),
            absl::FromCivil(absl::CivilDay(2023, 11, 14), absl::LocalTimeZone()));
}

}  // namespace
}  // namespace pawl::cli
