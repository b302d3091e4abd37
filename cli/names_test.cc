#include "cli/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pawl::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

TEST(Names, ArnsAreShownShort) {
  EXPECT_EQ(ShortExecution("arn:aws:states:us-east-1:000000000000:execution:order:order-7"),
            "order/order-7");
  EXPECT_EQ(ShortExecution("order/order-7"), "order/order-7");
  EXPECT_EQ(ShortMachine("arn:aws:states:us-east-1:000000000000:stateMachine:order"), "order");
  EXPECT_EQ(ShortMachine("order/order-7"), "order");
}

TEST(Names, AnExecutionIsAnArnOrMachineAndName) {
  EXPECT_TRUE(CheckExecution("order/order-7").ok());
  EXPECT_TRUE(CheckExecution("arn:aws:states:us-east-1:0:execution:order:order-7").ok());
  EXPECT_FALSE(CheckExecution("arn:aws:states:us-east-1:0:stateMachine:order").ok());
  EXPECT_THAT(std::string(CheckExecution("order").message()), HasSubstr("MACHINE/NAME"));
}

TEST(Names, MachinesAreNamedAfterTheirFiles) {
  EXPECT_EQ(NameFromPath("flows/order.asl.json"), "order");
  EXPECT_EQ(NameFromPath("order.json"), "order");
  EXPECT_EQ(NameFromPath("./order.asl"), "order");
  EXPECT_EQ(NameFromPath("flows/order.asl.yaml"), "order");
  EXPECT_EQ(NameFromPath("order.yml"), "order");
}

TEST(Names, UuidsAreVersion4AndDiffer) {
  const std::string uuid = NewUuid();
  EXPECT_THAT(uuid,
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(uuid, NewUuid());
}

TEST(Input, IsJsonItselfWhereItLooksLikeIt) {
  EXPECT_EQ(*ReadInput("{\"id\":7}"), "{\"id\":7}");
  EXPECT_EQ(*ReadInput("7"), "7");
  EXPECT_THAT(std::string(ReadInput("{\"id\":}").status().message()),
              HasSubstr("the input is not JSON"));
  EXPECT_THAT(std::string(ReadInput("{", "output").status().message()),
              HasSubstr("the output is not JSON"));
  EXPECT_THAT(std::string(ReadInput("no-such-file.json").status().message()),
              HasSubstr("cannot read no-such-file.json: No such file"));
}

TEST(Times, AreShortAndRounded) {
  EXPECT_EQ(FormatSpan(absl::Milliseconds(123)), "0.123s");
  EXPECT_EQ(FormatSpan(absl::Milliseconds(4259)), "4.2s");
  EXPECT_EQ(FormatSpan(absl::Seconds(185)), "3m 5s");
  EXPECT_EQ(FormatSpan(absl::Hours(26)), "1d 2h");
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(FormatAgo(now, now), "just now");
  EXPECT_EQ(FormatAgo(now - absl::Seconds(9), now), "9s ago");
  EXPECT_EQ(FormatAgo(now + absl::Seconds(90), now), "in 1m 30s");
}

}  // namespace
}  // namespace pawl::cli
