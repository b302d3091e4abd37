#include "engine/flags.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl {
namespace {

using ::testing::HasSubstr;

TEST(EngineFlags, TakeBothForms) {
  EngineFlags flags;
  ASSERT_TRUE(ParseFlags({"--store=memory:", "--lease", "3s", "--verify-replay"}, &flags).ok());
  EXPECT_EQ(flags.store, "memory:");
  EXPECT_EQ(flags.runtime.lease, absl::Seconds(3));
  EXPECT_TRUE(flags.runtime.verify_replay);
}

TEST(EngineFlags, EnvironmentIsOverruledByTheCommandLine) {
  setenv("PAWL_MAX_STATES", "7", 1);      // NOLINT(concurrency-mt-unsafe)
  setenv("PAWL_REGION", "eu-west-1", 1);  // NOLINT(concurrency-mt-unsafe)
  EngineFlags flags;
  ASSERT_TRUE(ParseFlags({"--max-states=9"}, &flags).ok());
  EXPECT_EQ(flags.runtime.compile.max_states, 9);
  EXPECT_EQ(flags.runtime.region, "eu-west-1");
  unsetenv("PAWL_MAX_STATES");  // NOLINT(concurrency-mt-unsafe)
  unsetenv("PAWL_REGION");      // NOLINT(concurrency-mt-unsafe)
}

TEST(EngineFlags, AwsLimitsAreOverruledByWhatFollows) {
  EngineFlags flags;
  ASSERT_TRUE(ParseFlags({"--aws-limits", "--max-history-events=9"}, &flags).ok());
  EXPECT_EQ(flags.runtime.limits.max_payload_bytes, 262'144u);
  EXPECT_EQ(flags.runtime.max_input_bytes, 262'144u);
  EXPECT_EQ(flags.runtime.limits.max_history_events, 9);
}

TEST(EngineFlags, MistakesNameTheFlagAndTheRemedy) {
  EngineFlags flags;
  EXPECT_THAT(std::string(ParseFlags({"--nope"}, &flags).message()), HasSubstr("--help"));
  EXPECT_THAT(std::string(ParseFlags({"--lease=-1s"}, &flags).message()), HasSubstr("DURATION"));
  EXPECT_THAT(std::string(ParseFlags({"--max-states=many"}, &flags).message()),
              HasSubstr("--max-states"));
  EXPECT_THAT(std::string(ParseFlags({"--store"}, &flags).message()), HasSubstr("needs a value"));
}

TEST(EngineFlags, HelpListsEveryDefault) {
  const std::string help = HelpText();
  for (const char* text : {"--max-payload-bytes N", "[1048576]", "--store URL", "Exit codes"}) {
    EXPECT_THAT(help, HasSubstr(text));
  }
}

}  // namespace
}  // namespace pawl
