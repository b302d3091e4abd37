#include "engine/rpc_status/rpc_status.h"

#include "engine/aws/error.h"
#include "gtest/gtest.h"

namespace pawl::rpc {
namespace {

TEST(RpcStatus, ErrorAndDelayComeThrough) {
  const absl::Status sent = aws::WithRetryAfter(aws::MakeError(aws::Error::kThrottling, "too many"),
                                                absl::Milliseconds(2500));
  const absl::Status got = Decode(sent.code(), sent.message(), EncodeDetails(sent));
  EXPECT_EQ(aws::ErrorOf(got), aws::Error::kThrottling);
  EXPECT_EQ(aws::RetryAfterOf(got), absl::Milliseconds(2500));
  EXPECT_EQ(got.message(), "too many");
}

TEST(RpcStatus, UntypedStatusIsSentWithTheErrorOfItsCode) {
  const absl::Status sent = absl::NotFoundError("x");
  const absl::Status got = Decode(sent.code(), sent.message(), EncodeDetails(sent));
  EXPECT_EQ(aws::ErrorOf(got), aws::Error::kResourceNotFound);
  EXPECT_EQ(aws::RetryAfterOf(got), absl::nullopt);
}

TEST(RpcStatus, DetailsThatCannotBeReadAreLeftOut) {
  const absl::Status got = Decode(absl::StatusCode::kInternal, "m", "\xff\xff not a message");
  EXPECT_TRUE(absl::IsInternal(got));
  EXPECT_EQ(aws::ErrorOf(got), absl::nullopt);
}

}  // namespace
}  // namespace pawl::rpc
