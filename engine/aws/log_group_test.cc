#include "engine/aws/log_group.h"

#include "gtest/gtest.h"

namespace pawl::aws {
namespace {

TEST(LogGroup, IsTheNameInItsArn) {
  const struct {
    std::string arn, name;
  } cases[] = {
      {"arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/states/orders:*",
       "/aws/vendedlogs/states/orders"},
      {"arn:aws-cn:logs:cn-north-1:1:log-group:orders", "orders"},
      {"arn:aws:logs:us-east-1:1:log-group:a:log-stream:b", "a"},
      {"arn:aws:logs:us-east-1:1:log-group::*", ""},
      {"arn:aws:logs:us-east-1:1:log-group:../../etc:*", "../../etc"},
      // No log group: it names itself.
      {"arn:aws:s3:::bucket", "arn:aws:s3:::bucket"},
      {"arn:aws:logs:us-east-1:1:stream:a", "arn:aws:logs:us-east-1:1:stream:a"},
      {"orders", "orders"},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(LogGroupOf(c.arn), c.name) << c.arn;
}

}  // namespace
}  // namespace pawl::aws
