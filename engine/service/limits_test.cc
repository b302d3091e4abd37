#include "engine/service/limits.h"

#include <string>

#include "engine/aws/arn.h"
#include "engine/aws/error.h"
#include "engine/service/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::service {
namespace {

using ::testing::HasSubstr;

// A name must read as what it is: no mark in it reorders or hides the rest.
TEST(Names, HoldNoInvisibleOrBidirectionalMarks) {
  for (const char* mark :
       {"\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x80\x8B", "\xE2\x80\x8F", "\xD8\x9C", "\xEF\xBB\xBF",
        "\xC2\x85", "\x7F", "\xEF\xBF\xBE", "\xFF"}) {
    const absl::Status status = aws::CheckName("state machine name", std::string("a") + mark + "b");
    EXPECT_THAT(std::string(status.message()), HasSubstr("Invalid Name: 'a\xEF\xBF\xBD"
                                                         "b'"));
  }
  EXPECT_TRUE(aws::CheckName("name", "Bestellung-\xC3\xA4\xC3\xB6_1.2").ok());
}

// B5: a cause of 60 MB was accepted.
TEST(Limits, ErrorAndCauseAreAwss) {
  EXPECT_TRUE(CheckFailure(std::string(256, 'e'), std::string(32'768, 'c')).ok());
  EXPECT_EQ(aws::ErrorOf(CheckFailure(std::string(257, 'e'), absl::nullopt)),
            aws::Error::kValidation);
  EXPECT_THAT(std::string(CheckFailure(absl::nullopt, std::string(32'769, 'c')).message()),
              HasSubstr("'cause' failed to satisfy constraint"));
}

TEST(Limits, CountCharactersNotBytes) {
  std::string text;
  for (int i = 0; i < 256; ++i) text += "é";
  EXPECT_TRUE(CheckLength("error", text, 256).ok());
  EXPECT_EQ(Shorten(text + "é", 256)->size(), 2 * 255 + 3u);
  EXPECT_EQ(Shorten(text, 256), text);
}

// A5: an empty name reached the queues.
TEST(Limits, QueueNamesAreNeitherEmptyNorEndlessNorUnprintable) {
  EXPECT_TRUE(CheckQueue("sqs:sendMessage").ok());
  for (const std::string& queue : {std::string(), std::string(257, 'q'), std::string("a\nb")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckQueue(queue))) << queue.size();
  }
}

TEST(Limits, HeartbeatDetailsAreSmallJson) {
  EXPECT_TRUE(CheckHeartbeatDetails("").ok());
  EXPECT_TRUE(CheckHeartbeatDetails("{\"done\":1}").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(CheckHeartbeatDetails("half of it")));
  EXPECT_TRUE(
      absl::IsInvalidArgument(CheckHeartbeatDetails("\"" + std::string(40'000, 'x') + "\"")));
}

// D6: beyond 8 KiB of headers the caller saw "received initial metadata size exceeds limit".
TEST(ForCaller, CutsLongTextsAtACharacter) {
  runtime::Options options;
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "ü";
  const absl::Status status = ForCaller(aws::MakeError(aws::Error::kInvalidName, text), options);
  EXPECT_LE(status.message().size(), kMaxMessageBytes);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more bytes)"));
  EXPECT_EQ(aws::ErrorOf(status), aws::Error::kInvalidName);
}

TEST(ForCaller, OverloadSaysWhenToComeBack) {
  runtime::Options options;
  EXPECT_EQ(aws::RetryAfterOf(ForCaller(absl::ResourceExhaustedError("full"), options)),
            options.retry_after);
  EXPECT_EQ(aws::RetryAfterOf(ForCaller(absl::NotFoundError("x"), options)), absl::nullopt);
}

}  // namespace
}  // namespace pawl::service
