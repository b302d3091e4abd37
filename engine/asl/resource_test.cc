#include "engine/asl/resource.h"

#include "gtest/gtest.h"

namespace pawl::asl {
namespace {

TEST(ParseResource, NamesTheQueueOfEveryKind) {
  const auto queue_of = [](const char* text) {
    const absl::StatusOr<Resource> resource = ParseResource(text);
    return resource.ok() ? resource->queue : std::string(resource.status().message());
  };
  EXPECT_EQ(queue_of("pawl:charge"), "charge");
  EXPECT_EQ(queue_of("arn:aws:lambda:us-east-1:123456789012:function:ship:PROD"), "ship");
  EXPECT_EQ(queue_of("arn:aws:states:us-east-1:123456789012:activity:pack"), "pack");
  EXPECT_EQ(queue_of("arn:aws:states:::sqs:sendMessage.waitForTaskToken"), "sqs:sendMessage");
  EXPECT_EQ(queue_of("arn:aws:states:::aws-sdk:s3:getObject"), "aws-sdk:s3:getObject");
  EXPECT_EQ(queue_of("arn:aws:states:::our-service:pack.sync"), "our-service:pack");
}

TEST(ParseResource, ServicesOfAwsMayNameRegionAndAccount) {
  for (const char* text : {"arn:aws:states:us-east-1:123456789012:aws-sdk:polly:getVoice",
                           "arn:aws-cn:states:cn-north-1:123456789012:sns:publish"}) {
    const absl::StatusOr<Resource> resource = ParseResource(text);
    ASSERT_TRUE(resource.ok()) << text;
    EXPECT_EQ(resource->kind, Resource::Kind::kIntegration);
    EXPECT_EQ(resource->text, text);
  }
  EXPECT_FALSE(ParseResource("arn:aws:states:us-east-1:123456789012:stateMachine:other").ok());
}

TEST(ParseResource, ServicesOfAwsHaveTheirActionsAndPatternsOnly) {
  for (const char* text :
       {"arn:aws:states:::lambda:invoke.sync", "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:states:::sqs:receiveMessage", "arn:aws:states:::glue:startJobRun.waitForTaskToken",
        "arn:aws:states:::ecs:runTask.sync:2", "arn:aws:states:::aws-sdk:s3:getObject.sync",
        "arn:aws:states:::aws-sdk:s3:GetObject", "arn:aws:states:::http:invoke.waitForTaskToken"}) {
    EXPECT_FALSE(ParseResource(text).ok()) << text;
  }
  for (const char* text :
       {"arn:aws:states:::ecs:runTask.waitForTaskToken", "arn:aws:states:::glue:startJobRun.sync",
        "arn:aws:states:::states:startExecution.sync:2", "arn:aws:states:::athena:getQueryResults",
        "arn:aws:states:::aws-sdk:s3:getObject.waitForTaskToken"}) {
    EXPECT_TRUE(ParseResource(text).ok()) << text;
  }
}

}  // namespace
}  // namespace pawl::asl
